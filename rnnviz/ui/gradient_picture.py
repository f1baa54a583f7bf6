"""Gradient flow as a picture: bars on a log axis, one for each step, and the matrix of what each loss sends where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import numbers, theme
from rnnviz.ui.plots.pills import draw_pill
from rnnviz.ui.plots.scale import Scale, logarithmic
from rnnviz.ui.plots.style import Style, pixel_ratio
from rnnviz.ui.surface_colours import Shade, picture, shade_of

Array = NDArray[np.floating[Any]]
LEFT, RIGHT, MIDDLE = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter
DECADES = 16  # of the log axis at most; what is smaller is marked at its foot


class GradientPicture(QWidget):
    sought = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.norms: Array = np.zeros(0)
        self.matrix: Array = np.zeros((0, 0))
        self.in_scale: Sequence[Array] = (self.norms,)  # lengths and
        self.in_shade: Sequence[Array] = (self.matrix,)  # matrices on the same scale, these among them
        self.step = 0
        self.hovered: tuple[int, int] | None = None  # step k, and step t where it is the matrix, else 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.restyle()

    def sizeHint(self) -> QSize:
        return QSize(260, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 60)

    def restyle(self) -> None:
        self._style = Style()
        self.update()

    def show_flow(
        self, norms: Array, matrix: Array, step: int, in_scale: Sequence[Array] = (), in_shade: Sequence[Array] = ()
    ) -> None:
        self.norms, self.matrix, self.step = norms, matrix, step
        self.in_scale, self.in_shade = in_scale or (norms,), in_shade or (matrix,)
        self.update()

    def scale(self) -> Scale:
        """Whole decades from the largest down; exact zeros and what has underflowed stand at the foot."""
        norms = np.concatenate(self.in_scale)
        there = norms[np.isfinite(norms) & (norms > 0)]
        if not there.size:
            return logarithmic(0.1, 1.0)
        high = float(there.max())
        return logarithmic(max(float(there.min()), high * 10.0**-DECADES, 1e-300), high)

    def bars_rect(self) -> QRect:
        left = max(self._style.width(text) for text in self.scale().texts) + theme.px(8)
        right = self.matrix_rect().left() - theme.px(40) if self._has_matrix() else self.width()
        return QRect(left, theme.px(7), right - left, self.height() - self._style.text_height - theme.px(12))

    def matrix_rect(self) -> QRect:
        side = self.height() - self._style.text_height - theme.px(12)
        side = min(side, self.width() // 2)
        return QRect(self.width() - side, theme.px(7), side, side) if self._has_matrix() else QRect()

    def _has_matrix(self) -> bool:
        """Where only one step loses anything, the matrix would say what the bars do."""
        several = np.count_nonzero(np.nan_to_num(self.matrix, nan=1.0).any(axis=-1)) > 1 if self.matrix.size else False
        return bool(several) and self.width() >= theme.px(360)

    def bar_rect(self, step: int) -> QRectF:
        area, count = self.bars_rect(), len(self.norms)
        slot = area.width() / count
        part = float(self.scale().fraction(self.norms[step - 1 : step])[0]) if self.norms[step - 1] > 0 else 0.0
        gap = min(2.0, slot * 0.25)
        height = max(part * area.height(), 1.0)
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
        count, bars, matrix = len(self.norms), self.bars_rect(), self.matrix_rect()
        if count and bars.contains(point):
            return (point.x() - bars.left()) * count // bars.width() + 1, 0
        if count and matrix.contains(point):
            k = (point.x() - matrix.left()) * count // matrix.width() + 1
            return k, (matrix.bottom() - point.y()) * count // matrix.height() + 1
        return None

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.norms.size:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_bars(painter)
        if self._has_matrix():
            self._paint_matrix(painter)
        self._paint_hovered(painter)

    def _paint_bars(self, painter: QPainter) -> None:
        style, area, scale = self._style, self.bars_rect(), self.scale()
        for tick, text in zip(scale.ticks, scale.texts, strict=True):
            y = area.bottom() + 1 - float(scale.fraction(np.array([tick]))[0]) * area.height()
            painter.setPen(style.grid)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            label = QRectF(0, y - style.text_height / 2, area.left() - theme.px(6), style.text_height)
            style.text(painter, label, RIGHT, text)
        for step in range(1, len(self.norms) + 1):
            value = self.norms[step - 1]
            colour = style.theme.positive if value >= scale.low else style.theme.error
            if step == self.step:
                colour = style.theme.accent
            painter.fillRect(self.bar_rect(step), colour)
        foot = QRectF(area.left(), area.bottom() + theme.px(3), area.width(), style.text_height)
        style.text(painter, foot, LEFT, self.tr("step 1"))
        style.text(painter, foot, RIGHT, str(len(self.norms)))

    def shade(self) -> Shade:
        sent = np.concatenate([matrix.ravel() for matrix in self.in_shade])
        return shade_of(np.where(sent > 0, sent, np.nan), is_log=True, cap=None)

    def _paint_matrix(self, painter: QPainter) -> None:
        """Step t of the loss upwards, step k of the state to the right; nothing where a loss sends nothing."""
        style, area, ratio = self._style, self.matrix_rect(), pixel_ratio(painter)
        sent = np.where(self.matrix > 0, self.matrix, np.nan)
        side = max(1, round(area.width() * ratio))
        painter.drawImage(area, picture(sent, self.shade(), side, side, ratio))
        foot = QRectF(area.left(), area.bottom() + theme.px(3), area.width(), style.text_height)
        style.text(painter, foot, MIDDLE, self.tr("to step k"))
        painter.save()
        painter.translate(QPointF(area.left() - style.text_height - theme.px(4), area.bottom()))
        painter.rotate(-90)
        text = style.metrics.elidedText(self.tr("from the loss of step t"), Qt.TextElideMode.ElideRight, area.height())
        style.text(painter, QRectF(0, 0, area.height(), style.text_height), MIDDLE, text)
        painter.restore()

    def _paint_hovered(self, painter: QPainter) -> None:
        if self.hovered is None:
            return
        k, t = self.hovered
        style, value = self._style, self.value_at(k, t)
        if t:
            area, count = self.matrix_rect(), len(self.norms)
            cell = area.width() / count
            spot = QRectF(area.left() + (k - 1) * cell, area.bottom() + 1 - t * cell, cell, cell)
        else:
            spot = self.bar_rect(k)
        painter.setPen(QPen(style.theme.ink, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(spot)
        where = self.tr("{t} → {k}").format(t=t, k=k) if t else str(k)
        text = f"{where}: {'…' if np.isnan(value) else numbers.text(value, underflow=True)}"
        pill = QRect(0, 0, style.width(text) + 14, style.pill_height)
        pill.moveCenter(QPoint(round(spot.center().x()), round(spot.top()) - style.pill_height))
        pill.moveLeft(min(max(pill.left(), 0), self.width() - pill.width()))
        pill.moveTop(max(pill.top(), 0))
        draw_pill(painter, style, pill, text, style.theme.accent)

    def value_at(self, k: int, t: int) -> float:
        """The length of dL/dstate at step k, or of the part that step t's loss has in it."""
        return float(self.matrix[t - 1, k - 1] if t else self.norms[k - 1])
