"""All units of a layer as dots coloured by value, in a column or a grid; the opened one wears a ring."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rnnviz.engine.trace import Address
from rnnviz.ui.theme import Theme

_LARGEST, _SMALLEST = 18.0, 3.0
_COLUMNS = (1, 2, 4, 8, 16, 32, 64)
_AS_IMAGE = 6.0  # below this distance dots are drawn as pixels of one image


@dataclass(frozen=True, eq=False)
class UnitGrid:
    """Rows of `columns` units, left to right; `pitch` is the distance of two."""

    rect: QRectF
    columns: int
    pitch: float
    values: NDArray[np.float64]
    first: Address
    opened: int

    def rect_at(self, unit: int) -> QRectF:
        row, column = divmod(unit, self.columns)
        return QRectF(
            self.rect.left() + column * self.pitch, self.rect.top() + row * self.pitch, self.pitch, self.pitch
        )

    def unit_at(self, point: QPointF) -> int | None:
        if not self.rect.contains(point):
            return None
        column = min(int((point.x() - self.rect.left()) / self.pitch), self.columns - 1)
        unit = int((point.y() - self.rect.top()) / self.pitch) * self.columns + column
        return unit if unit < len(self.values) else None

    def address_at(self, point: QPointF) -> Address | None:
        unit = self.unit_at(point)
        return None if unit is None else replace(self.first, unit=unit)


def shape(count: int, height: float, scale: float, most_width: float) -> tuple[int, float]:
    """Columns and pitch for so many dots: the largest dots whose columns still fit beside the cell."""
    best = (_COLUMNS[-1], _SMALLEST)
    for columns in _COLUMNS:
        rows = -(-count // columns)
        pitch = min(_LARGEST * scale, height / rows, most_width / columns)
        if pitch > best[1] + 1.5:
            best = (columns, pitch)
    return best[0], max(np.floor(best[1] * 2) / 2, _SMALLEST)


def paint(painter: QPainter, grid: UnitGrid, scale: float, theme: Theme) -> None:
    colours = np.ascontiguousarray(theme.diverging(grid.values, scale))
    if grid.pitch < _AS_IMAGE:
        _as_image(painter, grid, colours, theme)
    else:
        radius = grid.pitch * 0.36
        painter.setPen(QPen(theme.line, 1))
        for unit, (r, g, b) in enumerate(colours.tolist()):
            painter.setBrush(QColor(r, g, b))
            painter.drawEllipse(grid.rect_at(unit).center(), radius, radius)
    painter.setPen(QPen(theme.accent, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ring = max(grid.pitch * 0.36 + 2, 4)
    painter.drawEllipse(grid.rect_at(grid.opened).center(), ring, ring)


def _as_image(painter: QPainter, grid: UnitGrid, colours: NDArray[np.uint8], theme: Theme) -> None:
    rows = -(-len(colours) // grid.columns)
    ground = theme.panel.getRgb()[:3]
    cells = np.full((rows * grid.columns, 3), ground, np.uint8)
    cells[: len(colours)] = colours
    image = QImage(cells.data, grid.columns, rows, 3 * grid.columns, QImage.Format.Format_RGB888)
    area = QRectF(grid.rect.left(), grid.rect.top(), grid.columns * grid.pitch, rows * grid.pitch)
    painter.drawImage(area, image)
    painter.setPen(QPen(theme.line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area)
