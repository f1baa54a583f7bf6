"""Both numbers over time; on a logarithmic axis also where float64 holds them no more, and from which step that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from rnnviz.ui import numbers, theme
from rnnviz.ui.plots import Line, Lines, Style, scale
from rnnviz.ui.plots.scale import SUPERSCRIPTS, Scale
from rnnviz.ui.plots.track import Place
from rnnviz.ui.thousand_paths import float64_lost_from

Array = NDArray[np.floating]

LEAST = math.log10(5e-324)
GREATEST = math.log10(1.7976931348623157e308)


@dataclass(frozen=True)
class Course:
    """A number over time: as float64 has it, and the decimal logarithms of its magnitude as they truly are."""

    name: str
    quantity: str
    values: Array
    logs: Array
    colour: QColor
    dash: int = 0


def linear(courses: Sequence[Course]) -> Lines:
    lines = [_line(course, course.values) for course in courses]
    return Lines(lines, scale.linear(*scale.finite_range([line.values for line in lines])))


def logarithmic(courses: Sequence[Course]) -> Lines:
    logs = [course.logs[np.isfinite(course.logs)] for course in courses]
    return Powers(courses, _decades(*scale.finite_range(logs)))


class Powers(Lines):
    """Lines over exponents of ten: strong while float64 holds the number, and faint from there on."""

    def __init__(self, courses: Sequence[Course], exponents: Scale) -> None:
        held = [_line(course, np.where(_is_held(course), course.logs, np.nan)) for course in courses]
        beyond = [
            replace(_line(course, _beyond(course)), name="", colour=_faint(course.colour))
            for course in courses
            if float64_lost_from(course.values, course.logs) is not None
        ]
        super().__init__([*held, *beyond], exponents)
        self._courses = dict(zip((id(line) for line in held), courses, strict=True))

    def paint(self, painter: QPainter, place: Place, style: Style) -> None:
        super().paint(painter, place, style)
        for limit in (LEAST, GREATEST):
            if self.scale.low < limit < self.scale.high:
                y = self.y(limit, place.plot)
                painter.setPen(QPen(style.theme.muted, 1, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(place.plot.left(), y), QPointF(place.plot.right() + 1, y))
        for course in self._courses.values():
            self._paint_loss(painter, course, place, style)

    def _paint_oddities(self, painter: QPainter, line: Line, place: Place, style: Style) -> None:
        """Marked over all lines, where the number is lost."""

    def _paint_loss(self, painter: QPainter, course: Course, place: Place, style: Style) -> None:
        """Where float64 loses the number: on the line at which it ends."""
        lost = float64_lost_from(course.values, course.logs)
        first, last = place.axis.steps_in_sight()
        if lost is None or not first <= lost <= last:
            return
        below = bool(course.values[lost - 1] == 0)
        holds = QCoreApplication.translate("plots", "exactly 0") if below else "∞"
        text = QCoreApplication.translate("plots", "{value} from step {step}").format(value=holds, step=lost)
        x, y, away = place.x(lost), self.y(LEAST if below else GREATEST, place.plot), 1 if below else -1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.theme.error)
        corners = (QPointF(x, y), QPointF(x - 4, y - 7 * away), QPointF(x + 4, y - 7 * away))
        painter.drawPolygon(QPolygonF(list(corners)))
        left = min(x + 7, place.plot.right() - style.width(text))
        box = QRectF(left, y + 2 if below else y - 2 - style.text_height, style.width(text), style.text_height)
        painter.fillRect(box, style.theme.panel)
        style.text(painter, box, Qt.AlignmentFlag.AlignLeft, text, style.theme.error)

    def _text_now(self, line: Line, value: float, step: int) -> str:
        course = self._courses.get(id(line))
        if course is None:
            return ""
        return numbers.text(course.values[step - 1], underflow=not math.isfinite(value))

    def _by_importance(self) -> list[Line]:
        return [line for line in self.lines if line.name]


def power_text(logarithm: float) -> str:
    """A number by its decimal logarithm, also beyond float64: "2.5e−1998"."""
    if not math.isfinite(logarithm):
        return "0" if logarithm < 0 else numbers.text(logarithm)
    if LEAST + 20 < logarithm < GREATEST:
        return numbers.text(10.0**logarithm)
    exponent = math.floor(logarithm + 1e-9)
    mantissa = numbers.text(max(10.0 ** (logarithm - exponent), 1.0), 3)
    return f"{mantissa}e{'+' if exponent > 0 else numbers.MINUS}{abs(exponent)}"


def _line(course: Course, values: Array) -> Line:
    return Line(course.name, values, course.colour, course.quantity, dash=course.dash, marker=course.dash)


def _faint(colour: QColor) -> QColor:
    return theme.mix(theme.current().panel, colour, 0.5)


def _is_held(course: Course) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(course.values) & (course.values != 0.0))


def _beyond(course: Course) -> Array:
    """From the last number that float64 holds on."""
    held = _is_held(course)
    shown = ~held
    shown[:-1] |= ~held[1:]
    return np.where(shown & np.isfinite(course.logs), course.logs, np.nan)


def _decades(low: float, high: float) -> Scale:
    """Whole exponents around these, with few ticks."""
    found = scale.linear(math.floor(low + 1e-9), math.ceil(high - 1e-9))
    ticks = tuple(tick for tick in found.ticks if float(tick).is_integer()) or (0.0,)
    texts = tuple(_tick_text(int(tick)) for tick in ticks)
    return Scale(found.low, found.high, ticks, texts)


def _tick_text(exponent: int) -> str:
    return {0: "1", 1: "10"}.get(exponent, "10" + str(exponent).translate(SUPERSCRIPTS))
