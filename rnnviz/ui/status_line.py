"""The last line of the window: where one is, what network it is, whether it is saved."""

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from rnnviz.engine.network import Recurrent
from rnnviz.scenario import builtin
from rnnviz.session.snapshot import Snapshot
from rnnviz.session.training_run import TrainingRun
from rnnviz.ui import numbers, theme, training_words, words
from rnnviz.ui.import_badge import ImportBadge


class StatusLine(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._step, self._network, self._job, self._saved = (QLabel(self) for _ in range(4))
        for label in self._labels():
            label.setProperty("role", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.PADDING + 2, 0, theme.PADDING + 2, 4)
        row.setSpacing(theme.px(16))
        row.addWidget(self._step)
        row.addWidget(self._network)
        self.badge = ImportBadge(self)
        row.addWidget(self.badge)
        row.addStretch(1)
        row.addWidget(self._job)
        row.addWidget(self._saved)
        theme.switch().changed.connect(self._restyle)
        self._restyle()

    def draw(self, snapshot: Snapshot) -> None:
        steps, cursor = snapshot.trace.steps, snapshot.cursor
        if cursor.step == 0:
            step = self.tr("before the first of {0} steps").format(numbers.count(steps))
        else:
            step = self.tr("step {0} of {1}").format(numbers.count(cursor.step), numbers.count(steps))
        self._step.setText(", ".join((step, self._equation(snapshot))) if cursor.substep else step)
        network = snapshot.scenario.network
        count = network.parameter_count
        parameter = self.tr("parameter") if count == 1 else self.tr("parameters")
        parts = (words.of_network(network), f"{numbers.count(count)} {parameter}")
        self._network.setText(", ".join(part for part in parts if part))
        self.badge.draw(snapshot.scenario.imported)
        self._job.setText(self._described_job(snapshot.training))
        self._saved.setText(self._save_state(snapshot))
        self._saved.setToolTip(snapshot.path or "")

    def _equation(self, snapshot: Snapshot) -> str:
        """ "i, input gate: equation 2 of 6", of the cell that is opened."""
        layers = (layer for layer in snapshot.scenario.network.layers if isinstance(layer, Recurrent))
        cell = next(layer.cell for layer in layers if layer.name == snapshot.opened_layer)
        equation, number = cell.graph.equations[snapshot.cursor.substep - 1], snapshot.cursor.substep
        name = f"{equation.name}, {equation.meaning.partition(':')[0]}" if equation.meaning else equation.name
        return self.tr("{name}: equation {number} of {count}").format(
            name=name, number=number, count=snapshot.equations
        )

    def text(self) -> str:
        return "  ".join(label.text() for label in self._labels() if label.text())

    def _labels(self) -> tuple[QLabel, ...]:
        return self._step, self._network, self._job, self._saved

    def _described_job(self, run: TrainingRun | None) -> str:
        """ "training 34 %, epoch 12 of 100, 8 s left"; nothing where none is under way."""
        if run is None or not run.is_running:
            return ""
        share = numbers.percent(int(100 * run.progress) / 100)
        return self.tr("training {0}, {1}").format(share, training_words.progress(run))

    def _save_state(self, snapshot: Snapshot) -> str:
        if snapshot.is_modified:
            return self.tr("unsaved")
        if not snapshot.path:
            return self.tr("built-in") if snapshot.scenario.name in builtin.names() else self.tr("not saved yet")
        return self.tr("saved in {0}").format(Path(snapshot.path).name)

    def _restyle(self) -> None:
        for label in self._labels():
            label.setFont(theme.sans(theme.SMALL))
        self.badge.restyle()
        self.setFixedHeight(theme.px(16) + 6)
