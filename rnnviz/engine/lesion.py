"""Lesions: each unit of a quantity is held at a value in turn, and what changes in the output is measured.

A unit is held at every step, as `rnnviz.engine.clamped` says. All units are held side by side, each in a run of its
own; a batch of runs costs little more than one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.clamped import Held, numbers_of_a_run, place_of, run_held
from rnnviz.engine.errors import EngineError, ShapeError
from rnnviz.engine.excerpt import excerpt
from rnnviz.engine.loss import LOSSES, step_counts
from rnnviz.engine.network import Dense
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]
Value = float | Literal["mean"]

# Units are held so many at once that what their runs keep takes no more.
MOST_BYTES = 128 << 20
MOST_UNITS = 128


@dataclass(frozen=True)
class Judged:
    """What an output is judged by: targets (T, outputs) and how much each step counts, (T,)."""

    loss: str
    targets: Array
    counts: Array

    def of(self, output: Array) -> Array:
        """The loss of runs (T, runs, outputs), (runs,)."""
        with np.errstate(all="ignore"):
            value, _ = LOSSES[self.loss](output, self.targets[:, None])
            counts = self.counts[:, None]
            return np.asarray(np.where(counts != 0.0, value.sum(axis=2) * counts, 0.0).sum(axis=0))


@dataclass(frozen=True)
class Lesions:
    """What changes when one unit is held; row k is of unit `units[k]`. A change is held minus as it was.

    values : (units,), at which they were held
    by_step : (units, T), length of the change of the output at each step; 0 at padding
    by_output : (units, outputs), root of the mean square of the change over all real steps
    at_end : (units, outputs), change at the last real step
    decided : (units,), share of real steps at which something else is decided; nan where the output decides nothing
    loss : (units,), change of the loss; nan where there is none
    """

    units: NDArray[np.intp]
    values: Array
    by_step: Array
    by_output: Array
    at_end: Array
    decided: Array
    loss: Array


def lesions(
    trace: Trace,
    quantity: str,
    sequence: int = 0,
    value: Value = 0.0,
    loss: str = "",
    targets: Array | None = None,
    last_only: bool = False,
    weights: Array | None = None,
) -> Iterator[Lesions]:
    """Hold each unit of a quantity of a recurrent cell in turn; some units at a time.

    value : at which they are held; "mean" is a unit's own mean over the real steps of all sequences
    loss, targets, last_only, weights : as for `rnnviz.engine.loss.loss`, to have the change of the loss too
    Raises AddressError for an unknown quantity or sequence, ShapeError naming both shapes.
    """
    place_of(trace, quantity)
    part = excerpt(trace, sequence)
    judged = _judged(part, trace, sequence, loss, targets, last_only, weights)
    held = _values(trace, quantity, value)
    one = 8 * trace.steps * (numbers_of_a_run(part, quantity) + 4 * part.output.shape[2])
    count = max(1, min(MOST_UNITS, MOST_BYTES // max(1, one)))
    for start in range(0, len(held), count):
        units = np.arange(start, min(start + count, len(held)))
        runs = np.arange(len(units))
        output = run_held(part, Held(quantity, runs, units, held[units]), len(units))
        yield _measured(part, output, units, held[units], judged)


def lesion(trace: Trace, quantity: str, sequence: int = 0, value: Value = 0.0) -> Lesions:
    """The same for all units, without a loss."""
    return joined(list(lesions(trace, quantity, sequence, value)))


def joined(parts: list[Lesions]) -> Lesions:
    """Several parts as one."""
    return Lesions(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Lesions)))


def decisions(trace: Trace, output: Array) -> NDArray[np.intp] | None:
    """What outputs (..., outputs) decide: the winning class of a softmax, yes or no of one sigmoid; else nothing."""
    last = trace.network.layers[-1]
    activation = last.activation if isinstance(last, Dense) else ""
    if activation == "softmax":
        return np.asarray(output.argmax(axis=-1))
    if activation == "sigmoid" and output.shape[-1] == 1:
        return np.asarray((output[..., 0] > 0.5).astype(np.intp))
    return None


def _values(trace: Trace, quantity: str, value: Value) -> Array:
    """At which each unit is held, (units,)."""
    array = trace[quantity]
    if value != "mean":
        if not np.isfinite(value):
            raise EngineError(f"a unit cannot be held at {value}; give a finite number or 'mean'")
        return np.full(array.shape[2], value, array.dtype)
    real = np.ones(array.shape[:2], bool) if trace.mask is None else trace.mask
    return np.asarray(array[real].mean(axis=0) if real.any() else np.zeros(array.shape[2], array.dtype))


def _judged(
    part: Trace,
    trace: Trace,
    sequence: int,
    loss: str,
    targets: Array | None,
    last_only: bool,
    weights: Array | None,
) -> Judged | None:
    if not loss or targets is None:
        return None
    if loss not in LOSSES:
        raise EngineError(f"unknown loss '{loss}'; there are {', '.join(LOSSES)}")
    if targets.shape != trace.output.shape:
        raise ShapeError(f"targets have shape {targets.shape}; the output has {trace.output.shape}")
    counts = step_counts(part, last_only)[:, 0].astype(np.float64)
    if weights is not None:
        counts = counts * weights[:, sequence]
    return Judged(loss, np.asarray(targets[:, sequence]), counts)


def _measured(part: Trace, output: Array, units: NDArray[np.intp], values: Array, judged: Judged | None) -> Lesions:
    """output : (T, units, outputs) of the runs in which they are held"""
    real = np.ones(part.steps, bool) if part.mask is None else part.mask[:, 0]
    with np.errstate(all="ignore"):
        change = np.where(real[:, None, None], output - part.output, 0.0)
        squares = np.square(change)
        steps = max(1, int(real.sum()))
        last = np.flatnonzero(real)[-1:]
        at_end = change[last].sum(axis=0)
        by_step = np.sqrt(squares.sum(axis=2)).T
        by_output = np.sqrt(squares.sum(axis=0) / steps)
    before, after = decisions(part, part.output), decisions(part, output)
    decided = np.full(len(units), np.nan)
    if before is not None and after is not None:
        decided = (before != after)[real].sum(axis=0) / steps
    lost = np.full(len(units), np.nan)
    if judged is not None:
        lost = judged.of(output) - judged.of(part.output)
    return Lesions(units, values, by_step, by_output, at_end, decided, lost)
