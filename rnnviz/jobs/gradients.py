"""How the loss flows back through time, as a job: by the states of one sequence, then by one weight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.finite_difference import Difference, central_difference
from rnnviz.engine.gradient_flow import Flow, flow, pair_parts
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Network, Params
from rnnviz.engine.run import run
from rnnviz.engine.trace import ParameterAddress, Trace
from rnnviz.engine.training import Data
from rnnviz.jobs.job import Job
from rnnviz.scenario.training import loss_weights
from rnnviz.scenario.types import Scenario

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Parts:
    """What the derivative by one weight is made of; the loss is averaged over all sequences.

    pairs : (T, T), row t - 1, column k - 1: what step t's loss adds by the weight's use at step k; they add up to it
    """

    number: ParameterAddress
    pairs: Array
    difference: Difference

    @property
    def by_use(self) -> Array:
        """What its use at each step adds, (T,)."""
        return np.asarray(self.pairs.sum(axis=0))

    @property
    def derivative(self) -> float:
        return float(self.by_use.sum())


@dataclass(frozen=True)
class _Loss:
    network: Network
    params: Params
    data: Data
    kind: str
    last_only: bool

    def of(self, params: Params, data: Data) -> tuple[Trace, Array, Array]:
        """Trace, loss of each step, and how it changes with the output."""
        trace = run(self.network, params, data.inputs, lengths=data.lengths, initial=data.initial, targets=data.targets)
        values, slopes = loss(self.kind, trace, data.targets, self.last_only, data.weights)
        return trace, values / self.data.sequences, slopes / self.data.sequences

    def with_number(self, number: ParameterAddress, value: float) -> float:
        moved = np.array(self.params[number.parameter], np.float64)
        moved.reshape(len(moved), -1)[number.row, number.column] = value
        return float(self.of({**self.params, number.parameter: moved}, self.data)[1].sum())


def gradient_job(scenario: Scenario, sequence: int | None, number: ParameterAddress | None) -> Job:
    """The job whose results are the Flow of a sequence, and the Parts of a weight, each where it is asked for."""
    assert scenario.targets is not None, "asked only where there are targets"
    assert scenario.loss is not None, "asked only where there is a loss"
    steps, sequences, _ = scenario.inputs.shape
    weights = loss_weights(scenario, steps, sequences)
    data = Data(scenario.inputs, scenario.targets, scenario.lengths, weights, dict(scenario.initial))
    kind = scenario.loss
    asked = _Loss(scenario.network, dict(scenario.params), data, kind.kind, kind.at == "last step")
    return Job(gradients, (asked, sequence, number), "Gradient flow")


def gradients(asked: _Loss, sequence: int | None, number: ParameterAddress | None) -> Iterator[Flow | Parts]:
    if sequence is not None:
        trace, _, slopes = asked.of(asked.params, asked.data.take(np.array([sequence])))
        yield flow(trace, {trace.output_name: slopes})
    if number is not None:
        trace, _, slopes = asked.of(asked.params, asked.data)
        pairs = pair_parts(trace, {trace.output_name: slopes}, number)
        here = trace.number(number)
        yield Parts(number, pairs, central_difference(lambda value: asked.with_number(number, value), here))
