"""Value scales: a value to its height in a plot, and the few round ticks beside it, linear or logarithmic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Arrays = Sequence[NDArray[np.float64]]

LARGEST = 1e300  # scales end here, so that lengths of scales stay finite
SMALLEST = 1e-300
UNDERFLOW = 1e-290  # a value below this whose successor is exactly 0 has underflowed, not become 0
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Scale:
    """From `low` at the bottom to `high` at the top; `ticks` are values, `texts` what is written beside them."""

    low: float
    high: float
    ticks: tuple[float, ...]
    texts: tuple[str, ...]
    is_log: bool = False

    def fraction(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """0 at the bottom to 1 at the top, for finite values; on a log axis what is not positive goes to the bottom."""
        if self.is_log:
            low, high = math.log10(self.low), math.log10(self.high)
            logs = np.log10(np.maximum(values, self.low))
            return np.clip((logs - low) / (high - low), 0, 1)
        return np.clip((values - self.low) / (self.high - self.low), 0, 1)


UNIT = Scale(0, 1, (0, 1), ("0", "1"))


def linear(low: float, high: float) -> Scale:
    """Round bounds around low..high with two or three ticks; 0 is among them when it is anywhere near."""
    low, high = (min(max(value, -LARGEST), LARGEST) for value in (low, high))
    if high - low <= max(1e-9 * max(abs(low), abs(high)), SMALLEST):  # constant to the eye
        high = low = low if abs(low) > SMALLEST else 0.0
    if low > 0 and (low == high or low <= 0.6 * high):
        low = 0.0
    if high < 0 and (low == high or high >= 0.6 * low):
        high = 0.0
    if low == high:
        high = low + 1
    stride = _stride(high - low)
    bottom, top = _outwards(low, stride, math.floor), _outwards(high, stride, math.ceil)
    # A bound is rounded outwards only where that leaves little of the picture empty.
    room = 0.3 * (high - low)
    bottom = bottom if low - bottom <= room else low
    top = top if top - high <= room else high + 0.04 * (high - low)
    count = math.floor(top / stride + 1e-9) - math.ceil(bottom / stride - 1e-9) + 1
    ticks = tuple((math.ceil(bottom / stride - 1e-9) + k) * stride for k in range(count))
    return Scale(bottom, top, ticks, tuple(tick_text(tick, stride) for tick in ticks))


def _stride(length: float) -> float:
    """The round distance of ticks that divides this length into about two."""
    size = 10.0 ** math.floor(math.log10(length / 2))
    return next(size * m for m in (1, 2, 4, 5, 10) if length / (size * m) <= 2.0001)


def _outwards(value: float, stride: float, rounded: Callable[[float], int]) -> float:
    nearest = round(value / stride)
    if math.isclose(nearest * stride, value, rel_tol=1e-9, abs_tol=stride * 1e-9):
        return nearest * stride
    return rounded(value / stride) * stride


def tick_text(value: float, stride: float) -> str:
    """As many decimals as the stride has, a true minus sign, powers of ten where digits would run long."""
    if abs(value) < stride * 1e-6:
        return "0"
    largest = max(abs(value), stride)
    if largest >= 1e6 or largest < 1e-3:
        exponent = math.floor(math.log10(abs(value)) + 1e-9)
        mantissa = f"{value / 10.0**exponent:.2f}".rstrip("0").rstrip(".")
        return f"{mantissa}e{exponent}".replace("-", "−")
    decimals = max(0, -math.floor(math.log10(stride) + 1e-9))
    text = f"{value:,.{decimals + 1}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def logarithmic(low: float, high: float) -> Scale:
    """Whole decades around low..high (both positive), with at most four of them written."""
    bottom, top = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(min(high, LARGEST)) - 1e-9)
    bottom = max(min(bottom, top - 1), -307)
    stride = max(1, math.ceil((top - bottom) / 3))
    exponents = [e for e in range(bottom, top + 1) if (e - (0 if bottom <= 0 <= top else bottom)) % stride == 0]
    texts = tuple("1" if e == 0 else "10" if e == 1 else "10" + str(e).translate(SUPERSCRIPTS) for e in exponents)
    return Scale(10.0**bottom, 10.0**top, tuple(10.0**e for e in exponents), texts, is_log=True)


def finite_range(arrays: Arrays) -> tuple[float, float]:
    """Least and largest finite value of all arrays; 0, 0 where there is none."""
    lows, highs = [], []
    for values in arrays:
        if not values.size:
            continue
        low, high = float(values.min()), float(values.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            finite = values[np.isfinite(values)]
            if not finite.size:
                continue
            low, high = float(finite.min()), float(finite.max())
        lows.append(low)
        highs.append(high)
    return (min(lows), max(highs)) if lows else (0.0, 0.0)


def spans_decades(arrays: Arrays) -> bool:
    """Whether a log axis is worth offering: positive values over three decades or more."""
    positive = [values[np.isfinite(values) & (values > 0)] for values in arrays]
    ranges = [(float(v.min()), float(v.max())) for v in positive if v.size]
    return bool(ranges) and max(high for _, high in ranges) >= 1e3 * min(low for low, _ in ranges)


def least_positive(arrays: Arrays) -> float:
    """Infinity where there is none."""
    positive = (values[np.isfinite(values) & (values > 0)] for values in arrays)
    return min((float(v.min()) for v in positive if v.size), default=math.inf)


def suits_log(arrays: Arrays) -> bool:
    """Whether a log axis is the better first view: a long run of positive values over several decades.

    Exact zeros count as the end of an underflow only; a short sequence of small and large numbers stays linear.
    """
    for values in arrays:
        if len(values) < 20 or not np.isfinite(values).all() or (values < 0).any():
            return False
        zero_from = underflow(values)
        kept = values if zero_from is None else values[: zero_from - 1]
        if not kept.all():
            return False
    return spans_decades(arrays)


def underflow(values: NDArray[np.float64]) -> int | None:
    """The first step (from 1) at which a value became exactly 0 because float64 holds nothing smaller, or None."""
    if len(values) < 2:
        return None
    before = np.abs(values[:-1])
    gone = (values[1:] == 0) & (before > 0) & (before < UNDERFLOW)
    return int(np.argmax(gone)) + 2 if gone.any() else None
