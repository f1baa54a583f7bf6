"""The box around a relief: walls behind it, ticks and words along its front edges, the colours along its height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPolygonF

from rnnviz.ui import theme
from rnnviz.ui.plots.relief import View
from rnnviz.ui.plots.relief_raster import PLATE
from rnnviz.ui.plots.style import Style

Point = tuple[float, float, float]
Ticks = tuple[tuple[float, str], ...]
FLOOR = -PLATE
CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
NEAR = 0.04  # two numbers so close to a corner would touch
SHORTEST = 40  # pixels; on a shorter edge nothing is written


@dataclass(frozen=True)
class Edge:
    """An axis: where its ticks are, from 0 to 1, what is written there, and its name."""

    ticks: Ticks
    label: str


@dataclass(frozen=True)
class Corners:
    """The floor's corner nearest to the eye, the one furthest from it, and the one furthest left, where heights are."""

    front: tuple[float, float]
    back: tuple[float, float]
    left: tuple[float, float]


def corners(view: View) -> Corners:
    places = view.project(np.array([(*corner, 0.0) for corner in CORNERS]))
    front = int((places[:, 2] - 1e-6 * places[:, 0]).argmin())
    left = int((places[:, 0] - 1e-3 * places[:, 2]).argmin())
    return Corners(CORNERS[front], CORNERS[(front + 2) % 4], CORNERS[left])


def point(view: View, place: Point) -> QPointF:
    x, y, _ = view.project(np.array(place))
    return QPointF(float(x), float(y))


def draw_behind(painter: QPainter, style: Style, view: View, edges: tuple[Edge, Edge, Edge]) -> None:
    """The two walls behind the surface, the floor, and faint lines where the ticks are."""
    x, y = corners(view).back
    walls = [[(x, 0.0), (x, 1.0)], [(0.0, y), (1.0, y)]]
    painter.setPen(style.grid)
    painter.setBrush(theme.mix(style.theme.panel, style.theme.raised, 0.7))
    for start, end in walls:
        shape = [(*start, FLOOR), (*end, FLOOR), (*end, 1.0), (*start, 1.0)]
        painter.drawPolygon(QPolygonF([point(view, each) for each in shape]))
    painter.drawPolygon(QPolygonF([point(view, (*corner, FLOOR)) for corner in CORNERS]))
    lines = [((*start, part), (*end, part)) for part, _ in edges[2].ticks for start, end in walls]
    for part, _ in edges[0].ticks:
        lines += [((part, y, FLOOR), (part, y, 1.0)), ((part, 0.0, FLOOR), (part, 1.0, FLOOR))]
    for part, _ in edges[1].ticks:
        lines += [((x, part, FLOOR), (x, part, 1.0)), ((0.0, part, FLOOR), (1.0, part, FLOOR))]
    painter.drawLines([QLineF(point(view, start), point(view, end)) for start, end in lines])


def draw_before(painter: QPainter, style: Style, view: View, edges: tuple[Edge, Edge, Edge], inside: QRectF) -> None:
    """The edges with their numbers and names; `inside` is where there is room."""
    front = corners(view).front
    for axis in (0, 1):
        ticks = edges[axis].ticks
        if axis == 1 and any(abs(part - front[0]) < NEAR for part, _ in edges[0].ticks):
            ticks = tuple(
                tick for tick in ticks if abs(tick[0] - front[1]) >= NEAR
            )  # the other axis has its number there
        _draw_edge(painter, style, view, axis, ticks)
        rect = label_rect(style, view, axis, edges[axis], inside)
        text = style.metrics.elidedText(edges[axis].label, Qt.TextElideMode.ElideRight, round(rect.width()))
        style.text(painter, rect, Qt.AlignmentFlag.AlignHCenter, text, style.theme.ink)


