"""Loss: what each step of the shown sequence loses and their sum, and how the loss went down in training."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from rnnviz.engine.trace import Address
from rnnviz.session import Change, Session, Snapshot, TrainingRun
from rnnviz.ui import numbers, theme
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots.log_tool import LogTool
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.plots.tabs import Tabs
from rnnviz.ui.plots.track import Track
from rnnviz.ui.training_bars import LossBars
from rnnviz.ui.training_curve import TrainingCurve, has_accuracy, offers_log
from rnnviz.ui.training_step_losses import StepLosses, has_losses, kind_in_words, step_losses


class LossPanel(Panel):
    name = "loss"
    title = QT_TRANSLATE_NOOP("panel", "Loss")
    subtitle = QT_TRANSLATE_NOOP("panel", "of each step, and their sum")
    order = 65
    weight = 1.35
    needs = Panel.needs | Change.TRAINING

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.over_time = OverTime(self)
        self.log = LogTool(self)
        self.losses = StepLosses(np.zeros(0), np.zeros(0, bool))
        self.curve = TrainingCurve(self)
        self.curve.iterate_sought.connect(session.seek_iterate)
        self.curve_tabs = Tabs(self.tr("Training curve"), self)
        self.curve_tabs.chosen.connect(self._choose_curve)
        self._shows_accuracy = False
        self.curve_title = QLabel(self.tr("Training curve"), self)
        self.curve_title.setProperty("role", "muted")
        self.curve_log = QToolButton(self)
        self.curve_log.setText(self.tr("log curve"))
        self.curve_log.setCheckable(True)
        self.curve_log.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.curve_log.setToolTip(self.tr("Logarithmic axis of the training curve"))
        self.curve_log.clicked.connect(self._choose_log)
        self.add_tool(self.curve_log)
        self._is_log: bool | None = None  # None: as the losses suggest
        self._lay_out()
        self.restyle()

    def _lay_out(self) -> None:
        """Bars and curve below each other, or side by side where the panel is wide."""
        self._below = QWidget(self)
        column = QVBoxLayout(self._below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        heading = QHBoxLayout()
        heading.addWidget(self.curve_tabs, 1)
        heading.addWidget(self.curve_title)
        column.addLayout(heading)
        column.addWidget(self.curve, 1)
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._halves.setSpacing(theme.GAP)
        self.body_layout.removeWidget(self.over_time)
        self._halves.addWidget(self.over_time, 4)
        self._halves.addWidget(self._below, 5)
        self.body_layout.addLayout(self._halves, 1)

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return has_losses(snapshot) or snapshot.scenario.training is not None

    def draw(self, snapshot: Snapshot) -> None:
        has_steps = has_losses(snapshot)
        self.over_time.setVisible(has_steps)
        self.losses = step_losses(snapshot) if has_steps else StepLosses(np.zeros(0), np.zeros(0, bool))
        if has_steps:
            choice = (id(snapshot.scenario.loss), id(snapshot.scenario.targets), self.log.choice)
            self.over_time.show_snapshot(snapshot, choice, 0, lambda: self._tracks(snapshot))
        run = snapshot.training
        has_curve = run is not None and len(run.losses) > 0
        self._below.setVisible(has_curve)
        if run is not None and has_curve:
            self._show_curve(run)
        elif not has_steps:
            self.show_empty(self.tr("Nothing to compare here, and not trained yet. Press T to train."))
            return
        self.curve_log.setVisible(has_curve and self.curve_log.isEnabled())
        if has_curve:
            self.show_content()
        self.set_subtitle(self._subtitle(snapshot))

    def _show_curve(self, run: TrainingRun) -> None:
        """Loss, or where answers are classes and it is chosen, the share of right ones."""
        shows = self._shows_accuracy and has_accuracy(run)
        titles = (self.tr("loss"), self.tr("accuracy")) if has_accuracy(run) else ()
        self.curve_tabs.show_titles(titles, titles, int(shows))
        self.curve.show_run(run, self._is_log, shows)
        self.curve_log.setEnabled(not shows and offers_log(run))
        self.curve_log.setChecked(self.curve.is_log)
        self.curve_title.setText(self.tr("training, log axis") if self.curve.is_log else self.tr("training"))

    def _choose_curve(self, index: int) -> None:
        self._shows_accuracy = index == 1
        self.redraw()

    def _choose_log(self, is_log: bool) -> None:
        self._is_log = is_log
        self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = self.width() > 1.7 * self.height()
        way = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        self._halves.setDirection(way)

    def _subtitle(self, snapshot: Snapshot) -> str:
        if not len(self.losses.values):
            return self.translated(self.subtitle)
        count, total = int(self.losses.counts.sum()), numbers.text(self.losses.total)
        kind = kind_in_words(snapshot)
        if snapshot.scenario.inputs.shape[1] > 1:  # the surface and the curve of training are those of all
            total = self.tr("of this sequence {0}").format(total)
        if count == 1:
            return self.tr("{total} at the last step; {kind}").format(total=total, kind=kind)
        weighted = self.losses.weights is not None
        text = (
            self.tr("weighted sum over {count} steps {total}; {kind}")
            if weighted
            else self.tr("sum over {count} steps {total}; {kind}")
        )
        return text.format(total=total, kind=kind, count=numbers.count(count))

    def _tracks(self, snapshot: Snapshot) -> Sequence[Track]:
        shown = self.losses.values[self.losses.counts]
        if self.losses.whole is not None:
            shown = np.concatenate([shown, self.losses.whole[self.losses.counts]])
        scale = self.log.scale([np.append(shown, 0.0)] if not self.log.choice else [shown])
        colour = self.over_time.plot.style_now().theme.negative
        return [LossBars(self.losses, scale, colour, snapshot.trace.output_name, 0)]

    def describe(self, snapshot: Snapshot) -> str:
        said = self.tr("Loss, {0}.").format(self._subtitle(snapshot))
        here = self._said_at(snapshot.cursor.step)
        curve = self.curve.accessibleDescription() if snapshot.training is not None else ""
        return " ".join([said, *(f"{part}." for part in (here, curve) if part)])

    def words_of(self, address: AnyAddress) -> str:
        said = super().words_of(address)
        here = self._said_at(address.step) if isinstance(address, Address) else ""
        return f"{here}\n{said}" if here else said

    def _said_at(self, step: int) -> str:
        """ "loss of step 3: 0.125" """
        if not 1 <= step <= len(self.losses.values) or not self.losses.counts[step - 1]:
            return ""
        said = self.tr("loss of step {0}: {1}").format(numbers.count(step), numbers.text(self.losses.values[step - 1]))
        if self.losses.weights is None or self.losses.whole is None:
            return said
        whole, weight = (numbers.text(values[step - 1]) for values in (self.losses.whole, self.losses.weights))
        return self.tr("{said} = {weight} · {whole}").format(said=said, weight=weight, whole=whole)

    def restyle(self) -> None:
        self.over_time.restyle()
        self.curve.restyle()
        self.curve_tabs.restyle()
        self.curve_title.setFont(theme.sans(theme.SMALL))

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.over_time.address_at(point)

    def rect_of(self, address: AnyAddress) -> QRect | None:
        return self.over_time.rect_of(address)

    def cells(self) -> Grid:
        return self.over_time.cells()

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each step that counts."""
        columns = {"loss": self.losses.values, "weight": self.losses.weights}
        present = {name: values for name, values in columns.items() if values is not None}
        steps = np.flatnonzero(self.losses.counts).tolist()
        return [["step", *present], *([step + 1, *(float(v[step]) for v in present.values())] for step in steps)]
