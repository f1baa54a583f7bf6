"""Pooling over time: the mean, the largest or the sum of what has entered so far, and how it hands derivatives back.

    sum     y_t = sum of x_s over the real steps s <= t
    mean    y_t = the same, divided by their number n_t
    max     y_t = the largest of them, of each unit by itself

So every step has an honest number, and the last one speaks for the whole sequence. Padding does not count: y keeps its
value there, and is 0 before the first real step. Arrays are (T, N, size), masks (T, N), True at real steps.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]
Pooling = Literal["mean", "max", "sum"]


def pooled(kind: Pooling, x: Array, mask: Mask | None = None) -> Array:
    """y of every step. Sums are added up in float64, one step after another."""
    if kind == "max":
        known = x if mask is None else np.where(mask[..., None], x, -np.inf)
        largest = np.maximum.accumulate(known, axis=0)
        return np.asarray(largest if mask is None else np.where(counts(x, mask) > 0, largest, 0.0), x.dtype)
    y = np.cumsum(x if mask is None else np.where(mask[..., None], x, 0.0), axis=0, dtype=np.float64)
    if kind == "mean":
        y /= np.maximum(counts(x, mask), 1)
    return y.astype(x.dtype, copy=False)


def counts(x: Array, mask: Mask | None) -> Index:
    """n_t, the real steps up to each one, to be broadcast over the units: (T, 1, 1) or (T, N, 1)."""
    if mask is None:
        return np.arange(1, len(x) + 1, dtype=np.intp)[:, None, None]
    return np.cumsum(mask, axis=0, dtype=np.intp)[..., None]


def origins(x: Array, mask: Mask | None) -> Index:
    """Of "max": the row that each number came from, the first of equal ones; -1 before the first real step."""
    rows = np.broadcast_to(np.arange(len(x), dtype=np.intp)[:, None, None], x.shape)
    is_real = np.ones_like(rows, bool) if mask is None else np.broadcast_to(mask[..., None], x.shape)
    known = np.where(is_real, x, -np.inf)
    is_new = is_real & (counts(x, mask) == 1)
    is_new[1:] |= is_real[1:] & ~(known[1:] <= np.maximum.accumulate(known, axis=0)[:-1])
    return np.asarray(np.maximum.accumulate(np.where(is_new, rows, -1), axis=0))


def handed_back(kind: Pooling, x: Array, mask: Mask | None, y_bar: Array, truncate: int = 0) -> Array:
    """dL/dx from dL/dy, both with all that comes later taken along in y alone.

    truncate : no derivative passes back over more than a stretch of so many steps; 0 for no bound
    """
    length = truncate or max(1, len(x))
    share = y_bar / np.maximum(counts(x, mask), 1) if kind == "mean" else y_bar
    found = np.zeros_like(y_bar)
    came_from = origins(x, mask) if kind == "max" else None
    for start in range(0, len(x), length):
        stop = start + length
        if came_from is not None:
            rows = came_from[start:stop]
            step, sequence, unit = np.nonzero(rows >= start)
            np.add.at(found, (rows[step, sequence, unit], sequence, unit), share[start:stop][step, sequence, unit])
        else:
            found[start:stop] = np.cumsum(share[start:stop][::-1], axis=0, dtype=np.float64)[::-1]
    return found if mask is None else np.where(mask[..., None], found, 0.0)
