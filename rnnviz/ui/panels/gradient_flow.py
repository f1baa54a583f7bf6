"""Gradient flow: how much the loss depends on the state of each step, and what each step's loss has in that."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.trace import ParameterAddress
from rnnviz.session import Session, Snapshot
from rnnviz.ui import numbers, surface_words
from rnnviz.ui.gradient_picture import GradientPicture
from rnnviz.ui.gradient_work import GradientWork
from rnnviz.ui.labels import ElidedLabel
from rnnviz.ui.panel import Grid, Panel
from rnnviz.ui.plots.tabs import Tabs

MOST_STEPS = 400  # of the matrix: it takes one way back for each step


class GradientFlowPanel(Panel):
    name = "gradient_flow"
    title = QT_TRANSLATE_NOOP("panel", "Gradient flow")
    subtitle = QT_TRANSLATE_NOOP("panel", "length of ∂L/∂state at each step")
    order = 70

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.work: GradientWork | None = None
        self._state = ""
        self.tabs = Tabs(self.tr("State in gradient flow"), self)
        self.tabs.chosen.connect(self._choose_state)
        self.picture = GradientPicture(self)
        self.picture.sought.connect(session.seek)
        self.sum = ElidedLabel("")
        self.sum.setProperty("role", "muted")
        for widget, stretch in ((self.tabs, 0), (self.picture, 1), (self.sum, 0)):
            self.body_layout.addWidget(widget, stretch)
        self.body_layout.setSpacing(2)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        self.restyle()

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        scenario = snapshot.scenario
        return scenario.targets is not None and scenario.loss is not None and bool(snapshot.trace.carried)

    def draw(self, snapshot: Snapshot) -> None:
        trace, sequence = snapshot.trace, snapshot.cursor.sequence
        if not trace.steps:
            self.show_empty(self.tr("No steps yet. Feed an input, and it appears here."))
            return
        self.show_content()
        if self.work is None or self.work.trace is not trace or self.work.sequence != sequence:
            self.work = GradientWork(trace, snapshot.scenario, sequence)
        states = trace.carried
        self._state = self._state if self._state in states else states[0]
        self.tabs.show_titles(states, states, states.index(self._state))
        self.set_subtitle(self.tr("length of ∂L/∂{state} at each step").format(state=self._state.rpartition(".")[2]))
        if not self.isVisible():
            while not self.work.is_done and trace.steps <= MOST_STEPS:
                self.work.advance()
        elif not self.work.is_done and trace.steps <= MOST_STEPS:
            self._timer.start(0)
        self._show(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        assert self.work is not None
        matrix = self.work.matrices[self._state] if snapshot.trace.steps <= MOST_STEPS else np.zeros((0, 0))
        norms = self.work.norms[self._state]
        scales = self.shared([norms]), self.shared([matrix], "matrix")
        self.picture.show_flow(norms, matrix, snapshot.cursor.step, *scales)
        said = self._sum(snapshot)
        self.sum.setText(said)
        self.sum.setVisible(bool(said))

    def _sum(self, snapshot: Snapshot) -> str:
        """ "∂L/∂U = 75.125 = 4.5 (t 5) + …" for the selected parameter."""
        place = snapshot.selection
        if not isinstance(place, ParameterAddress) or self.work is None:
            return ""
        said = f"∂L/∂{surface_words.short(place, snapshot.scenario)} = {numbers.text(self.work.derivative(place), 6)}"
        parts = self.work.parts_of(place)
        if self.work.is_done and len(parts) > 1:
            said += " = " + " + ".join(f"{numbers.text(value, 6)} (t {step})" for step, value in parts)
        return said.replace("+ " + numbers.MINUS, numbers.MINUS + " ")

    def describe(self, snapshot: Snapshot) -> str:
        if self.work is None:
            return self.translated(self.subtitle)
        said = []
        for name, norms in self.work.norms.items():
            listed = ", ".join(numbers.text(float(value), underflow=True) for value in norms[:100])
            said.append(self.tr("Length of ∂L/∂{state} from step 1: {values}.").format(state=name, values=listed))
        return " ".join([*said, self._sum(snapshot)]).strip()

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each step; then what the loss of each step sends to it."""
        if self.work is None:
            return []
        names = list(self.work.norms)
        heads = [f"dL/d{name}" for name in names]
        sent = [f"dL_{t + 1}/d{self._state}" for t in range(snapshot.trace.steps)]
        matrix = self.work.matrices[self._state].T
        columns = np.stack([self.work.norms[name] for name in names], axis=1)
        rows = np.concatenate([columns, matrix], axis=1).tolist()
        return [["step", *heads, *sent], *([step, *row] for step, row in enumerate(rows, start=1))]

    def cells(self) -> Grid | None:
        return None if self.work is None else Grid(0, 0, lambda row, column: None)

    def restyle(self) -> None:
        self.tabs.restyle()
        self.picture.restyle()

    def _advance(self) -> None:
        if self.work is None or self.work.is_done:
            self._timer.stop()
            if self.snapshot is not None and self.work is not None:
                self._show(self.snapshot)
                self.settle()
                self.setAccessibleDescription(self.describe(self.snapshot))
            return
        self.work.advance()

    def _choose_state(self, index: int) -> None:
        if self.snapshot is not None:
            self._state = self.snapshot.trace.carried[index]
            self.redraw()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.work is not None and not self.work.is_done and self.work.trace.steps <= MOST_STEPS:
            self._timer.start(0)
