"""One cell of a table: a number, nothing, or neither."""

from __future__ import annotations

import math
import re

from rnnviz.interop.data.wording import quoted

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "?", ".", "–", "—", "(blank)"})
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+")
_PLAIN = str.maketrans({"−": "-", "\u00a0": None, "\u202f": None})


def is_missing(cell: str) -> bool:
    """Nothing, in one of the ways in which tables say so."""
    return cell.strip().lower() in _MISSING


def number_of(cell: str, decimal_comma: bool = False) -> float | None:
    """The number of a cell, None where it holds none. One beyond the range of float64 is infinite."""
    plain = cell.strip().translate(_PLAIN)
    if decimal_comma:
        if _THOUSANDS.fullmatch(plain):
            return None  # 1.234 among decimal commas: is it 1,234 or 1234?
        plain = plain.replace(".", "").replace(",", ".") if plain.count(",") == 1 else plain
    if len(plain) > 400 or not plain.isascii() or not _NUMBER.fullmatch(plain):
        return None
    return float(plain)


def what_is_wrong(cell: str, decimal_comma: bool = False) -> tuple[str, str]:
    """Of a cell that should hold a number: what is wrong, and what would be right; ("", "") where nothing is."""
    if is_missing(cell):
        return "there is no number" if not cell.strip() else f"{quoted(cell)} stands for a missing number", "a number"
    value = number_of(cell, decimal_comma)
    if value is None and decimal_comma and _THOUSANDS.fullmatch(cell.strip().translate(_PLAIN)):
        return f"{quoted(cell)} can be read in two ways", "the number without a point that parts thousands"
    if value is None:
        return f"{quoted(cell)} is not a number", "a number, such as 3.5"
    if math.isinf(value):
        return f"{quoted(cell)} is beyond the largest number a computer holds", "a number up to 1.8e308"
    return "", ""
