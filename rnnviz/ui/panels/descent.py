"""Descent: from one start, several ways of clipping, drawn as paths on the loss surface and played step by step."""

from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from rnnviz.jobs.descent import ways_of
from rnnviz.scenario.training import usual_training
from rnnviz.scenario.types import ClippingForm, Scenario
from rnnviz.session import Change, DescentRun, Session, Snapshot
from rnnviz.session.edit_error import EditError
from rnnviz.ui import numbers, theme
from rnnviz.ui.descent_curve import DescentCurve
from rnnviz.ui.descent_look import name_with_limit
from rnnviz.ui.descent_player import KEYS, DescentPlayer
from rnnviz.ui.descent_rows import DescentRows, figures_at, on_axes, weights_on_axes
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.number_field import Complaint
from rnnviz.ui.panel import Panel
from rnnviz.ui.setting_field import SettingField
from rnnviz.ui.training_figures import ProgressLine
from rnnviz.ui.typed_numbers import parse_number

STEPS = 24
WIDEST = 640


class DescentPanel(Panel):
    name = "descent"
    title = QT_TRANSLATE_NOOP("panel", "Descent")
    subtitle = QT_TRANSLATE_NOOP("panel", "several ways from one start")
    needs = Change.SCENARIO | Change.DESCENT
    place = "left"
    order = 66
    weight = 2.2

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._asked_of: object = None  # what the offered limits were taken from
        self._clipping = ClippingForm()  # of the training, as it was seen last
        self.steps = STEPS
        self.run_button = QPushButton(self)
        self.run_button.clicked.connect(self.run_or_stop)
        self.go_on = QPushButton(self.tr("Go on from here"), self)
        self.go_on.setToolTip(self.tr("Make the weights of one descent at this step those of the network"))
        self.go_on.setMenu(QMenu(self.go_on))
        self.count = SettingField(self._take_steps, self)
        self.count.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.count.setAccessibleName(self.tr("Number of steps"))
        self.count_name = QLabel(self.tr("steps"), self)
        self.line = ProgressLine(self)
        self.complaint = Complaint(self)
        self.count.refused.connect(self.complaint.say_or_hide)
        self.player = DescentPlayer(session, self)
        self.note = WrappedLabel("", self)
        self.curve = DescentCurve(self)
        self.curve.step_sought.connect(self._seek)
        self.rows: DescentRows | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        start = QHBoxLayout()
        start.setSpacing(theme.GAP)
        start.addWidget(self.run_button, 1)
        start.addWidget(self.count)
        start.addWidget(self.count_name)
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, theme.px(7), 0)  # the bar that scrolls stands there
        self._column.setSpacing(theme.px(6))
        for widget in (self.complaint, self.note, self.go_on):
            self._column.addWidget(widget)
        self._column.addWidget(self.curve, 1)
        self._column.addStretch()
        view = QScrollArea(self)
        view.setWidget(content)
        view.setWidgetResizable(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._whole = QWidget(self)  # no wider than a table is read easily
        whole = QVBoxLayout(self._whole)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(theme.px(4))
        whole.addLayout(start)
        whole.addWidget(self.line)
        whole.addWidget(self.player)
        whole.addWidget(view, 1)
        beside = QHBoxLayout()
        beside.addWidget(self._whole, 1000)
        beside.addStretch(1)
        self.body_layout.addLayout(beside)
        for button in (self.run_button, self.go_on):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        scenario = snapshot.scenario
        return scenario.surface is not None and scenario.targets is not None and scenario.loss is not None

    # --- drawing ----------------------------------------------------------------------------------------------------

    def present(self, snapshot: Snapshot, change: Change) -> None:
        """What is played is seen on the loss surface too, and goes on where that has all of the window."""
        super().present(snapshot, change)
        if change & Change.DESCENT and not self.isVisible():
            self.player.follow()

    def draw(self, snapshot: Snapshot) -> None:
        run = snapshot.descent
        rows = self._rows_for(snapshot.scenario)
        self.player.follow()
        self.player.setVisible(run is not None)
        is_running = run is not None and run.state == "running"
        self.run_button.setText(self.tr("Stop") if is_running else self.tr("Run again") if run else self.tr("Run"))
        tip = self.tr("Keep the steps that all have made") if is_running else self.tr("Let all of them run (Shift+D)")
        self.run_button.setToolTip(tip)
        self.line.setVisible(is_running)
        self.count.show_value(numbers.count(self.steps))
        if run is not None:
            self.line.show_share(run.number / run.planned)
        rows.show_run(run, *on_axes(run, snapshot.scenario))
        self.note.setText(self._note(run, snapshot))
        self.note.setVisible(bool(self.note.text()))
        self._fill_go_on(run)
        self.curve.setVisible(run is not None and run.has_steps)
        if run is not None and run.has_steps:
            self.curve.show_run(run)
        self.set_subtitle(self._subtitle(snapshot))

    def _rows_for(self, scenario: Scenario) -> DescentRows:
        """New ones, with the limits that the scenario has for them, when another scenario is opened."""
        key = (scenario.name, scenario.alternatives)
        if self.rows is None or key != self._asked_of:
            self._asked_of = key
            self.steps = min(STEPS, (scenario.training or usual_training(scenario)).epochs)
            if self.rows is not None:
                self._column.removeWidget(self.rows)
                self.rows.deleteLater()
            self.rows = DescentRows(ways_of(scenario), self)
            self.rows.changed.connect(self._run_again)
            self.rows.refused.connect(self.complaint.say_or_hide)
            self._column.insertWidget(0, self.rows)
            self.restyle()
        if scenario.training is not None and scenario.training.clipping != self._clipping:
            self._clipping = scenario.training.clipping
            self.rows.show_limit(self._clipping.kind, self._clipping.limit)
        return self.rows

    def _subtitle(self, snapshot: Snapshot) -> str:
        begun = snapshot.descent.scenario if snapshot.descent is not None else snapshot.scenario
        optimizer = (begun.training or usual_training(begun)).optimizer
        rate = self.tr("rate {rate}").format(rate=numbers.text(optimizer.rate))
        signs, values = weights_on_axes(begun, begun.params)
        places = [f"{sign} = {numbers.text(value)}" for sign, value in zip(signs, values, strict=True)]
        return self.tr("{rate}, from {place}").format(rate=rate, place=", ".join(places)) if places else rate

    def _note(self, run: DescentRun | None, snapshot: Snapshot) -> str:
        if run is None:
            return self.tr("They run from the weights that the network has now, and are drawn on the loss surface.")
        notes = [
            self.tr("{way} ended: {why}.").format(way=name_with_limit(path.clipping), why=path.reason)
            for path in run.paths
            if path.reason
        ]
        if run.state == "stopped":
            why = self.tr("by hand") if run.reason == "cancelled" else run.reason
            notes.insert(0, self.tr("Stopped: {why}.").format(why=why))
        notes += self._stuck(run)
        begun, now = run.scenario, snapshot.scenario
        if begun.params is not now.params or begun.training != now.training:
            notes.append(self.tr("The network has other weights or settings by now than these began with."))
        return " ".join(notes) or self.tr("Z on the keyboard zooms the loss surface to the paths.")

    def _stuck(self, run: DescentRun) -> list[str]:
        """Ways whose gradient is zero where they are, so that nothing moves them any more."""
        names = []
        for path in run.paths:
            at = path.at(run.shown) if len(path.losses) else -1
            if at >= 0 and path.norms_after[at] == 0:
                names.append(name_with_limit(path.clipping))
        if not names:
            return []
        return [self.tr("No gradient, and no step any more: {ways}.").format(ways=", ".join(names))]

    def _fill_go_on(self, run: DescentRun | None) -> None:
        self.go_on.setVisible(run is not None and run.has_steps)
        menu = self.go_on.menu()
        named = [] if run is None else [name_with_limit(path.clipping) for path in run.paths]
        if [action.text() for action in menu.actions()] != named:
            menu.clear()
            for way, text in enumerate(named):
                menu.addAction(text).setData(way)
            menu.triggered.connect(self._go_on_from, Qt.ConnectionType.UniqueConnection)

    def describe(self, snapshot: Snapshot) -> str:
        run = snapshot.descent
        if run is None or not run.has_steps:
            return f"{self._subtitle(snapshot)}. {self._note(None, snapshot)}"
        said = [self.tr("Step {0} of {1}.").format(run.shown, run.number)]
        for path in run.paths:
            loss, gradient, step = figures_at(path, run.shown)
            text = self.tr("{way}: loss {loss}, gradient {gradient}, next step {step}.")
            said.append(text.format(way=name_with_limit(path.clipping), loss=loss, gradient=gradient, step=step))
        return " ".join([*said, self._note(run, snapshot)])

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each step of each descent."""
        signs, _ = weights_on_axes(snapshot.scenario, snapshot.scenario.params)
        heading = ["clipping", "limit", "step", *signs, "loss", "gradient norm", "after clipping", "clipped", "length"]
        rows: list[list[str | float]] = []
        for path in snapshot.descent.paths if snapshot.descent is not None else ():
            for step in range(len(path.losses)):
                _, values = weights_on_axes(snapshot.scenario, path.weights[step])
                norms = [float(path.norms_before[step]), float(path.norms_after[step])]
                way = [path.clipping.kind, path.clipping.limit, step]
                figures = [float(path.losses[step]), *norms, int(path.clipped[step]), float(path.steps[step])]
                rows.append([*way, *values, *figures])
        return [heading, *rows]

    def restyle(self) -> None:
        self.player.restyle()
        self.curve.restyle()
        if self.rows is not None:
            self.rows.restyle()
        self._whole.setMaximumWidth(theme.px(WIDEST))
        self.count.setFixedWidth(theme.px(52))
        self.count.setFont(theme.mono(theme.SMALL))
        self.count_name.setFont(theme.sans(theme.SMALL))
        self.note.setStyleSheet(f"color: {theme.current().muted.name()};")
        self.note.setFont(theme.sans(theme.SMALL))

    # --- what is asked for ------------------------------------------------------------------------------------------

    def run_or_stop(self) -> None:
        run = self.snapshot.descent if self.snapshot is not None else None
        if run is not None and run.state == "running":
            self.player.stop()
            self.session.cancel_descent()
        else:
            self._run()

    def _run(self) -> None:
        if self.rows is None:
            return
        self.player.play_from_start()
        try:
            self.session.start_descent(self.rows.ways, self.steps)
        except EditError as error:
            self.player.stop()
            self.complaint.say(str(error))
        else:
            self.complaint.hide()

    def _run_again(self) -> None:
        """Other ways or another limit: what is drawn would be of others."""
        if self.snapshot is not None and self.snapshot.descent is not None:
            self._run()

    def _take_steps(self, text: str) -> None:
        wanted = parse_number(text)
        if wanted != int(wanted) or wanted < 1:
            raise EditError(self.tr("expected a whole number above 0"))
        if wanted != self.steps:
            self.steps = int(wanted)
            self._run_again()

    def _seek(self, step: int) -> None:
        self.player.stop()
        self.player.walk.seek(step)

    def _go_on_from(self, action: QAction) -> None:
        self.player.stop()
        try:
            self.session.go_on_from_descent(action.data())
        except EditError as error:
            self.complaint.say(str(error))

    # --- keys -------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.player.take_key(event):
            super().keyPressEvent(event)

    def grid_keys(self) -> set[Qt.Key]:
        return super().grid_keys() | (
            KEYS if self.snapshot is not None and self.snapshot.descent is not None else set()
        )
