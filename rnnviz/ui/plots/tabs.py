"""Small tabs above a plot, to choose the layer or the direction; not there when there is only one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import theme

SPACE = 12


class Tabs(QWidget):
    """Titles in a row, the chosen one underlined; where they do not fit, the row moves so that the chosen one is seen."""

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.titles: tuple[str, ...] = ()
        self.at = 0
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_titles(self, titles: tuple[str, ...], at: int) -> None:
        if (titles, at) == (self.titles, self.at):
            return
        self.titles, self.at = titles, at
        self.setVisible(len(titles) > 1)
        self.setAccessibleDescription(titles[at] if titles else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().height() + 5)

    def restyle(self) -> None:
        self.setFont(theme.sans(theme.SMALL))
        self.updateGeometry()

    def _boxes(self) -> list[QRectF]:
        metrics = self.fontMetrics()
        left, boxes = 0.0, []
        for title in self.titles:
            boxes.append(QRectF(left, 0, metrics.horizontalAdvance(title), self.height()))
            left = boxes[-1].right() + SPACE
        shift = max(0.0, boxes[self.at].right() - self.width()) if boxes else 0.0
        return [box.translated(-shift, 0) for box in boxes]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.current()
        for index, (title, box) in enumerate(zip(self.titles, self._boxes(), strict=True)):
            is_chosen = index == self.at
            painter.setPen(look.ink if is_chosen else look.muted)
            painter.drawText(box.adjusted(0, 0, 4, -3), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
            if is_chosen:
                painter.setPen(QPen(look.accent, 2 if self.hasFocus() else 1.5))
                painter.drawLine(box.bottomLeft(), box.bottomRight())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for index, box in enumerate(self._boxes()):
            if box.adjusted(-SPACE / 2, 0, SPACE / 2, 0).contains(event.position()):
                self._choose(index)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._choose(self.at + by)

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self.titles) and index != self.at:
            self.chosen.emit(index)
