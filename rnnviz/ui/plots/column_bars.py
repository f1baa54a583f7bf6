"""The values of one step as bars beside a heat map: painted as one small image, so 512 bars cost what 16 do."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from rnnviz.ui.plots.pyramid import TOP, Codes, Pyramid
from rnnviz.ui.plots.style import Pixels, Style

Key = tuple[QRect, float, Style]
BAR_GAP_FROM = 4  # pixels a row must have for a gap below its bar


class ColumnBars:
    """Bars for one place; `key` says which (its rectangle, pixel ratio and style)."""

    def __init__(self, key: Key, pyramid: Pyramid, zero_code: int, colours: Pixels) -> None:
        self.key = key
        self._rect, ratio, style = key
        self._pyramid = pyramid
        self._colours = colours
        self._width, self._rows = round(self._rect.width() * ratio), round(self._rect.height() * ratio)
        self._background = style.background
        self._before = np.uint32(style.theme.ink.rgb())
        self._zero = self._at(zero_code)
        self._columns = np.arange(self._width)
        self._base = np.full((self._rows, self._width), self._background, np.uint32)
        self._base[:, self._zero : self._zero + 1] = style.theme.line.rgb()
        units = pyramid.codes.shape[1]
        edges = np.rint(np.arange(1, units + 1) * self._rows / units).astype(int) - 1
        wide = self._rows / units >= BAR_GAP_FROM
        self._gaps = np.unique(np.concatenate([edges, edges - round(ratio) + 1])) if wide else np.zeros(0, int)

    def _at(self, codes: int | Codes) -> int | np.ndarray:
        return np.rint(np.minimum(codes, TOP) * ((self._width - 1) / TOP)).astype(int)

    def paint(self, painter: QPainter, codes: Codes, before: Codes | None) -> None:
        """Bars of the codes (units,), and a dark tick where the value of the step before was."""
        pooled = self._pyramid.pool_rows(codes, self._rows)
        ends = self._at(pooled)[:, None]
        filled = (self._columns >= np.minimum(ends, self._zero)) & (self._columns <= np.maximum(ends, self._zero))
        pixels = np.where(filled, self._colours[pooled][:, None], self._base)
        if before is not None:
            ticks = np.clip(self._at(self._pyramid.pool_rows(before, self._rows)), 0, self._width - 2)
            rows = np.arange(self._rows)
            pixels[rows, ticks] = pixels[rows, ticks + 1] = self._before
        pixels[self._gaps] = self._base[0]
        image = QImage(pixels.data, self._width, self._rows, 4 * self._width, QImage.Format.Format_RGB32)
        painter.drawImage(QRectF(self._rect), image)
