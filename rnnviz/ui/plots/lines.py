"""A few values over time as lines with markers, each named where it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui import numbers
from rnnviz.ui.plots.pills import pill_marks
from rnnviz.ui.plots.scale import Scale, underflow
from rnnviz.ui.plots.spread import spread
from rnnviz.ui.plots.style import Style, draw_curve, draw_marker
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.track import Mark, Now, Place, Spot

Values = NDArray[np.float64]
MARKER_ROOM = 9  # pixels a step must have for its marker to be drawn
SPARSE_ROOM = 64  # pixels between the markers of a line with narrower steps
REACH = 14  # pixels from a point within which the mouse still means it
LABEL_GAP = 8


@dataclass(frozen=True)
class Line:
    """`values[t - 1]` is drawn at step t and is the number (quantity, t + offset, unit).

    letter : a short name used in place of `name` where room is short
    initial : the value before the first step, where there is one
    ghost : the same before the last edit, drawn faintly behind
    hollow : only hollow markers and no line, for targets; NaN where there is none
    strong : drawn thicker, because it is the opened unit
    """

    name: str
    values: Values
    colour: QColor
    quantity: str
    unit: int = 0
    offset: int = 0
    dash: int = 0
    marker: int = 0
    letter: str = ""
    initial: float | None = None
    ghost: Values | None = None
    hollow: bool = False
    strong: bool = False

    @cached_property
    def underflow(self) -> int | None:
        """The step at which the value underflowed to 0, if it did."""
        return underflow(self.values)


class Lines:
    """Lines on one scale. Beyond two steps a pixel, a line shows the least and greatest value of each pixel."""

    weight = 1.0

    def __init__(self, lines: Sequence[Line], scale: Scale) -> None:
        self.lines = tuple(lines)
        self.scale = scale

    @property
    def rows(self) -> int:
        return len(self.lines)

    def spot(self, row: int, step: int) -> Spot:
        line = self.lines[row]
        return Spot(line.quantity, step + line.offset, line.unit)

    def left_width(self, style: Style, height: int) -> int:
        return max((style.width(text) for text in self.scale.texts), default=0) + 8

    def right_width(self, style: Style, room: int, axis: TimeAxis) -> int:
        """So much that the labels fit after the last point, which lies half a step left of the plot's edge."""
        wanted = max((style.width(line.name, strong=True) for line in self.lines if line.name), default=0) + LABEL_GAP
        if wanted > room * 0.4:
            wanted = max((style.width(_short(line), strong=True) for line in self.lines), default=0) + LABEL_GAP
        wanted = min(wanted, int(room * 0.4))
        half_step = 0.5 / axis.span
        return max(0, room - math.floor((room - wanted) / max(1 - half_step, 0.5)))

    def y(self, value: float, plot: QRect) -> float:
        return float(self._heights(np.array([value]), plot)[0])

    def _heights(self, values: Values, plot: QRect) -> Values:
        """Pixel heights; infinities lie on the edge, NaN stays NaN."""
        clamped = np.clip(values, -1e300, 1e300)
        return plot.bottom() + 1 - self.scale.fraction(clamped) * plot.height()

    # --- the still picture ------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, place: Place, style: Style) -> None:
        self._paint_grid(painter, place, style)
        painter.save()
        painter.setClipRect(QRectF(place.plot).adjusted(-6, -7, 6 + place.right.width(), 7))
        for line in self.lines:
            if line.ghost is not None:
                self._paint_curve(painter, line.ghost, style.pen(style.faint(line.colour), 0, 1.2), place)
        for line in self.lines:
            self._paint_line(painter, line, place, style)
        painter.restore()

    def _paint_grid(self, painter: QPainter, place: Place, style: Style) -> None:
        plot = place.plot
        lowest = math.inf
        for tick, text in sorted(zip(self.scale.ticks, self.scale.texts, strict=True), key=lambda pair: -pair[0]):
            y = round(self.y(tick, plot)) + 0.5
            painter.setPen(style.grid)
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right() + 1, y))
            if tick != self.scale.ticks[0] and abs(lowest - y) < style.text_height:
                continue
            lowest = y
            box = QRectF(place.left.left(), y - style.text_height / 2, place.left.width() - 8, style.text_height)
            style.text(painter, box, Qt.AlignmentFlag.AlignRight, text)

    def _paint_line(self, painter: QPainter, line: Line, place: Place, style: Style) -> None:
        marked = place.cell_width >= MARKER_ROOM
        if not line.hollow:
            pen = style.pen(line.colour, line.dash, (1.8 if marked else 1.4) + (0.8 if line.strong else 0))
            self._paint_curve(painter, line.values, pen, place)
        elif not marked:
            self._paint_curve(painter, line.values, style.pen(style.theme.muted, 0, 1), place)
        if marked or (len(self.lines) > 1 and not line.hollow):
            self._paint_markers(painter, line, place, style)
        self._paint_oddities(painter, line, place, style)

    def _paint_curve(self, painter: QPainter, values: Values, pen: QPen, place: Place) -> None:
        first, last = place.axis.steps_in_sight()
        first, last = max(first - 1, 1), min(last + 1, len(values))
        shown = values[first - 1 : last]
        if not shown.size:
            return
        is_crowded = len(shown) > 2 * place.plot.width()
        if is_crowded:
            xs, shown = _least_and_greatest(shown, place.x(first), place.x(last), place.plot.width())
            pen = QPen(pen.color(), 1)
        else:
            xs = place.x(first) + np.arange(len(shown)) * place.cell_width
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_crowded)
        ys = self._heights(shown, place.plot)
        for run in _unbroken(ys):
            draw_curve(painter, pen, np.stack([xs[run], ys[run]], axis=1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_markers(self, painter: QPainter, line: Line, place: Place, style: Style) -> None:
        """At every step; where steps are narrow here and there, as the dashes of a long line can't be seen."""
        first, last = place.axis.steps_in_sight()
        painter.setPen(QPen(line.colour, 1.4) if line.hollow else QPen(style.theme.panel, 0.8))
        painter.setBrush(Qt.BrushStyle.NoBrush if line.hollow else line.colour)
        radius = (4.5 if line.hollow else 3.2) + (0.5 if line.strong else 0)
        stride = 1
        if place.cell_width < MARKER_ROOM:
            stride = math.ceil(SPARSE_ROOM / place.cell_width)
            first += (self.lines.index(line) + 1) * stride // (len(self.lines) + 1)
        for step in range(first, min(last, len(line.values)) + 1, stride):
            value = line.values[step - 1]
            if math.isfinite(value):
                draw_marker(painter, line.marker, QPointF(place.x(step), self.y(value, place.plot)), radius)

    def _paint_oddities(self, painter: QPainter, line: Line, place: Place, style: Style) -> None:
        """Say where a value stops being a plain number: infinite, NaN, or gone to 0 because nothing smaller exists."""
        odd = np.flatnonzero(~np.isfinite(line.values)) + 1 if not line.hollow else np.zeros(0, int)
        gone = line.underflow
        if odd.size:
            value = line.values[odd[0] - 1]
            name = "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
            text = QCoreApplication.translate("plots", "{value} from step {step}").format(value=name, step=odd[0])
            self._paint_flag(painter, int(odd[0]), value < 0, text, style.theme.error, place, style)
        elif gone is not None:
            text = QCoreApplication.translate("plots", "exactly 0 from step {step}").format(step=gone)
            self._paint_flag(painter, gone, True, text, line.colour, place, style)

    def _paint_flag(
        self, painter: QPainter, step: int, below: bool, text: str, colour: QColor, place: Place, style: Style
    ) -> None:
        first, last = place.axis.steps_in_sight()
        if not first <= step <= last:
            return
        x, plot = place.x(step), place.plot
        y = plot.bottom() + 1 if below else plot.top()
        inward = -1 if below else 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x - 4, y + 7 * inward), QPointF(x + 4, y + 7 * inward)]))
        width = style.width(text)
        left = x + 7 if x + 7 + width <= plot.right() else max(x - 7 - width, plot.left())
        top = y - style.text_height - 1 if below else y + 1
        box = QRectF(left, top, width, style.text_height)
        painter.fillRect(box, style.theme.panel)
        style.text(painter, box, Qt.AlignmentFlag.AlignLeft, text, colour)

    def paint_labels(self, painter: QPainter, place: Place, style: Style) -> None:
        for line, box, text in self.labels(place, style):
            style.text(painter, box, Qt.AlignmentFlag.AlignLeft, text, line.colour, strong=True)

    def labels(self, place: Place, style: Style) -> list[tuple[Line, QRectF, str]]:
        """Each line's name where the line ends, moved up or down until none touches another."""
        _, last = place.axis.steps_in_sight()
        named = [line for line in self.lines if line.name]
        last = min(last, max((len(line.values) for line in named), default=last))
        wanted = [self._height_at_end(line, last, place) for line in named]
        half = style.text_height / 2
        distance = style.metrics.ascent() + 2
        heights = spread(wanted, distance, place.plot.top(), place.plot.bottom() + 1)
        left = min(place.x(last), place.plot.right()) + LABEL_GAP
        room = place.right.right() + 1 - left
        boxes = []
        for line, y in zip(named, heights, strict=True):
            fits = style.width(line.name, strong=True) <= room
            text = (
                line.name
                if fits
                else style.strong_metrics.elidedText(_short(line), Qt.TextElideMode.ElideRight, int(room))
            )
            boxes.append((line, QRectF(left, y - half, room, style.text_height), text))
        return boxes

    def _height_at_end(self, line: Line, last: int, place: Place) -> float:
        known = line.values[:last]
        finite = np.flatnonzero(np.isfinite(known[-200:]))
        value = known[-200:][finite[-1]] if finite.size else self.scale.low
        return self.y(float(value), place.plot)

    # --- the current step -------------------------------------------------------------------------------------------

    def marks(self, now: Now, place: Place, style: Style) -> list[Mark]:
        x = place.x(now.step) if now.step else float(place.plot.left())
        if not place.plot.left() - 1 <= x <= place.plot.right() + 2:
            return []
        line_rect = QRect(math.floor(x) - 2, place.plot.top() - 6, 5, place.plot.height() + 8)
        marks = [Mark(line_rect, partial(_draw_cursor, x=x, rect=line_rect, style=style))]
        values = [(line, value) for line in self._by_importance() if (value := _value_now(line, now)) is not None]
        pills = []
        for line, value in values:
            y = self.y(value, place.plot) if not math.isnan(value) else float(place.plot.bottom())
            if not line.hollow:
                dot = QRect(math.floor(x) - 5, round(y) - 5, 11, 11)
                marks.append(Mark(dot, partial(_draw_dot, line=line, centre=QPointF(x, y), style=style)))
            pills.append((y, self._text_now(line, value, now.step), line.colour))
        return marks + pill_marks(pills, now.step, place, place.plot.right() + 1, style)

    def _text_now(self, line: Line, value: float, step: int) -> str:
        return numbers.text(value, underflow=line.underflow is not None and step >= line.underflow)

    def _by_importance(self) -> list[Line]:
        return sorted(self.lines, key=lambda line: (line.hollow, not line.strong))

    # --- the mouse --------------------------------------------------------------------------------------------------

    def hit(self, point: QPointF, place: Place, now: Now) -> Spot | None:
        if not QRectF(place.plot).adjusted(-6, -6, 6, 6).contains(point) or not place.axis.steps:
            return None
        step = place.axis.step_at(point.x(), place.plot.left(), place.plot.width())
        if abs(place.x(step) - point.x()) > max(REACH, place.cell_width / 2):
            return None
        near = [
            (abs(self.y(float(line.values[step - 1]), place.plot) - point.y()), n)
            for n, line in enumerate(self.lines)
            if step <= len(line.values) and not math.isnan(line.values[step - 1])
        ]
        distance, number = min(near, default=(math.inf, 0))
        return self.spot(number, step) if distance <= REACH else None

    def rect_of(self, spot: Spot, place: Place) -> QRectF | None:
        for line in sorted(self.lines, key=lambda line: abs(line.offset)):
            step = spot.step - line.offset
            if (line.quantity, line.unit) != (spot.quantity, spot.unit) or not 1 <= step <= len(line.values):
                continue
            x, value = place.x(step), float(line.values[step - 1])
            if place.plot.left() <= x <= place.plot.right() + 1 and not math.isnan(value):
                return QRectF(x - 6, self.y(value, place.plot) - 6, 12, 12)
        return None


