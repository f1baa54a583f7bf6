"""The figures of a training run as they come in; what has been handed out is never touched again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Network
from rnnviz.engine.training import Iterate, Score, Settings
from rnnviz.jobs.training import Begun
from rnnviz.session.training_run import TrainingRun, Weights

UNKNOWN = Score(float("nan"), None)
NAN = float("nan")


class Column:
    """A growing list of numbers whose beginning can be handed out as an array, without copying all of it each time."""

    def __init__(self, dtype: type) -> None:
        self._array: NDArray[Any] = np.empty(256, dtype)
        self._count = 0

    def append(self, value: Any) -> None:
        if self._count == len(self._array):
            self._array = np.concatenate([self._array, np.empty_like(self._array)])
        self._array[self._count] = value
        self._count += 1

    def so_far(self) -> NDArray[Any]:
        view = self._array[: self._count]
        view.flags.writeable = False
        return view


class TrainingRecord:
    """Takes in iterates, hands out a `TrainingRun`."""

    def __init__(self, network: Network, settings: Settings) -> None:
        self._network = network
        self._settings, self._planned, self._keep_every = settings, 1, 1  # until it has begun
        self._columns = [Column(float) for _ in range(7)]
        self._clipped, self._epochs = Column(bool), Column(np.int64)
        self._kept: dict[int, Weights] = {}
        self._newest: tuple[int, Weights] | None = None
        self._is_itself = False
        self.worked_s = 0.0
        self.state: Literal["running", "paused", "done", "stopped"] = "running"
        self.reason = ""
        self.count = 0

    @property
    def newest(self) -> tuple[int, Weights] | None:
        """The last iterate whose weights are there, or those that the engine says are to be kept."""
        return self._newest

    def add(self, results: Iterable[Begun | Iterate]) -> None:
        for result in results:
            if isinstance(result, Begun):
                self._planned, self._keep_every = result.updates, result.keep_every
            else:
                self._add(result)

    def _add(self, iterate: Iterate) -> None:
        score, validation, clip = iterate.score, iterate.validation or UNKNOWN, iterate.clip
        norms = (clip.before, clip.after) if clip else (NAN, NAN)
        figures = (score.loss, _known(score), validation.loss, _known(validation), *norms, iterate.step)
        for column, figure in zip(self._columns, figures, strict=True):
            column.append(figure)
        self._clipped.append(clip is not None and clip.clipped)
        self._epochs.append(iterate.epoch)
        self.count += 1
        if iterate.params is not None:
            # An early stop goes back to the best weights, a number that is not finite to the iterate before.
            self._is_itself = iterate.stopped in ("", "done")
            went_back = iterate.stopped.startswith("not finite")
            self._newest = (max(0, iterate.number - went_back), iterate.params)
            if self._is_itself and iterate.number % self._keep_every == 0:
                self._kept[iterate.number] = iterate.params
        if iterate.stopped:
            self.state = "stopped" if iterate.stopped.startswith("not finite") else "done"
            self.reason = "" if iterate.stopped == "done" else iterate.stopped

    def run(self, cursor: int | None) -> TrainingRun:
        """What is known now."""
        weights = dict(self._kept)
        if self._newest is not None and self._is_itself:
            weights[self._newest[0]] = self._newest[1]
        losses, accuracies, validation_losses, validation_accuracies, before, after, steps = (
            column.so_far() for column in self._columns
        )
        return TrainingRun(
            network=self._network,
            settings=self._settings,
            state=self.state,
            reason=self.reason,
            losses=losses,
            accuracies=accuracies,
            validation_losses=validation_losses,
            validation_accuracies=validation_accuracies,
            norms_before=before,
            norms_after=after,
            clipped=self._clipped.so_far(),
            steps=steps,
            epochs_of=self._epochs.so_far(),
            kept=tuple(weights),
            weights=weights,
            planned=self._planned,
            worked_s=self.worked_s,
            cursor=cursor,
        )


class Thinned:
    """Of the results of one message: iterates with the weights of every so many, and of the newest. Runs in the worker,
    where it hears how many are to be kept."""

    def __init__(self) -> None:
        self._keep_every = 1

    def __call__(self, results: list[Begun | Iterate]) -> list[Begun | Iterate]:
        return [self._thinned(result, result is results[-1]) for result in results]

    def _thinned(self, result: Begun | Iterate, is_newest: bool) -> Begun | Iterate:
        if isinstance(result, Begun):
            self._keep_every = result.keep_every
            return result
        return result if is_newest or result.number % self._keep_every == 0 else replace(result, params=None)


def _known(score: Score) -> float:
    return NAN if score.accuracy is None else score.accuracy
