"""How a table is written: what parts its cells, what a comma is, whether the first row names the columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rnnviz.interop.data import limits
from rnnviz.interop.data.cells import is_missing, number_of
from rnnviz.interop.data.errors import DataError

SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces"}
_SAMPLE_ROWS = 60
_QUOTED_SEPARATORS = 1_000_000
_COMMA_NUMBER = re.compile(r"[+−-]?\d*,\d+(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+−-]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True)
class Dialect:
    """
    separator : one of SEPARATORS; a run of blanks counts as one
    is_quoted : cells that hold separators or line ends stand in quotation marks
    decimal_comma : 3,5 is three and a half
    has_header : the first row names the columns
    """

    separator: str
    is_quoted: bool = True
    decimal_comma: bool = False
    has_header: bool = True


def sniffed(text: str, separator: str = "", header: bool | None = None) -> Dialect:
    """What the first rows look like. A choice that is given is kept."""
    chosen = separator or _separator(text)
    is_quoted = chosen != " " and (chosen != "\t" or _are_quotes_closed(text))
    sample = [cells for _, cells in _first(rows_of(text, chosen, is_quoted))]
    comma = chosen != "," and _has_decimal_commas(sample)
    return Dialect(chosen, is_quoted, comma, _has_header(sample, comma) if header is None else header)


def rows_of(text: str, separator: str, is_quoted: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank with its number in the file. Quoted cells may hold separators and line ends."""
    if separator == " ":
        for number, line in enumerate(io.StringIO(text), start=1):
            if cells := line.split():
                yield number, cells
        return
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    lines = _of_bearable_width(io.StringIO(text, newline=""), separator)
    reader = csv.reader(lines, delimiter=separator, quoting=quoting)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cells) and not (number == 1 and cells == ["sep=", ""]):  # how Excel says what parts the cells
                yield number, cells
    except csv.Error as error:
        said = str(error)
        if "field larger" in said:
            said = "a cell is longer than 131,072 characters; is a quotation mark missing?"
        raise DataError(said, where=f"row {number + 1:,}") from None


def _of_bearable_width(lines: Iterable[str], separator: str) -> Iterator[str]:
    """A line of millions of cells is refused before there is a list of them. Quoted cells may hold separators."""
    for number, line in enumerate(lines, start=1):
        most = _QUOTED_SEPARATORS if '"' in line else limits.TABLE_COLUMNS
        if len(line) > most and line.count(separator) > most:
            raise DataError(too_many_columns(line.count(separator) + 1), where=f"row {number:,}")
        yield line


def is_ambiguous(cells: Sequence[str]) -> bool:
    """All decimal commas could as well part thousands: 1,234."""
    with_comma = [cell for cell in cells if "," in cell]
    return bool(with_comma) and all(_THOUSANDS.fullmatch(cell.strip()) for cell in with_comma)


def _separator(text: str) -> str:
    """The one that parts most rows into the same number of cells; tabs and semicolons before commas, then blanks."""
    best, found = 0.0, ","
    for separator in SEPARATORS:
        try:
            rows = rows_of(text, separator, separator != "\t" or _are_quotes_closed(text))
            counts = Counter(len(cells) for _, cells in _first(rows))
        except DataError:
            continue
        if not counts:
            continue
        width, alike = counts.most_common(1)[0]
        share = alike / counts.total() if width > 1 else 0.0
        if separator == " ":
            share *= 0.6  # text has blanks too
        if share > best + 0.05:
            best, found = share, separator
    return found


def _first(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for _, row in zip(range(_SAMPLE_ROWS), rows, strict=False):
        if len(row[1]) > limits.TABLE_COLUMNS:
            raise DataError(too_many_columns(len(row[1])), where=f"row {row[0]:,}")
        yield row


def too_many_columns(count: int) -> str:
    return f"{count:,} columns; at most {limits.TABLE_COLUMNS:,} are read"


def _are_quotes_closed(text: str) -> bool:
    """Whether each cell that begins with a quotation mark ends with one. Texts between tabs often do not quote at all,
    and there a mark is a mark."""
    if '"' not in text:
        return True
    begun = [cell for line in text.splitlines() for cell in line.split("\t") if cell.startswith('"')]
    closed = sum(len(cell) > 1 and cell.endswith('"') and cell[1:-1].count('"') % 2 == 0 for cell in begun)
    return closed == len(begun)


def _has_decimal_commas(rows: list[list[str]]) -> bool:
    cells = [cell.strip() for row in rows for cell in row]
    return sum(bool(_COMMA_NUMBER.fullmatch(cell)) for cell in cells) > sum(
        number_of(cell) is not None and "." in cell for cell in cells
    )


def _has_header(rows: list[list[str]], comma: bool) -> bool:
    """The first row holds no number where a column below it does; where there are no numbers at all, short names."""
    if not rows:
        return False
    first, below = rows[0], rows[1:]
    if any(number_of(cell, comma) is not None for cell in first):
        return False
    if not below:
        return not any(is_missing(cell) for cell in first)
    if any(number_of(cell, comma) is not None for row in below for cell in row):
        return True
    names = [cell.strip() for cell in first]
    are_names = all(names) and len(set(names)) == len(names) and max(map(len, names)) <= 24
    return are_names and not any(" " in name for name in names) and len(names) > 1