def _short(line: Line) -> str:
    return line.letter or line.name


def _value_now(line: Line, now: Now) -> float | None:
    if line.quantity in now.pending and not line.offset:
        return None
    if now.step == 0 or now.step > len(line.values):
        return line.initial if now.step == 0 else None
    value = float(line.values[now.step - 1])
    return None if line.hollow and math.isnan(value) else value


def _least_and_greatest(values: Values, left: float, right: float, width: int) -> tuple[Values, Values]:
    """Of each of `width` stretches the least and the greatest value, in turn, and where they stand."""
    starts = np.linspace(0, len(values), width + 1)[:-1].astype(np.intp)
    pairs = np.stack([np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)], axis=1)
    xs = left + (np.arange(width) + 0.5) * (right - left) / width
    return np.repeat(xs, 2), pairs.reshape(-1)


def _unbroken(ys: Values) -> list[slice]:
    """The stretches without NaN."""
    present = np.concatenate([[False], ~np.isnan(ys), [False]])
    edges = np.flatnonzero(present[1:] != present[:-1])
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _draw_cursor(painter: QPainter, x: float, rect: QRect, style: Style) -> None:
    painter.setPen(style.cursor)
    painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom() + 1))


def _draw_dot(painter: QPainter, line: Line, centre: QPointF, style: Style) -> None:
    painter.setPen(QPen(style.theme.panel, 1.2))
    painter.setBrush(line.colour)
    draw_marker(painter, line.marker, centre, 4)
