"""A card that floats above the window until it is dismissed: key list, "what am I looking at", history."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from rnnviz.ui import theme


class Popover(QFrame):
    """Escape or a click beside it closes it and gives the focus back."""

    def __init__(self, title: str, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setProperty("role", "popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(title)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(theme.px(16), theme.px(14), theme.px(16), theme.px(16))
        self._layout.setSpacing(theme.px(10))
        if title:
            label = QLabel(title, self)
            label.setFont(theme.sans(theme.BODY, semibold=True))
            self._layout.addWidget(label)

    def add(self, widget: QWidget) -> None:
        self._layout.addWidget(widget)

    def show_over(self, window: QWidget, width: int, top: float = 0.14) -> None:
        """In the middle of the window, its upper edge at this part of the height."""
        self.setFixedWidth(min(theme.px(width), window.width() - 32))
        self.adjustSize()
        self.setMaximumHeight(round(window.height() * (0.96 - top)))
        place = window.mapToGlobal(QPoint((window.width() - self.width()) // 2, round(window.height() * top)))
        self.move(place)
        self.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
