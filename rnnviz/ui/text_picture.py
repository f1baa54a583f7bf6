"""The text that a network reads, token by token: where one is, what comes later in grey, unknown words marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from rnnviz.ui import text_flow, theme
from rnnviz.ui.theme import px


class TextPicture(QWidget):
    """`step_asked(step)` when a token is clicked; steps count from 1."""

    step_asked = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tokens: tuple[str, ...] = ()
        self._tips: tuple[str, ...] = ()
        self._unknown: frozenset[int] = frozenset()
        self._are_characters = False
        self._step = 0
        self._flow = text_flow.Flow((), 0)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_tokens(
        self, tokens: Sequence[str], tips: Sequence[str], unknown: frozenset[int], are_characters: bool
    ) -> None:
        self._tokens, self._tips = tuple(tokens), tuple(tips)
        self._unknown, self._are_characters = unknown, are_characters
        self.lay_out()

    def show_step(self, step: int) -> None:
        if step != self._step:
            self._step = step
            self.update()

    def lay_out(self) -> None:
        flow = text_flow.of_characters if self._are_characters else text_flow.of_words
        self._flow = flow(self._tokens, self._font(), max(self.width(), 1))
        self.setFixedHeight(self._flow.height + px(2))
        self.update()

    def place_of(self, step: int) -> QRect | None:
        return self._flow.places[step - 1] if 0 < step <= len(self._flow.places) else None

    def step_at(self, point: QPoint) -> int | None:
        number = self._flow.at(point.x(), point.y())
        return None if number is None else number + 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.lay_out()

    def sizeHint(self) -> QSize:
        return QSize(px(200), self._flow.height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        step = self.step_at(event.position().toPoint())
        if step is not None and event.button() == Qt.MouseButton.LeftButton:
            self.step_asked.emit(step)
        super().mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            step = self.step_at(event.pos())
            QToolTip.showText(event.globalPos(), self._tips[step - 1] if step else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(event.rect(), colours.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        for number, place in enumerate(self._flow.places):
            if place.intersects(event.rect()):
                self._paint(painter, number, place)

    def _paint(self, painter: QPainter, number: int, place: QRect) -> None:
        colours = theme.current()
        is_now, is_read = number + 1 == self._step, number < self._step
        text = text_flow.SHOWN.get(self._tokens[number], self._tokens[number])
        ground = self._ground(is_now)
        if ground is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(place, px(4), px(4))
        ink = colours.on_accent if is_now else colours.ink if is_read else colours.muted
        painter.setPen(ink)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, shown)
        if number in self._unknown:
            painter.setPen(QPen(colours.on_accent if is_now else colours.error, px(2), Qt.PenStyle.DotLine))
            bottom = place.bottom() - px(2)
            painter.drawLine(place.left() + px(3), bottom, place.right() - px(3), bottom)

    def _ground(self, is_now: bool) -> QColor | None:
        colours = theme.current()
        if is_now:
            return colours.accent
        return None if self._are_characters else colours.raised

    def _font(self) -> QFont:
        return theme.mono(theme.BODY) if self._are_characters else theme.sans(theme.BODY)
