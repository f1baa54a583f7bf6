"""The colour maps of a theme, tables of 256 entries: signed values through the panel colour, magnitudes in cividis."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

Table = NDArray[np.uint8]

# Cividis (Nuñez, Anderton and Renslow 2018) at 17 even places, linear between them.
_CIVIDIS = (
    "#00224E", "#002C66", "#19376F", "#2D416D", "#3C4D6D", "#4A576D", "#56626F", "#616D72", "#6C7876",
    "#797F78", "#888A77", "#979675", "#A8A271", "#B9AF6A", "#CCBC61", "#E0CB52", "#FEE838",
)  # fmt: skip


def diverging_table(ends: tuple[QColor, QColor, QColor, QColor], middle: QColor) -> Table:
    """(256, 3). Entry 128 is exactly zero and exactly `middle`; 1 is -scale, 255 is +scale."""
    return _interpolated([1, 64.5, 128, 191.5, 255], [*ends[:2], middle, *ends[2:]])


def sequential_table() -> Table:
    """(256, 3): dark to light for magnitudes 0 to 1."""
    return _interpolated(list(np.linspace(0, 255, len(_CIVIDIS))), [QColor(colour) for colour in _CIVIDIS])


def signed_index(values: NDArray[np.float64], scale: float) -> NDArray[np.uint8]:
    """The row of a diverging table for each value: 128 + 127 value / scale, clipped; NaN gives 128."""
    with np.errstate(invalid="ignore"):
        part = np.clip(np.asarray(values) / (scale or 1.0), -1, 1)
    return np.rint(128 + 127 * np.nan_to_num(part)).astype(np.uint8)


def magnitude_index(values: NDArray[np.float64], scale: float) -> NDArray[np.uint8]:
    """The row of a sequential table for each magnitude from 0 to `scale`; NaN gives 0."""
    with np.errstate(invalid="ignore"):
        part = np.clip(np.asarray(values) / (scale or 1.0), 0, 1)
    return np.rint(255 * np.nan_to_num(part)).astype(np.uint8)


def coloured(table: Table, index: NDArray[np.uint8], values: NDArray[np.float64], bad: QColor) -> Table:
    """RGB (..., 3) for each index; where the value is NaN, the colour `bad`."""
    colours = table[index]
    is_bad = np.isnan(values)
    if is_bad.any():
        colours[is_bad] = bad.getRgb()[:3]
    return colours


def _interpolated(places: list[float], colours: list[QColor]) -> Table:
    channels = np.array([colour.getRgb()[:3] for colour in colours], dtype=float)
    at = np.arange(256)
    table = np.rint(np.stack([np.interp(at, places, channels[:, k]) for k in range(3)], axis=1)).astype(np.uint8)
    table.flags.writeable = False
    return table
