"""The parts of a loss surface, each painted into its place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QMarginsF, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPolygonF

from rnnviz.ui import theme
from rnnviz.ui.plots.scale import tick_text
from rnnviz.ui.plots.style import Style
from rnnviz.ui.surface_colours import Shade
from rnnviz.ui.surface_layout import Layout, ticks

Array = NDArray[np.floating[Any]]
LEFT, RIGHT, MIDDLE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter
WHITE, BLACK = QColor("#FFFFFF"), QColor("#10141A")  # on cividis, in light and dark alike
DOTTED, DASHED = [0.01, 3.2], [3.0, 3.0]


def x_axis(painter: QPainter, style: Style, place: Layout, line: Array, label: str) -> None:
    low, high = float(line[0]), float(line[-1])
    stride, at = ticks(low, high, max(2, place.map.width() // theme.px(90)))
    for value in at:
        x = place.map.left() + (value - low) / (high - low) * place.map.width()
        text = tick_text(value, stride)
        half = style.width(text) / 2
        x = min(max(x, place.map.left() + half - 1), place.map.right() + 2 - half + theme.px(6))
        rect = QRectF(x - half, place.x_ticks, 2 * half, style.text_height)
        style.text(painter, rect, MIDDLE, text)
    taken = place.key.width() + style.width(" 0.0000") + theme.px(24) if not place.key.isEmpty() else 0
    room = place.x_label.width() - 2 * taken
    text = style.metrics.elidedText(label, Qt.TextElideMode.ElideRight, max(room, place.x_label.width() // 3))
    style.text(painter, QRectF(place.x_label), MIDDLE, text, style.theme.ink)


def y_axis(painter: QPainter, style: Style, place: Layout, line: Array, label: str) -> None:
    low, high = float(line[0]), float(line[-1])
    for value, text in y_ticks(line, place.map.height()):
        y = place.map.bottom() + 1 - (value - low) / (high - low) * place.map.height()
        half = style.text_height / 2
        y = min(max(y, place.map.top() + half - 2), place.map.bottom() + 2 - half)
        style.text(painter, QRectF(place.y_ticks, y - half, theme.px(60), 2 * half), LEFT, text)
    painter.save()
    painter.translate(QPointF(place.y_label.right() + 1, place.y_label.top()))
    painter.rotate(90)
    rect = QRectF(0, 0, place.y_label.height(), place.y_label.width())
    text = style.metrics.elidedText(label, Qt.TextElideMode.ElideRight, place.y_label.height())
    style.text(painter, rect, MIDDLE, text, style.theme.ink)
    painter.restore()


def y_ticks(line: Array, height: int) -> list[tuple[float, str]]:
    stride, at = ticks(float(line[0]), float(line[-1]), max(2, height // theme.px(56)))
    return [(value, tick_text(value, stride)) for value in at]


def contours(painter: QPainter, place: Layout, lines: tuple[int, int], segments: list[Array]) -> None:
    painter.setPen(QPen(QColor(255, 255, 255, 70), 1))
    for each in segments:
        drawn = [QLineF(place.point(*a, lines), place.point(*b, lines)) for a, b in each.tolist()]
        painter.drawLines(drawn)


def curve(painter: QPainter, place: Layout, pieces: list[list[QPointF]], dashes: list[float]) -> None:
    """A line over the map, in one piece or several."""
    painter.save()
    painter.setClipRect(place.map)
    for colour, width in ((QColor(0, 0, 0, 90), 3.0), (WHITE, 1.6)):
        pen = QPen(colour, width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setDashPattern([dashes[0], *(each * 1.6 / width for each in dashes[1:])])
        painter.setPen(pen)
        for points in pieces:
            painter.drawPolyline(QPolygonF(points))
    painter.restore()


def trail(painter: QPainter, place: Layout, points: list[QPointF]) -> None:
    """A training run, from a small dot on."""
    painter.save()
    painter.setClipRect(place.map)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((BLACK, 3.2), (WHITE, 1.4)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(QPolygonF(points))
    painter.setPen(QPen(BLACK, 1))
    painter.setBrush(WHITE)
    painter.drawEllipse(points[0], theme.px(3), theme.px(3))
    painter.restore()


def notes(painter: QPainter, style: Style, place: Layout, lines: tuple[str, ...], free: list[QPointF]) -> None:
    """What is to be said about the map, in a corner that leaves some points free, as far as there is room."""
    lines = lines if place.map.height() >= theme.px(190) else lines[-2 if place.map.height() >= theme.px(130) else -1 :]
    if not lines or place.map.height() < theme.px(70):
        return
    most = round(place.map.width() * 0.72) - theme.px(12)
    texts = [style.metrics.elidedText(line, Qt.TextElideMode.ElideRight, most) for line in lines]
    row = style.text_height + theme.px(1)
    width = max(style.width(text, strong=True) for text in texts)
    chip = QRectF(0, 0, width + theme.px(14), row * len(texts) + theme.px(6))
    chip.moveTopLeft(_free_corner(QRectF(place.map), chip, free))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(16, 20, 26, 170))
    painter.drawRoundedRect(chip, 4, 4)
    for k, text in enumerate(texts):
        line = QRectF(chip.left() + theme.px(7), chip.top() + theme.px(3) + k * row, width, row)
        style.text(painter, line, LEFT, text, WHITE, strong=True)


def _free_corner(area: QRectF, chip: QRectF, free: list[QPointF]) -> QPointF:
    """Where the chip's upper left corner goes: lower left of the area, or the next corner that covers fewer points."""
    gap = theme.px(8)
    left, right = area.left() + gap, area.right() - gap - chip.width()
    top, bottom = area.top() + gap, area.bottom() - gap - chip.height()
    room = QSizeF(chip.width(), chip.height())
    margin = QMarginsF(gap, gap, gap, gap)
    corners = [QPointF(x, y) for x, y in ((left, bottom), (right, top), (right, bottom), (left, top))]
    return min(corners, key=lambda at: sum((QRectF(at, room) + margin).contains(point) for point in free))


