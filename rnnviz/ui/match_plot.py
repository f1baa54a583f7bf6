"""Units over time with a stretch of steps marked: a drag or a click with Shift chooses another one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from rnnviz.ui import theme
from rnnviz.ui.plots.style import Style
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.time_plot import TimePlot
from rnnviz.ui.plots.track import Mark, Now, Place
from rnnviz.ui.plots.unit_map import UnitMap


class MatchMap(UnitMap):
    """A map on which a stretch of steps, first and last, is framed."""

    stretch = (1, 1)

    def marks(self, now: Now, place: Place, style: Style) -> list[Mark]:
        first, last = self.stretch
        left, right = place.x(first - 0.5), place.x(last + 0.5)
        rect = QRectF(left, place.plot.top() - 1, max(right - left, 3), place.plot.height() + 2)
        inside = rect.intersected(QRectF(place.plot).adjusted(-2, -2, 2, 2))
        marks = super().marks(now, place, style)
        if inside.isEmpty():
            return marks
        around = inside.toAlignedRect().adjusted(-2, -2, 2, 2)
        return [*marks, Mark(around, partial(_draw_stretch, rect=inside))]


class MatchPlot(TimePlot):
    """`brushed(first, last)` while a stretch is chosen."""

    brushed = Signal(int, int)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(axis, parent)
        self._anchor: int | None = None
        self.stretch = (1, 1)

    def show_stretch(self, first: int, last: int) -> None:
        if (first, last) == self.stretch:
            return
        self.stretch = (first, last)
        old = [mark.rect for mark in self._marks]
        for track in self.tracks:
            if isinstance(track, MatchMap):
                track.stretch = self.stretch
        self._marks = self._make_marks()
        for rect in (*old, *(mark.rect for mark in self._marks)):
            self.update(QRect(rect))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._brushes(event) and event.button() == Qt.MouseButton.LeftButton:
            self._anchor = self._step_at(event)
            self.brushed.emit(self._anchor, self._anchor)
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._anchor is not None and event.buttons() & Qt.MouseButton.LeftButton:
            step = self._step_at(event)
            self.brushed.emit(min(step, self._anchor), max(step, self._anchor))
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._anchor = None
        super().mouseReleaseEvent(event)

    def _brushes(self, event: QMouseEvent) -> bool:
        return bool(self.tracks) and bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def _step_at(self, event: QMouseEvent) -> int:
        plot = self.places()[-1].plot
        return self.axis.step_at(event.position().x(), plot.left(), plot.width())


def _draw_stretch(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(QPen(theme.current().ink, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, 3, 3)
