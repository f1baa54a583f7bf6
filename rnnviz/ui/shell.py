"""The window before there is anything in it: it is painted at once, and filled right after its first paint."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget

from rnnviz.ui.settings import Settings
from rnnviz.ui.theme import GAP, RADIUS, Theme


class Shell(QMainWindow):
    """`make_content` imports and builds the rest.

    Nothing here may import NumPy, the engine or the panels: the time to the first paint is what this class is for.
    """

    def __init__(self, settings: Settings, colours: Theme, make_content: Callable[[Shell], QWidget]) -> None:
        super().__init__()
        self._settings, self._colours, self._make_content = settings, colours, make_content
        self._is_painted = False
        self.setObjectName("shell")
        self.setWindowTitle("rnnviz")
        self.setMinimumSize(720, 480)
        if settings.geometry.isEmpty() or not self.restoreGeometry(settings.geometry):
            self.resize(1280, 800)
            if not self.screen().availableGeometry().adjusted(0, 40, 0, 0).contains(self.rect()):
                self.setWindowState(Qt.WindowState.WindowMaximized)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self._fill)
        return super().event(event)

    def _fill(self) -> None:
        content = self._make_content(self)
        self.setCentralWidget(content)
        content.show()
        (content.focusWidget() or content).setFocus()

    def show_failure(self, text: str) -> None:
        """What went wrong before there was a place in the content to say it."""
        if self.centralWidget() is None:
            label = QLabel(text)
            label.setWordWrap(True)
            label.setMargin(32)
            self.setCentralWidget(label)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cards, empty, where they are going to be."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._colours.paper)
        if self.centralWidget() is not None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colours.line, self._colours.hairline))
        painter.setBrush(self._colours.panel)
        for card in _cards(self.rect()):
            painter.drawRoundedRect(card.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._settings.geometry = self.saveGeometry()
        content = self.centralWidget()
        event.setAccepted(content is None or content.close())


def _cards(window: QRect) -> list[QRect]:
    """Roughly the default layout; what is drawn in its place a moment later is exact."""
    room = window.adjusted(GAP, 38, -GAP, -70)
    left, right, bottom = round(0.168 * room.width()), round(0.212 * room.width()), round(0.27 * room.height())
    top = room.height() - bottom - GAP
    columns = [(room.left(), left), (room.left() + left + GAP, room.width() - left - right - 2 * GAP)]
    columns.append((room.right() - right + 1, right))
    upper = [QRect(x, room.top(), width, top) for x, width in columns]
    lower = [QRect(x, room.top() + top + GAP, width, bottom) for x, width in columns]
    return upper + lower
