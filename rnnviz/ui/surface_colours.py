"""The colours of a loss surface: cividis over a linear or a logarithmic range; what lies above it is hatched."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from rnnviz.ui import theme

Array = NDArray[np.floating[Any]]
HATCH = 7  # pixels from line to line


@dataclass(frozen=True)
class Shade:
    """low, high : the losses at the ends of the colours; hatched : some are above, or infinite."""

    low: float
    high: float
    is_log: bool
    hatched: bool

    def fraction(self, values: Array) -> Array:
        """0 at the low end to 1 at the high one, not a number where there is none."""
        if not self.is_log:
            return np.clip((values - self.low) / (self.high - self.low), 0, 1)
        with np.errstate(divide="ignore"):
            logs = np.log10(np.maximum(values, self.low))
        return np.clip((logs - math.log10(self.low)) / (math.log10(self.high) - math.log10(self.low)), 0, 1)

    def value(self, fraction: float) -> float:
        if not self.is_log:
            return self.low + fraction * (self.high - self.low)
        low, high = math.log10(self.low), math.log10(self.high)
        return float(10.0 ** (low + fraction * (high - low)))

    def colour(self, fraction: float) -> QColor:
        return QColor(*theme.current().sequential_table[round(255 * fraction)].tolist())


def ends_of(losses: Array) -> Array:
    """The few losses on which the shade of all depends."""
    finite = losses[np.isfinite(losses)]
    positive = finite[finite > 0]
    ends = [part for values in (finite, positive) if values.size for part in (values.min(), values.max())]
    return np.array([*ends, *([np.inf] if np.isinf(losses).any() else [])])


def shade_of(losses: Array, is_log: bool, cap: float | None) -> Shade:
    """Colours over all finite losses up to the cap; NaN stands for what is not known yet."""
    finite = losses[np.isfinite(losses)]
    top = float(finite.max()) if finite.size else 1.0
    high = top if cap is None else min(top, cap)
    is_log = is_log and bool((finite > 0).any())
    low = float(finite[finite > 0].min()) if is_log else float(finite.min()) if finite.size else 0.0
    low = min(low, high) if is_log or not 0 < low < 0.1 * high else 0.0  # a round end, where it costs no colours
    if not low < high:  # flat: the whole picture in the lowest colour
        high = low * 10 if is_log else low + 1
    return Shade(low, high, is_log, hatched=bool(top > high or np.isinf(losses).any()))


def picture(losses: Array, shade: Shade, width: int, height: int, ratio: float) -> QImage:
    """Losses (y, x), y upwards, as width x height pixels; each field of the grid keeps its own colour."""
    look = theme.current()
    table = np.empty(258, np.uint32)
    channels = look.sequential_table.astype(np.uint32)
    table[:256] = 0xFF000000 | channels[:, 0] << 16 | channels[:, 1] << 8 | channels[:, 2]
    table[256] = theme.mix(shade.colour(1.0), QColor("#000000"), 0.45).rgb()  # the lines of the hatching
    table[257] = look.raised.rgb()
    unknown = np.isnan(losses)
    index = np.rint(255 * shade.fraction(np.where(unknown, shade.low, losses))).astype(np.uint16)
    index[unknown] = 257
    rows = (np.arange(height)[::-1] * losses.shape[0] // height)[:, None]
    columns = np.arange(width) * losses.shape[1] // width
    pixels = index[rows, columns]
    if shade.hatched:
        above = (losses > shade.high)[rows, columns]
        stripes = (np.arange(height)[:, None] + np.arange(width)) % max(2, round(HATCH * ratio)) < max(1, round(ratio))
        pixels[above & stripes] = 256
    coloured = np.ascontiguousarray(table[pixels])
    return QImage(coloured.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()
