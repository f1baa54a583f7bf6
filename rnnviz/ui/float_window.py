"""A panel in a window of its own; closing it puts the panel back."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.ui import keys, theme
from rnnviz.ui.panel import Panel


class FloatWindow(QWidget):
    closed = Signal(str)

    def __init__(self, panel: Panel, main: QWidget) -> None:
        super().__init__(main, Qt.WindowType.Window)
        place = panel.mapToGlobal(QPoint(theme.px(24), -theme.px(24)))
        self.setObjectName("float-window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._name = panel.name
        self.setWindowTitle(panel.translated(panel.title))
        size = panel.size().expandedTo(panel.minimumSizeHint())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(panel)
        panel.show()
        self.setGeometry(QRect(place, size.expandedTo(QSize(theme.px(360), theme.px(280)))))

    def share(self, actions: Sequence[QAction]) -> None:
        """The keys of these actions, and no others, work in this window too."""
        for action in self.actions():
            self.removeAction(action)
        self.addActions(actions)

    def event(self, event: QEvent) -> bool:
        if keys.keeps_from_actions(event):
            return True
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.closed.emit(self._name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def discard(self) -> None:
        """Go away; the panel has gone, or goes with it."""
        self.hide()
        self.deleteLater()
