"""A unit h = w h_prev + u beyond what float64 holds, by decimal numbers whose exponents do not end.

float64 ends at 1.8e308 and, below, at 4.9e-324; w ** 999 leaves it for every w below 0.475 or above 2.036.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_CONTEXT = Context(prec=25, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])  # as in NumPy, inf - inf is NaN


@dataclass(frozen=True)
class Logarithms:
    """Decimal logarithms of magnitudes; -inf for a number that is 0, NaN for one that is none.

    values : (T,), of h after each step
    slope : after the last step, of the derivative of h by a w that is the same at every step
    """

    values: Array
    slope: float


def logarithms(weights: Iterable[float], driven_by: Iterable[float], start: float = 0.0) -> Logarithms:
    """Of the unit with these w and u, a number of each for every step, which begins with h = `start`."""
    with localcontext(_CONTEXT):
        h, slope = Decimal(start), Decimal(0)
        values = []
        for w, u in zip(weights, driven_by, strict=True):
            weight = Decimal(w)
            slope = weight * slope + h
            h = weight * h + Decimal(u)
            values.append(float(abs(h).log10()))
        return Logarithms(np.array(values), float(abs(slope).log10()))
