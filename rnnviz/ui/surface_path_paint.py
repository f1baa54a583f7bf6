"""Numbered paths over the map of a loss surface; a step that leaves the picture ends in an arrow at its edge."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from rnnviz.ui import theme
from rnnviz.ui.plots.style import DASHES, Style, draw_marker
from rnnviz.ui.surface_paths import SurfacePath

ToPixel = Callable[[float, float], QPointF]
CASING = QColor(12, 16, 22, 190)
DARK, WHITE = QColor("#0C1016"), QColor("#FFFFFF")
APART = 5.0  # pixels between two marks of a path
MOST_NUMBERS = 80
PALE = 0.45  # of the path's colour in its numbers


@dataclass(frozen=True)
class Exit:
    """Where a path leaves the picture: at this point of the edge, in this direction, with this step."""

    at: QPointF
    line: QLineF
    path: SurfacePath
    step: int
    is_last: bool = False  # it does not come back


def paint(painter: QPainter, style: Style, area: QRectF, to_pixel: ToPixel, paths: Sequence[SurfacePath]) -> list[Exit]:
    """All of them; returns where they leave the picture, for `paint_exits`."""
    painter.save()
    painter.setClipRect(area)
    points = [[to_pixel(x, y) for x, y in zip(path.x.tolist(), path.y.tolist(), strict=True)] for path in paths]
    lines = [_line(area, path, at) for path, at in zip(paths, points, strict=True)]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(CASING, 4.4, j=Qt.PenJoinStyle.RoundJoin, c=Qt.PenCapStyle.RoundCap))
    for line, _ in lines:  # first of all, so that of two paths on the same way both are seen
        painter.drawPath(line)
    for path, (line, _) in zip(paths, lines, strict=True):
        painter.setPen(_pen(path))
        painter.drawPath(line)
    for path, at in zip(paths, points, strict=True):
        _draw_marks(painter, area, path, at)
    _draw_numbers(painter, style, area, paths, points)
    painter.restore()
    return [each for _, exits in lines for each in exits]


def _line(area: QRectF, path: SurfacePath, points: list[QPointF]) -> tuple[QPainterPath, list[Exit]]:
    """What can be seen of a path, and where it leaves."""
    line, exits = QPainterPath(), []
    for step, (a, b) in enumerate(pairwise(points), start=1):
        part = clipped(a, b, area)
        if part is None:
            continue
        if line.isEmpty() or part.p1() != line.currentPosition():
            line.moveTo(part.p1())
        line.lineTo(part.p2())
        if area.contains(a) and not area.contains(b):
            is_last = not any(map(area.contains, points[step:]))
            exits.append(Exit(part.p2(), QLineF(a, b), path, step, is_last))
    return line, exits


def _pen(path: SurfacePath) -> QPen:
    pen = QPen(QColor(path.look.on_map), 2.2, j=Qt.PenJoinStyle.RoundJoin, c=Qt.PenCapStyle.RoundCap)
    dashes = DASHES[path.look.dash]
    if dashes:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(list(dashes))
    return pen


def _draw_marks(painter: QPainter, area: QRectF, path: SurfacePath, points: list[QPointF]) -> None:
    """A mark for each step, as far as there is room between them; the current one is larger."""
    before: QPointF | None = None
    painter.setBrush(QColor(path.look.on_map))
    painter.setPen(QPen(DARK, 1.0))
    for point in points[:-1]:
        if area.contains(point) and (before is None or QLineF(before, point).length() >= APART):
            draw_marker(painter, path.look.marker, point, theme.px(3))
            before = point
    if area.contains(points[-1]):
        for colour, radius in ((DARK, theme.px(7)), (WHITE, theme.px(6)), (QColor(path.look.on_map), theme.px(5))):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            draw_marker(painter, path.look.marker, points[-1], radius)


def _draw_numbers(
    painter: QPainter,
    style: Style,
    area: QRectF,
    paths: Sequence[SurfacePath],
    points: Sequence[Sequence[QPointF]],
) -> None:
    """The current ones first, then from the start on; a number for which there is no room is left out."""
    taken = [QRectF(at[-1] - QPointF(5, 5), at[-1] + QPointF(5, 5)) for at in points]
    named: dict[int, list[QPointF]] = {}
    drawn = 0
    for way, step in _in_order(paths):
        point = points[way][step]
        is_current = step == paths[way].last
        near = any(QLineF(point, other).length() < 12 for other in named.get(step, ()))
        if near or not area.contains(point):
            continue
        place = _room_for(style, str(step), point, area, taken)
        if place is None:
            continue
        named.setdefault(step, []).append(point)
        taken.append(place)
        _write(
            painter,
            style,
            place,
            str(step),
            theme.mix(WHITE, QColor(paths[way].look.on_map), 1.0 if is_current else PALE),
        )
        drawn += 1
        if drawn >= MOST_NUMBERS:
            return


def _in_order(paths: Sequence[SurfacePath]) -> Iterator[tuple[int, int]]:
    yield from ((way, path.last) for way, path in enumerate(paths))
    for step in range(max((path.last for path in paths), default=0)):
        yield from ((way, step) for way, path in enumerate(paths) if step < path.last)


def _room_for(style: Style, text: str, point: QPointF, area: QRectF, taken: list[QRectF]) -> QRectF | None:
    """A place beside a point, where nothing stands yet."""
    width, height, gap = style.width(text, strong=True) + 2.0, style.text_height - 2.0, theme.px(5)
    for right, up in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
        x = point.x() + gap if right > 0 else point.x() - gap - width
        y = point.y() - gap - height if up > 0 else point.y() + gap
        place = QRectF(x, y, width, height)
        if area.contains(place) and not any(place.intersects(other) for other in taken):
            return place
    return None


def _write(painter: QPainter, style: Style, place: QRectF, text: str, colour: QColor) -> None:
    """Readable on every colour: with a dark edge."""
    letters = QPainterPath()
    baseline = place.top() + (place.height() + style.strong_metrics.capHeight()) / 2
    letters.addText(QPointF(place.left() + 1, baseline), style.strong, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(DARK, 3.2, j=Qt.PenJoinStyle.RoundJoin))
    painter.drawPath(letters)
    painter.fillPath(letters, colour)


def paint_exits(
    painter: QPainter, style: Style, area: QRectF, exits: Sequence[Exit], words: Callable[[Sequence[Exit]], str]
) -> list[QRectF]:
    """An arrow where a path leaves the picture, and at the last one of each path in words where it went.

    words : of paths that leave at the same place; returns the places of the texts
    """
    for each in exits:
        _draw_arrow(painter, each, area)
    chips: list[QRectF] = []
    for together in _same_place([each for each in exits if each.is_last]):
        text = style.strong_metrics.elidedText(words(together), Qt.TextElideMode.ElideRight, round(area.width() * 0.9))
        chip = QRectF(0, 0, style.width(text, strong=True) + theme.px(14), style.text_height + theme.px(6))
        chip.moveCenter(together[0].at)
        gap = theme.px(16)
        chip.moveLeft(min(max(chip.left(), area.left() + gap / 2), area.right() - gap / 2 - chip.width()))
        chip.moveTop(min(max(chip.top(), area.top() + gap), area.bottom() - gap - chip.height()))
        for other in chips:
            if chip.intersects(other):
                chip.moveTop(other.bottom() + theme.px(3))
        chips.append(chip)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(16, 20, 26, 215))
        painter.drawRoundedRect(chip, 4, 4)
        style.text(painter, chip, Qt.AlignmentFlag.AlignHCenter, text, WHITE, strong=True)
    return chips


def _same_place(exits: Sequence[Exit]) -> list[list[Exit]]:
    groups: list[list[Exit]] = []
    for each in exits:
        for group in groups:
            if QLineF(group[0].at, each.at).length() < 3 and group[0].step == each.step:
                group.append(each)
                break
        else:
            groups.append([each])
    return groups


def _draw_arrow(painter: QPainter, leaving: Exit, area: QRectF) -> None:
    """At the edge, all of it inside."""
    size = theme.px(13)
    turned = QTransform().rotate(-leaving.line.angle())
    arrow = turned.map(QPolygonF([QPointF(0, 0), QPointF(-size, -size / 2), QPointF(-size, size / 2)]))
    arrow.translate(leaving.at)
    room, box = area.adjusted(1, 1, -1, -1), arrow.boundingRect()
    right = max(room.left() - box.left(), 0) + min(room.right() - box.right(), 0)
    down = max(room.top() - box.top(), 0) + min(room.bottom() - box.bottom(), 0)
    arrow.translate(right, down)
    painter.setPen(QPen(DARK, 1.4))
    painter.setBrush(QColor(leaving.path.look.on_map))
    painter.drawPolygon(arrow)


def clipped(a: QPointF, b: QPointF, area: QRectF) -> QLineF | None:
    """The part of a line within an area, None where there is none. Qt takes for ever over a dashed line of a mile.

    Source: Liang & Barsky 1984.
    """
    numbers = (a.x(), a.y(), b.x(), b.y())
    if not all(map(math.isfinite, numbers)):
        return None
    start, end = 0.0, 1.0
    dx, dy = b.x() - a.x(), b.y() - a.y()
    for toward, room in (
        (-dx, a.x() - area.left()),
        (dx, area.right() - a.x()),
        (-dy, a.y() - area.top()),
        (dy, area.bottom() - a.y()),
    ):
        if toward == 0:
            if room < 0:
                return None
        elif toward < 0:
            start = max(start, room / toward)
        else:
            end = min(end, room / toward)
    if start > end:
        return None
    return QLineF(a + QPointF(dx * start, dy * start), a + QPointF(dx * end, dy * end))
