"""Adds up the losses of many points of weight space while their run goes on; outputs wait until there are enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import VALUE, through
from rnnviz.engine.loss import LOSSES
from rnnviz.engine.points import Points

Array = NDArray[np.floating]

# Outputs of so many numbers wait for their loss; so many targets are kept for every point.
WAITING_NUMBERS = 1 << 14
TARGET_NUMBERS = 1 << 21


class Tally:
    """The losses of `count` points, and where wanted their slopes along both axes.

    Outputs come as (O, P N) in memory, laid out as (P, N, O); their slopes as (2, O, P N).
    """

    def __init__(self, points: Points, count: int) -> None:
        self.points, self.count = points, count
        self.setting = points.setting
        self.counted = frozenset(points.counted.tolist())
        self.order = {t: k for k, t in enumerate(points.counted.tolist())}
        self.shape = (count, points.batch, points.outputs)
        self.tangents = 2 if points.gradient else 0
        numbers = int(np.prod(self.shape))
        length = max(1, min(len(self.counted), WAITING_NUMBERS // numbers))
        self.outputs = np.empty((length, *self.shape), points.dtype)
        self.slopes = np.empty((length, self.tangents, *self.shape), points.dtype)
        self.steps: list[int] = []
        self.targets: Array | None = None
        if len(self.counted) * numbers <= TARGET_NUMBERS:
            self.targets = self._spread(points.counted)

    def _spread(self, steps: NDArray[np.intp]) -> Array:
        """The targets of some steps, for every point."""
        targets = self.setting.targets[steps][:, None]
        return np.ascontiguousarray(np.broadcast_to(targets, (len(steps), *self.shape)))

    def clear(self) -> None:
        self.loss, self.loss_slopes = np.zeros(self.count), np.zeros((2, self.count))
        self.steps = []

    def add(self, t: int, output: Array, slopes: Array) -> None:
        """Take the outputs of a step that counts."""
        self.outputs[len(self.steps)] = output.reshape(self.shape)
        self.slopes[len(self.steps)] = slopes.reshape(self.tangents, *self.shape)
        self.steps.append(t)
        if len(self.steps) == len(self.outputs):
            self.add_up()

    def add_up(self) -> None:
        """Add the losses of the outputs that wait."""
        if not self.steps:
            return
        length, setting = len(self.steps), self.setting
        first = self.order[self.steps[0]]
        steps = self.points.counted[first : first + length]
        targets = self._spread(steps) if self.targets is None else self.targets[first : first + length]
        self.steps = []
        y = self.outputs[:length]
        if setting.dense is not None:
            y = VALUE[setting.dense.activation](y)
        values, slope = LOSSES[setting.loss](y, targets)
        counts = setting.counts[steps]
        self.loss += self._weighed(values, counts).sum(axis=0, dtype=np.float64)
        if self.tangents:
            change = self.slopes[:length]
            if setting.dense is not None:
                change = through(setting.dense.activation, y[:, None], change)
            self.loss_slopes += self._weighed(slope[:, None] * change, counts[:, None]).sum(axis=0, dtype=np.float64)

    def _weighed(self, values: Array, counts: Array) -> Array:
        """Numbers (S, ..., P, N, O) times how much they count, (S, ..., N), added up over N and O."""
        if not counts.all():  # what does not count may be anything, even not finite
            values = np.where(counts[..., None, :, None] != 0.0, values, 0.0)
        _, batch, outputs = self.shape
        weights = np.repeat(counts, outputs, axis=-1)[..., None]
        flat = values.reshape(*values.shape[:-2], batch * outputs)
        return np.asarray(np.matmul(flat, weights)[..., 0])
