"""Lines of equal loss by marching squares (Lorensen & Cline 1987, in the plane)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Index = NDArray[np.intp]


def contours(values: Array, levels: Sequence[float], steepest: float) -> list[Array]:
    """For each level segments (n, 2 points, 2): x and y in grid lines, where `values` (y, x) cross it.

    steepest : no line where a field spans more than this: on a cliff there would be nothing but lines
    """
    below, above = np.minimum(values[:-1], values[1:]), np.maximum(values[:-1], values[1:])
    low, high = np.minimum(below[:, :-1], below[:, 1:]), np.maximum(above[:, :-1], above[:, 1:])
    gentle = np.nonzero((high > low) & (high - low <= steepest) & (high >= levels[0]) & (low < levels[-1]))
    low, high = low[gentle], high[gentle]
    found = []
    for level in levels:
        crossed = (low < level) & (high >= level)
        found.append(_segments(values, gentle[0][crossed], gentle[1][crossed], level))
    return found


def _segments(values: Array, rows: Index, columns: Index, level: float) -> Array:
    """What crosses these fields, each named by its lower left corner."""
    # The corners around a field: below left, below right, above right, above left.
    dx, dy = np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])
    corners = values[rows[:, None] + dy, columns[:, None] + dx]
    after = np.roll(corners, -1, axis=1)
    crosses = (corners < level) != (after < level)
    part = np.where(crosses, (level - corners) / np.where(crosses, after - corners, 1.0), 0.0)
    x = columns[:, None] + dx + part * (np.roll(dx, -1) - dx)
    y = rows[:, None] + dy + part * (np.roll(dy, -1) - dy)
    points: Array = np.stack([x, y], axis=-1)[crosses]  # two for each field, four at a saddle, side after side
    return points.reshape(-1, 2, 2)
