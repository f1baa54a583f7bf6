"""Bars for the summands of a law: what each one contributes, the largest first in strength, the rest as one."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import numbers, theme
from rnnviz.ui.theme import px

ROW = 26  # the height of a label and its bar


@dataclass(frozen=True)
class Contribution:
    label: str
    value: float
    link: object = None  # what a click opens


def largest(contributions: list[Contribution], limit: int, rest_label: str) -> list[Contribution]:
    """The largest `limit` in their own order, and as one more the sum of all others.

    Where all fit they are all shown, but for those that are 0 among more than three: these are the others then.
    """
    order = sorted(range(len(contributions)), key=lambda n: -abs(contributions[n].value))
    count = min(len(order), limit)
    if len(order) > 3:
        count = max(1, min(count, sum(each.value != 0 for each in contributions)))
    if len(order) - count <= 1:
        return contributions
    shown = [contributions[n] for n in sorted(order[:count])]
    rest = sum(contributions[n].value for n in order[count:])
    return [*shown, Contribution(rest_label.format(count=len(order) - count), rest)]


class ContributionBars(QWidget):
    """A label and a value over a bar. All from the left where none is negative, else from a zero in the middle."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: list[Contribution] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Contributions"))
        self.setMouseTracking(True)

    def show_contributions(self, contributions: list[Contribution]) -> None:
        self._shown = contributions
        self.setVisible(bool(contributions))
        said = "; ".join(f"{each.label} {numbers.text(each.value)}" for each in contributions)
        self.setAccessibleDescription(said)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(ROW) * len(self._shown))

    def _link_at(self, event: QMouseEvent) -> object:
        row = int(event.position().y()) // px(ROW)
        return self._shown[row].link if 0 <= row < len(self._shown) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        link = self._link_at(event)
        if link is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(link)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.setCursor(Qt.CursorShape.PointingHandCursor) if self._link_at(event) is not None else self.unsetCursor()

    def leaveEvent(self, event: QEvent) -> None:
        self.unsetCursor()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        values = [each.value for each in self._shown if np.isfinite(each.value)]
        scale = max((abs(value) for value in values), default=0.0) or 1.0
        is_signed = any(value < 0 for value in values)
        for row, each in enumerate(self._shown):
            self._paint_row(painter, px(ROW) * row, each, scale, is_signed)

    def _paint_row(self, painter: QPainter, top: int, each: Contribution, scale: float, is_signed: bool) -> None:
        look = theme.current()
        line = QRect(0, top, self.width(), px(16))
        text = numbers.text(each.value)
        painter.setFont(theme.mono(theme.SMALL))
        painter.setPen(look.muted)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        room = self.width() - painter.fontMetrics().horizontalAdvance(text) - px(8)
        painter.setFont(theme.sans(theme.SMALL))
        label = painter.fontMetrics().elidedText(each.label, Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
        track = QRectF(0, top + px(17), self.width(), px(6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.raised)
        painter.drawRoundedRect(track, px(3), px(3))
        part = abs(each.value) / scale if np.isfinite(each.value) else 1.0
        zero = track.center().x() if is_signed else track.left()
        length = max(part * (track.width() / 2 if is_signed else track.width()), px(2) if each.value else 0)
        left = zero - length if each.value < 0 else zero
        painter.setBrush(look.value_colour(each.value))
        painter.drawRoundedRect(QRectF(left, track.top(), length, track.height()), px(3), px(3))
        if is_signed:
            painter.setBrush(look.muted)
            painter.drawRect(QRectF(zero - 0.5, track.top() - px(2), 1, track.height() + px(4)))
