"""All units of a layer as dots coloured by value, in a column or a grid; the opened one wears a ring."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rnnviz.ui.stage.places import OfUnits, at_unit
from rnnviz.ui.theme import Theme

_LARGEST, _SMALLEST = 18.0, 3.0
_COLUMNS = (1, 2, 4, 8, 16, 32, 64)
_RADIUS = 0.38  # of a dot, in distances
_MOST_PAINTED = 64  # dots painted one by one; more are made as one image


@dataclass(frozen=True, eq=False)
class UnitGrid:
    """Rows of `columns` units, left to right; `pitch` is the distance of two."""

    rect: QRectF
    columns: int
    pitch: float
    values: NDArray[np.float64]
    scale: float
    first: OfUnits
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

    def address_at(self, point: QPointF) -> OfUnits | None:
        unit = self.unit_at(point)
        return None if unit is None else at_unit(self.first, unit)


def shape(count: int, height: float, scale: float, most_width: float) -> tuple[int, float]:
    """Columns and pitch for so many dots: the largest dots whose columns still fit beside the cell."""
    best = (_COLUMNS[-1], _SMALLEST)
    for columns in _COLUMNS:
        rows = -(-count // columns)
        pitch = min(_LARGEST * scale, height / rows, most_width / columns)
        if pitch > best[1] + 1.5:
            best = (columns, pitch)
    return best[0], max(float(int(best[1])), _SMALLEST)  # whole pixels, so that dots look alike


def paint(painter: QPainter, grid: UnitGrid, theme: Theme) -> None:
    colours = theme.diverging(grid.values, grid.scale)
    if len(colours) > _MOST_PAINTED:
        _as_image(painter, grid, colours, theme)
    else:
        radius = grid.pitch * _RADIUS
        painter.setPen(QPen(theme.line, 1))
        for unit, (r, g, b) in enumerate(colours.tolist()):
            painter.setBrush(QColor(r, g, b))
            painter.drawEllipse(grid.rect_at(unit).center(), radius, radius)
    painter.setPen(QPen(theme.accent, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ring = max(grid.pitch * _RADIUS + 2, 4)
    painter.drawEllipse(grid.rect_at(grid.opened).center(), ring, ring)


def _as_image(painter: QPainter, grid: UnitGrid, colours: NDArray[np.uint8], theme: Theme) -> None:
    """Many dots at once: one disc, laid over the ground in every unit's colour."""
    rows = -(-len(colours) // grid.columns)
    ground = np.array(theme.panel.getRgb()[:3], np.float32)
    cells = np.tile(ground, (rows * grid.columns, 1))
    cells[: len(colours)] = colours
    zoom = max(round(painter.deviceTransform().m11()), 1)
    disc = _disc(round(grid.pitch * zoom))
    side = len(disc)
    over = (cells - ground).reshape(rows, 1, grid.columns, 1, 3) * disc[None, :, None, :, None]
    pixels = np.full((rows * side, grid.columns * side, 4), 255, np.uint8)
    pixels[..., :3] = (ground + over).reshape(rows * side, grid.columns * side, 3)
    image = QImage(pixels.data, grid.columns * side, rows * side, QImage.Format.Format_RGBX8888)
    painter.drawImage(QRectF(grid.rect.topLeft(), QSizeF(grid.columns * grid.pitch, rows * grid.pitch)), image)


@lru_cache(maxsize=32)
def _disc(side: int) -> NDArray[np.float32]:
    """How much of each pixel a dot covers."""
    places = np.arange(side, dtype=np.float32) - (side - 1) / 2
    distance = np.hypot(places[:, None], places[None, :])
    covered: NDArray[np.float32] = np.clip(side * _RADIUS - distance + 0.5, 0, 1).astype(np.float32)
    return covered
