"""Tables from CSV, TSV and what is pasted from a spreadsheet: rows of cells -> columns with names and kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.interop.data import limits
from rnnviz.interop.data.cells import is_missing, number_of, what_is_wrong
from rnnviz.interop.data.dialect import SEPARATORS, Dialect, is_ambiguous, rows_of, sniffed, too_many_columns
from rnnviz.interop.data.errors import DataError, Problem
from rnnviz.interop.data.wording import listed, printable
from rnnviz.scenario.arrays import read_only

Array = NDArray[np.float64]

# A column holds numbers where at least this share of its cells that are not empty are numbers.
NUMBERS = 0.75
_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, eq=False)
class Column:
    """
    cells : as they stand in the file, "" where a row is too short
    values : (rows,) their numbers, NaN where there is none; None for a column of text
    problems : of cells that are no finite numbers in a column of numbers; `wrong` counts all of them
    """

    name: str
    kind: Literal["number", "text"]
    cells: tuple[str, ...]
    values: Array | None
    problems: tuple[Problem, ...] = ()
    wrong: int = 0


@dataclass(frozen=True, eq=False)
class Table:
    """
    row_numbers : (rows,) where each row stands in the file, counted from 1
    widths : (rows,) how many cells each row has
    problems : rows with too few or too many cells; those of cells are in their columns
    notes : what had to be decided to read it, in sentences
    """

    name: str
    dialect: Dialect
    columns: tuple[Column, ...]
    row_numbers: NDArray[np.int64]
    widths: NDArray[np.int64]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.row_numbers)

    @property
    def ragged(self) -> NDArray[np.bool_]:
        """(rows,) whether a row has another number of cells than there are columns."""
        ragged: NDArray[np.bool_] = self.widths != len(self.columns)
        return ragged

    @property
    def sentence(self) -> str:
        """What was understood."""
        header = "the first row names them" if self.dialect.has_header else "without names"
        comma = ", with decimal commas" if self.dialect.decimal_comma else ""
        size = f"{counted(self.rows, 'row')} of {counted(len(self.columns), 'column')}"
        return f"A table of {size}, parted by {SEPARATORS[self.dialect.separator]}{comma}; {header}."

    def column(self, name: str) -> Column:
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            names = listed([column.name for column in self.columns], 12)
            raise DataError(f"there is no column {name!r}; there are {names}", self.name, "columns")
        return found


def read_table(text: str, name: str = "table", separator: str = "", header: bool | None = None) -> Table:
    """The table in a text. Raises DataError where it is none, or too large."""
    *_, table = reading_table(text, name, separator, header)
    assert isinstance(table, Table), "the last thing that comes"
    return table


def reading_table(
    text: str, name: str = "table", separator: str = "", header: bool | None = None
) -> Iterator[float | Table]:
    """The share of the work that is done, again and again, and last the table."""
    if separator and separator not in SEPARATORS:
        raise DataError("cells are parted by a tab, a semicolon, a comma or blanks", name, "separator")
    try:
        dialect = sniffed(text, separator, header)
        lines = text.count("\n") + 1
        rows: list[list[str]] = []
        numbers: list[int] = []
        cells = 0
        for number, row in rows_of(text, dialect.separator, dialect.is_quoted):
            cells += len(row)
            _check_size(len(rows) + 1, len(row), cells, number)
            rows.append(row)
            numbers.append(number)
            if len(rows) % _ROWS_AT_ONCE == 0:
                yield min(0.5, 0.5 * len(rows) / lines)
        yield 0.5
        yield from _made(name, dialect, rows, numbers)
    except DataError as error:
        raise error.of(name) from None


def _check_size(rows: int, columns: int, cells: int, number: int) -> None:
    if columns > limits.TABLE_COLUMNS:
        said = too_many_columns(columns)
    elif rows > limits.TABLE_ROWS + 1:
        said = f"more than {limits.TABLE_ROWS:,} rows; give a part of them"
    elif cells > limits.TABLE_CELLS:
        said = f"more than {limits.TABLE_CELLS:,} cells; give a part of them"
    else:
        return
    raise DataError(said, where=f"row {number:,}")


def _made(name: str, dialect: Dialect, rows: list[list[str]], numbers: list[int]) -> Iterator[float | Table]:
    body = rows[1:] if dialect.has_header else rows
    places = np.array(numbers[1:] if dialect.has_header else numbers, dtype=np.int64)
    if not body:
        raise DataError("there are no rows" + (" below the heading" if rows else "; it is empty"), where="rows")
    width = len(rows[0]) if dialect.has_header else _usual_width(body)
    _check_size(1, width, width * len(body), 1)
    names = _names(rows[0], width) if dialect.has_header else [f"column {k + 1}" for k in range(width)]
    widths = np.array([len(row) for row in body])
    problems = [
        Problem(int(places[k]), "", f"has {counted(len(body[k]), 'cell')}", counted(width, "cell"))
        for k in np.flatnonzero(widths != width)[: limits.PROBLEMS_KEPT]
    ]
    columns = []
    by_column = zip(*body, strict=True) if (widths == width).all() else _filled(body, width)
    for k, (title, cells) in enumerate(zip(names, by_column, strict=True)):
        columns.append(_column(title, cells, places, dialect.decimal_comma))
        yield 0.5 + 0.5 * (k + 1) / width
    notes = _notes(columns, dialect)
    yield Table(name, dialect, tuple(columns), read_only(places), read_only(widths), tuple(problems), notes)


def _filled(rows: list[list[str]], width: int) -> Iterator[tuple[str, ...]]:
    """The cells of each column; "" where a row is too short."""
    return (tuple(row[k] if k < len(row) else "" for row in rows) for k in range(width))


def _usual_width(rows: list[list[str]]) -> int:
    """That of most rows; where no width is that of most, the largest: a row may be a sequence of its own length."""
    counts = np.bincount([len(row) for row in rows])
    usual = int(counts.argmax())
    return usual if counts[usual] > len(rows) / 2 else len(counts) - 1


def _names(cells: list[str], width: int) -> list[str]:
    """Each column gets a name of its own, at most 80 characters."""
    names: list[str] = []
    taken: set[str] = set()
    for k in range(width):
        title = " ".join(cells[k].split())[:80] if k < len(cells) else ""
        title = printable(title) or f"column {k + 1}"
        name, number = title, 1
        while name in taken:
            number += 1
            name = f"{title} ({number})"
        taken.add(name)
        names.append(name)
    return names


def _column(name: str, cells: tuple[str, ...], places: NDArray[np.int64], comma: bool) -> Column:
    values = _fast(cells) if not comma else None
    if values is None:
        found = [number_of(cell, comma) for cell in cells]
        said = sum(not is_missing(cell) for cell in cells)
        right = sum(value is not None for value in found)
        if not right or right < NUMBERS * said:
            return Column(name, "text", cells, None)
        values = np.array([np.nan if value is None else value for value in found])
    bad = np.flatnonzero(~np.isfinite(values))
    problems = tuple(
        Problem(int(places[k]), name, *what_is_wrong(cells[k], comma)) for k in bad[: limits.PROBLEMS_KEPT]
    )
    return Column(name, "number", cells, read_only(np.where(np.isfinite(values), values, np.nan)), problems, len(bad))


def _fast(cells: tuple[str, ...]) -> Array | None:
    """All cells at once, where Python reads each of them as a number that we would read so too."""
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    together = "".join(cells)
    is_plain = together.isascii() and "_" not in together and np.isfinite(values).all()
    return values if is_plain else None


def _notes(columns: list[Column], dialect: Dialect) -> tuple[str, ...]:
    notes = []
    if dialect.decimal_comma:
        doubtful = [column.name for column in columns if column.kind == "number" and is_ambiguous(column.cells)]
        if doubtful:
            notes.append(f"Commas in {listed(doubtful)} are read as decimal ones: 1,234 is a little more than 1.")
    return tuple(notes)
