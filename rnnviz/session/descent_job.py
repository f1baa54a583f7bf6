"""Descents under way: the worker process, and the record of what it has told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnnviz.engine.clipping import Clipping
from rnnviz.engine.training import Iterate
from rnnviz.jobs import Worker
from rnnviz.jobs.descent import descent_job
from rnnviz.scenario.types import Scenario
from rnnviz.session.descent_run import DescentPath, DescentRun

NAN = float("nan")


class DescentJob:
    """Starts when it is made; `run` is what is known, at first up to step 0. Raises ScenarioError where a scenario
    cannot be trained."""

    def __init__(self, worker: Worker, scenario: Scenario, ways: Sequence[Clipping], steps: int) -> None:
        job = descent_job(scenario, ways, steps)
        self._ways = ways
        self._iterates: list[list[Iterate]] = [[] for _ in ways]
        self.run = DescentRun(scenario, self._paths(), steps, "running", cursor=0)
        self.worker = worker
        self.worker.start(job, 0)

    @property
    def is_busy(self) -> bool:
        return self.run.state == "running"

    def poll(self) -> None:
        """Take in what has come."""
        batches = self.worker.poll()
        for batch in batches:
            for way, iterate in batch.results:
                self._iterates[way].append(iterate)
            if batch.ended:
                self.run = replace(self.run, state="stopped" if batch.error else "done", reason=batch.error)
        if batches:
            self.run = replace(self.run, paths=self._paths())

    def cancel(self) -> None:
        """What has come by now counts, as far as all ways have come; the rest is not waited for."""
        self.poll()
        self.worker.cancel()
        if self.is_busy:
            self.run = replace(self.run, state="stopped", reason="cancelled")

    def look_at(self, step: int | None) -> None:
        """Up to this step; None for the newest."""
        if step != self.run.cursor:
            self.run = replace(self.run, cursor=step)

    def _paths(self) -> tuple[DescentPath, ...]:
        """Up to the last step that all have made which have not ended."""
        going = [len(iterates) for iterates in self._iterates if not (iterates and iterates[-1].stopped)]
        whole = min(going, default=max(map(len, self._iterates)))
        return tuple(_path(way, iterates[:whole]) for way, iterates in zip(self._ways, self._iterates, strict=True))


def _path(way: Clipping, iterates: list[Iterate]) -> DescentPath:
    reason = ""
    if iterates and iterates[-1].stopped not in ("", "done"):
        reason = iterates[-1].stopped
        # Its weights are those of an iterate before: the last good ones, or the best.
        iterates = iterates[:-1] or iterates
    norms = [(each.clip.before, each.clip.after) if each.clip else (NAN, NAN) for each in iterates]
    found = DescentPath(
        clipping=way,
        losses=np.array([each.score.loss for each in iterates]),
        norms_before=np.array([before for before, _ in norms]),
        norms_after=np.array([after for _, after in norms]),
        clipped=np.array([each.clip is not None and each.clip.clipped for each in iterates], bool),
        steps=np.array([each.step for each in iterates]),
        weights=tuple(each.params for each in iterates if each.params is not None),
        reason=reason,
    )
    for array in (found.losses, found.norms_before, found.norms_after, found.clipped, found.steps):
        array.flags.writeable = False
    return found
