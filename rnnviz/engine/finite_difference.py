"""The slope of a function of one number without any derivation: a check that shares nothing with reverse mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

EPSILON = 2.0**-52


@dataclass(frozen=True)
class Difference:
    """(f(high) - f(low)) / (high - low); the error shrinks with the square of `step`, rounding grows as it shrinks."""

    slope: float
    step: float

    def relative_to(self, derivative: float) -> float:
        """How far apart the two are, by the larger one; 0 where both are 0."""
        size = max(abs(self.slope), abs(derivative))
        return abs(self.slope - derivative) / size if size else 0.0


def central_difference(function: Callable[[float], float], at: float) -> Difference:
    """With the step at which both errors are about equal for a function without sudden bends."""
    step = EPSILON ** (1 / 3) * max(1.0, abs(at))
    low, high = at - step, at + step
    return Difference((function(high) - function(low)) / (high - low), step)
