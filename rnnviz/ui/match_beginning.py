"""With which steps and threshold a match begins, so that there is something to see at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LENGTH = 3  # steps up to the cursor, as long as nobody has chosen any


def beginning(values: NDArray[np.floating], last: int, suggested: float) -> tuple[int, float]:
    """The first step of the longest stretch up to `last`, of at most LENGTH steps, all through which a unit is on at
    the suggested threshold; and that threshold.

    Where no unit is on even at `last` itself, that step with the value of its strongest unit as the threshold; where
    that has the other sign, LENGTH steps as suggested.
    values : (T, units)
    """
    sign = 1.0 if suggested > 0 else -1.0
    first = max(1, last - LENGTH + 1)
    here = sign * values[first - 1 : last]
    for skipped in range(len(here)):
        if here[skipped:].min(axis=0).max() >= sign * suggested:
            return first + skipped, suggested
    strongest = float(here[-1].max())
    return (last, sign * strongest) if 0.0 < strongest < np.inf else (first, suggested)
