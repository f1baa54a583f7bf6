"""Training: start, pause, cancel; how far it is and how well it goes; how the network is trained, to be changed."""

from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from rnnviz.session import Change, Session, Snapshot
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_training import with_training
from rnnviz.session.training_run import TrainingRun
from rnnviz.ui import numbers, theme, training_words
from rnnviz.ui.derivative_tool import DerivativeTool
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.number_field import Complaint
from rnnviz.ui.panel import Panel
from rnnviz.ui.training_buttons import TrainingButtons
from rnnviz.ui.training_figures import Figures
from rnnviz.ui.training_settings import SettingsForm


class TrainingPanel(Panel):
    name = "training"
    title = QT_TRANSLATE_NOOP("panel", "Training")
    subtitle = QT_TRANSLATE_NOOP("panel", "backpropagation through time")
    needs = Change.SCENARIO | Change.TRAINING
    order = 64

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._is_set_up = True
        self.buttons = TrainingButtons(session, self)
        self.buttons.refused.connect(self._say_refused)
        self.refusal = Complaint(self)
        self.figures = Figures(self)
        self.ending = WrappedLabel("", self)
        self.iterate = self._iterate_row()
        self.form = SettingsForm(session, self)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for widget in (self.refusal, self.figures, self.ending, self.iterate, self.form):
            column.addWidget(widget)
        column.addStretch()
        view = QScrollArea(self)
        view.setWidget(content)
        view.setWidgetResizable(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body_layout.addWidget(self.buttons)
        self.body_layout.addWidget(view, 1)
        self.derivative = DerivativeTool(self)
        self.restyle()

    def _iterate_row(self) -> QWidget:
        row = QWidget(self)
        layout = QVBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.shown = QLabel(row)
        self.shown.setFont(theme.sans(theme.SMALL, semibold=True))
        self.keep = QPushButton(self.tr("Keep"), row)
        self.keep.setToolTip(self.tr("Make the network of this iterate the document; undo takes it back"))
        self.newest = QPushButton(row)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GAP)
        for button, handler in ((self.keep, self._keep), (self.newest, self._show_newest)):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(handler)
            buttons.addWidget(button, 1)
        layout.addWidget(self.shown)
        layout.addLayout(buttons)
        return row

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return snapshot.scenario.training is not None or snapshot.scenario.targets is not None

    def draw(self, snapshot: Snapshot) -> None:
        is_set_up = snapshot.scenario.training is not None
        if is_set_up:
            self.show_content()
        elif self._is_set_up:
            sentence = self.tr("This network has targets, but nothing says yet how to train it.")
            self.show_empty(sentence, self.tr("Set up training"), self._set_up)
        self._is_set_up = is_set_up
        run = snapshot.training
        is_running = run is not None and run.is_running
        self.buttons.show_run(run)
        self.form.show_snapshot(snapshot, is_editable=not is_running)
        self.figures.setVisible(run is not None)
        self.ending.setVisible(False)
        self.iterate.setVisible(run is not None and run.cursor is not None)
        if run is not None:
            self.figures.show_run(run)
            self._show_ending(run)
            self._show_iterate(run)
        self.set_subtitle(self._subtitle(run))

    def _subtitle(self, run: TrainingRun | None) -> str:
        if run is None:
            return self.translated(self.subtitle)
        words = {"running": self.tr("running"), "paused": self.tr("paused"), "done": self.tr("done")}
        state = words.get(run.state, self.tr("stopped"))
        return self.tr("{state}, iterate {number}").format(state=state, number=numbers.count(run.number))

    def _show_ending(self, run: TrainingRun) -> None:
        text = training_words.ending(run)
        colours = theme.current()
        colour = colours.error if training_words.is_trouble(run) else colours.muted
        self.ending.setText(text)
        self.ending.setStyleSheet(f"color: {colour.name()};")
        self.ending.setVisible(bool(text))

    def _show_iterate(self, run: TrainingRun) -> None:
        if run.cursor is not None:
            self.shown.setText(self.tr("Iterate {0} is shown").format(numbers.count(run.cursor)))
        self.keep.setEnabled(not run.is_running)
        self.newest.setText(self.tr("Newest") if run.is_running else self.tr("Leave"))
        self.newest.setToolTip(
            self.tr("Show the newest iterate again") if run.is_running else self.tr("Show the document again")
        )

    def describe(self, snapshot: Snapshot) -> str:
        run = snapshot.training
        if snapshot.scenario.training is None:
            return self.tr("This network has targets, but nothing says yet how to train it.")
        if run is None:
            return self.tr("Not trained yet. {0}.").format(self.form.described())
        parts = [self._subtitle(run), self.figures.text(), training_words.ending(run), self.form.described()]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each iterate; what was not measured is empty."""
        run = snapshot.training
        heading = ["iterate", "epoch", "loss", "validation loss", "accuracy", "gradient norm", "after clipping"]
        if run is None:
            return [heading]
        columns = (run.losses, run.validation_losses, run.accuracies, run.norms_before, run.norms_after)
        rows: list[list[str | float]] = []
        for number in range(len(run.losses)):
            values = [float(column[number]) for column in columns]
            rows.append([number, int(run.epochs_of[number]), *("" if value != value else value for value in values)])
        return [heading, *rows]

    def restyle(self) -> None:
        self.buttons.restyle()
        self.figures.restyle()
        self.form.restyle()
        self.ending.setFont(theme.sans(theme.SMALL))
        self.shown.setFont(theme.sans(theme.SMALL, semibold=True))

    def _set_up(self) -> None:
        snapshot = self.session.snapshot
        assert snapshot is not None, "the button stands on one"
        try:
            self.session.edit(self.tr("Set up training"), with_training(snapshot.scenario))
        except EditError as error:
            self._say_refused(str(error))

    def _keep(self) -> None:
        try:
            self.session.keep_iterate()
        except EditError as error:
            self._say_refused(str(error))

    def _show_newest(self) -> None:
        self.session.seek_iterate(None)

    def _say_refused(self, why: str) -> None:
        self.refusal.say_or_hide(why)
