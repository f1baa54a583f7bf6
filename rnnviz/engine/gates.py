"""What a gate that keeps a state means over time."""

import math

import numpy as np
from numpy.typing import ArrayLike


def half_life(kept: float) -> float:
    """Steps until half of a value is left when each step keeps the fraction `kept`; inf for 1, 0 for nothing kept."""
    if kept >= 1.0:
        return math.inf
    if kept <= 0.0:
        return 0.0
    return math.log(0.5) / math.log(kept)


def log_kept(fractions: ArrayLike) -> float:
    """The decimal logarithm of what is left after steps that keep these fractions; -inf where one keeps nothing."""
    with np.errstate(divide="ignore"):
        return float(np.log10(np.asarray(fractions, dtype=np.float64)).sum())
