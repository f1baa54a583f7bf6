"""A panel in a window of its own; closing it puts the panel back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.ui import theme
from rnnviz.ui.panel import Panel


class FloatWindow(QWidget):
    closed = Signal(str)

    def __init__(self, panel: Panel, main: QWidget) -> None:
        super().__init__(main, Qt.WindowType.Window)
        self.setObjectName("float-window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._name = panel.name
        self.setWindowTitle(panel.translated(panel.title))
        self.addActions(main.actions())  # the keys work here too
        size = panel.size().expandedTo(panel.minimumSizeHint())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(panel)
        panel.show()
        self.resize(max(size.width(), theme.px(360)), max(size.height(), theme.px(280)))

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
