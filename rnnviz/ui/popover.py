"""A card above the window until it is dismissed: command palette, key list, "what am I looking at", history."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsDropShadowEffect, QLabel, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from rnnviz.ui import theme


class Popover(QWidget):
    """Covers the window with a veil and stands on it; Escape or a click on the veil closes it and gives the focus back.

    A child of the window and not a window of its own, so that its corners and shadow look the same on every screen.
    """

    def __init__(self, title: str, window: QWidget, width: int = 520, top: float = 0.14) -> None:
        super().__init__(window)
        self._wanted_width, self._top = width, top
        self._focus_before = QApplication.focusWidget()
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # a click on the card's empty ground leaves the keys here
        self.card = QFrame(self)
        self.card.setProperty("role", "popover")
        shadow = QGraphicsDropShadowEffect(self.card)
        shadow.setBlurRadius(32)
        shadow.setOffset(0, 8)
        shadow.setColor(QColor(0, 0, 0, 70))
        self.card.setGraphicsEffect(shadow)
        self.content = QVBoxLayout(self.card)
        self.content.setContentsMargins(theme.px(16), theme.px(14), theme.px(16), theme.px(16))
        self.content.setSpacing(theme.px(10))
        if title:
            label = QLabel(title, self.card)
            label.setFont(theme.sans(theme.BODY, semibold=True))
            self.content.addWidget(label)
        window.installEventFilter(self)

    def add(self, widget: QWidget, *, scrolls: bool = False) -> None:
        """Put a widget below the others; one that may be long scrolls within the card."""
        if scrolls:
            area = QScrollArea(self.card)
            area.setWidget(widget)
            area.setWidgetResizable(True)
            # measured as narrow as beside a scroll bar: Qt does not take one away again that was there for a moment
            width = theme.px(self._wanted_width - 32) - area.verticalScrollBar().sizeHint().width() - 2
            wanted = widget.heightForWidth(width) if widget.hasHeightForWidth() else widget.sizeHint().height()
            area.setFixedHeight(min(wanted + 2, round(self.parentWidget().height() * 0.66)))
            widget = area
        self.content.addWidget(widget)

    def open(self) -> None:
        self._place()
        self.show()
        self.raise_()
        if not self.isAncestorOf(QApplication.focusWidget() or self.window()):
            self.setFocus()

    def close(self) -> bool:
        """Gone for good; the widget that had the focus gets it back."""
        self.hide()
        self.parentWidget().removeEventFilter(self)
        before = self._focus_before
        if before is not None and isValid(before) and before.isVisible():  # it may be gone by an edit or by training
            before.setFocus()
        self.deleteLater()
        return True

    def _place(self) -> None:
        window = self.parentWidget()
        self.setGeometry(window.rect())
        width = min(theme.px(self._wanted_width), window.width() - 2 * theme.px(16))
        self.card.setFixedWidth(width)
        hint = self.content.totalHeightForWidth(width) if self.content.hasHeightForWidth() else 0
        top = round(window.height() * self._top)
        height = min(max(hint, self.card.sizeHint().height()), window.height() - top - theme.px(16))
        self.card.setGeometry(QRect((window.width() - width) // 2, top, width, height))

    def paintEvent(self, event: QPaintEvent) -> None:
        veil = QColor(0, 0, 0, 96 if theme.current().is_dark else 28)
        QPainter(self).fillRect(self.rect(), veil)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays within the card."""
        super().focusNextPrevChild(forward)
        if not self.isAncestorOf(QApplication.focusWidget() or self.window()):
            self.setFocus()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
