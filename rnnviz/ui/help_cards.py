"""What the Help menu shows: all keys, what one is looking at, the program itself; and the history of edits."""

from datetime import datetime

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

import rnnviz
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import actions, theme
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.panel import Panel
from rnnviz.ui.popover import Popover

_OTHER_KEYS = (
    ("1 … 9", "Go to a panel"),
    ("Alt+1 … 9", "The same, also while digits edit a number"),
    ("Tab", "Go to the next control"),
    ("↑ ↓ ← →", "Move over the numbers of a panel"),
    ("Enter", "Explain the number there"),
    ("Escape", "Leave it"),
)


def keys_card(window: QWidget) -> Popover:
    """Every key, in the groups of the menus."""
    card = Popover(_tr("Keys"), window, 1160, 0.1)
    card.setObjectName("keys-card")
    columns = QHBoxLayout()
    columns.setSpacing(theme.px(32))
    holder = QWidget()
    holder.setLayout(columns)
    for menus in (("File", "Edit"), ("View", "Help", ""), ("Run",)):
        column = QVBoxLayout()
        column.setSpacing(theme.px(12))
        for menu in menus:
            column.addLayout(_keys_of(menu))
        column.addStretch(1)
        columns.addLayout(column)
    card.add(holder, scrolls=True)
    return card


def _keys_of(menu: str) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(theme.px(4))
    grid.setHorizontalSpacing(theme.px(12))
    title = QLabel(_translated("actions", actions.MENUS[menu]) if menu else _tr("Panels"))
    title.setFont(theme.sans(theme.SMALL, semibold=True))
    title.setProperty("role", "muted")
    grid.addWidget(title, 0, 0, 1, 2)
    if menu:
        rows = [(_shown(row.keys), row.shown_text) for row in actions.TABLE if row.keys and _top(row.menu) == menu]
    else:
        rows = [(key, _tr(text)) for key, text in _OTHER_KEYS]
    for line, (key, text) in enumerate(rows, start=1):
        key_label, text_label = QLabel(key), QLabel(text)
        key_label.setProperty("role", "key")
        key_label.setFont(theme.mono(theme.SMALL))
        text_label.setFont(theme.sans(12))
        grid.addWidget(text_label, line, 0)
        grid.addWidget(key_label, line, 1, Qt.AlignmentFlag.AlignRight)
    return grid


def what_card(panel: Panel | None, snapshot: Snapshot, window: QWidget) -> Popover:
    """The focused panel in words."""
    if panel is None:
        title = snapshot.scenario.title or snapshot.scenario.name
        said = _tr("The cursor is at step {0} of {1}. Focus a panel (1 to 9, or Tab) to hear what it shows.")
        text = said.format(snapshot.cursor.step, snapshot.trace.steps)
    else:
        title = panel.translated(panel.title)
        text = f"{panel.translated(panel.subtitle)}\n\n{panel.describe(snapshot)}".strip()
    card = Popover(title, window)
    label = WrappedLabel(text[:3000])
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    card.add(label, scrolls=True)
    return card


def about_card(window: QWidget) -> Popover:
    card = Popover(f"rnnviz {rnnviz.__version__}", window, 420)
    text = _tr(
        "A time-travel debugger for recurrent neural networks: step, see every number, open it into its equation.\n\n"
        "MIT licence. Inter and JetBrains Mono under the SIL Open Font License."
    )
    card.add(WrappedLabel(text))
    return card


class HistoryCard(Popover):
    """All edits, also those undone; a click or Enter goes there."""

    chosen = Signal(int)

    def __init__(self, snapshot: Snapshot, window: QWidget) -> None:
        super().__init__(self.tr("History"), window, 420)
        self._list = QListWidget(self.card)
        self._list.setObjectName("palette-list")
        self._list.setAccessibleName(self.tr("Edits, oldest first"))
        times = [datetime.fromtimestamp(time).strftime("%H:%M:%S") for time in snapshot.history_times_s]
        labels = [self.tr("As opened"), *(f"{edit}   {at}" for edit, at in zip(snapshot.history, times, strict=True))]
        for index, label in enumerate(labels):
            item = QListWidgetItem(label, self._list)
            if index > snapshot.history_index:
                item.setForeground(theme.current().muted)
        self._list.setCurrentRow(snapshot.history_index)
        self._list.itemActivated.connect(self._choose)
        self._list.itemClicked.connect(self._choose)
        self._list.setMinimumHeight(min(12, len(labels)) * theme.px(26) + 4)
        self.add(self._list)
        self._list.setFocus()

    def _choose(self) -> None:
        self.chosen.emit(self._list.currentRow())
        self.close()


def _top(menu: str) -> str:
    return menu.partition("/")[0]


def _shown(keys: str) -> str:
    return QKeySequence(keys.split()[0]).toString(QKeySequence.SequenceFormat.NativeText)


def _tr(text: str) -> str:
    return QCoreApplication.translate("help", text)


def _translated(context: str, text: str) -> str:
    return QCoreApplication.translate(context, text)
