"""What the inputs panel asks of the session: a typed, pasted or fed text becomes one edit, or a ValueError in words."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication

from rnnviz.engine.trace import Address
from rnnviz.scenario.types import Scenario
from rnnviz.session import Session
from rnnviz.ui.inputs_rows import Rows, is_unknown_word
from rnnviz.ui.typed_numbers import TypedNumberError, parse_number, parse_row, split_table

translate = QCoreApplication.translate


def read_number(text: str, words: tuple[str, ...]) -> float:
    """A typed number; where the inputs are words, also a word, which is read as its id."""
    if not words:
        return parse_number(text)
    wanted = text.strip()
    for number, word in enumerate(words):
        if word and word.lower() == wanted.lower():
            return float(number)
    try:
        value = parse_number(text)
    except TypedNumberError:
        unknown = next((word for word in words if is_unknown_word(word)), "")
        message = translate("Inputs", "“{word}” is not among its {count} words.").format(word=wanted, count=len(words))
        if unknown:
            message += " " + translate("Inputs", "Type {unknown} for an unknown word.").format(unknown=unknown)
        raise TypedNumberError(message) from None
    if not (value.is_integer() and 0 <= value < len(words)):
        message = translate("Inputs", "A word's id is a whole number from 0 to {last}.").format(last=len(words) - 1)
        raise TypedNumberError(message)
    return value


def read_step(text: str, scenario: Scenario) -> list[float]:
    """The typed numbers of one step; their count is for the session to judge."""
    width = scenario.inputs.shape[2]
    words = scenario.tokens if width == 1 else ()
    return [read_number(text, words)] if width == 1 else parse_row(text)


def paste(session: Session, rows: Rows, at: Address, text: str) -> None:
    """Put a table from the clipboard over the numbers from `at` on, as one edit."""
    cells = split_table(text)
    values = []
    for line, row in enumerate(cells, start=1):
        values.append([_pasted_number(cell, rows.words, line, place) for place, cell in enumerate(row, start=1)])
    if at.quantity == "x":
        session.paste_inputs(at.step, at.unit, [[repr(value) for value in row] for row in values])
    else:
        _paste_targets(session, at, values)


def _pasted_number(cell: str, words: tuple[str, ...], line: int, place: int) -> float:
    try:
        return read_number(cell, words)
    except TypedNumberError as error:
        where = translate("Inputs", "Pasted line {line}, number {place}: ").format(line=line, place=place)
        raise TypedNumberError(where + str(error)) from None


def _paste_targets(session: Session, at: Address, values: list[list[float]]) -> None:
    snapshot = session.snapshot
    if snapshot is None or snapshot.scenario.targets is None:
        return
    targets = snapshot.scenario.targets.copy()
    width = len(values[0])
    room = targets[at.step - 1 :, at.sequence, at.unit :]
    if any(len(row) != width for row in values) or len(values) > room.shape[0] or width > room.shape[1]:
        message = translate("Inputs", "{rows} × {columns} numbers do not fit here: there is room for {room} × {wide}.")
        rows, wide = room.shape
        raise TypedNumberError(message.format(rows=len(values), columns=width, room=rows, wide=wide))
    room[: len(values), :width] = np.array(values)
    targets.flags.writeable = False
    session.edit(translate("Inputs", "Paste targets"), replace(snapshot.scenario, targets=targets))


def copied(rows: Rows, corners: tuple[Address, Address]) -> str:
    """The numbers between two corners as lines with tabs, every digit of them."""
    block, first, left = rows.place_of(corners[0]) or (rows.blocks[0], 1, 0)
    _, last, right = rows.place_of(corners[1]) or (block, first, left)
    steps, columns = sorted((first, last)), sorted((left, right))
    lines = (
        "\t".join(repr(block.value(step, column)) for column in range(columns[0], columns[1] + 1))
        for step in range(steps[0], steps[1] + 1)
    )
    return "\n".join(lines)
