"""Gradient flow being worked out: here where that takes a moment, in a worker process where it takes longer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import EngineError
from rnnviz.engine.gradient_flow import Flow
from rnnviz.engine.trace import ParameterAddress, Trace
from rnnviz.jobs import Worker, run_here
from rnnviz.jobs.gradients import Parts, gradient_job
from rnnviz.scenario.types import Scenario

Array = NDArray[np.floating[Any]]

# Products of one number with another that take some milliseconds.
MOMENT = 4e6


class GradientWork:
    """`flow` of one sequence and `parts` of the weight that is asked for, None until they are known.

    problem : why there is none, "" where all is well
    """

    def __init__(self, trace: Trace, scenario: Scenario, sequence: int) -> None:
        self.trace, self.scenario, self.sequence = trace, scenario, sequence
        self.flow: Flow | None = None
        self.parts: Parts | None = None
        self.number: ParameterAddress | None = None
        self.problem = ""
        self._worker = Worker()

    def is_of(self, trace: Trace, scenario: Scenario, sequence: int) -> bool:
        same_loss = self.scenario.loss is scenario.loss and self.scenario.targets is scenario.targets
        return self.trace is trace and same_loss and self.sequence == sequence

    def ask(self, number: ParameterAddress | None) -> None:
        if number != self.number:
            self._worker.cancel()
            self.number = number
        if self.parts is not None and self.parts.number != number:
            self.parts = None

    @property
    def is_done(self) -> bool:
        return bool(self.problem) or (self.flow is not None and (self.number is None or self.parts is not None))

    @property
    def is_light(self) -> bool:
        """Whether all of it takes no longer than a frame or two."""
        trace, network = self.trace, self.trace.network
        state = sum(network.state_sizes().values())
        forward = [layer.direction == "forward" for layer in network.recurrent]
        together = forward == [True] and trace.mask is None  # else back from each step's loss by itself
        work = trace.steps**2 * state * (state if together else 40 * state + 4000) * (1 + trace.batch)
        return work < MOMENT

    @property
    def is_busy(self) -> bool:
        return self._worker.is_busy

    def work_here(self) -> None:
        """All that is asked for, now."""
        self.cancel()
        try:
            for result in run_here(gradient_job(self.scenario, *self._wanted())):
                self._take(result)
        except EngineError as error:
            self.problem = str(error)

    def begin(self) -> None:
        """Start the worker process."""
        if not self.is_done and not self._worker.is_busy:
            self._worker.start(gradient_job(self.scenario, *self._wanted()), 0)

    def advance(self) -> bool:
        """Take what the worker has found; whether anything is new."""
        news = False
        for batch in self._worker.poll():
            for result in batch.results:
                self._take(result)
            self.problem = batch.error or self.problem
            news = news or bool(batch.results) or batch.ended
        return news

    def cancel(self) -> None:
        self._worker.cancel()

    def _wanted(self) -> tuple[int | None, ParameterAddress | None]:
        return self.sequence if self.flow is None else None, self.number if self.parts is None else None

    def _take(self, result: Flow | Parts) -> None:
        if isinstance(result, Parts):
            self.parts = result if result.number == self.number else None
        else:
            self.flow = result
