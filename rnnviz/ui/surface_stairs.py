"""The map of one unit as a curve, and the run from its start as stairs between the curve and the diagonal."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from rnnviz.ui import theme
from rnnviz.ui.plots.style import Style
from rnnviz.ui.surface_fixed import Staircase

DOT = 3.5


def paint(painter: QPainter, style: Style, corner: QRect, stairs: Staircase) -> None:
    """Stable fixed points are filled, others hollow; the run begins on the diagonal."""
    area = QRectF(corner)
    caption = QRectF(area.left(), area.bottom() - style.text_height, area.width(), style.text_height)
    area.setBottom(caption.top() - theme.px(2))
    if min(area.width(), area.height()) < theme.px(40):
        return
    low, high = float(stairs.state[0]), float(stairs.state[-1])

    def at(state: float, following: float) -> QPointF:
        x, y = ((value - low) / (high - low) for value in (state, following))
        return QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())

    painter.save()
    painter.setClipRect(area.adjusted(-DOT, -DOT, DOT, DOT))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(style.grid)
    painter.drawRect(area)
    painter.setPen(QPen(style.theme.muted, 1))
    painter.drawLine(at(low, low), at(high, high))
    known = np.isfinite(stairs.following)
    painter.setPen(QPen(style.theme.ink, 1.6))
    curve = zip(stairs.state[known].tolist(), stairs.following[known].tolist(), strict=True)
    painter.drawPolyline(QPolygonF([at(*point) for point in curve]))
    run = stairs.run[np.isfinite(stairs.run)].tolist()
    steps = [at(*pair) for here, there in pairwise(run) for pair in ((here, here), (here, there))]
    painter.setPen(QPen(style.theme.accent, 1))
    painter.drawPolyline(QPolygonF(steps))
    for point in stairs.points:
        value = float(point.vector[0])
        painter.setPen(QPen(style.theme.ink, 1.4))
        painter.setBrush(style.theme.ink if point.stability == "stable" else style.theme.panel)
        painter.drawEllipse(at(value, value), DOT, DOT)
    painter.restore()
    label = QCoreApplication.translate("surface", "state → next state")
    text = style.metrics.elidedText(label, Qt.TextElideMode.ElideRight, round(caption.width()))
    style.text(painter, caption, Qt.AlignmentFlag.AlignLeft, text)
