"""The dead plateau of a loss cap: where the loss is above it, a descent that is capped has no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

Array = NDArray[np.floating[Any]]
SPACING, VEIL, LINES = 9, 0x38, 0xA8  # pixels from line to line; opacities


def share(losses: Array, cap: float) -> float:
    """The part of the points where the gradient is zero."""
    return float((losses > cap).mean())


def picture(losses: Array, cap: float, width: int, height: int, ratio: float) -> QImage:
    """To be laid over the map: a dark veil with lines down to the right, unlike the hatching of the display's cap.

    losses : (y, x), y upwards
    """
    rows = (np.arange(height)[::-1] * losses.shape[0] // height)[:, None]
    columns = np.arange(width) * losses.shape[1] // width
    dead = (losses > cap)[rows, columns]
    across = np.arange(width) - np.arange(height)[:, None]
    lines = across % max(3, round(SPACING * ratio)) < max(1, round(ratio))
    pixels = np.where(dead, np.where(lines, LINES, VEIL), 0).astype(np.uint32) << 24
    image = np.ascontiguousarray(pixels)
    return QImage(image.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
