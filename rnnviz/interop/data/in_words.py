"""What was understood of data, in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rnnviz.engine.digits import counted
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.sequences import Classes, Sequences
from rnnviz.interop.data.source import Source
from rnnviz.interop.data.table import Table
from rnnviz.interop.data.wording import in_a_line

FIRST_ROWS = 5
WIDEST = 24


def understood(source: Source, choices: Choices) -> Iterator[str]:
    """What is in the file, which column is what, and the first rows."""
    yield source.sentence
    if isinstance(source, Table):
        yield ""
        yield from _first_rows(source, choices)
    elif choices.arrays:
        yield ", ".join(f"{part}: {name}" for part, name in choices.arrays.items())


def outcome(found: Sequences) -> Iterator[str]:
    """What comes of it, and what is wrong with which row."""
    yield f"{found.sentence}; {targets_in_words(found)}."
    yield from found.notes
    for problem in found.problems:
        yield f"  {problem}"
    if found.wrong > len(found.problems):
        yield f"  and more: {counted(found.wrong, 'row')} in all"


def targets_in_words(found: Sequences) -> str:
    match found.targets:
        case None:
            return "no targets"
        case Classes(names=names):
            what = "what comes next" if found.is_next else "the target"
            return f"{what} is one of {counted(len(names), 'class', 'classes')}"
        case _:
            if found.is_next:
                return "the target is what comes next"
            return f"{counted(found.targets.shape[2], 'target')} a step"


def undecided(found: Sequences) -> str:
    """Why nothing is done yet, in a line."""
    first = f": {found.problems[0]}" if found.problems else ""
    more = f" (and {found.wrong - 1:,} more)" if found.wrong > 1 else ""
    return f"{ways_out(found)}{first}{more}"


def ways_out(found: Sequences, option: str = "") -> str:
    """What may be said of the rows that are wrong. option : what stands before a name where it is said, such as "--"""
    kinds = {problem.is_unknown for problem in found.problems}
    ways = [
        *([f'{option}unknown "leave out" or "blank"'] if True in kinds else []),
        *([f'{option}missing "drop" or "last"'] if False in kinds else []),
    ]
    return f"rows are wrong; say what to do, {' and '.join(ways)}"


def _first_rows(table: Table, choices: Choices) -> Iterator[str]:
    names = [column.name for column in table.columns]
    roles = [choices.roles.get(name, "ignored") for name in names]
    rows = [[column.cells[k] for column in table.columns] for k in range(min(FIRST_ROWS, table.rows))]
    lines = [["row", *names], ["", *roles], *([f"{table.row_numbers[k]}", *row] for k, row in enumerate(rows))]
    lines = [[in_a_line(cell, WIDEST) for cell in line] for line in lines]
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
