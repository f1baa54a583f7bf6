"""Gradient flow as a picture: a bar for each step, and the matrix of what each step's loss sends to earlier ones."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import numbers, theme
from rnnviz.ui.gradient_shown import NOTHING, Flowing
from rnnviz.ui.plots.pills import draw_pill
from rnnviz.ui.plots.scale import Scale, linear, logarithmic
from rnnviz.ui.plots.style import Style, pixel_ratio
from rnnviz.ui.surface_colours import Shade, picture, shade_of

Array = NDArray[np.floating[Any]]
LEFT, RIGHT, MIDDLE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter
DECADES = 16  # of the log axis at most; what is smaller is marked at its foot


@dataclass(frozen=True, eq=False)
class _Bars:
    """parts : (T,) of the area's height"""

    scale: Scale
    area: QRect
    parts: Array


class GradientPicture(QWidget):
    """`in_scale` and `in_shade` are all values and matrices on one scale, where panels stand side by side."""

    sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.flowing = NOTHING
        self.in_scale: Sequence[Array] = (NOTHING.values,)
        self.in_shade: Sequence[Array] = (NOTHING.matrix,)
        self.step = 0
        self.is_backward = False  # what has not come back yet, before the step, is faint
        self.is_log = True
        self._placed: tuple[tuple[object, ...], QSize, _Bars] | None = None
        self.hovered: tuple[int, int] | None = None  # step k, and step t where it is the matrix, else 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.restyle()

    @property
    def norms(self) -> Array:
        """The heights of the bars."""
        return np.abs(self.flowing.values)

    @property
    def matrix(self) -> Array:
        return np.abs(self.flowing.matrix)

    def sizeHint(self) -> QSize:
        return QSize(260, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 60)

    def restyle(self) -> None:
        self._style = Style()
        self.update()

    def show_flow(self, flowing: Flowing, in_scale: Sequence[Array], in_shade: Sequence[Array]) -> None:
        self.flowing, self.in_scale, self.in_shade = flowing, in_scale, in_shade
        self.update()

    def show_step(self, step: int, is_backward: bool) -> None:
        self.step, self.is_backward = step, is_backward
        self.update()

    def scale(self) -> Scale:
        """Whole decades from the largest down; exact zeros and what has underflowed stand at the foot."""
        values = np.abs(np.concatenate(self.in_scale))
        there = values[np.isfinite(values) & (values > 0)]
        if not self.is_log:
            return linear(0.0, float(there.max()) if there.size else 1.0)
        if not there.size:
            return logarithmic(0.1, 1.0)
        high = float(there.max())
        return logarithmic(max(float(there.min()), high * 10.0**-DECADES, 1e-300), high)

    def bars_rect(self) -> QRect:
        return self._bars().area

    def _bars(self) -> _Bars:
        """Worked out once for what is shown at this size: there are many bars, and each step paints them all."""
        shown, size = (self.flowing, self.in_scale, self._style, self.is_log), self.size()
        if self._placed is None or self._placed[1] != size or any(map(operator.is_not, self._placed[0], shown)):
            self._placed = shown, size, self._place()
        return self._placed[2]

    def _place(self) -> _Bars:
        scale = self.scale()
        left = max(self._style.width(text) for text in scale.texts) + theme.px(8)
        right = self.matrix_rect().left() - theme.px(40) if self._has_matrix() else self.width()
        area = QRect(left, theme.px(7), right - left, self.height() - self._style.text_height - theme.px(12))
        parts = np.where(self.norms > 0, scale.fraction(self.norms), 0.0)
        return _Bars(scale, area, parts)

    def matrix_rect(self) -> QRect:
        side = self.height() - self._style.text_height - theme.px(12)
        side = min(side, self.width() // 2)
        return QRect(self.width() - side, theme.px(7), side, side) if self._has_matrix() else QRect()

    def _has_matrix(self) -> bool:
        """Where only one step loses anything, the matrix would say what the bars do."""
        several = np.count_nonzero(self.flowing.matrix.any(axis=-1)) > 1 if self.flowing.matrix.size else False
        return bool(several) and self.width() >= theme.px(360)

    def bar_rect(self, step: int) -> QRectF:
        bars = self._bars()
        area, slot = bars.area, bars.area.width() / len(bars.parts)
        gap = min(2.0, slot * 0.25)
        height = max(float(bars.parts[step - 1]) * area.height(), 1.0)
        return QRectF(area.left() + (step - 1) * slot + gap / 2, area.bottom() + 1 - height, slot - gap, height)

    # --- mouse ------------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self.at(event.position().toPoint())
        if hovered != self.hovered:
            self.hovered = hovered
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.at(event.position().toPoint())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.sought.emit(found[0])

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered = None
        self.update()

    def at(self, point: QPoint) -> tuple[int, int] | None:
        """(step k, 0) over the bars, (step k, step t) over the matrix."""
        count, bars, matrix = len(self.flowing.values), self.bars_rect(), self.matrix_rect()
        if count and bars.contains(point):
            return (point.x() - bars.left()) * count // bars.width() + 1, 0
        if count and matrix.contains(point):
            k = (point.x() - matrix.left()) * count // matrix.width() + 1
            return k, (matrix.bottom() - point.y()) * count // matrix.height() + 1
        return None

    def value_at(self, k: int, t: int) -> float:
        """What is shown of step k, or of what step t's loss has in it."""
        return float(self.flowing.matrix[t - 1, k - 1] if t else self.flowing.values[k - 1])

    def text_at(self, k: int, t: int) -> str:
        lost = self.flowing.matrix_lost[t - 1, k - 1] if t else self.flowing.lost[k - 1]
        return numbers.text(self.value_at(k, t)) + (self.tr(" (underflow)") if lost else "")

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.flowing.values.size:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bars(painter)
        if self._has_matrix():
            self._paint_matrix(painter)
        self._paint_hovered(painter)

    def _paint_bars(self, painter: QPainter) -> None:
        style, area, scale = self._style, self._bars().area, self._bars().scale
        for tick, text in zip(scale.ticks, scale.texts, strict=True):
            y = area.bottom() + 1 - float(scale.fraction(np.array([tick]))[0]) * area.height()
            painter.setPen(style.grid)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            label = QRectF(0, y - style.text_height / 2, area.left() - theme.px(6), style.text_height)
            style.text(painter, label, RIGHT, text)
        for step in range(1, len(self.flowing.values) + 1):
            self._paint_bar(painter, step, self._bar_colour(step, scale))
            if self.flowing.lost[step - 1]:
                self._paint_lost(painter, self.bar_rect(step))
        foot = QRectF(area.left(), area.bottom() + theme.px(3), area.width(), style.text_height)
        style.text(painter, foot, LEFT, self.tr("step 1"))
        style.text(painter, foot, RIGHT, str(len(self.flowing.values)))

    def _paint_bar(self, painter: QPainter, step: int, colour: QColor) -> None:
        """What is negative is hollow, so that it is told apart without its colour too."""
        rect = self.bar_rect(step)
        if self.flowing.values[step - 1] < 0 and rect.width() >= theme.px(3):
            painter.fillRect(rect, theme.mix(self._style.theme.panel, colour, 0.25))
            painter.setPen(QPen(colour, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            painter.fillRect(rect, colour)

    def _bar_colour(self, step: int, scale: Scale) -> QColor:
        look, value = self._style.theme, float(self.flowing.values[step - 1])
        if step == self.step:
            return look.accent
        colour = look.value_colour(value) if self.flowing.is_signed else look.positive
        if self.is_backward and step < self.step:
            return theme.mix(look.panel, colour, 0.3)
        return colour if not scale.is_log or abs(value) >= scale.low or value == 0 else look.error

    def _paint_lost(self, painter: QPainter, bar: QRectF) -> None:
        """A small triangle on the floor: below everything that float64 can hold."""
        half = min(max(bar.width() / 2, theme.px(1.5)), theme.px(4))
        middle, floor = bar.center().x(), bar.bottom()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._style.theme.error)
        painter.drawPolygon([
            QPointF(middle - half, floor - 2 * half), QPointF(middle + half, floor - 2 * half), QPointF(middle, floor),
        ])  # fmt: skip

    def shade(self) -> Shade:
        sent = np.concatenate([np.abs(matrix).ravel() for matrix in self.in_shade])
        return shade_of(np.where(sent > 0, sent, np.nan), is_log=self.is_log, cap=None)

    def _paint_matrix(self, painter: QPainter) -> None:
        """Step t of the loss upwards, step k of the state to the right; nothing where a loss sends nothing."""
        style, area, ratio, matrix = self._style, self.matrix_rect(), pixel_ratio(painter), self.matrix
        sent = np.where(matrix > 0, matrix, np.nan)
        side = max(1, round(area.width() * ratio))
        painter.drawImage(area, picture(sent, self.shade(), side, side, ratio))
        self._paint_lost_cells(painter, area)
        self._paint_numbers(painter, area)
        foot = QRectF(area.left(), area.bottom() + theme.px(3), area.width(), style.text_height)
        style.text(painter, foot, MIDDLE, self.tr("to step k"))
        painter.save()
        painter.translate(QPointF(area.left() - style.text_height - theme.px(4), area.bottom()))
        painter.rotate(-90)
        text = style.metrics.elidedText(self.tr("from the loss of step t"), Qt.TextElideMode.ElideRight, area.height())
        style.text(painter, QRectF(0, 0, area.height(), style.text_height), MIDDLE, text)
        painter.restore()

    def _paint_numbers(self, painter: QPainter, area: QRect) -> None:
        """Written into the cells where all of them have room."""
        style, count, shade = self._style, len(self.flowing.values), self.shade()
        cell = area.width() / count
        if cell < style.width("−0.0000"):
            return
        for t, k in np.argwhere(self.matrix > 0).tolist():
            ground = shade.colour(float(shade.fraction(self.matrix[t : t + 1, k])[0]))
            painter.setPen(QColor("#000000") if ground.lightnessF() > 0.45 else QColor("#ffffff"))
            box = QRectF(area.left() + k * cell, area.bottom() + 1 - (t + 1) * cell, cell, cell)
            painter.setFont(style.font)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, numbers.text(float(self.flowing.matrix[t, k])))

    def _paint_lost_cells(self, painter: QPainter, area: QRect) -> None:
        """Runs of underflow in a row as one stroke each, so that long sequences take no longer."""
        count = len(self.flowing.values)
        cell = area.width() / count
        colour = self._style.theme.error
        for t in np.flatnonzero(self.flowing.matrix_lost.any(axis=1)):
            row = np.flatnonzero(self.flowing.matrix_lost[t])
            ends = np.flatnonzero(np.diff(row) > 1)
            for first, last in zip(row[[0, *(ends + 1)]], row[[*ends, len(row) - 1]], strict=True):
                top = area.bottom() + 1 - (t + 1) * cell
                width = (last - first + 1) * cell
                painter.fillRect(QRectF(area.left() + first * cell, top + cell * 0.25, width, cell * 0.5), colour)

    def _paint_hovered(self, painter: QPainter) -> None:
        if self.hovered is None or self.hovered[0] > len(self.flowing.values):
            return
        k, t = self.hovered
        style = self._style
        if t:
            area, count = self.matrix_rect(), len(self.flowing.values)
            cell = area.width() / count
            spot = QRectF(area.left() + (k - 1) * cell, area.bottom() + 1 - t * cell, cell, cell)
        else:
            spot = self.bar_rect(k)
        painter.setPen(QPen(style.theme.ink, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(spot)
        where = self.tr("{t} → {k}").format(t=t, k=k) if t else str(k)
        text = f"{where}: {self.text_at(k, t)}"
        pill = QRect(0, 0, style.width(text) + 14, style.pill_height)
        pill.moveCenter(QPoint(round(spot.center().x()), round(spot.top()) - style.pill_height))
        pill.moveLeft(min(max(pill.left(), 0), self.width() - pill.width()))
        pill.moveTop(max(pill.top(), 0))
        draw_pill(painter, style, pill, text, style.theme.accent)
