"""The field that asks for a step to go to."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from rnnviz.session.edit_error import EditError
from rnnviz.ui import theme
from rnnviz.ui.walk import Walk


class StepField(QLineEdit):
    """What is wrong with a step is said right above it, and nothing typed is lost. `done` when it may go."""

    done = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._walk: Walk | None = None
        self.setAccessibleName(self.tr("Go to step"))
        self._error = QLabel(parent.window())
        self._error.setObjectName("field-error")
        self._error.hide()
        self.returnPressed.connect(self._go)
        self.textEdited.connect(self._error.hide)
        self.destroyed.connect(self._error.deleteLater)

    def begin(self, width: int, walk: Walk) -> None:
        """Ask for a step to go to on this walk."""
        self._walk = walk
        self.setFixedWidth(max(width, theme.px(88)))
        self.setPlaceholderText(self.tr("0 to {0}").format(walk.last))
        self.clear()
        self._error.hide()
        self.show()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _go(self) -> None:
        text = self.text().strip()
        try:
            if not text.isdecimal():
                raise EditError(self.tr("“{0}” is not the number of a step").format(text))
            assert self._walk is not None, "begin was called"
            if int(text) > self._walk.last:
                raise EditError(self.tr("there is no step {0}; it can be 0 to {1}").format(text, self._walk.last))
            self._walk.seek(int(text))
        except EditError as error:
            self._complain(error.message)
        else:
            self.clearFocus()

    def _complain(self, message: str) -> None:
        self._error.setText(message)
        self._error.adjustSize()
        above = self.mapTo(self.window(), self.rect().topLeft())
        left = min(above.x(), self.window().width() - self._error.width() - theme.GAP)
        self._error.move(left, above.y() - self._error.height() - 4)
        self._error.show()
        self._error.raise_()
        self.setProperty("state", "error")
        self.selectAll()

    @property
    def error(self) -> str:
        """What is said at the field now."""
        return self._error.text() if self._error.isVisible() else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """However it ends, the keys are the window's again: if hidden with the focus, it would pass it on."""
        super().focusOutEvent(event)
        self._error.hide()
        self.done.emit()
