"""Lesions being worked out: here where that takes a moment, in a worker process where it takes longer."""

from __future__ import annotations

from rnnviz.engine.clamped import place_of
from rnnviz.engine.lesion import Lesions, Value, joined
from rnnviz.engine.trace import Trace
from rnnviz.jobs import Worker
from rnnviz.jobs.lesions import lesion_job
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.inside import lesions
from rnnviz.scenario.types import Scenario

# Units times steps times the weights above them: products that take some milliseconds.
MOMENT = 5e7


class LesionWork:
    """`parts` as they come, `problem` says why there are none, "" where all is well."""

    def __init__(self, trace: Trace, scenario: Scenario, quantity: str, sequence: int, value: Value) -> None:
        self.trace, self.scenario = trace, scenario
        self.quantity, self.sequence, self.value = quantity, sequence, value
        self.units = trace[quantity].shape[2]
        self.parts: list[Lesions] = []
        self.problem = ""
        self.worked_s = 0.0
        self._worker = Worker()

    def is_of(self, trace: Trace, scenario: Scenario, quantity: str, sequence: int, value: Value) -> bool:
        same_loss = self.scenario.loss is scenario.loss and self.scenario.targets is scenario.targets
        asked = (self.quantity, self.sequence, self.value) == (quantity, sequence, value)
        return self.trace is trace and same_loss and asked

    @property
    def found(self) -> Lesions | None:
        """Of the units that are done."""
        if len(self.parts) > 1:
            self.parts = [joined(self.parts)]
        return self.parts[0] if self.parts else None

    @property
    def share(self) -> float:
        return sum(len(part.units) for part in self.parts) / max(1, self.units)

    @property
    def left_s(self) -> float | None:
        """How long it will take yet, None as long as nobody can know."""
        return self.worked_s * (1 - self.share) / self.share if self.share > 0 else None

    @property
    def is_done(self) -> bool:
        return bool(self.problem) or self.share >= 1.0

    @property
    def is_light(self) -> bool:
        """Whether all of it takes no longer than a frame or two."""
        layer = place_of(self.trace, self.quantity)[0]
        layers = self.trace.network.layers
        above = tuple(f"{found.name}." for found in layers[layers.index(layer) :])
        weights = sum(values.size for name, values in self.trace.params.items() if name.startswith(above))
        return self.units * self.trace.steps * weights < MOMENT

    @property
    def is_busy(self) -> bool:
        return self._worker.is_busy

    def work_here(self) -> None:
        """All of it, now."""
        self.cancel()
        try:
            self.parts = list(lesions(self.scenario, self.trace, self.quantity, self.sequence, self.value))
        except ScenarioError as error:
            self.problem = str(error)

    def begin(self) -> None:
        """Start the worker process."""
        if not self.is_done and not self._worker.is_busy:
            self.parts = []
            self._worker.start(lesion_job(self.scenario, self.quantity, self.sequence, self.value), 0)

    def advance(self) -> bool:
        """Take what the worker has found; whether anything is new."""
        news = False
        for batch in self._worker.poll():
            self.worked_s = batch.worked_s
            self.parts += batch.results
            self.problem = batch.error or self.problem
            news = news or bool(batch.results) or batch.ended
        return news

    def cancel(self) -> None:
        self._worker.cancel()
