"""Activation curves in little squares, with the point on them where the unit is now."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.engine.activations import VALUE
from rnnviz.ui.stage.shades import mix
from rnnviz.ui.stage.stamps import stamp
from rnnviz.ui.theme import Theme

# How far a square reaches along z, and the lowest and highest value that it shows.
_REACH = {
    "linear": 1.0,
    "relu": 1.0,
    "tanh": 2.5,
    "hard": 1.0,
    "hard_tanh": 2.5,
    "elu": 2.0,
    "softplus": 3.0,
    "exponential": 2.0,
}
_RANGE = {
    "linear": (-1.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (-0.25, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "elu": (-1.0, 2.0),
    "softplus": (0.0, 3.05),
    "exponential": (0.0, 7.4),
}


def paint(
    painter: QPainter, rect: QRectF, function: str, before: float | None, colour: QColor, theme: Theme, unit: float
) -> None:
    """The square, its curve, and the point at `before`; a point beyond the square stands at its edge."""
    inner = rect.adjusted(5 * unit, 6 * unit, -5 * unit, -6 * unit)
    look = ("activation", function, colour.rgb(), theme.name, unit)
    stamp(painter, rect.adjusted(-1, -1, 1, 1), look, lambda on: _square(on, rect, inner, function, colour, theme))
    if function != "softmax" and before is not None and before == before:
        low, high = _RANGE.get(function, (0.0, 1.0))
        z = min(max(before / _reach(function), -1.0), 1.0)
        value = float(VALUE[function](np.array([z * _reach(function)]))[0])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(_place(inner, z, value, low, high), 3.2 * unit, 3.2 * unit)


def _square(painter: QPainter, rect: QRectF, inner: QRectF, function: str, colour: QColor, theme: Theme) -> None:
    """The frame, the line of 0 and the curve."""
    painter.setPen(QPen(colour, 1.4))
    painter.setBrush(theme.panel)
    painter.drawRoundedRect(rect, 4, 4)
    if function == "softmax":
        _bars(painter, inner, colour)
        return
    low, high = _RANGE.get(function, (0.0, 1.0))
    zero = inner.bottom() - inner.height() * (0 - low) / (high - low)
    painter.setPen(QPen(mix(theme.panel, theme.line, 0.9), 1))
    painter.drawLine(QPointF(inner.left(), zero), QPointF(inner.right(), zero))
    painter.setPen(QPen(colour, 1.4))
    painter.drawPolyline(_curve(function, inner.width(), inner.height()).translated(inner.topLeft()))


def _reach(function: str) -> float:
    return _REACH.get(function, 5.0)


@lru_cache(maxsize=64)
def _curve(function: str, width: float, height: float) -> QPolygonF:
    """The curve in a rectangle of this size whose upper left corner is the origin."""
    low, high = _RANGE.get(function, (0.0, 1.0))
    if function == "hard":
        points = [(-1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]
    else:
        z = np.linspace(-1, 1, 33)
        points = list(zip(z.tolist(), VALUE[function](z * _reach(function)).tolist(), strict=True))
    rect = QRectF(0, 0, width, height)
    return QPolygonF([_place(rect, z, value, low, high) for z, value in points])


def _place(rect: QRectF, z: float, value: float, low: float, high: float) -> QPointF:
    share = (value - low) / (high - low)
    return QPointF(rect.left() + rect.width() * (z + 1) / 2, rect.bottom() - rect.height() * share)


def _bars(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Softmax has no curve of one number: three shares of one whole."""
    width = rect.width() / 5
    for k, share in enumerate((0.35, 1.0, 0.55)):
        bar = QRectF(rect.left() + 2 * k * width, rect.bottom() - rect.height() * share, width, rect.height() * share)
        painter.fillRect(bar, colour)
