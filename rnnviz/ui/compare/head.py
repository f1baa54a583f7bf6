"""The head of a pane: its letter, what stands there, and how far it has come."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import icons, numbers, theme, words
from rnnviz.ui.card import Card
from rnnviz.ui.labels import ElidedLabel


class Head(Card):
    """`is_second` : it stands beside the document, and can be closed or changed for another."""

    change_asked = Signal()
    close_asked = Signal()

    def __init__(self, letter: str, parent: QWidget, *, is_second: bool) -> None:
        super().__init__(parent)
        self._is_second = is_second
        self._what = ""
        self.letter = QLabel(letter, self)
        self.letter.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title, self.what = ElidedLabel("", self), ElidedLabel("", self)
        self.what.setProperty("role", "muted")
        self.what.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.when = QLabel(self)
        self.when.setProperty("role", "muted")
        self._tools = [
            self._tool("search", self.tr("Compare with something else"), self.change_asked),
            self._tool("close", self.tr("Leave the comparison (C or Escape)"), self.close_asked),
        ]
        row = QHBoxLayout()
        row.setContentsMargins(theme.PADDING, 5, theme.GAP, 5)
        row.setSpacing(theme.PADDING)
        row.addWidget(self.letter)
        row.addWidget(self.title, 1)
        row.addWidget(self.what, 1)
        row.addWidget(self.when)
        for tool in self._tools:
            tool.setVisible(is_second)
            row.addWidget(tool)
        self.layout().addLayout(row)
        self.restyle()

    def show_name(self, title: str, what: str) -> None:
        self.title.setText(title)
        self._what = what

    def show_step(self, snapshot: Snapshot, position: int, sequence: int) -> None:
        """Where it stands; that it has ended where the other one goes on, and which sequence if it is another one."""
        steps, cursor = snapshot.trace.steps, snapshot.cursor
        if position > steps:
            text = self.tr("ended at step {0}").format(numbers.count(steps))
        else:
            text = self.tr("t = {0} / {1}").format(numbers.count(cursor.step), numbers.count(steps))
        if cursor.sequence != sequence:
            text = f"{words.of_sequence(cursor.sequence, snapshot)}, {text}"
        self.when.setText(text)
        parts = (self._what, words.of_network(snapshot.scenario.network))
        self.what.setText(" · ".join(part for part in parts if part))
        self.what.setMaximumWidth(self.what.fontMetrics().horizontalAdvance(self.what.text()) + 4)
        self.setAccessibleName(f"{self.letter.text()}: {self.title.text()}, {self.what.text()}, {text}")

    def restyle(self) -> None:
        colours = theme.current()
        ground = colours.positive_ink if self._is_second else colours.accent
        side = theme.px(20)
        self.letter.setFixedSize(side, side)
        self.letter.setFont(theme.sans(theme.SMALL, semibold=True))
        self.letter.setStyleSheet(
            f"background: {ground.name()}; color: {colours.on_accent.name()}; border-radius: {side // 2}px;"
        )
        self.title.setFont(theme.sans(theme.BODY, semibold=True))
        self.what.setFont(theme.sans(theme.SMALL))
        self.when.setFont(theme.sans(theme.SMALL))
        for tool, name in zip(self._tools, ("search", "close"), strict=True):
            tool.setIcon(icons.icon(name))
            tool.setIconSize(QSize(theme.px(14), theme.px(14)))

    def _tool(self, name: str, text: str, asked: Signal) -> QToolButton:
        tool = QToolButton(self)
        tool.setIcon(icons.icon(name))
        tool.setAutoRaise(True)
        tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tool.setToolTip(text)
        tool.setAccessibleName(text)
        tool.clicked.connect(asked)
        return tool
