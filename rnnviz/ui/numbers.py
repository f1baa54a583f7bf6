"""How a number is written: 4 significant digits, a true minus sign, and nothing rounded into what it is not."""

import math
from collections.abc import Iterable

MINUS = "\N{MINUS SIGN}"
FIGURE_SPACE = "\N{FIGURE SPACE}"
PUNCTUATION_SPACE = "\N{PUNCTUATION SPACE}"
DIGITS = 4
_MOST_DIGITS = 8
_SMALLEST_NORMAL = 2.2250738585072014e-308


def text(value: float, digits: int = DIGITS, *, underflow: bool = False) -> str:
    """A value as people read it: "0.73", "6.9995", "−1", "4.54e−5", "1.2e+8", "∞", "NaN".

    A value near a round number keeps the digits that tell the two apart: 6.99946 is "6.9995", 0.999955 is "0.99995" and
    11.9995 is "11.9995", not "7", "1" and "12". With `underflow`, a zero or a subnormal is marked: "0 (underflow)".
    """
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    mark = " (underflow)" if underflow and abs(value) < _SMALLEST_NORMAL else ""
    if value == 0:
        return "0" + mark
    written = f"{value:.{_digits_needed(value, digits) - 1}e}"
    mantissa, exponent = written.split("e")
    power = int(exponent)
    if -4 <= power < 6:
        decimals = max(len(mantissa.lstrip("-").replace(".", "")) - 1 - power, 0)
        plain = f"{value:.{decimals}f}"
        return _strip(plain).replace("-", MINUS) + mark
    sign = MINUS if power < 0 else "+"
    return f"{_strip(mantissa)}e{sign}{abs(power)}".replace("-", MINUS) + mark


def full(value: float) -> str:
    """Every digit: reading it back gives the same bits."""
    return repr(float(value)).replace("-", MINUS)


def percent(fraction: float, digits: int = DIGITS) -> str:
    return f"{text(fraction * 100, digits)} %"


def count(number: int) -> str:
    """Whole things, with thousands apart: "15,268"."""
    return f"{number:,}"


def aligned(values: Iterable[float], digits: int = DIGITS) -> list[str]:
    """The same texts filled up with spaces of figure width, so that right-aligned they stand on the decimal point."""
    texts = [text(value, digits) for value in values]
    tails = [len(t) - t.index(".") if "." in t and "e" not in t else 0 for t in texts]
    widest = max(tails, default=0)
    return [t + _blank(widest, tail) for t, tail in zip(texts, tails, strict=True)]


def _digits_needed(value: float, digits: int) -> int:
    """More than `digits` where a value would pass for a one-digit or a whole number: up to the digit that differs."""
    round_number = float(f"{value:.0e}")
    if abs(value) < 10 ** (digits - 1) and float(f"{value:.{digits - 1}e}") == round(value):
        round_number = round(value)
    difference = abs(value - round_number)
    if difference == 0 or math.isinf(difference):
        return digits
    size = math.floor(math.log10(abs(value)))
    first = size - math.floor(math.log10(difference)) + 1
    return digits if first < digits or first > _MOST_DIGITS else first


def _strip(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _blank(widest: int, tail: int) -> str:
    if widest == tail:
        return ""
    if tail:
        return FIGURE_SPACE * (widest - tail)
    return PUNCTUATION_SPACE + FIGURE_SPACE * (widest - 1)
