"""The gradients of every built-in scenario are what differences of its loss say (relative 1e-5, float64)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.loss import loss
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from rnnviz.scenario import builtin
from rnnviz.scenario.training import loss_weights
from rnnviz.scenario.types import Loss, Scenario

NUMBERS = 3  # of each parameter: the one with the largest derivative, and others by chance
WITHIN = 1e-5
FIRST_STEPS = (0.02, 3e-4, 1e-5)  # a cliff takes smaller ones


def values_and_slopes(scenario: Scenario, trace: Trace) -> tuple[float, np.ndarray]:
    """The scenario's loss and its derivative by the output; a weighted sum of the outputs where it has no loss."""
    if scenario.targets is None or not isinstance(scenario.loss, Loss):
        slope = np.random.default_rng(1).normal(size=trace.output.shape)
        return float((slope * trace.output).sum()), slope
    weights = loss_weights(scenario, trace.steps, trace.batch)
    kind = scenario.loss
    values, slope = loss(kind.kind, trace, scenario.targets, kind.at == "last step", weights)
    return float(values.sum()), slope


def trace_of(scenario: Scenario, params: dict[str, np.ndarray]) -> Trace:
    return run(
        scenario.network,
        params,
        scenario.inputs,
        lengths=scenario.lengths,
        initial=scenario.initial,
        targets=scenario.targets,
    )


def by_differences(function: Callable[[float], float], at: float) -> tuple[float, float]:
    """A derivative and the error to be expected of it, rounding included."""
    best, error = np.nan, np.inf
    for first in FIRST_STEPS:
        found, expected = extrapolated(function, at, first * max(abs(at), 0.1))
        if expected < error:
            best, error = found, expected
        if error < 0.1 * WITHIN * abs(best):
            break
    return best, error


def extrapolated(function: Callable[[float], float], at: float, step: float) -> tuple[float, float]:
    """Central differences, extrapolated to step 0 (Ridders 1982)."""
    best, error = np.nan, np.inf
    before: list[float] = []
    for _ in range(6):
        after, behind = function(at + step), function(at - step)
        row = [(after - behind) / (2 * step)]
        rounding = 4 * np.finfo(float).eps * max(abs(after), abs(behind)) / step
        for k, coarser in enumerate(before):
            factor = 4.0 ** (k + 1)
            row.append((factor * row[k] - coarser) / (factor - 1))
            expected = max(abs(row[-1] - row[-2]), abs(row[-1] - coarser)) + rounding
            if expected <= error:
                best, error = row[-1], expected
        before, step = row, step / 2
    return best, error


@pytest.mark.parametrize("name", builtin.names())
def test_gradients_are_differences_of_the_loss(name: str) -> None:
    scenario = builtin.load(name)
    params = {key: np.array(values) for key, values in scenario.params.items()}
    trace = trace_of(scenario, params)
    whole, slope = values_and_slopes(scenario, trace)
    gradients = parameter_gradients(trace, {trace.output_name: slope})
    assert gradients.keys() == params.keys()
    random = np.random.default_rng(2)
    for key, gradient in gradients.items():
        flat, values = gradient.reshape(-1), params[key].reshape(-1)
        some = random.choice(flat.size, min(NUMBERS - 1, flat.size), replace=False)
        for index in {int(np.abs(flat).argmax()), *some.tolist()}:
            start = values[index]

            def loss_at(value: float, values: np.ndarray = values, index: int = index) -> float:
                values[index] = value
                return values_and_slopes(scenario, trace_of(scenario, params))[0]

            found, error = by_differences(loss_at, start)
            values[index] = start
            scale = max(abs(found), np.abs(flat).max())
            # a derivative that is lost in the rounding of the loss cannot be seen in differences of it
            assert error <= WITHIN * scale or scale < 1e-6 * abs(whole), f"{key}[{index}]: differences do not settle"
            assert abs(flat[index] - found) <= max(WITHIN * scale, error), f"{key}[{index}]"
