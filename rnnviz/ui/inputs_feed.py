"""Feed next: a button that opens into a line for the numbers, or the word, of the next step."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from rnnviz.ui import theme
from rnnviz.ui.number_field import CheckedLine, Complaint


class FeedLine(CheckedLine):
    """Stays open after Enter, so that one can feed on; Escape closes it."""

    def __init__(self, take: Callable[[str], None], leave: Callable[[], None], parent: QWidget) -> None:
        super().__init__(take, parent)
        self._leave = leave

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)


class FeedNext(QWidget):
    """`take` gets the typed text and raises ValueError when it isn't one step of the network's input."""

    def __init__(self, take: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton(self.tr("+ Feed next"), self)
        self.button.setToolTip(self.tr("Append a step to the sequence"))
        self.button.clicked.connect(self.open)
        self.line = FeedLine(take, self.close_line, self)
        self.line.setAccessibleName(self.tr("Numbers of the next step"))
        self.complaint = Complaint(self)
        self.line.refused.connect(self._complain)
        self.line.taken.connect(self._taken)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        row.addWidget(self.line, 1)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.complaint)
        self.line.hide()

    def expect(self, placeholder: str, tip: str) -> None:
        """Say in the empty line what belongs there."""
        self.line.setPlaceholderText(placeholder)
        self.line.setToolTip(tip)
        self.line.setAccessibleDescription(tip)

    def restyle(self) -> None:
        self.line.setFont(theme.mono(12))

    def open(self) -> None:
        self.button.hide()
        self.line.show()
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.line.selectAll()

    def close_line(self) -> None:
        self.complaint.hide()
        self.line.hide()
        self.button.show()
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _complain(self, message: str) -> None:
        if message:
            self.complaint.say(message)
        else:
            self.complaint.hide()

    def _taken(self) -> None:
        self.complaint.hide()
        self.line.clear()