def frame(painter: QPainter, area: QRect) -> None:
    """What one is about to zoom into."""
    painter.setBrush(QColor(255, 255, 255, 40))
    for colour, width in ((BLACK, 3.0), (WHITE, 1.4)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(area)


def marker(painter: QPainter, place: Layout, at: QPointF, hollow: bool = False) -> None:
    """The weights as they are: a ring on the map, hollow where they lie beside it, or an arrow at its edge."""
    area = QRectF(place.map)
    inside = QPointF(min(max(at.x(), area.left()), area.right()), min(max(at.y(), area.top()), area.bottom()))
    if (at - inside).manhattanLength() > 1:
        _arrow(painter, inside, at)
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = theme.px(6)
    for colour, width in ((BLACK, 4.5), (WHITE, 2.2)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(at, radius, radius)
    if hollow:
        return
    painter.setPen(QPen(BLACK, 1))
    painter.setBrush(WHITE)
    painter.drawEllipse(at, theme.px(2), theme.px(2))


def _arrow(painter: QPainter, inside: QPointF, at: QPointF) -> None:
    direction = QLineF(inside, at)
    size = theme.px(7)
    painter.save()
    painter.translate(inside)
    painter.rotate(-direction.angle())
    painter.setPen(QPen(BLACK, 1.5))
    painter.setBrush(WHITE)
    painter.drawPolygon(QPolygonF([QPointF(0, 0), QPointF(-1.5 * size, -size), QPointF(-1.5 * size, size)]))
    painter.restore()


def crosshair(painter: QPainter, place: Layout, at: QPointF, strong: bool) -> None:
    painter.setPen(QPen(QColor(255, 255, 255, 220 if strong else 130), 1))
    painter.drawLine(QPointF(place.map.left(), at.y()), QPointF(place.map.right(), at.y()))
    painter.drawLine(QPointF(at.x(), place.map.top()), QPointF(at.x(), place.map.bottom()))


def key(painter: QPainter, style: Style, place: Layout, shade: Shade, hovered: float | None) -> None:
    """Which colour is which loss, with a tick where the mouse is."""
    if place.key.isEmpty():
        return
    high = _end(shade.high)
    ends = _end(shade.low), high + ("+" if shade.hatched else "")
    bar = QRectF(place.key)
    bar.setHeight(theme.px(7))
    bar.moveTop(place.key.center().y() - bar.height() / 2 + 1)
    bar.moveRight(place.map.right() + 1 - style.width(ends[1]) - theme.px(6))
    colours = QLinearGradient(bar.topLeft(), bar.topRight())
    for k in range(17):
        colours.setColorAt(k / 16, shade.colour(k / 16))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours)
    painter.drawRoundedRect(bar, 2, 2)
    row = QRectF(0, place.key.top(), 0, place.key.height())
    style.text(painter, QRectF(row.translated(bar.left() - theme.px(6), 0)), RIGHT, ends[0])
    style.text(painter, QRectF(row.translated(bar.right() + theme.px(6), 0)), LEFT, ends[1])
    if hovered is not None:
        x = bar.left() + hovered * bar.width()
        painter.fillRect(QRectF(x - 1, bar.top() - 3, 2, bar.height() + 6), style.theme.ink)


def progress(painter: QPainter, style: Style, area: QRect, part: float) -> None:
    """A thin line along the foot of the map while it is being worked out."""
    if part < 1:
        foot = QRectF(area.left(), area.bottom() - 1, area.width(), 2)
        painter.fillRect(foot, QColor(0, 0, 0, 60))
        foot.setWidth(area.width() * part)
        painter.fillRect(foot, style.theme.accent)


def slice_below(
    painter: QPainter, style: Style, place: Layout, x: list[float], row: Array, shade: Shade, at: QPointF
) -> None:
    """The losses along the x axis through the marker."""
    area = QRectF(place.below)
    _frame(painter, style, area)
    y = area.bottom() - shade.fraction(row) * area.height()
    _line(painter, np.stack([x, y], axis=1), style)
    painter.setPen(style.cursor)
    if area.left() <= at.x() <= area.right():
        painter.drawLine(QPointF(at.x(), area.top()), QPointF(at.x(), area.bottom()))
    left = QRectF(0, 0, area.left() - theme.px(6), style.text_height)
    for value, middle in ((shade.high, area.top() + style.text_height / 2 - 2), (shade.low, area.bottom() - 3)):
        left.moveTop(middle - style.text_height / 2)
        style.text(painter, left, RIGHT, _end(value))


def slice_beside(
    painter: QPainter, style: Style, place: Layout, y: list[float], column: Array, shade: Shade, at: QPointF
) -> None:
    """The losses along the y axis through the marker, from left to right."""
    area = QRectF(place.beside)
    _frame(painter, style, area)
    x = area.left() + shade.fraction(column) * area.width()
    _line(painter, np.stack([x, y], axis=1), style)
    painter.setPen(style.cursor)
    if area.top() <= at.y() <= area.bottom():
        painter.drawLine(QPointF(area.left(), at.y()), QPointF(area.right(), at.y()))
    foot = QRectF(area.left(), area.bottom() + theme.px(3), area.width(), style.text_height)
    if not place.below.isEmpty():  # else the last number of the x axis is there
        style.text(painter, foot, LEFT, _end(shade.low))
    style.text(painter, foot, RIGHT, _end(shade.high))


def _frame(painter: QPainter, style: Style, area: QRectF) -> None:
    painter.setPen(style.grid)
    for part in (0.0, 0.5, 1.0):
        if area.width() > area.height():
            y = area.bottom() - part * area.height()
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        else:
            x = area.left() + part * area.width()
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))


def _line(painter: QPainter, points: Array, style: Style) -> None:
    known = points[np.isfinite(points).all(axis=1)]
    painter.setPen(QPen(style.theme.ink, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(*point) for point in known.tolist()]))


def _end(value: float) -> str:
    """The end of a scale, in three digits."""
    return tick_text(value, abs(value) / 10 or 1.0)