def draw_heights(
    painter: QPainter, style: Style, view: View, edge: Edge, colours: list[QColor], part: float | None
) -> None:
    """The axis of heights is the key to the colours; `part` of it is where the mouse is."""
    corner = corners(view).left
    foot, head = point(view, (*corner, 0.0)), point(view, (*corner, 1.0))
    length = foot.y() - head.y()
    if length < theme.px(SHORTEST):
        return
    width, gap = theme.px(6), theme.px(5)
    bar = QRectF(head.x() - gap - width, head.y(), width, length)
    shades = QLinearGradient(bar.bottomLeft(), bar.topLeft())
    for k, colour in enumerate(colours):
        shades.setColorAt(k / (len(colours) - 1), colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shades)
    painter.drawRoundedRect(bar, 2, 2)
    for place, text in edge.ticks:
        y = bar.bottom() - place * length
        rect = QRectF(0, y - style.text_height / 2, bar.left() - gap, style.text_height)
        rect.moveBottom(min(rect.bottom(), bar.bottom() + 1))
        style.text(painter, rect, Qt.AlignmentFlag.AlignRight, text)
    name = heights_rect(style, view, edge)
    style.text(painter, name, Qt.AlignmentFlag.AlignHCenter, edge.label, style.theme.ink)
    if part is not None:
        y = bar.bottom() - part * length
        painter.fillRect(QRectF(bar.left() - 3, y - 1, bar.width() + 6, 2), style.theme.ink)


def heights_rect(style: Style, view: View, edge: Edge) -> QRectF:
    """The place of the name above the axis of heights."""
    head = point(view, (*corners(view).left, 1.0))
    width = style.width(edge.label) + 4
    middle = head.x() - theme.px(8)
    rect = QRectF(middle - width / 2, head.y() - style.text_height - theme.px(9), width, style.text_height)
    rect.moveLeft(max(rect.left(), 0.0))
    return rect


def place_on(view: View, axis: int, part: float) -> Point:
    """A point of the front edge along the x axis (0) or the y axis (1)."""
    x, y = corners(view).front
    return (part, y, FLOOR) if axis == 0 else (x, part, FLOOR)


def text_rect(style: Style, view: View, axis: int, part: float, text: str, away: float) -> QRectF:
    """Where a text stands outside the edge, so many pixels away from it."""
    at, out = point(view, place_on(view, axis, part)), _outwards(view, axis)
    width, height = style.width(text) + 2, style.text_height
    reach = away + abs(out.x()) * width / 2 + abs(out.y()) * height / 2
    centre = at + out * reach
    return QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)


def label_rect(style: Style, view: View, axis: int, edge: Edge, inside: QRectF) -> QRectF:
    """The place of an axis's name, beyond its numbers; empty where the edge is seen from its end."""
    if _length(view, axis) < theme.px(SHORTEST):
        return QRectF()
    out = _outwards(view, axis)
    widest = max((style.width(text) for _, text in edge.ticks), default=0)
    beyond = abs(out.x()) * widest + abs(out.y()) * style.text_height + theme.px(12)
    rect = text_rect(style, view, axis, 0.5, edge.label, beyond)
    rect.setWidth(min(rect.width(), inside.width()))
    rect.moveLeft(min(max(rect.left(), inside.left()), inside.right() - rect.width()))
    rect.moveTop(min(rect.top(), inside.bottom() - rect.height()))
    return rect


def _draw_edge(painter: QPainter, style: Style, view: View, axis: int, ticks: Ticks) -> None:
    painter.setPen(QPen(theme.mix(style.theme.panel, style.theme.muted, 0.6), 1))
    ends = [point(view, place_on(view, axis, part)) for part in (0.0, 1.0)]
    painter.drawLine(*ends)
    if _length(view, axis) < theme.px(SHORTEST):
        return
    out = _outwards(view, axis) * theme.px(4)
    marks = [point(view, place_on(view, axis, part)) for part, _ in ticks]
    painter.drawLines([QLineF(mark, mark + out) for mark in marks])
    for part, text in ticks:
        rect = text_rect(style, view, axis, part, text, theme.px(6))
        style.text(painter, rect, Qt.AlignmentFlag.AlignHCenter, text)


def _length(view: View, axis: int) -> float:
    return QLineF(*(point(view, place_on(view, axis, part)) for part in (0.0, 1.0))).length()


def _outwards(view: View, axis: int) -> QPointF:
    """On the screen square to the front edge, away from the box: the direction in which its numbers stand."""
    start, end = (point(view, place_on(view, axis, part)) for part in (0.0, 1.0))
    line = QLineF(start, end)
    if line.length() < 1e-6:
        return QPointF(0.0, 1.0)
    normal = QPointF(-line.dy(), line.dx()) / line.length()
    away = (start + end) / 2 - point(view, (0.5, 0.5, FLOOR))
    return normal if QPointF.dotProduct(normal, away) >= 0 else -normal
