"""A training run as it can be drawn: its figures so far, the weights that were kept, and where it stands."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Network
from rnnviz.engine.training import Settings

Array = NDArray[np.floating]
Weights = Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """Arrays have a number for each iterate so far, index k for iterate k, the network after k updates.

    losses, accuracies : of the batch of the next update; of the last iterate, of all that is trained on
    validation_losses, validation_accuracies : on what is held out, NaN where not measured
    norms_before, norms_after : of the gradient, before and after clipping, NaN for the last iterate
    clipped : where clipping changed the gradient; steps : the length of the update that led to the iterate
    epochs_of : the epoch of each, from 0
    kept : the iterates whose weights are there; weights : theirs, by number
    planned : updates, if nothing ends it earlier
    reason : why it is not running: "", "early stop", "cancelled", or what went wrong
    worked_s : without pauses; seconds_left : None where nothing can be said
    cursor : the iterate that is shown; None for the newest, or the document when it has ended
    """

    network: Network
    settings: Settings
    state: Literal["running", "paused", "done", "stopped"]
    reason: str
    losses: Array
    accuracies: Array
    validation_losses: Array
    validation_accuracies: Array
    norms_before: Array
    norms_after: Array
    clipped: NDArray[np.bool_]
    steps: Array
    epochs_of: NDArray[np.int64]
    kept: tuple[int, ...]
    weights: Mapping[int, Weights]
    planned: int
    worked_s: float
    cursor: int | None = None

    @property
    def is_running(self) -> bool:
        """Under way, if paused."""
        return self.state in ("running", "paused")

    @property
    def number(self) -> int:
        """The newest iterate; 0 also before the first has come."""
        return max(0, len(self.losses) - 1)

    @property
    def epoch(self) -> int:
        return int(self.epochs_of[-1]) if len(self.epochs_of) else 0

    @property
    def epochs(self) -> int:
        return self.settings.epochs

    @property
    def progress(self) -> float:
        """0 to 1."""
        if self.state == "done" or not self.planned:
            return 1.0
        return min(1.0, self.number / self.planned)

    @property
    def seconds_left(self) -> float | None:
        if not self.is_running or not self.number:
            return None
        return self.worked_s / self.number * max(0, self.planned - self.number)

    def nearest(self, number: int) -> int:
        """The kept iterate nearest to this one; of two, the earlier. Some must be kept."""
        index = bisect_left(self.kept, number)
        around = self.kept[max(0, index - 1) : index + 1]
        return min(around, key=lambda kept: abs(kept - number))

    def params_of(self, number: int) -> Weights:
        """The weights of the kept iterate nearest to this one."""
        return self.weights[self.nearest(number)]
