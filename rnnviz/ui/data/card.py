"""The card of an import: a preview, what was understood, what is wrong with which row, and what will happen."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from rnnviz.interop.data.preview import preview
from rnnviz.jobs.reading import Found
from rnnviz.ui import theme
from rnnviz.ui.data import words
from rnnviz.ui.data.form import OptionsForm
from rnnviz.ui.data.options import Option, changed
from rnnviz.ui.data.state import State
from rnnviz.ui.data.table import PreviewTable
from rnnviz.ui.data.words import tr
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.popover import Popover

_WIDTH = 1080
_EMPTY_HEIGHT = 260


class DataCard(Popover):
    """Nothing outside of it changes before `accepted`."""

    accepted = Signal(object)  # the State
    reread = Signal(object)  # the Format in which the file has to be read anew

    def __init__(self, name: str, state: State, window: QWidget) -> None:
        super().__init__(tr("Import data: {0}").format(name), window, _WIDTH, 0.05)
        self.setObjectName("data-card")
        self.state = state
        self.sentence = WrappedLabel("")
        self.sentence.setProperty("role", "muted")
        self.content.addWidget(self.sentence)
        self.progress = QProgressBar(self.card)
        self.progress.setAccessibleName(tr("Reading"))
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.content.addWidget(self.progress)
        self.content.addLayout(self._middle(), 1)
        self.said, self.notes = WrappedLabel(""), WrappedLabel("")
        self.said.setFont(theme.sans(theme.BODY, semibold=True))
        self.notes.setProperty("role", "muted")
        self.notes.setFont(theme.sans(theme.SMALL))
        self.content.addWidget(self.said)
        self.content.addWidget(self.notes)
        self.content.addLayout(self._buttons())
        self._show()

    def _place(self) -> None:
        """As high as there is room for, the more rows are seen, the better; low where there is nothing to see."""
        super()._place()
        room = round(self.parentWidget().height() * 0.9)
        wanted = room if self.state.source is not None else min(room, theme.px(_EMPTY_HEIGHT))
        self.card.setGeometry(self.card.x(), self.card.y(), self.card.width(), wanted)

    # --- its parts --------------------------------------------------------------------------------------------------

    def _middle(self) -> QHBoxLayout:
        self.table = PreviewTable(self.card)
        self.table.setMinimumHeight(theme.px(150))
        self.table.role_chosen.connect(self._role_chosen)
        self.heading = QLabel(self.card)
        self.heading.setFont(theme.sans(theme.SMALL, semibold=True))
        self.problems = QListWidget(self.card)
        self.problems.setObjectName("palette-list")
        self.problems.setFont(theme.sans(12))
        self.problems.setAccessibleName(tr("What is wrong with which row"))
        self.problems.setFixedHeight(theme.px(96))
        self.problems.currentItemChanged.connect(self._problem_chosen)
        left = QVBoxLayout()
        left.setSpacing(theme.px(6))
        left.addWidget(self.table, 1)
        left.addWidget(self.heading)
        left.addWidget(self.problems)
        right = QVBoxLayout()
        right.setSpacing(theme.px(10))
        right.addLayout(self._readers())
        self.form = OptionsForm(self.card)
        self.form.changed.connect(self._option_changed)
        area = QScrollArea(self.card)
        area.setWidget(self.form)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFixedWidth(theme.px(372))
        right.addWidget(area, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.px(18))
        row.addLayout(left, 1)
        row.addLayout(right)
        return row

    def _readers(self) -> QVBoxLayout:
        """Which network reads the data."""
        column = QVBoxLayout()
        column.setSpacing(theme.px(4))
        self.readers = QButtonGroup(self)
        title = self.state.scenario.title or self.state.scenario.name if self.state.scenario is not None else ""
        for place, text in enumerate((tr("For this network"), tr("For a new network"))):
            button = QRadioButton(text, self.card)
            button.setFont(theme.sans(12))
            button.setToolTip(title if not place else tr("A network is made for these data, ready to be trained"))
            self.readers.addButton(button, place)
            column.addWidget(button)
        self.readers.button(0).setEnabled(self.state.scenario is not None)
        self.readers.button(int(self.state.is_new)).setChecked(True)
        self.readers.idClicked.connect(self._reader_chosen)
        return column

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        self.cancel, self.accept = QPushButton(tr("Cancel"), self.card), QPushButton(self.card)
        self.cancel.clicked.connect(self.close)
        self.accept.clicked.connect(self._accept)
        for button in (self.cancel, self.accept):
            row.addWidget(button)
        return row

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_found(self, found: Found) -> None:
        """What was in the file, or why it cannot be read."""
        self.progress.hide()
        if found.source is not None:
            self.state = self.state.with_source(found.source)
        else:
            self.state = replace(self.state, source=None, found=None, made=None, problem=f"{found.problem}.")
        self._show()
        focus = QApplication.focusWidget()
        if focus is None or focus is self or not self.isAncestorOf(focus):
            self.accept.setFocus()

    def show_progress(self, share: float) -> None:
        self.progress.setRange(0, 100)
        self.progress.setValue(round(100 * share))
        self.progress.show()
        self.sentence.setText(tr("Reading…"))
        self.accept.setEnabled(False)

    def refuse(self, problem: str) -> None:
        """What the session said against it."""
        self.state = replace(self.state, problem=problem, made=None)
        self._show()

    def _show(self) -> None:
        state = self.state
        problems = state.found.problems if state.found is not None else ()
        if state.source is not None:
            shown = preview(state.source, state.choices, problems)
            self.table.show_preview(shown, state.choices)
            hidden = tr("{0} more columns are not shown.").format(f"{shown.hidden:,}") if shown.hidden else ""
            self.sentence.setText(f"{state.source.sentence} {hidden}".rstrip())
        else:
            self.sentence.setText("")
        self.table.setVisible(state.source is not None)
        self._show_problems()
        self.form.show_state(state)
        self.said.setText(state.problem or words.outcome(state))
        colours = theme.current()
        self.said.setStyleSheet(f"color: {(colours.error if state.problem else colours.ink).name()};")
        self.said.setAccessibleName(self.said.text())
        self.notes.setText(words.notes(state))
        self.notes.setVisible(bool(self.notes.text()))
        self.accept.setText(words.accept(state))
        self.accept.setEnabled(state.is_ready)
        self.accept.setToolTip(words.wrong(state) if state.found is not None and not state.found.decided else "")
        if self.isVisible():
            self._place()

    def _show_problems(self) -> None:
        found = self.state.found
        problems = found.problems if found is not None else ()
        heading = words.wrong(self.state)
        self.heading.setText(heading)
        self.heading.setVisible(bool(heading))
        self.problems.setVisible(bool(heading))
        colour = theme.current().error if found is not None and not found.decided else theme.current().muted
        self.heading.setStyleSheet(f"color: {colour.name()};")
        texts = [str(problem) for problem in problems[: words.MOST]]
        if texts != [self.problems.item(k).text() for k in range(self.problems.count())]:
            self.problems.clear()
            for text, problem in zip(texts, problems, strict=False):
                item = QListWidgetItem(text, self.problems)
                item.setData(Qt.ItemDataRole.UserRole, (str(problem.row), problem.column))

    # --- what a person asks for -------------------------------------------------------------------------------------

    def _option_changed(self, option: Option, value: Any) -> None:
        before = self.state.how
        self.state = changed(self.state, option, value)
        if self.state.how != before:
            self.reread.emit(self.state.how)
        else:
            self._show()

    def _role_chosen(self, column: str, role: str) -> None:
        """A column that tells sequences apart, or a first target, is used as one at once."""
        choices = self.state.choices
        roles = dict(choices.roles) | {column: role}
        more: dict[str, Any] = {}
        if role == "sequence" and choices.form == "one series":
            more["form"] = "by column"
        if role == "target":
            more["target"] = "columns"
        elif choices.target == "columns" and "target" not in roles.values():
            more["target"] = "none"
        if choices.form == "by column" and "sequence" not in roles.values():
            more["form"] = "one series"
        self.state = self.state.with_choice(roles=MappingProxyType(roles), **more)
        self._show()

    def _reader_chosen(self, place: int) -> None:
        self.state = self.state.with_reader(is_new=bool(place))
        self._show()

    def _problem_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.table.go_to(*item.data(Qt.ItemDataRole.UserRole))

    def _accept(self) -> None:
        if self.state.is_ready:
            self.accepted.emit(self.state)

    def showEvent(self, event: QShowEvent) -> None:
        """It may have been opened before the window was shown in its size."""
        super().showEvent(event)
        self._place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does what the button says; on Cancel it cancels."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif self.cancel.hasFocus():
            self.close()
        else:
            self._accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the card does not throw away what has been decided."""
