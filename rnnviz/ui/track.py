"""The slider of the timeline: a thin track, an accent part that is done, a round handle; a click jumps there."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QToolTip, QWidget

from rnnviz.ui import theme


class Track(QSlider):
    """`valueChanged` comes while dragging; the steps stand at even distances from 0 to the last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setPageStep(10)
        self._pointed: int | None = None
        self.is_backward = False  # what lies right of the handle is done
        self.pointed_text = self.tr("t = {0}")

    def sizeHint(self) -> QSize:
        return QSize(theme.px(200), theme.px(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(28))

    def x_of(self, step: float) -> float:
        """Where a step is, in pixels."""
        room = self.width() - 2 * self._radius()
        return self._radius() + room * step / max(self.maximum(), 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, thick, radius = self.height() / 2, theme.px(4), self._radius()
        x = self.x_of(self.value())
        painter.setBrush(colours.line)
        painter.drawRoundedRect(QRectF(0, middle - thick / 2, self.width(), thick), thick / 2, thick / 2)
        painter.setBrush(colours.accent)
        left, right = (x, self.width()) if self.is_backward else (0, x)
        painter.drawRoundedRect(QRectF(left, middle - thick / 2, right - left, thick), thick / 2, thick / 2)
        self._paint_steps(painter, middle)
        if self.hasFocus() and self.isEnabled():
            painter.setBrush(theme.mix(colours.paper, colours.accent, 0.3))
            painter.drawEllipse(QPointF(x, middle), radius + 3, radius + 3)
        painter.setBrush(colours.accent if self.isEnabled() else colours.line)
        painter.drawEllipse(QPointF(x, middle), radius, radius)

    def _paint_steps(self, painter: QPainter, middle: float) -> None:
        """A dot for each step where there is room, so that one sees where a click will land."""
        if self.maximum() < 1 or self.width() / self.maximum() < theme.px(12):
            return
        colours = theme.current()
        for step in range(self.maximum() + 1):
            is_done = step >= self.value() if self.is_backward else step <= self.value()
            is_pointed = step == self._pointed
            ground = colours.on_accent if is_done else colours.muted
            painter.setBrush(colours.accent if is_pointed and not is_done else ground)
            radius = theme.px(3) if is_pointed else theme.px(1)
            painter.drawEllipse(QPointF(self.x_of(step), middle), radius, radius)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setValue(self._step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        step = self._step_at(event.position().x())
        if self.isSliderDown():
            self.setValue(step)
        if step != self._pointed:
            self._pointed = step
            self.update()
            where = self.mapToGlobal(QPoint(round(self.x_of(step)) - theme.px(24), -theme.px(44)))
            QToolTip.showText(where, self.pointed_text.format(step), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def leaveEvent(self, event: object) -> None:
        self._pointed = None
        self.update()

    def _step_at(self, x: float) -> int:
        room = max(self.width() - 2 * self._radius(), 1)
        return min(max(round((x - self._radius()) / room * self.maximum()), 0), self.maximum())

    def _radius(self) -> int:
        return theme.px(8)
