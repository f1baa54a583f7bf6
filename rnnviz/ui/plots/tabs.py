"""Small tabs above a plot, to choose the layer or the direction; not there when there is only one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from rnnviz.ui import theme

SPACE = 12
FADE = 28


class Tabs(QWidget):
    """Titles in a row, the chosen one underlined; where they do not fit, the row moves to keep that one in sight."""

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.titles: tuple[str, ...] = ()
        self._short: tuple[str, ...] = ()
        self.at = 0
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_titles(self, titles: tuple[str, ...], short: tuple[str, ...], at: int) -> None:
        """`short` takes the place of the titles where they do not fit."""
        if (titles, at) == (self.titles, self.at):
            return
        self.titles, self._short, self.at = titles, short, at
        self.setVisible(len(titles) > 1)
        self.setAccessibleDescription(titles[at] if titles else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().height() + 5)

    def restyle(self) -> None:
        self.setFont(theme.sans(theme.SMALL))
        self.updateGeometry()

    def places(self) -> list[tuple[str, QRectF]]:
        """What is written where."""
        titles = self.titles if self._length(self.titles) <= self.width() else self._short
        left, places = 0.0, []
        for title in titles:
            places.append((title, QRectF(left, 0, self.fontMetrics().horizontalAdvance(title), self.height())))
            left = places[-1][1].right() + SPACE
        shift = self._shift([box for _, box in places])
        return [(title, box.translated(-shift, 0)) for title, box in places]

    def _shift(self, boxes: list[QRectF]) -> float:
        """How far the row is moved to the left: the chosen tab is seen whole, and a piece of the next one too."""
        if not boxes:
            return 0.0
        peek = SPACE + FADE if self.at + 1 < len(boxes) else 0
        wanted = boxes[self.at].right() + peek - self.width()
        return max(0.0, min(wanted, boxes[self.at].left() - (SPACE + FADE if self.at else 0)))

    def _length(self, titles: tuple[str, ...]) -> int:
        return sum(self.fontMetrics().horizontalAdvance(title) + SPACE for title in titles) - SPACE

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme.current()
        for index, (title, box) in enumerate(self.places()):
            is_chosen = index == self.at
            painter.setPen(look.ink if is_chosen else look.muted)
            painter.drawText(
                box.adjusted(0, 0, 4, -3), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title
            )
            if is_chosen:
                painter.setPen(QPen(look.accent, 2 if self.hasFocus() else 1.5))
                painter.drawLine(box.bottomLeft() - QPointF(0, 1), box.bottomRight() - QPointF(0, 1))
        self._fade(painter)

    def _fade(self, painter: QPainter) -> None:
        """Let a row that goes on run out softly at its ends."""
        places = self.places()
        if not places:
            return
        if places[-1][1].right() > self.width() + 1:
            self._fade_at(painter, self.width() - FADE, self.width())
        if places[0][1].left() < -1:
            self._fade_at(painter, FADE, 0)

    def _fade_at(self, painter: QPainter, start: int, end: int) -> None:
        ground = theme.current().panel
        clear = QColor(ground)
        clear.setAlpha(0)
        fade = QLinearGradient(start, 0, end, 0)
        fade.setColorAt(0, clear)
        fade.setColorAt(1, ground)
        painter.fillRect(QRectF(min(start, end), 0, FADE, self.height()), fade)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._index_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if index is None else self.titles[index], self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index is not None:
            self._choose(index)

    def _index_at(self, point: QPointF) -> int | None:
        boxes = [box.adjusted(-SPACE / 2, 0, SPACE / 2, 0) for _, box in self.places()]
        return next((index for index, box in enumerate(boxes) if box.contains(point)), None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._choose(self.at + by)

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self.titles) and index != self.at:
            self.chosen.emit(index)
