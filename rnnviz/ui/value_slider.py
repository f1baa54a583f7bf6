"""A slider over a real number: drag it (with Shift a twentieth as fast), or move it by the arrow keys."""

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from rnnviz.ui import theme

FRAME_MS = 16  # a drag is handed on at most once a frame
SLOWLY = 0.05
DECIMALS = 12  # so that ten times 0.1 are 1
_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}


class ValueSlider(QSlider):
    """`moved(value, key)`: the same key for one drag, and for arrow keys in a row, so that each becomes one edit.

    An arrow key moves by `stride`, Page Up and Down by ten times that, with Shift by a tenth. A value outside of the
    range is shown at its end. With `fine_around`, the middle of the range, values near it have more room: the cube of
    the way from the middle counts.
    """

    moved = Signal(float, object)

    def __init__(
        self, low: float, high: float, stride: float, parent: QWidget, fine_around: float | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._low, self._high, self._stride, self._middle = low, high, stride, fine_around
        self._unit = stride / 10
        self._value = low
        self._drag: object | None = None
        self._from = (0.0, 0.0)  # of a drag: where the mouse is, and where the handle
        self._timer = QTimer(self, interval=FRAME_MS, singleShot=True)
        self._timer.timeout.connect(self._tell)
        self.setRange(0, round((high - low) / self._unit))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_value(self, value: float) -> None:
        """What a drag is about to say is not overwritten."""
        if not self._timer.isActive():
            self._value = value
            self.setValue(self._ticks(value))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(120), theme.px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(50), theme.px(24))

    def x_of(self, value: float) -> float:
        """Where a value is, in pixels."""
        share = (min(max(value, self._low), self._high) - self._low) / (self._high - self._low)
        return self._radius() + self._room() * (share if self._middle is None else 0.5 + 0.5 * math.cbrt(2 * share - 1))

    def value_at(self, x: float) -> float:
        """The value at a place, beyond an end that of the end."""
        place = min(max((x - self._radius()) / self._room(), 0.0), 1.0)
        share = place if self._middle is None else 0.5 + 0.5 * (2 * place - 1) ** 3
        return self._low + (self._high - self._low) * share

    # --- keys -------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._by(event):
            event.accept()  # these keys move the slider, not the window through time
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = self._by(event)
        if by:
            self._value = round(self._value + by, DECIMALS)
            self.moved.emit(self._value, ("keys", id(self)))
        else:
            event.ignore()

    def _by(self, event: QKeyEvent) -> float:
        """How far a key moves, 0 for one that does not."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers & ~Qt.KeyboardModifier.ShiftModifier:
            return 0.0
        return _KEYS.get(Qt.Key(event.key()), 0) * (self._unit if modifiers else self._stride)

    # --- mouse ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x, handle = event.position().x(), self.x_of(self._value)
        self._drag = object()
        if abs(x - handle) > self._radius():
            handle = x
            self._move_to(self.value_at(x))
        self._from = x, handle

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        x, (before, handle) = event.position().x(), self._from
        slowly = SLOWLY if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        self._from = x, handle + slowly * (x - before)
        self._move_to(self.value_at(self._from[1]))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._tell()
        self._drag = None

    def _move_to(self, value: float) -> None:
        """By whole units: nobody wants 0.9899999."""
        ticks = self._ticks(value)
        if ticks != self._ticks(self._value):
            self._value = round(self._low + ticks * self._unit, DECIMALS)
            self.setValue(ticks)
            if not self._timer.isActive():
                self._timer.start()

    def _tell(self) -> None:
        self.moved.emit(self._value, self._drag)

    def _ticks(self, value: float) -> int:
        return min(max(round((value - self._low) / self._unit), 0), self.maximum())

    # --- look -------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, thick, radius = self.height() / 2, theme.px(4), self._radius()
        x = self.x_of(self._value)
        painter.setBrush(colours.line)
        painter.drawRoundedRect(QRectF(0, middle - thick / 2, self.width(), thick), thick / 2, thick / 2)
        if self._middle is not None:
            painter.drawRect(QRectF(self.x_of(self._middle) - 1, middle - radius, 2, 2 * radius))
        if self.hasFocus():
            painter.setBrush(theme.mix(colours.panel, colours.accent, 0.3))
            painter.drawEllipse(QPointF(x, middle), radius + 3, radius + 3)
        painter.setBrush(colours.accent if self.isEnabled() else colours.muted)
        painter.drawEllipse(QPointF(x, middle), radius, radius)

    def _room(self) -> float:
        return max(self.width() - 2 * self._radius(), 1)

    def _radius(self) -> int:
        return theme.px(7)
