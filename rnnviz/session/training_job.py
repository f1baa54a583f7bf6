"""Training under way: the worker process, the record of what it has told, and which iterate of it is looked at."""

from __future__ import annotations

import time
from dataclasses import replace

from rnnviz.jobs import Job, Worker
from rnnviz.jobs.training import portable, prepared
from rnnviz.scenario.training import settings_of
from rnnviz.scenario.types import Scenario
from rnnviz.session.training_record import Thinned, TrainingRecord
from rnnviz.session.training_run import Weights

# Of kept weights: a run of 10,000 iterates of 50,000 weights would take 4 GB.
BUDGET = 256 * 2**20
# While training runs the newest iterate is shown again after this long, or after so many times what it took to show it.
LOOK_AGAIN_S = 0.25
REST = 25


class TrainingJob:
    """Starts when it is made; `run` is what is known. Raises ScenarioError where it can be told at once that a scenario
    cannot be trained."""

    def __init__(self, worker: Worker, scenario: Scenario, generation: int, go_on: bool) -> None:
        settings = settings_of(scenario)
        # The newest weights come with every message, so that a run that is stopped keeps its last whole iterate.
        job = Job(prepared, (portable(scenario), go_on, BUDGET), "Train", Thinned())
        self._generation = generation
        self._record = TrainingRecord(scenario.network, settings)
        self._looked_at: Weights | None = None
        self._look_again_at = 0.0
        self.run = self._record.run(None)
        self.worker = worker
        self.worker.start(job, generation)

    @property
    def is_busy(self) -> bool:
        """Under way, if paused."""
        return self.run.is_running

    @property
    def newest(self) -> tuple[int, Weights] | None:
        """The last iterate whose weights are there, or those that the engine says are to be kept."""
        return self._record.newest

    def poll(self) -> None:
        """Take in what has come."""
        batches = [batch for batch in self.worker.poll() if batch.generation == self._generation]
        record = self._record
        for batch in batches:
            record.add(batch.results)
            record.worked_s = batch.worked_s
            if batch.ended and record.state in ("running", "paused"):
                record.state, record.reason = "stopped", batch.error or "the run ended early"
        if batches:
            self._tell()

    def pause(self, is_paused: bool) -> None:
        if is_paused:
            self.worker.pause()
        else:
            self.worker.resume()
        self._record.state = "paused" if is_paused else "running"
        self._look_again_at = 0.0  # who pauses wants to see the iterate that is named
        self._tell()

    def cancel(self) -> None:
        """What has come by now counts; the rest is not waited for."""
        self.poll()
        self.worker.cancel()
        if self.is_busy:
            self._record.state, self._record.reason = "stopped", "cancelled"
            self._tell()

    # --- which iterate is looked at ---------------------------------------------------------------------------------

    def look_at(self, number: int | None) -> None:
        """A kept iterate; None for the newest, or the document when training has ended."""
        if number != self.run.cursor:
            self.run = replace(self.run, cursor=number)

    @property
    def is_due(self) -> bool:
        """Whether it is time to show the newest iterate: it is another one, and nobody looks at one of the kept."""
        is_new = self.newest is not None and self.newest[1] is not self._looked_at
        return is_new and self.run.cursor is None and time.monotonic() >= self._look_again_at

    def take_newest(self) -> Weights | None:
        """The weights of the newest iterate, to be shown; they are not due again."""
        self._looked_at = self.newest[1] if self.newest is not None else None
        return self._looked_at

    def rest(self, took_s: float) -> None:
        """Nothing is due for a while, after it took so long to show an iterate."""
        self._look_again_at = time.monotonic() + max(LOOK_AGAIN_S, REST * took_s)

    def _tell(self) -> None:
        self.run = self._record.run(self.run.cursor)
