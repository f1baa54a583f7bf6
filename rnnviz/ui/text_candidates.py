"""What may come next, likeliest first: a bar for each, at the chosen temperature; a click goes on with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import numbers, text_flow, theme
from rnnviz.ui.theme import px

MOST = 8
FEWEST = 4
_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class Candidate:
    token: int
    text: str
    probability: float


class TextCandidates(QWidget):
    """`chosen(token)`, by a click or by Enter on the row that the arrow keys have gone to."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[Candidate, ...] = ()
        self._at, self._hovered = 0, -1
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(self.tr("What may come next"))

    def show_candidates(self, rows: Sequence[Candidate]) -> None:
        self._rows = tuple(rows[:MOST])
        self._at = min(self._at, max(len(self._rows) - 1, 0))
        self.setAccessibleDescription(self.said())
        self.updateGeometry()
        self.update()

    def said(self) -> str:
        return ", ".join(f"{row.text} {numbers.percent(row.probability, 3)}" for row in self._rows)

    def place_of(self, index: int) -> QRect:
        return QRect(0, index * self._line(), self.width(), self._line())

    def sizeHint(self) -> QSize:
        return QSize(px(160), MOST * self._line())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(80), FEWEST * self._line())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = event.position().toPoint().y() // self._line()
        if event.button() == Qt.MouseButton.LeftButton and 0 <= row < len(self._rows):
            self.chosen.emit(self._rows[row].token)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hovered = event.position().toPoint().y() // self._line()
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if self._hovered < len(self._rows) else Qt.CursorShape.ArrowCursor
        )
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hovered = -1
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if key in moves and self._rows:
            self._at = min(max(self._at + moves[key], 0), len(self._rows) - 1)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._rows:
            self.chosen.emit(self._rows[self._at].token)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The keys of the list belong to it while it has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        mono = theme.mono(12)
        painter.setFont(mono)
        widest = max((painter.fontMetrics().horizontalAdvance(_shown(row.text)) for row in self._rows), default=0)
        label = min(widest, self.width() // 2) + px(10)
        number = painter.fontMetrics().horizontalAdvance("00.00 %") + px(6)
        for index, row in enumerate(self._rows[: self.height() // self._line()]):
            place = self.place_of(index)
            if index == self._hovered or (self.hasFocus() and index == self._at):
                painter.fillRect(place, colours.accent_soft)
            painter.setPen(colours.ink)
            text = painter.fontMetrics().elidedText(_shown(row.text), Qt.TextElideMode.ElideRight, label - px(6))
            vertical = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place.adjusted(px(4), 0, 0, 0), vertical | Qt.AlignmentFlag.AlignLeft, text)
            room = place.adjusted(label, px(4), -number, -px(4))
            painter.fillRect(room, colours.raised)
            bar = QRect(room)
            bar.setWidth(round(room.width() * row.probability))
            painter.fillRect(bar, colours.accent)
            painter.setPen(colours.muted)
            said = numbers.percent(row.probability, 3)
            painter.drawText(place.adjusted(0, 0, -px(4), 0), vertical | Qt.AlignmentFlag.AlignRight, said)

    def _line(self) -> int:
        return px(20)


def _shown(text: str) -> str:
    return text_flow.SHOWN.get(text, text)
