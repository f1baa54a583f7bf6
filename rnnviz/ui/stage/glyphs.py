"""The small things of which the stage is drawn: pills, valves, signs, strips of colour."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from rnnviz.ui.stage.items import Strip
from rnnviz.ui.stage.shades import mix
from rnnviz.ui.stage.stamps import stamp
from rnnviz.ui.stage.type_setter import TypeSetter, text_in
from rnnviz.ui.theme import Theme


def pill(painter: QPainter, rect: QRectF, border: QColor, theme: Theme, *, is_selected: bool) -> None:
    """A rounded ground for a number; the selected one is outlined in the accent."""
    line = 2 if is_selected else theme.hairline
    colour = theme.accent if is_selected else border
    rounded(painter, rect, colour, line, theme.panel, rect.height() / 2)


def rounded(painter: QPainter, rect: QRectF, border: QColor, line: float, ground: QColor, radius: float) -> None:
    """A rectangle with round corners; its line lies in the rectangle's outermost pixel."""

    def draw(on: QPainter) -> None:
        on.setPen(QPen(border, line))
        on.setBrush(ground)
        on.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius - 0.5, radius - 0.5)

    stamp(painter, rect.adjusted(-1, -1, 1, 1), ("rounded", border.rgb(), line, ground.rgb(), radius), draw)


def outline(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    painter.setPen(QPen(theme.accent, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), 5, 5)


def valve(
    painter: QPainter,
    at: QPointF,
    radius: float,
    opening: float,
    colour: QColor,
    flow: tuple[QColor, float],
    theme: Theme,
    is_upright: bool,
) -> None:
    """A ring on a wire with two jaws in it: the gap between them is as wide as the gate is open.

    Shut, the jaws meet and stop the wire; open, they have drawn back to the ring and the wire runs through.
    flow : colour and strength of the wire
    """
    opening = min(max(opening, 0.0), 1.0) if opening == opening else 0.0
    inner = radius - 1
    gap = opening * inner * 0.74
    painter.save()
    painter.translate(at)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.panel)
    painter.drawEllipse(QPointF(0, 0), radius, radius)
    if is_upright:
        painter.rotate(90)
    if gap > 0.4:
        painter.setPen(QPen(flow[0], min(2 + 3 * flow[1], 2 * gap), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(-radius, 0), QPointF(radius, 0))
    painter.setPen(QPen(colour, 1))
    painter.setBrush(mix(theme.panel, colour, 0.38))
    painter.drawPath(_jaws(inner, gap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 2))
    painter.drawEllipse(QPointF(0, 0), inner, inner)
    painter.restore()
    _times(painter, QPointF(at.x() + radius * 0.95, at.y() + radius * 0.95), radius * 0.2, colour)


def _times(painter: QPainter, at: QPointF, arm: float, colour: QColor) -> None:
    """The sign of what a valve does, beside it."""
    painter.setPen(QPen(colour, 1.3))
    painter.drawLine(QPointF(at.x() - arm, at.y() - arm), QPointF(at.x() + arm, at.y() + arm))
    painter.drawLine(QPointF(at.x() - arm, at.y() + arm), QPointF(at.x() + arm, at.y() - arm))


def _jaws(radius: float, gap: float) -> QPainterPath:
    """What a channel of half height `gap` leaves of a disc, above and below."""
    angle = math.degrees(math.asin(gap / radius))
    box = QRectF(-radius, -radius, 2 * radius, 2 * radius)
    path = QPainterPath()
    for start in (angle, 180 + angle):
        path.arcMoveTo(box, start)
        path.arcTo(box, start, 180 - 2 * angle)
        path.closeSubpath()
    return path


def sign(
    painter: QPainter, at: QPointF, symbol: str, colour: QColor, theme: Theme, unit: float, setter: TypeSetter
) -> None:
    """A circle with an operation in it; plus and times are drawn, so that they stand in the very middle."""
    radius = 11 * unit
    half = max(radius, setter.digit * len(symbol) / 2 + 4 * unit) if len(symbol) > 2 else radius

    def draw(on: QPainter) -> None:
        on.setPen(QPen(colour, 1.5))
        on.setBrush(theme.panel)
        on.drawRoundedRect(QRectF(at.x() - half, at.y() - radius, 2 * half, 2 * radius), radius, radius)
        arm = 4.5 * unit
        if symbol == "+":
            on.drawLine(QPointF(at.x() - arm, at.y()), QPointF(at.x() + arm, at.y()))
            on.drawLine(QPointF(at.x(), at.y() - arm), QPointF(at.x(), at.y() + arm))
        elif symbol == "×":
            arm *= 0.8
            on.drawLine(QPointF(at.x() - arm, at.y() - arm), QPointF(at.x() + arm, at.y() + arm))
            on.drawLine(QPointF(at.x() - arm, at.y() + arm), QPointF(at.x() + arm, at.y() - arm))
        else:
            on.setFont(setter.number)
            text_in(on, QRectF(at.x() - 20, at.y() - 12, 40, 24), symbol)

    rect = QRectF(at.x() - half - 1, at.y() - radius - 1, 2 * half + 2, 2 * radius + 2)
    stamp(painter, rect, ("sign", symbol, colour.rgb(), theme.panel.rgb(), setter.size), draw)


def heat_strips(painter: QPainter, strips: Sequence[Strip], theme: Theme) -> None:
    """Vectors as cells of colour, zero as the panel's ground, each inside a hairline. Coloured all at once."""
    if not strips:
        return
    colours = theme.diverging(np.concatenate([strip.values / strip.scale for strip in strips]), 1.0)
    painter.setPen(QPen(theme.line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    start = 0
    for strip in strips:
        count = len(strip.values)
        row = np.ascontiguousarray(colours[start : start + count])
        start += count
        image = QImage(row.data, count, 1, 3 * count, QImage.Format.Format_RGB888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, count > strip.rect.width())
        painter.drawImage(strip.rect, image)
        painter.drawRect(strip.rect.adjusted(-0.5, -0.5, 0.5, 0.5))
