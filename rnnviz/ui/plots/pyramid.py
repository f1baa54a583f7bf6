"""Long recordings at display resolution: many steps share a pixel, and no peak among them vanishes.

Values become one byte each (0..254 along the scale, 255 for what is not finite). Above them lie coarser levels, each
with the maximum and the minimum of four steps below; a pixel shows whichever of the two lies further from the row's
usual value, so a single spike or a single shut gate among thousands of quiet steps keeps its pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
NOT_FINITE = 255
TOP = 254
FACTOR = 4


def encode(values: NDArray[np.float64], low: float, high: float) -> Codes:
    """One byte a value: 0 at `low` or below, 254 at `high` or above, 255 where the value is not finite."""
    kind = np.float32 if 1e-30 < high - low < 1e30 else np.float64
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows float32 is clamped below
        scaled = np.subtract(values, low, dtype=kind, casting="same_kind")
        scaled *= kind(TOP / (high - low))
    scaled += kind(0.5)
    usable = np.isfinite(scaled)
    if usable.all():
        return np.clip(scaled, 0, TOP + 0.5, out=scaled).astype(np.uint8)
    codes = np.clip(np.where(usable, scaled, np.where(values > low, TOP, 0)), 0, TOP + 0.5).astype(np.uint8)
    codes[~np.isfinite(values)] = NOT_FINITE
    return codes


class Pyramid:
    """Codes (T, rows) with their coarser levels; `rest` (rows) is each row's usual code."""

    def __init__(self, codes: Codes, rest: Codes) -> None:
        self.codes = codes
        self.rest = rest.astype(np.int16)
        self._levels: list[tuple[Codes, Codes]] = [(codes, codes)]

    def columns(self, first: float, last: float, width: int, rows: int) -> Codes:
        """The codes (rows, width) of a picture of the steps between first and last, which are as in TimeAxis."""
        steps = len(self.codes)
        edges = np.linspace(first - 0.5, last - 0.5, width + 1)
        starts = np.clip(np.floor(edges[:-1] + 1e-9).astype(np.intp), 0, steps - 1)
        stops = np.clip(np.ceil(edges[1:] - 1e-9).astype(np.intp), starts + 1, steps)
        if (last - first) <= width:  # a step is at least a pixel wide: the one in the pixel's middle
            middles = np.clip(((edges[:-1] + edges[1:]) / 2).astype(np.intp), 0, steps - 1)
            picked = self.codes[middles]
        else:
            picked = self._pooled(starts, stops, (last - first) / width)
        return self.pool_rows(picked, rows).T

    def pool_rows(self, codes: Codes, rows: int) -> Codes:
        """Codes (..., units) brought to (..., rows): repeated where rows are many, pooled where they are few."""
        units = codes.shape[-1]
        edges = np.linspace(0, units, rows + 1)
        if units <= rows:
            return codes[..., ((edges[:-1] + edges[1:]) / 2).astype(np.intp)]
        starts = np.floor(edges[:-1]).astype(np.intp)
        high, low = np.maximum.reduceat(codes, starts, axis=-1), np.minimum.reduceat(codes, starts, axis=-1)
        return _further(high, low, self.rest[starts])

    def _pooled(self, starts: NDArray[np.intp], stops: NDArray[np.intp], steps_per_pixel: float) -> Codes:
        level = 0
        while FACTOR ** (level + 1) * 2 <= steps_per_pixel and len(self._level(level)[0]) > 2 * FACTOR:
            level += 1
        high, low = self._level(level)
        size = FACTOR**level
        begins = starts // size
        ends = np.minimum(-(-stops // size), len(high))
        highs = np.empty((len(starts), high.shape[1]), np.uint8)
        lows = np.empty_like(highs)
        for pixel, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
            high[begin:end].max(axis=0, out=highs[pixel])
            low[begin:end].min(axis=0, out=lows[pixel])
        return _further(highs, lows, self.rest)

    def _level(self, level: int) -> tuple[Codes, Codes]:
        while len(self._levels) <= level:
            high, low = self._levels[-1]
            starts = np.arange(0, len(high), FACTOR)
            self._levels.append((np.maximum.reduceat(high, starts, axis=0), np.minimum.reduceat(low, starts, axis=0)))
        return self._levels[level]


def _further(high: Codes, low: Codes, rest: NDArray[np.int16]) -> Codes:
    """Of two codes the one further from the usual one; what is not finite (255) always wins."""
    keep_high = (high == NOT_FINITE) | (high.astype(np.int16) - rest >= rest - low.astype(np.int16))
    return np.where(keep_high, high, low)
