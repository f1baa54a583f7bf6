"""Training under way: the worker process, and the record of what it has told."""

from __future__ import annotations

from rnnviz.jobs import Job, Worker
from rnnviz.jobs.training import portable, prepared
from rnnviz.scenario.training import settings_of
from rnnviz.scenario.types import Scenario
from rnnviz.session.training_record import Thinned, TrainingRecord

# Of kept weights: a run of 10,000 iterates of 50,000 weights would take 4 GB.
BUDGET = 256 * 2**20


class TrainingJob:
    """Starts when it is made. Raises ScenarioError where it can be told at once that a scenario cannot be trained."""

    def __init__(self, worker: Worker, scenario: Scenario, generation: int, go_on: bool) -> None:
        settings = settings_of(scenario)
        # The newest weights come with every message, so that a run that is stopped keeps its last whole iterate.
        job = Job(prepared, (portable(scenario), go_on, BUDGET), "Train", Thinned())
        self.generation = generation
        self.record = TrainingRecord(scenario.network, settings)
        self.worker = worker
        self.worker.start(job, generation)

    def poll(self) -> bool:
        """Take in what has come; says whether anything has."""
        batches = [batch for batch in self.worker.poll() if batch.generation == self.generation]
        record = self.record
        for batch in batches:
            record.add(batch.results)
            record.worked_s = batch.worked_s
            if batch.ended and record.state in ("running", "paused"):
                record.state, record.reason = "stopped", batch.error or "the run ended early"
        return bool(batches)

    @property
    def has_ended(self) -> bool:
        return self.record.state in ("done", "stopped")

    def pause(self, is_paused: bool) -> None:
        if not self.has_ended:
            self.record.state = "paused" if is_paused else "running"
            if is_paused:
                self.worker.pause()
            else:
                self.worker.resume()

    def cancel(self) -> None:
        """What has come by now counts; the rest is not waited for."""
        self.poll()
        self.worker.cancel()
        if not self.has_ended:
            self.record.state, self.record.reason = "stopped", "cancelled"
