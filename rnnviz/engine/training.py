"""Training by backpropagation through time, as a generator of small results.

Iterate k is the network after k updates. Everything random (shuffling, the validation split) comes from the seed of the
settings, so the same settings give the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.clipping import Clip, Clipping, clip
from rnnviz.engine.errors import EngineError, ShapeError
from rnnviz.engine.loss import loss, step_counts
from rnnviz.engine.network import Network, Params, check_params
from rnnviz.engine.optimizers import Optimizer, Updates
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Data:
    """What is learned from.

    inputs : (T, N, features); targets : (T, N, outputs); lengths : N numbers of real steps, None where all have T
    weights : (T, N), how much each step's loss counts; None for 1
    initial : carried quantity -> (N, size)
    """

    inputs: Array
    targets: Array
    lengths: tuple[int, ...] | None = None
    weights: Array | None = None
    initial: Mapping[str, Array] = field(default_factory=dict)

    @property
    def sequences(self) -> int:
        return int(self.inputs.shape[1])

    def take(self, index: NDArray[np.intp]) -> Data:
        """Some of the sequences."""
        return Data(
            self.inputs[:, index],
            self.targets[:, index],
            None if self.lengths is None else tuple(self.lengths[i] for i in index),
            None if self.weights is None else self.weights[:, index],
            {name: state[index] if state.ndim == 2 else state for name, state in self.initial.items()},
        )


@dataclass(frozen=True)
class Schedule:
    """The learning rate over time: constant; "step": times `factor` every `every` epochs; "exponential": times
    `factor` each epoch; "cosine": from the rate to `factor` of it over all epochs (Loshchilov & Hutter 2017)."""

    kind: Literal["constant", "step", "exponential", "cosine"] = "constant"
    factor: float = 1.0
    every: int = 1

    def of(self, epoch: int, epochs: int) -> float:
        """The factor in an epoch, counted from 0."""
        match self.kind:
            case "constant":
                return 1.0
            case "step":
                return self.factor ** (epoch // self.every)
            case "exponential":
                return self.factor**epoch
            case "cosine":
                share = epoch / max(1, epochs - 1)
                return self.factor + (1.0 - self.factor) * 0.5 * (1.0 + math.cos(math.pi * share))


@dataclass(frozen=True)
class Settings:
    """How to train.

    loss, last_only : see `rnnviz.engine.loss`; the loss of a batch is summed over steps and averaged over sequences
    epochs : passes over the training sequences; batch_size : sequences an update, 0 for all
    validation : share of the sequences that is held out, and measured once an epoch
    patience : epochs without a lower validation loss until training stops; 0 for never
    truncate : steps after which a derivative is cut (truncated BPTT); 0 for full BPTT
    keep_every : every so many iterates the weights are handed out too; 0 for the last alone
    """

    loss: str = "half squared error"
    last_only: bool = False
    optimizer: Optimizer = Optimizer()
    clipping: Clipping = Clipping()
    schedule: Schedule = Schedule()
    epochs: int = 100
    batch_size: int = 0
    shuffle: bool = True
    seed: int = 0
    validation: float = 0.0
    patience: int = 0
    truncate: int = 0
    keep_every: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "patience", "truncate", "keep_every"):
            if getattr(self, name) < 0:
                raise EngineError(f"training: {name} is {getattr(self, name)}; it must not be negative")
        if not 0.0 <= self.validation < 1.0:
            raise EngineError(f"training: the validation share is {self.validation}; it must be from 0 to below 1")

    def held_out(self, sequences: int) -> int:
        """How many of the sequences are measured alone."""
        return round(self.validation * sequences)

    def updates_an_epoch(self, sequences: int) -> int:
        """How many there are with so many sequences in all."""
        learned = sequences - self.held_out(sequences)
        return max(1, -(-learned // self.batch_size)) if self.batch_size else 1


@dataclass(frozen=True)
class Score:
    """A loss, and the share of right answers where answers are classes."""

    loss: float
    accuracy: float | None


@dataclass(frozen=True)
class Iterate:
    """The network after `number` updates.

    score : on the batch of the next update, before it
    validation : on the held-out sequences, at the end of an epoch
    clip : what was done to the gradient of the next update; None for the last iterate
    step : the length of the update that led here
    params : the weights, where they are handed out
    stopped : "" while training goes on, else why it ended
    """

    number: int
    epoch: int
    score: Score
    validation: Score | None = None
    clip: Clip | None = None
    step: float = 0.0
    params: Mapping[str, Array] | None = None
    stopped: str = ""


def train(network: Network, params: Params, data: Data, settings: Settings) -> Iterator[Iterate]:
    """Train, handing out every iterate; the last one says why training stopped and has the weights that are to be kept.

    Stops where a loss or a gradient is not finite: the last iterate then has the last good weights, and names the first
    quantity, unit, step and sequence that went wrong.
    Raises EngineError or ShapeError before the first iterate when settings, data and network do not fit.
    """
    check_params(network, params)
    _check(network, data, settings)
    return _Training(network, params, data, settings).iterates()


def _check(network: Network, data: Data, settings: Settings) -> None:
    wanted = (*data.inputs.shape[:2], network.output_size)
    if data.targets.shape != wanted:
        raise ShapeError(f"targets have shape {data.targets.shape}; training needs {wanted}")
    if data.weights is not None and data.weights.shape != wanted[:2]:
        raise ShapeError(f"the loss's weights have shape {data.weights.shape}; training needs {wanted[:2]}")
    if not data.sequences:
        raise EngineError("there is no sequence to train on")
    if settings.held_out(data.sequences) == data.sequences:
        raise EngineError(
            f"a validation share of {settings.validation} holds out all {data.sequences} sequences; "
            "make it smaller, so that one is left to train on"
        )


class _Training:
    """A training run under way. All weights lie in one vector; `params` are views of it."""

    def __init__(self, network: Network, params: Params, data: Data, settings: Settings) -> None:
        self.network, self.settings = network, settings
        self.vector = np.concatenate([np.ravel(values) for values in params.values()], dtype=np.float64)
        self.params: dict[str, Array] = {}
        start = 0
        for name, values in params.items():
            self.params[name] = self.vector[start : start + values.size].reshape(values.shape)
            start += values.size
        self.updates = Updates(settings.optimizer, self.vector.size)
        self.random = np.random.default_rng(settings.seed)
        held_out = settings.held_out(data.sequences)
        order = self.random.permutation(data.sequences) if held_out else np.arange(data.sequences)
        self.validation = data.take(order[:held_out]) if held_out else None
        self.data = data.take(order[held_out:]) if held_out else data

    def iterates(self) -> Iterator[Iterate]:
        settings = self.settings
        good = self.vector.copy()
        best, best_loss, waited = good, math.inf, 0
        number, length = 0, 0.0
        validated: Score | None = None
        for epoch in range(settings.epochs):
            rate = settings.optimizer.rate * settings.schedule.of(epoch, settings.epochs)
            for batch in self._batches():
                score, gradient, trouble = self._gradient(batch)
                if trouble:
                    self.vector[...] = good
                    yield Iterate(number, epoch, score, validated, None, length, self._copy(), f"not finite: {trouble}")
                    return
                good = self.vector.copy()
                with np.errstate(over="ignore"):  # the norm of a large gradient may leave float64
                    used, clipped = clip(settings.clipping, gradient, score.loss)
                kept = self._copy() if settings.keep_every and number % settings.keep_every == 0 else None
                yield Iterate(number, epoch, score, validated, clipped, length, kept)
                with np.errstate(over="ignore", invalid="ignore"):  # the next gradient will tell
                    self.updates.apply(self.vector, used, rate)
                    length = float(np.linalg.norm(self.vector - good))
                number += 1
                validated = None
            if self.validation is not None:
                validated = self._score(self._run(self.validation), self.validation)
                waited = 0 if validated.loss < best_loss else waited + 1
                if validated.loss < best_loss:
                    best, best_loss = self.vector.copy(), validated.loss
                if settings.patience and waited >= settings.patience:
                    self.vector[...] = best
                    yield self._last(number, epoch, validated, length, "early stop")
                    return
        last = self._last(number, max(0, settings.epochs - 1), validated, length, "done")
        if not math.isfinite(last.score.loss):  # the last update went wrong
            trouble = first_not_finite(self._run(self.data)) or "the loss"
            self.vector[...] = good
            last = replace(last, params=self._copy(), stopped=f"not finite: {trouble}")
        yield last

    def _last(self, number: int, epoch: int, validated: Score | None, length: float, why: str) -> Iterate:
        score = self._score(self._run(self.data), self.data)
        return Iterate(number, epoch, score, validated, None, length, self._copy(), why)

    def _copy(self) -> dict[str, Array]:
        return {name: values.copy() for name, values in self.params.items()}

    def _batches(self) -> Iterator[Data]:
        settings, count = self.settings, self.data.sequences
        size = settings.batch_size or count
        if size >= count:
            yield self.data
            return
        order = self.random.permutation(count) if settings.shuffle else np.arange(count)
        for start in range(0, count, size):
            yield self.data.take(order[start : start + size])

    def _run(self, data: Data) -> Trace:
        return run(
            self.network, self.params, data.inputs, lengths=data.lengths, initial=data.initial, targets=data.targets
        )

    def _losses(self, trace: Trace, data: Data) -> tuple[Array, Array]:
        """The loss of each step over the number of sequences, and its derivative by the output."""
        with np.errstate(over="ignore", invalid="ignore"):
            values, slope = loss(self.settings.loss, trace, data.targets, self.settings.last_only, data.weights)
        return values / data.sequences, slope / data.sequences

    def _score(self, trace: Trace, data: Data) -> Score:
        values, _ = self._losses(trace, data)
        return Score(float(values.sum()), accuracy(self.settings, trace, data.targets))

    def _gradient(self, data: Data) -> tuple[Score, Array, str]:
        """Score and gradient of a batch, and what is not finite in it ("" where all is)."""
        trace = self._run(data)
        values, slope = self._losses(trace, data)
        score = Score(float(values.sum()), accuracy(self.settings, trace, data.targets))
        if not math.isfinite(score.loss):
            return score, self.vector, first_not_finite(trace) or "the loss"
        with np.errstate(over="ignore", invalid="ignore"):
            gradients = parameter_gradients(trace, {trace.output_name: slope}, self.settings.truncate)
        gradient = np.concatenate([np.ravel(gradients[name]) for name in self.params])
        if not np.isfinite(gradient).all():
            name = next(name for name in self.params if not np.isfinite(gradients[name]).all())
            return score, gradient, f"the gradient of {name}"
        return score, gradient, ""


def accuracy(settings: Settings, trace: Trace, targets: Array) -> float | None:
    """The share of counted steps whose largest output is the right class (two-valued: on the right side of 1/2)."""
    if settings.loss not in ("cross entropy", "binary cross entropy"):
        return None
    counts = step_counts(trace, settings.last_only)
    if settings.loss == "cross entropy":
        right = trace.output.argmax(axis=-1) == targets.argmax(axis=-1)
    else:
        right = ((trace.output > 0.5) == (targets > 0.5)).all(axis=-1)
    return float(right[counts].mean()) if counts.any() else None


def first_not_finite(trace: Trace) -> str:
    """Where the first number that is not finite stands: the earliest step, and in it the first quantity worked out."""
    found: list[tuple[int, int, str]] = []
    for order, (name, values) in enumerate(trace.items()):
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            row, sequence, unit = bad[0].tolist()
            found.append((row, order, f"{name} unit {unit} at step {row + 1} of sequence {sequence}"))
    return min(found)[2] if found else ""
