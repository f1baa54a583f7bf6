"""A line under the title that says what went wrong (or right), where, and what to do; it never covers the work."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from rnnviz.ui import icons, theme
from rnnviz.ui.labels import WrappedLabel

NOTE_MS = 15_000  # long enough to read the name of a file


class MessageBar(QFrame):
    """One message at a time; the newest counts. What went well goes by itself, all others stay until closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message-bar")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._icon = QLabel(self)
        self._label = WrappedLabel("", self)
        self._button: QPushButton | None = None
        close = QToolButton(self)
        close.setIcon(icons.icon("close"))
        close.setAutoRaise(True)
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.setAccessibleName(self.tr("Close the message"))
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.PADDING + theme.GAP, 6, 6 + theme.GAP, 6 + theme.GAP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._label, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignVCenter)
        self._leaving = QTimer(self, singleShot=True)
        self._leaving.timeout.connect(self._leave)
        self.hide()

    @property
    def text(self) -> str:
        return self._label.text() if not self.isHidden() else ""

    def show_error(self, text: str, button: str = "", action: Callable[[], object] | None = None) -> None:
        self._show(text, "error", "warning")
        if button and action is not None:
            self._add_button(button, action)

    def show_busy(self, text: str, button: str, action: Callable[[], object]) -> None:
        """Work that a person may stop."""
        self._show(text, "note", "history")
        self._add_button(button, action)

    def show_note(self, text: str) -> None:
        self._show(text, "note", "check")
        self._leaving.start(NOTE_MS)

    def clear(self) -> None:
        self._leaving.stop()
        self.hide()

    def _leave(self) -> None:
        """Not while somebody is about to do something with it."""
        if self.underMouse() or self.isAncestorOf(self.window().focusWidget() or self.window()):
            self._leaving.start(NOTE_MS)
        else:
            self.hide()

    def _add_button(self, text: str, action: Callable[[], object]) -> None:
        self._button = QPushButton(text, self)
        self._button.clicked.connect(action)
        self.layout().insertWidget(2, self._button)

    def _show(self, text: str, kind: str, icon: str) -> None:
        self._leaving.stop()
        if self._button is not None:
            self._button.deleteLater()
            self._button = None
        colours = theme.current()
        colour = colours.error if kind == "error" else colours.accent
        self._icon.setPixmap(icons.icon(icon, colour).pixmap(QSize(theme.px(16), theme.px(16))))
        self._label.setText(text)
        self.setAccessibleName(text)
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()
