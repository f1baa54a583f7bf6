"""Numbers brought to a size that networks read well. Padding takes no part; what was done is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop.data.choices import Scale
from rnnviz.interop.data.errors import DataError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaling:
    """scaled = (value - middle) / size, for each column.

    kinds : what is done with each column
    middle, size : (columns,)
    """

    kinds: tuple[Scale, ...]
    middle: Array
    size: Array

    def applied(self, values: Array) -> Array:
        with np.errstate(over="ignore"):
            scaled: Array = (values - self.middle) / self.size
        if not np.isfinite(scaled).all():
            raise DataError("numbers become too large; divide them by less", where="scale")
        return scaled

    def name(self, name: str, column: int) -> str:
        """What a scaled column is called: the numbers that are shown are not those of the file."""
        match self.kinds[column]:
            case "divide":
                return f"{name} / {self.size[column]:g}"
            case "z-score":
                return f"{name} (z-score)"
            case "min-max":
                return f"{name} (0 to 1)"
        return name

    def note(self, name: str, column: int) -> str:
        """What was done, in digits from which the old numbers can be worked out again."""
        middle, size = _digits(float(self.middle[column])), _digits(float(self.size[column]))
        match self.kinds[column]:
            case "divide":
                return f"{name} is divided by {size}."
            case "z-score":
                return f"{name} is a z-score: minus the mean, {middle}, divided by the standard deviation, {size}."
            case "min-max":
                return f"{name} is brought to 0 to 1: minus the least, {middle}, divided by the range, {size}."
        return ""


def scaling_of(columns: Sequence[Array], kind: Scale, divisor: float) -> Scaling:
    """The scaling of columns of numbers. A column of one and the same number is only moved to 0."""
    count = len(columns)
    middle, size = np.zeros(count), np.ones(count)
    if kind == "divide":
        if not np.isfinite(divisor) or divisor == 0:
            raise DataError(f"numbers cannot be divided by {divisor:g}", where="scale")
        size[:] = divisor
    elif kind != "none":
        for k, column in enumerate(columns):
            with np.errstate(over="ignore", invalid="ignore"):
                middle[k] = column.mean() if kind == "z-score" else column.min()
                spread = np.ptp(column)
                size[k] = column.std() if kind == "z-score" and spread else spread
        if not (np.isfinite(middle).all() and np.isfinite(size).all()):
            raise DataError("these numbers are too large to be scaled; divide them first", where="scale")
        size[size == 0] = 1.0
    return Scaling((kind,) * count, middle, size)


def with_rest_as_it_is(scaling: Scaling, count: int) -> Scaling:
    """The same for the first `count` columns; the others keep their numbers."""
    is_scaled = np.arange(len(scaling.kinds)) < count
    kinds: list[Scale] = ["none"] * len(scaling.kinds)
    kinds[:count] = scaling.kinds[:count]
    return Scaling(tuple(kinds), np.where(is_scaled, scaling.middle, 0.0), np.where(is_scaled, scaling.size, 1.0))


def _digits(value: float) -> str:
    """As many as it takes to read the same number back."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
