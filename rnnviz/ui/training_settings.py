"""How the network is trained: few settings at first, all others under More; each change is an edit of the scenario."""

from typing import Any

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from rnnviz.scenario.types import Scenario, Training
from rnnviz.session import Session, Snapshot
from rnnviz.session.edit_training import with_setting
from rnnviz.ui import icons, numbers, theme, training_words
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.number_field import Complaint
from rnnviz.ui.training_fields import SETTINGS, Setting
from rnnviz.ui.training_row import Row


class SettingsForm(QWidget):
    """`rows` by path. What is wrong is said at the row that it was typed into."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._scenario: Scenario | None = None
        self._is_editable = True
        self.why_not = WrappedLabel(self.tr("Settings rest while training runs. Cancel it to change them."), self)
        self.why_not.setProperty("role", "muted")
        self.rows = {setting.path: Row(setting, self._edit, self) for setting in SETTINGS}
        self.more = QToolButton(self)
        self._is_open = False
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.clicked.connect(self._toggle)
        self.source = WrappedLabel("", self)
        self.source.setProperty("role", "muted")
        self._headings: dict[str, QLabel] = {}
        self._complaints: dict[str, Complaint] = {}
        self._lay_out()
        self.restyle()

    def _lay_out(self) -> None:
        """Each row with the place for its complaint below it."""
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GAP)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._add(self.why_not)
        for path, row in self.rows.items():
            group = row.setting.group
            if group and not self._headings:
                self._add(self.more)
            if group and group not in self._headings:
                self._headings[group] = QLabel(QCoreApplication.translate("training", group), self)
                self._add(self._headings[group])
            place = self._grid.rowCount()
            self._grid.addWidget(row.label, place, 0)
            self._grid.addWidget(row.widget, place, 1)
            self._complaints[path] = Complaint(self)
            self._add(self._complaints[path])
            row.refused.connect(self._complaints[path].say_or_hide)
        self._add(self.source)

    def _add(self, widget: QWidget) -> None:
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_snapshot(self, snapshot: Snapshot, *, is_editable: bool) -> None:
        self._scenario, self._is_editable = snapshot.scenario, is_editable
        self._show()

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self._show()

    def _show(self) -> None:
        scenario = self._scenario
        if scenario is None or scenario.training is None:
            return
        is_open = self._is_open
        self.why_not.setVisible(not self._is_editable)
        groups = set()
        for row in self.rows.values():
            is_seen = is_open or not row.setting.group
            row.show_scenario(scenario, self._is_editable, is_seen, self.why_not.text())
            if is_seen and row.setting.applies(scenario):
                groups.add(row.setting.group)
            else:
                self._complaints[row.setting.path].hide()
        for group, heading in self._headings.items():
            heading.setVisible(group in groups)
        self.more.setText(self.tr("Fewer settings") if is_open else self.tr("More settings"))
        self.more.setIcon(icons.icon("up" if is_open else "down"))
        self.more.setAccessibleDescription(self.tr("open") if is_open else self.tr("closed"))
        data = scenario.training.data
        self.source.setText(self.tr("Learns from: {0}").format(data.source) if data else "")
        self.source.setVisible(is_open and data is not None)

    def described(self) -> str:
        """ "Adam, rate 0.01, clipping by norm 1, 100 epochs" """
        training = (self._scenario and self._scenario.training) or Training()
        parts = [
            training_words.optimiser(training.optimizer.kind),
            self.tr("rate {0}").format(numbers.text(training.optimizer.rate)),
        ]
        if training.clipping.kind != "none":
            kind, limit = training_words.clipping(training.clipping.kind), numbers.text(training.clipping.limit)
            parts.append(self.tr("clipping {0} {1}").format(kind, limit))
        parts.append(self.tr("{0} epochs").format(numbers.count(training.epochs)))
        return ", ".join(parts)

    def restyle(self) -> None:
        for row in self.rows.values():
            row.restyle()
        for label in (*self._headings.values(), self.why_not, self.source, self.more):
            label.setFont(theme.sans(theme.SMALL, semibold=label in self._headings.values()))
        self.more.setIconSize(QSize(theme.px(12), theme.px(12)))

    # --- what is changed --------------------------------------------------------------------------------------------

    def _edit(self, setting: Setting, value: Any, written: str) -> None:
        """Raises EditError."""
        snapshot = self._session.snapshot
        assert snapshot is not None, "the form is drawn from one"
        changed = with_setting(snapshot.scenario, setting.path, value)
        if changed is not snapshot.scenario:
            title = QCoreApplication.translate("training", setting.title)
            label = self.tr("Set {0} to {1}") if written else self.tr("Clear {0}")
            self._session.edit(label.format(title, written), changed)
