"""The rounded grounds that panels stand on, and the gaps between them that can be dragged."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSplitter, QSplitterHandle, QVBoxLayout, QWidget

from rnnviz.ui import theme


class Card(QFrame):
    """A rounded ground for one panel or a column of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)


class _Gap(QSplitterHandle):
    """The handle between cards (nothing to see until it is pointed at) or, within a card, a hairline."""

    def __init__(self, orientation: Qt.Orientation, parent: "Cards") -> None:
        super().__init__(orientation, parent)
        self._is_hairline = parent.is_column
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        middle = self.rect().center()
        if self._is_hairline:
            painter.fillRect(0, middle.y(), self.width(), colours.hairline, colours.line)
        if self.underMouse():
            grip = QSize(3, 32) if self.orientation() == Qt.Orientation.Horizontal else QSize(32, 3)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.mix(colours.paper, colours.muted, 0.5))
            rect = self.rect()
            rect.setSize(grip)
            rect.moveCenter(middle)
            painter.drawRoundedRect(rect, 1.5, 1.5)


class Cards(QSplitter):
    """A splitter whose handles are the gaps between cards, or the hairlines of a column."""

    def __init__(self, orientation: Qt.Orientation, name: str, *, is_column: bool = False) -> None:
        self.is_column = is_column
        super().__init__(orientation)
        self.setObjectName(name)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(5 if is_column else theme.GAP)

    def createHandle(self) -> QSplitterHandle:
        return _Gap(self.orientation(), self)
