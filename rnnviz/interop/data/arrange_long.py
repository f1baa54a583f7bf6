"""Tables in which a row is a step: one series, windows of it, or sequences that a column tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.columns import (
    Array,
    Rows,
    notes_of,
    numbers_among,
    scaling_for,
    taken,
    targets_of,
    values_of,
    without_words,
)
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.rows import Wrong, mended, wrong_rows
from rnnviz.interop.data.scaling import Scaling
from rnnviz.interop.data.sequences import Classes, Sequences, check_size, held, padded
from rnnviz.interop.data.table import Column, Table
from rnnviz.interop.data.windows import windows_of
from rnnviz.interop.data.wording import listed, quoted
from rnnviz.scenario.types import Scenario


@dataclass(frozen=True, eq=False)
class _Group:
    """The rows of one sequence, as places in the table, and what it is called."""

    rows: Rows
    name: str


@dataclass(frozen=True, eq=False)
class _Long:
    """
    values : (rows, columns), NaN where there is no number
    left_out : (rows,), those that are in no group
    """

    values: Array
    wrong: Wrong
    left_out: NDArray[np.bool_]
    groups: list[_Group]


def from_long(
    table: Table, inputs: Sequence[Column], targets: Sequence[Column], choices: Choices, scenario: Scenario | None
) -> Sequences:
    columns = [*inputs, *numbers_among(targets)]
    read = _read(table, columns, targets, choices)
    scaling = scaling_for(read.values[~read.left_out], choices, scenario, len(inputs))
    scaled = scaling.applied(np.where(read.left_out[:, None], 0.0, read.values))
    x, y = scaled[:, : len(inputs)], scaled[:, len(inputs) :]
    step = next((table.column(name) for name in choices.named("step")), None)
    notes = [*(scaling.note(column.name, k) for k, column in enumerate(columns)), *_order_notes(step, read.groups)]
    pieces = taken(_pieces(read.groups, choices), choices)
    check_size(max(len(piece.rows) for piece in pieces), len(pieces), len(inputs))
    array, lengths = padded([x[piece.rows] for piece in pieces])
    names = [scaling.name(column.name, k) for k, column in enumerate(inputs)]
    made: Array | Classes | None = None
    if choices.target == "next":
        made = _following(x, read.groups, pieces, len(array))
    elif targets:
        made, more = targets_of(targets, y, [piece.rows for piece in pieces], len(array), choices, scenario)
        notes += more
    return Sequences(
        source=table.name,
        inputs=array,
        lengths=lengths,
        targets=made,
        input_names=tuple(names),
        target_names=_target_names(names, targets, scaling, choices, len(inputs)),
        sequence_names=tuple(_called(piece, step) for piece in pieces),
        is_next=choices.target == "next",
        notes=notes_of(table, notes, read.wrong, read.left_out, choices),
        problems=read.wrong.problems,
        wrong=read.wrong.count,
        decided=read.wrong.is_decided(choices.missing),
    )


def _read(table: Table, columns: Sequence[Column], targets: Sequence[Column], choices: Choices) -> _Long:
    """columns : of numbers, to be read or hit"""
    words, apart = [column for column in targets if column.kind == "text"], _apart(table, choices)
    wrong = wrong_rows(table, columns, [*words, *([apart] if apart else [])], table.ragged)
    groups = _groups(apart, table.rows)
    values = mended(values_of(columns, table.rows), [group.rows for group in groups], choices.missing)
    left_out = np.isnan(values).any(axis=1) | without_words(words, apart, table.rows)
    if choices.missing != "last":
        left_out |= table.ragged
    left = [_Group(group.rows[~left_out[group.rows]], group.name) for group in groups]
    left = [group for group in left if len(group.rows)]
    if not left:
        raise DataError("no row is left in which every number is there", where="rows")
    return _Long(values, wrong, left_out, left)


def _apart(table: Table, choices: Choices) -> Column | None:
    names = choices.named("sequence")
    if choices.form == "by column" and not names:
        raise DataError("no column tells the sequences apart; choose one, or another form", where="columns")
    if len(names) > 1:
        raise DataError(f"{listed(names)}: one column tells the sequences apart, not {len(names)}", where="columns")
    return table.column(names[0]) if names and choices.form != "one series" else None


def _groups(apart: Column | None, rows: int) -> list[_Group]:
    """In the order in which the sequences appear."""
    if apart is None:
        return [_Group(np.arange(rows), "")]
    found: dict[str, list[int]] = {}
    for row, cell in enumerate(apart.cells):
        found.setdefault(cell.strip(), []).append(row)
    return [_Group(np.array(places, dtype=np.intp), name) for name, places in found.items()]


def _pieces(groups: list[_Group], choices: Choices) -> list[_Group]:
    """The sequences: whole groups, or windows of them; of what comes next, the last row is only a target."""
    is_next = choices.target == "next"
    short = [group.name or "the series" for group in groups if len(group.rows) < 2]
    if is_next and short:
        raise DataError(f"has 1 row: there is nothing that comes next ({listed(short)})", where="target")
    whole = [_Group(group.rows[:-1] if is_next else group.rows, group.name) for group in groups]
    if choices.form != "windows":
        return whole
    found = [
        _Group(group.rows[begin:end], group.name)
        for group in whole
        for begin, end in windows_of(len(group.rows), choices.window, choices.stride)
    ]
    if not found:
        longest = max(len(group.rows) for group in whole)
        raise DataError(
            f"a window of {choices.window:,} steps does not fit into {counted(longest, 'step')}", where="window"
        )
    return found


def _following(x: Array, groups: list[_Group], pieces: list[_Group], steps: int) -> Array:
    """What comes next at each step of the pieces, x being the rows of the table."""
    after = np.zeros(len(x), dtype=np.intp)
    for group in groups:
        after[group.rows[:-1]] = group.rows[1:]
    return held([x[after[piece.rows]] for piece in pieces], steps)


def _called(piece: _Group, step: Column | None) -> str:
    """ "b", "1949-01 to 1960-11", "b: 3 to 14" """
    if step is not None:
        first, last = (step.cells[piece.rows[k]].strip()[:40] for k in (0, -1))
        span = first if len(piece.rows) == 1 else f"{first} to {last}"
        return f"{piece.name[:80]}: {span}" if piece.name else span
    return piece.name[:120]


def _order_notes(step: Column | None, groups: list[_Group]) -> list[str]:
    """The rows are taken as they stand; whoever gave them in another order is told."""
    if step is None:
        return []
    for group in groups:
        keys = step.values[group.rows] if step.values is not None else np.array([step.cells[k] for k in group.rows])
        back = np.flatnonzero(keys[1:] < keys[:-1])
        if len(back):
            before, after = (step.cells[group.rows[back[0] + k]] for k in (0, 1))
            return [
                f"{step.name} does not grow: {quoted(after)} comes after {quoted(before)}. Rows stay in their order."
            ]
    return []


def _target_names(
    names: Sequence[str], targets: Sequence[Column], scaling: Scaling, choices: Choices, inputs: int
) -> tuple[str, ...]:
    if choices.target == "next":
        return tuple(f"{name}, next" for name in names)  # in little room, the beginning is what is seen
    return tuple(scaling.name(column.name, inputs + k) for k, column in enumerate(numbers_among(targets)))
