"""The comparison as it fills the window: what is shown of both, the heads of A and B, and a row for each kind."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from rnnviz.session import Change, Snapshot
from rnnviz.session.side_by_side import SideBySide
from rnnviz.ui import panels, theme
from rnnviz.ui.card import Card, Cards
from rnnviz.ui.compare.difference import DifferencePanel
from rnnviz.ui.compare.head import Head
from rnnviz.ui.compare.row import Row
from rnnviz.ui.panel import Panel
from rnnviz.ui.plots.time_axis import TimeAxis

# What can be shown of both, in the order in which it stands.
KINDS = (
    "stage", "loss_surface", "gradient_flow", "hidden_state", "gates", "memory_cell", "kept", "output", "loss",
    "parameters", "inputs", "explain",
)  # fmt: skip
# What tells most comes first.
FIRST = ("loss_surface", "gradient_flow", "hidden_state", "gates", "memory_cell", "output")
ROOM_FOR_A_ROW = 300  # pixels of the window for each row at first
HIGH = ("stage", "loss_surface")  # have half as much again
LEAST_HEIGHT = 150  # pixels of a row, before the rows scroll


class CompareView(QWidget):
    """Rows are made when they are first asked for, and kept."""

    rows_changed = Signal()
    export_asked = Signal(object, str)

    def __init__(self, sessions: SideBySide, parent: QWidget) -> None:
        super().__init__(parent)
        self._sessions = sessions
        self._axis = TimeAxis.join(sessions.first, sessions.second)
        self._kinds = {name: kind for name, kind in panels.load().items() if name in KINDS}
        self._wanted: tuple[str, ...] = ()
        self._alone = ""  # the row that has all the room
        self.rows: dict[str, Row] = {}
        self.difference = DifferencePanel(sessions.first)
        self.heads = [Head(letter, self, is_second=letter == "B") for letter in "AB"]
        self.switches: dict[str, QToolButton] = {}
        self._build()
        theme.switch().changed.connect(self.restyle)

    def _build(self) -> None:
        heads = QHBoxLayout()
        heads.setSpacing(theme.GAP)
        for head in self.heads:
            heads.addWidget(head, 1)
        self._stack = Cards(Qt.Orientation.Vertical, "compared")
        self._difference_card = Card(self)
        self._difference_card.layout().addWidget(self.difference)
        self.difference.close_asked.connect(self._close_difference)
        self.difference.maximise_asked.connect(self._maximise_difference)
        self.difference.header.window_tools[1].hide()
        self._stack.addWidget(self._difference_card)
        area = QScrollArea(self)
        area.setWidget(self._stack)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GAP, 0, theme.GAP, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(self._make_bar())
        column.addLayout(heads)
        column.addWidget(area, 1)
        self.restyle()

    def _make_bar(self) -> QScrollArea:
        """The switches in a row, which scrolls where text is large or the window narrow."""
        row = QWidget()
        bar = QHBoxLayout(row)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(2)
        titles = {name: self._kinds[name].title for name in KINDS if name in self._kinds}
        for name, title in {**titles, DifferencePanel.name: DifferencePanel.title}.items():
            bar.addWidget(self._switch(name, QCoreApplication.translate("panel", title)))
        bar.addStretch(1)
        self._bar = QScrollArea(self)
        self._bar.setWidget(row)
        self._bar.setWidgetResizable(True)
        self._bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._bar.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return self._bar

    def _switch(self, name: str, text: str) -> QToolButton:
        switch = self.switches[name] = QToolButton(self)
        switch.setObjectName("compare-kind")
        switch.setText(text)
        switch.setCheckable(True)
        switch.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        switch.setToolTip(self.tr("Show {0} of both").format(text))
        switch.clicked.connect(self._switched)
        return switch

    # --- what is shown ----------------------------------------------------------------------------------------------

    def begin(self, title: str, what: str) -> None:
        """What stands in B has been opened; choose the rows that tell most, unless some are chosen."""
        self.heads[1].show_name(title, what)
        self._alone = ""
        applying = self.applying()
        kept = [name for name in self._wanted if name in applying]
        count = max(2, self.parentWidget().height() // theme.px(ROOM_FOR_A_ROW))
        self.show_rows(kept or [name for name in self._telling() if name in applying][:count])

    def _telling(self) -> list[str]:
        """What both have before what only one has."""
        shown = [session.snapshot for session in (self._sessions.first, self._sessions.second)]
        has_surface = all(s is not None and s.scenario.surface is not None for s in shown)
        there = [name for name in FIRST if name in self._kinds and (name != "loss_surface" or has_surface)]
        return sorted(there, key=lambda name: not all(s is not None and self._kinds[name].applies(s) for s in shown))

    def applying(self) -> list[str]:
        """The kinds that have something to show for one of the two, and the difference."""
        shown = [session.snapshot for session in (self._sessions.first, self._sessions.second)]
        there = [snapshot for snapshot in shown if snapshot is not None]
        kinds = [name for name in KINDS if name in self._kinds and any(map(self._kinds[name].applies, there))]
        return [*kinds, DifferencePanel.name]

    @property
    def wanted(self) -> tuple[str, ...]:
        """The kinds that are switched on, in their order."""
        return self._wanted

    def show_rows(self, names: Sequence[str]) -> None:
        """Exactly these, as far as they have something to show."""
        applying = self.applying()
        self._wanted = tuple(name for name in (*KINDS, DifferencePanel.name) if name in names)
        for name in self._wanted:
            if name in self._kinds and name not in self.rows:
                self._add_row(name)
        for name, switch in self.switches.items():
            switch.setVisible(name in applying)
            switch.setChecked(name in self._wanted)
        shown = [name for name in self._wanted if name in applying]
        self._alone = self._alone if self._alone in shown else ""
        for name, row in self.rows.items():
            row.setVisible(name in ((self._alone,) if self._alone else shown))
            row.show_state(is_alone=name == self._alone)
        self.difference.header.show_state(maximised=self._alone == DifferencePanel.name, floating=False)
        self._difference_card.setVisible(DifferencePanel.name in ((self._alone,) if self._alone else shown))
        self._restretch()
        self.rows_changed.emit()

    def toggle(self, name: str) -> None:
        wanted = set(self._wanted)
        self.show_rows(tuple(wanted ^ {name}))

    def show_kind(self, name: str) -> None:
        """Bring a row into view."""
        if name not in self._wanted or self._alone not in ("", name):
            self._alone = ""
            self.show_rows((*self._wanted, name))

    def maximise(self, name: str) -> None:
        """Give all the room to one row; again, or "", gives it back."""
        self._alone = "" if name == self._alone else name
        self.show_rows(self._wanted)

    @property
    def alone(self) -> str:
        return self._alone

    def shown_panels(self) -> list[Panel]:
        """From the top, A before B: the order of the keys 1 to 9."""
        found = [panel for name in KINDS if name in self.rows for panel in self._panels_of(self.rows[name])]
        return [*found, *([] if self._difference_card.isHidden() else [self.difference])]

    def _panels_of(self, row: Row) -> list[Panel]:
        return [] if row.isHidden() else row.shown_panels()

    def _add_row(self, name: str) -> None:
        sessions = [self._sessions.first, self._sessions.second]
        row = self.rows[name] = Row(self._kinds[name], sessions, self._sessions.seek, self)
        row.close_asked.connect(self._close_row)
        row.maximise_asked.connect(self._maximise_row)
        row.export_asked.connect(self.export_asked)
        before = sum(KINDS.index(other) < KINDS.index(name) for other in self.rows)
        self._stack.insertWidget(before, row)
        for index, session in enumerate(sessions):
            if session.snapshot is not None:
                row.present(index, session.snapshot, ~Change(0))

    def _restretch(self) -> None:
        shown = [self._stack.widget(n) for n in range(self._stack.count())]
        self._stack.setMinimumHeight(sum(not widget.isHidden() for widget in shown) * theme.px(LEAST_HEIGHT))
        self._stack.setSizes([0 if widget.isHidden() else _share(widget) for widget in shown])

    def _switched(self) -> None:
        names = {switch: name for name, switch in self.switches.items()}
        self.toggle(names[self.sender()])

    def _close_row(self) -> None:
        self.toggle(self.sender().name)

    def _maximise_row(self) -> None:
        self.maximise(self.sender().name)

    def _close_difference(self) -> None:
        self.toggle(DifferencePanel.name)

    def _maximise_difference(self) -> None:
        self.maximise(DifferencePanel.name)

    # --- drawing ----------------------------------------------------------------------------------------------------

    def present(self, index: int, snapshot: Snapshot, change: Change) -> None:
        """A snapshot of A (0) or B (1)."""
        self._axis.least = self._sessions.last
        self._axis.set_steps(self._axis.least)
        for row in self.rows.values():
            row.present(index, snapshot, change)
        first, second = self._sessions.first.snapshot, self._sessions.second.snapshot
        self.difference.other = second
        if first is not None and (index == 0 or change & (Change.TRACE | Change.CURSOR)):
            self.difference.present(first, change)
        if change & (Change.SCENARIO | Change.TRACE):
            self.show_rows(self._wanted)
        self.show_steps()

    def show_steps(self) -> None:
        first, second = self._sessions.first.snapshot, self._sessions.second.snapshot
        for head, snapshot in zip(self.heads, (first, second), strict=True):
            if first is not None and snapshot is not None:
                head.show_step(snapshot, self._sessions.position, first.cursor.sequence)

    def leave(self) -> None:
        """The axis has the steps of the document alone again."""
        self._axis.least = 0
        if self._sessions.first.snapshot is not None:
            self._axis.set_steps(self._sessions.first.snapshot.trace.steps)

    def showEvent(self, event: QShowEvent) -> None:
        """The style sheet takes hold of a button when it is first shown, and of its font."""
        super().showEvent(event)
        self.restyle()

    def restyle(self) -> None:
        for switch in self.switches.values():
            switch.setFont(theme.sans(theme.SMALL))
        self._bar.setFixedHeight(theme.px(28) + 6)
        for head in self.heads:
            head.restyle()


def _share(row: QWidget) -> int:
    return 150 if isinstance(row, Row) and row.name in HIGH else 100
