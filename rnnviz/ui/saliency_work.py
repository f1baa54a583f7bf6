"""Saliency of one number being worked out: here where that takes a moment, else in a worker process."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import EngineError
from rnnviz.engine.saliency import Stretch
from rnnviz.engine.trace import Address, Trace
from rnnviz.jobs import Worker, run_here
from rnnviz.jobs.saliency import names_by, saliency_job

Array = NDArray[np.floating[Any]]

# Weights times steps, whose products take some milliseconds.
MOMENT = 2e6


class SaliencyWork:
    """gradients : what the number is differentiated by -> (T, size), zero where nothing is known yet
    known_from : the first step that is known; problem : why there is none, "" where all is well
    """

    def __init__(self, trace: Trace, address: Address) -> None:
        self.trace, self.address = trace, address
        self.names = names_by(trace)
        self.gradients: dict[str, Array] = {}
        self.known_from = trace.steps + 1
        self.problem = ""
        self.worked_s = 0.0
        self._worker = Worker()

    @property
    def is_light(self) -> bool:
        """Whether it takes no longer than a frame or two."""
        return self.trace.steps * sum(values.size for values in self.trace.params.values()) < MOMENT

    @property
    def is_done(self) -> bool:
        return bool(self.problem) or self.known_from <= 1

    @property
    def is_busy(self) -> bool:
        return self._worker.is_busy

    @property
    def share(self) -> float:
        """How much of the steps is known, 0 to 1."""
        last = min(self.address.step, self.trace.steps)
        return min(1.0, max(0.0, (last + 1 - self.known_from) / max(1, last)))

    @property
    def left_s(self) -> float | None:
        """How long it will take yet, None as long as nobody can know."""
        return self.worked_s * (1 - self.share) / self.share if self.share > 0 else None

    def work_here(self) -> None:
        """All of it, now."""
        self.cancel()
        self._start_again()
        try:
            for result in run_here(saliency_job(self.trace, self.address)):
                self._take(result)
        except EngineError as error:
            self.problem = str(error)

    def begin(self) -> None:
        """Start the worker process."""
        if self.is_done or self._worker.is_busy:
            return
        self._start_again()
        try:
            self._worker.start(saliency_job(self.trace, self.address), 0)
        except EngineError as error:
            self.problem = str(error)

    def _start_again(self) -> None:
        steps = self.trace.steps
        self.gradients = {name: np.zeros((steps, self.trace[name].shape[2])) for name in self.names}
        self.known_from = steps + 1

    def advance(self) -> bool:
        """Take what the worker has found; whether anything is new."""
        news = False
        for batch in self._worker.poll():
            self.worked_s = batch.worked_s
            for result in batch.results:
                self._take(result)
            self.problem = batch.error or self.problem
            news = news or bool(batch.results) or batch.ended
        return news

    def cancel(self) -> None:
        self._worker.cancel()

    def _take(self, part: Stretch) -> None:
        for name, values in part.gradients.items():
            self.gradients[name][part.first - 1 : part.last] = values
        self.known_from = part.first
