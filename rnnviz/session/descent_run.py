"""Descents from one start as they can be drawn: every step of each of them so far, and up to which they are played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.clipping import Clipping
from rnnviz.scenario.types import Scenario

Array = NDArray[np.floating]
Weights = Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class DescentPath:
    """One descent; index k of an array is step k, the network after k updates.

    norms_before, norms_after : of the gradient there, before and after clipping; NaN where there is none
    steps : the length of the update that led there, 0 for k = 0; clipped : whether its gradient is clipped there
    weights : of each step; reason : why it ended before the others, "" where it did not
    """

    clipping: Clipping
    losses: Array
    norms_before: Array
    norms_after: Array
    clipped: NDArray[np.bool_]
    steps: Array
    weights: tuple[Weights, ...]
    reason: str = ""

    def at(self, step: int) -> int:
        """This step, or the last one where the descent has ended before."""
        return min(step, len(self.losses) - 1)


@dataclass(frozen=True, eq=False)
class DescentRun:
    """
    scenario : what it began with: its weights are the start of all
    paths : none of them is empty, but for the time before the first step is known
    planned : steps, if nothing ends them earlier
    reason : why it is not running any more, "" where all went as planned
    cursor : the step up to which the paths are shown; None for the newest
    """

    scenario: Scenario
    paths: tuple[DescentPath, ...]
    planned: int
    state: Literal["running", "done", "stopped"]
    reason: str = ""
    cursor: int | None = None

    @property
    def number(self) -> int:
        """The newest step."""
        return max(0, *(len(path.losses) - 1 for path in self.paths))

    @property
    def shown(self) -> int:
        """The step that is played to."""
        return self.number if self.cursor is None else min(self.cursor, self.number)

    @property
    def has_steps(self) -> bool:
        return all(len(path.losses) for path in self.paths)

    def is_about(self, scenario: Scenario) -> bool:
        """Whether that is the same task, whatever its weights and its training."""
        names = ("network", "inputs", "lengths", "targets", "initial", "loss")
        return all(getattr(self.scenario, name) is getattr(scenario, name) for name in names)
