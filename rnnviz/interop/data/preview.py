"""The first rows of a source as a table to look at: headings, cells, and which row of the file each of them is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.interop.data.arrays import Arrays
from rnnviz.interop.data.axes import time_major
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError, Problem
from rnnviz.interop.data.pictures import Picture
from rnnviz.interop.data.source import PlainText, Source
from rnnviz.interop.data.table import Table

ROWS = 60
COLUMNS = 64
LETTERS = 400


@dataclass(frozen=True)
class Preview:
    """
    columns : what is above them; has_roles : of a table, each can be an input or another thing
    rows : cells; names : of the rows, such as "17", the row of a table
    numbers : which columns hold numbers
    wrong : places (row, column) of cells that are wrong; column -1 stands for the whole row
    hidden : columns that are not shown
    shades : of a picture, how bright each cell is, from 0 to 1
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    numbers: frozenset[int] = frozenset()
    wrong: frozenset[tuple[int, int]] = frozenset()
    has_roles: bool = False
    hidden: int = 0
    shades: tuple[tuple[float, ...], ...] = ()


def preview(source: Source, choices: Choices, problems: tuple[Problem, ...] = ()) -> Preview:
    """The first rows; of a table, further rows in which something is wrong come after them."""
    match source:
        case Table():
            return _of_table(source, problems)
        case PlainText():
            lines = source.text.splitlines()[:ROWS]
            names = tuple(str(k + 1) for k in range(len(lines)))
            wrong = frozenset((p.row - 1, 0) for p in problems if 0 < p.row <= len(lines))
            return Preview(("text",), tuple((line[:LETTERS],) for line in lines), names, wrong=wrong)
        case Picture():
            return _of_numbers(source.grey[:, :COLUMNS], source.grey.shape[1], brightest=255.0)
        case Arrays():
            return _of_arrays(source, choices)


def _of_table(table: Table, problems: tuple[Problem, ...]) -> Preview:
    there = [p for p in problems if p.row]
    places = np.searchsorted(table.row_numbers, [p.row for p in there]).tolist()
    first = min(ROWS, table.rows)
    shown = [*range(first), *sorted({place for place in places if place >= first})[:ROWS]]
    columns = table.columns[:COLUMNS]
    column_of = {column.name: k for k, column in enumerate(columns)}
    line_of = {row: k for k, row in enumerate(shown)}
    wrong = {
        (line_of[place], column_of.get(p.column, -1))
        for p, place in zip(there, places, strict=True)
        if place in line_of
    }
    return Preview(
        tuple(column.name for column in columns),
        tuple(tuple(" ".join(column.cells[row][:LETTERS].split()) for column in columns) for row in shown),
        tuple(str(table.row_numbers[row]) for row in shown),
        frozenset(k for k, column in enumerate(columns) if column.kind == "number"),
        frozenset(wrong),
        has_roles=True,
        hidden=len(table.columns) - len(columns),
    )


def _of_arrays(source: Arrays, choices: Choices) -> Preview:
    """The first sequence, where its axes are known."""
    array = source.arrays.get(choices.arrays.get("inputs", ""))
    if array is None:
        return Preview((), (), ())
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    try:
        steps = time_major(array, choices.axes)[:ROWS, 0]
    except DataError:
        return Preview((), (), ())
    is_picture = array.dtype == np.uint8 and array.ndim == 3
    return _of_numbers(steps[:, :COLUMNS], steps.shape[1], brightest=float(array.max()) if is_picture else 0.0)


def _of_numbers(values: np.ndarray, columns: int, brightest: float) -> Preview:
    rows = tuple(tuple(f"{value:g}" for value in row) for row in values[:ROWS].tolist())
    names = tuple(str(k + 1) for k in range(len(rows)))
    wrong = frozenset((int(r), int(c)) for r, c in np.argwhere(~np.isfinite(np.asarray(values[:ROWS], np.float64))))
    headings = tuple(str(k + 1) for k in range(min(columns, COLUMNS)))
    shades = tuple(map(tuple, (values[:ROWS] / brightest).tolist())) if brightest else ()
    return Preview(
        headings, rows, names, frozenset(range(len(headings))), wrong, hidden=columns - len(headings), shades=shades
    )
