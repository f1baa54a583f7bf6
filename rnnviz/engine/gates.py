"""What a gate that keeps a state means over time."""

import math


def half_life(kept: float) -> float:
    """Steps until half of a value is left when each step keeps the fraction `kept`; inf for 1, 0 for nothing kept."""
    if kept >= 1.0:
        return math.inf
    if kept <= 0.0:
        return 0.0
    return math.log(0.5) / math.log(kept)
