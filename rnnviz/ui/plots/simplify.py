"""A smooth curve of many points as the few that matter, so that it can be drawn as one path with its dashes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 0.3  # pixels that a point may lie off the simplified curve


def simplified(points: NDArray[np.float64], most: int) -> NDArray[np.float64] | None:
    """Of points (n, 2) those that the others lie within the tolerance of (Douglas and Peucker 1973).

    None where that takes more than `most` points: then the curve is not smooth.
    """
    if len(points) <= min(most, 2):
        return points
    kept, waiting = {0, len(points) - 1}, [(0, len(points) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        off = _distances(points[first + 1 : last], points[first], points[last])
        furthest = int(off.argmax())
        if off[furthest] > TOLERANCE:
            middle = first + 1 + furthest
            kept.add(middle)
            if len(kept) > most:
                return None
            waiting += [(first, middle), (middle, last)]
    return points[sorted(kept)]


def _distances(points: NDArray[np.float64], a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """From each point to the line through a and b (x always grows, so they differ)."""
    along = b - a
    away = points - a
    off: NDArray[np.float64] = np.abs(away[:, 0] * along[1] - away[:, 1] * along[0]) / np.hypot(*along)
    return off
