"""A threshold over the distribution of the values that it parts: drag the line, or move it by the arrow keys."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.engine.match import Distribution
from rnnviz.ui import numbers, theme
from rnnviz.ui.theme import px

_KEYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}


class ThresholdBar(QWidget):
    """`moved(value)` while it is dragged or by a key; Home and a double click go to what is suggested: `suggested()`.

    Heights are roots of counts, so that the few large values are seen beside the many near 0.
    """

    moved = Signal(float)
    suggested = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.distribution: Distribution | None = None
        self.threshold = 0.5
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            self.tr(
                "All values of all sequences. Units at the line or beyond are on. The triangle is the suggestion: it "
                "parts the positive values into two groups of the least spread (Otsu). Home or a double click takes it."
            )
        )

    def show_threshold(self, distribution: Distribution, threshold: float) -> None:
        self.distribution, self.threshold = distribution, threshold
        said = self.tr("{value}; suggested {suggested}; values from {low} to {high}")
        ends = {"low": numbers.text(distribution.edges[0], 3), "high": numbers.text(distribution.edges[-1], 3)}
        values = {"value": numbers.text(threshold, 3), "suggested": numbers.text(distribution.suggested, 3)}
        self.setAccessibleDescription(said.format(**values, **ends))
        self.update()

    def restyle(self) -> None:
        self.setFont(theme.sans(theme.SMALL))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(px(200), px(34) + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(90), self.sizeHint().height())

    # --- geometry ---------------------------------------------------------------------------------------------------

    def _plot(self) -> QRectF:
        top = self.fontMetrics().height() + 2.0
        return QRectF(px(6), top, max(10, self.width() - px(12)), max(4, self.height() - top - px(7)))

    def _ends(self) -> tuple[float, float]:
        assert self.distribution is not None
        return float(self.distribution.edges[0]), float(self.distribution.edges[-1])

    def _x(self, value: float) -> float:
        low, high = self._ends()
        return self._plot().left() + (value - low) / (high - low) * self._plot().width()

    def _value(self, x: float) -> float:
        """On the way, three digits that mean something; never 0, which parts nothing."""
        low, high = self._ends()
        value = low + min(max((x - self._plot().left()) / self._plot().width(), 0.0), 1.0) * (high - low)
        return self._apart_from_0(value)

    def _apart_from_0(self, value: float) -> float:
        low, high = self._ends()
        least = (high - low) / 1000
        value = min(max(value, low), high)
        return value if abs(value) >= least else (least if value >= 0 and high > 0 else -least)

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.distribution is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, plot = theme.current(), self._plot()
        self._paint_counts(painter, plot)
        painter.setPen(QPen(look.line, 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        zero = self._x(0.0)
        painter.drawLine(QPointF(zero, plot.bottom() - 3), QPointF(zero, plot.bottom() + 3))
        self._paint_suggestion(painter, plot)
        x = self._x(self.threshold)
        painter.setPen(QPen(look.accent, 2.5 if self.hasFocus() else 1.5))
        painter.drawLine(QPointF(x, plot.top() - 1), QPointF(x, plot.bottom() + 3))
        self._paint_number(painter, x)

    def _paint_counts(self, painter: QPainter, plot: QRectF) -> None:
        assert self.distribution is not None
        look = theme.current()
        heights = np.sqrt(self.distribution.counts)
        heights = heights / (heights.max() or 1.0) * plot.height()
        low, high = self._ends()
        edges = (plot.left() + (self.distribution.edges - low) / (high - low) * plot.width()).tolist()
        middles = (self.distribution.edges[:-1] + self.distribution.edges[1:]) / 2
        is_on = middles >= self.threshold if self.threshold > 0 else middles <= self.threshold
        on, off = theme.mix(look.panel, look.accent, 0.75), theme.mix(look.panel, look.muted, 0.45)
        for k, height in enumerate(heights.tolist()):
            bar = QRectF(edges[k], plot.bottom() - height, edges[k + 1] - edges[k], height)
            painter.fillRect(bar, on if is_on[k] else off)

    def _paint_suggestion(self, painter: QPainter, plot: QRectF) -> None:
        assert self.distribution is not None
        look, x, size = theme.current(), self._x(self.distribution.suggested), px(4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.ink)
        top = plot.bottom() + 1
        painter.drawPolygon(
            QPolygonF([QPointF(x, top), QPointF(x + size, top + size + 1), QPointF(x - size, top + size + 1)])
        )

    def _paint_number(self, painter: QPainter, x: float) -> None:
        painter.setPen(theme.current().accent)
        text = ("≥ " if self.threshold > 0 else "≤ ") + numbers.text(self.threshold, 3)
        width = self.fontMetrics().horizontalAdvance(text) + 2
        left = min(max(x - width / 2, 0), self.width() - width)
        painter.drawText(QRectF(left, 0, width, self.fontMetrics().height()), Qt.AlignmentFlag.AlignCenter, text)

    # --- mouse and keys ---------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.distribution is not None:
            self.moved.emit(self._value(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self.distribution is not None:
            self.moved.emit(self._value(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.suggested.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in _KEYS or event.key() == Qt.Key.Key_Home:
                event.accept()  # these keys move the line, not the window through time
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Home:
            self.suggested.emit()
        elif event.key() in _KEYS and self.distribution is not None:
            low, high = self._ends()
            stride = (high - low) / 100 * _KEYS[Qt.Key(event.key())]
            moved = self.threshold + stride
            if moved * self.threshold <= 0:  # over 0, and not onto it
                moved = stride / 2
            self.moved.emit(self._apart_from_0(moved))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QEvent) -> None:
        self.update()
