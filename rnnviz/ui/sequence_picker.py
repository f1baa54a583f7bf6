"""Which sequence of a batch one looks at."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from rnnviz.session.session import Session
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import icons, theme, words
from rnnviz.ui.labels import ElidedLabel


class SequencePicker(QWidget):
    """Two arrows and a name; not there when there is only one sequence."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._name = ElidedLabel("", self)
        self._up = self._button("up", self.tr("Sequence before"), self._go_up)
        self._down = self._button("down", self.tr("Sequence after"), self._go_down)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.GAP, 0)
        row.setSpacing(2)
        for widget in (self._up, self._down, self._name):
            row.addWidget(widget)
        self.hide()

    def draw(self, snapshot: Snapshot) -> None:
        batch, sequence = snapshot.trace.batch, snapshot.cursor.sequence
        self.setVisible(batch > 1)
        if batch < 2:
            return
        name = words.of_sequence(sequence, snapshot)
        self._name.setText(self.tr("{0}  ({1} of {2})").format(name, sequence + 1, batch))
        self._name.setFixedWidth(theme.px(150))  # the same for every name, so that the track keeps its place
        self._up.setEnabled(sequence > 0)
        self._down.setEnabled(sequence < batch - 1)

    def _go_up(self) -> None:
        self._go(-1)

    def _go_down(self) -> None:
        self._go(1)

    def _go(self, count: int) -> None:
        snapshot = self._session.snapshot
        if snapshot is not None:
            wanted = min(max(snapshot.cursor.sequence + count, 0), snapshot.trace.batch - 1)
            self._session.seek_sequence(wanted)

    def _button(self, icon: str, name: str, handler: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icons.icon(icon))
        button.setIconSize(QSize(theme.px(12), theme.px(12)))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(handler)
        return button
