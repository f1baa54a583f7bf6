"""What a person typed or pasted, read as numbers: decimal comma, true minus sign, tables from a spreadsheet."""

import math
import re

from PySide6.QtCore import QCoreApplication

translate = QCoreApplication.translate

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(e[+-]?\d+)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


class TypedNumberError(ValueError):
    """The text isn't the number (or numbers) that belong here; says which part and what would be right."""


def parse_number(text: str) -> float:
    """One number. A comma is a decimal comma unless it could as well part thousands ("1,234")."""
    shown = text.strip() if len(text.strip()) <= 24 else text.strip()[:23] + "…"
    cleaned = text.strip().replace("−", "-").replace("\u00a0", "").replace("\u202f", "")
    if not cleaned:
        raise TypedNumberError(translate("TypedNumbers", "Type a number here."))
    if _THOUSANDS.fullmatch(cleaned):
        whole, rest = cleaned.split(",")
        message = translate("TypedNumbers", "“{text}” can be read in two ways: type {decimal} or {thousands}.")
        raise TypedNumberError(message.format(text=shown, decimal=f"{whole}.{rest}", thousands=whole + rest))
    if _DECIMAL_COMMA.fullmatch(cleaned):
        cleaned = cleaned.replace(",", ".")
    if not _NUMBER.fullmatch(cleaned):
        raise TypedNumberError(translate("TypedNumbers", "“{text}” is not a number.").format(text=shown))
    value = float(cleaned)
    if math.isinf(value):
        message = translate("TypedNumbers", "“{text}” is beyond the largest number a computer holds, 1.8e308.")
        raise TypedNumberError(message.format(text=shown))
    return value


def parse_row(text: str) -> list[float]:
    """The numbers of one typed line, parted by spaces, tabs, semicolons or commas."""
    rows = parse_table(text)
    if len(rows) > 1:
        message = translate("TypedNumbers", "{count} lines were given where one belongs.")
        raise TypedNumberError(message.format(count=len(rows)))
    return rows[0]


def parse_table(text: str) -> list[list[float]]:
    """The rows and columns of a pasted table; the error names line and place, both counted from 1."""
    rows = []
    for line, cells in enumerate(split_table(text), start=1):
        row = []
        for place, cell in enumerate(cells, start=1):
            try:
                row.append(parse_number(cell))
            except TypedNumberError as error:
                where = translate("TypedNumbers", "Line {line}, number {place}: ").format(line=line, place=place)
                raise TypedNumberError(where + str(error)) from None
        rows.append(row)
    return rows


def split_table(text: str) -> list[list[str]]:
    """Lines and cells of a pasted table, still as text."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise TypedNumberError(translate("TypedNumbers", "There is no text to read numbers from."))
    separator = _separator(lines)
    return [[cell.strip() for cell in line.split(separator)] for line in lines]


def _separator(lines: list[str]) -> str | None:
    """What parts the cells: a tab or semicolon if there is one, then spaces (None), then commas.

    Commas come last, so that "3,5 4,1" are two numbers with decimal commas and "3,5" alone is two numbers.
    """
    for separator in ("\t", ";"):
        if any(separator in line for line in lines):
            return separator
    spaced = any(re.search(r"[^,\s]\s+[^,\s]", line) for line in lines)
    return "," if not spaced and any("," in line for line in lines) else None
