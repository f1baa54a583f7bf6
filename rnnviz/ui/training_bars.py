"""A bar for each step's loss, on the time axis of all plots."""

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from rnnviz.ui import numbers
from rnnviz.ui.plots.pills import pill_marks
from rnnviz.ui.plots.scale import Scale
from rnnviz.ui.plots.style import Style
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.track import Mark, Now, Place, Spot
from rnnviz.ui.training_step_losses import StepLosses

_WIDEST = 28  # pixels


class LossBars:
    """A bar opens the output at its step, which is where the loss comes from. Steps that do not count have none.

    Where steps are weighted, a faint bar behind each shows its loss before that.
    """

    weight = 1.0
    rows = 1

    def __init__(self, losses: StepLosses, scale: Scale, colour: QColor, quantity: str, unit: int) -> None:
        self.values = np.where(losses.counts, losses.values, np.nan)
        self._whole = None if losses.whole is None else np.where(losses.counts, losses.whole, np.nan)
        self.scale = scale
        self._colour, self._quantity, self._unit = colour, quantity, unit

    def spot(self, row: int, step: int) -> Spot:
        return Spot(self._quantity, step, self._unit)

    def left_width(self, style: Style, height: int) -> int:
        return max((style.width(text) for text in self.scale.texts), default=0) + 8

    def right_width(self, style: Style, room: int, axis: TimeAxis) -> int:
        return 8

    def paint(self, painter: QPainter, place: Place, style: Style) -> None:
        plot = place.plot
        for tick, text in zip(self.scale.ticks, self.scale.texts, strict=True):
            y = round(self._y(tick, plot)) + 0.5
            painter.setPen(style.grid)
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right() + 1, y))
            box = QRectF(place.left.left(), y - style.text_height / 2, place.left.width() - 8, style.text_height)
            style.text(painter, box, Qt.AlignmentFlag.AlignRight, text)
        painter.save()
        painter.setClipRect(plot)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, place.cell_width >= 3)
        if self._whole is not None:
            painter.setBrush(style.faint(self._colour))
            painter.drawRects([bar for bar, _ in self._bars(self._whole, place)])
        for bar, is_finite in self._bars(self.values, place):
            painter.setBrush(self._colour if is_finite else style.theme.error)
            painter.drawRect(bar)
        painter.restore()

    def paint_labels(self, painter: QPainter, place: Place, style: Style) -> None:
        """The bars are named by the panel."""

    def marks(self, now: Now, place: Place, style: Style) -> list[Mark]:
        x = place.x(now.step) if now.step else float(place.plot.left())
        if not place.plot.left() - 1 <= x <= place.plot.right() + 2:
            return []
        rect = QRect(math.floor(x) - 2, place.plot.top() - 6, 5, place.plot.height() + 8)
        marks = [Mark(rect, partial(_draw_cursor, x=x, rect=rect, style=style))]
        value = self.values[now.step - 1] if 0 < now.step <= len(self.values) else np.nan
        if not np.isnan(value) and self._quantity not in now.pending:
            pill = (self._y(float(value), place.plot), numbers.text(value), self._colour)
            marks += pill_marks([pill], now.step, place, place.right.right() + 1, style)
        return marks

    def hit(self, point: QPointF, place: Place, now: Now) -> Spot | None:
        """Anywhere above or on the bar of a step: bars near 0 are too low to be met."""
        if not QRectF(place.plot).contains(point) or not place.axis.steps:
            return None
        step = place.axis.step_at(point.x(), place.plot.left(), place.plot.width())
        return self.spot(0, step) if step <= len(self.values) and not np.isnan(self.values[step - 1]) else None

    def rect_of(self, spot: Spot, place: Place) -> QRectF | None:
        if spot.quantity != self._quantity or not 1 <= spot.step <= len(self.values):
            return None
        if np.isnan(self.values[spot.step - 1]):
            return None
        bar = self._bar(place, spot.step, float(self.values[spot.step - 1]))
        return bar.adjusted(-2, -2, 2, 2) if QRectF(place.plot).adjusted(-1, 0, 1, 1).contains(bar.center()) else None

    def _bars(self, values: NDArray[np.float64], place: Place) -> list[tuple[QRectF, bool]]:
        """The bars in sight; where a pixel holds many steps, the greatest of them."""
        first, last = place.axis.steps_in_sight()
        shown = values[first - 1 : last]
        group = max(1, math.ceil(len(shown) / max(place.plot.width(), 1)))
        bars = []
        for start in range(0, len(shown), group):
            part = shown[start : start + group]
            part = part[~np.isnan(part)]
            if part.size:
                value = float(part.max())
                bars.append((self._bar(place, first + start, value), math.isfinite(value)))
        return bars

    def _bar(self, place: Place, step: int, value: float) -> QRectF:
        width = min(max(place.cell_width * 0.7, 1.0), _WIDEST)
        top = min(self._y(value, place.plot), place.plot.bottom())
        return QRectF(place.x(step) - width / 2, top, width, place.plot.bottom() + 1 - top)

    def _y(self, value: float, plot: QRect) -> float:
        height = float(self.scale.fraction(np.array([min(value, 1e300)]))[0])
        return plot.bottom() + 1 - height * plot.height()


def _draw_cursor(painter: QPainter, x: float, rect: QRect, style: Style) -> None:
    painter.setPen(style.cursor)
    painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom() + 1))
