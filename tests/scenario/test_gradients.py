"""Every derivative of every built-in scenario: its law gives it again, and the parts of each weight add up to it."""

import numpy as np
import pytest

from rnnviz.engine.errors import AddressError
from rnnviz.engine.explain_gradient import explain_gradient
from rnnviz.engine.loss_gradients import LossGradients
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.scenario import builtin
from rnnviz.scenario.gradients import gradients_of, has_gradients
from rnnviz.scenario.run_scenario import run
from tests.system.test_every_number import is_near, scale

LEARNING = [name for name in builtin.names() if has_gradients(builtin.load(name))]
SAMPLE = 4  # of each quantity and parameter, by a seed


def places(gradients: LossGradients) -> list[GradientAddress]:
    trace, chance = gradients.trace, np.random.default_rng(7)
    found = []
    for name, array in trace.items():
        for step, sequence, unit in (chance.integers(array.shape) for _ in range(SAMPLE)):
            found.append(GradientAddress(Address(name, int(step) + 1, int(sequence), int(unit))))
            found.append(GradientAddress(Address(f"{name}.pre", int(step) + 1, int(sequence), int(unit))))
    for name, array in trace.params.items():
        for index in (chance.integers(array.shape) for _ in range(SAMPLE)):
            number = ParameterAddress(name, *(int(k) for k in index))
            found.append(GradientAddress(number, int(chance.integers(trace.steps + 1))))
    return found


@pytest.mark.parametrize("name", LEARNING)
def test_laws_give_their_derivatives(name: str) -> None:
    scenario = builtin.load(name)
    gradients = gradients_of(scenario, run(scenario))
    opened = 0
    for address in places(gradients):
        try:
            explanation = explain_gradient(gradients, address)
        except AddressError:
            continue  # ids of words, and quantities without an activation
        opened += 1
        reach = scale(explanation.scalar)
        assert is_near(explanation.recompute(), explanation.value, reach), (address, explanation.law)
    assert opened > SAMPLE * len(scenario.params)


@pytest.mark.parametrize("name", LEARNING)
def test_the_steps_add_up_to_the_derivative(name: str) -> None:
    scenario = builtin.load(name)
    gradients = gradients_of(scenario, run(scenario))
    for parameter, values in scenario.params.items():
        number = ParameterAddress(parameter, len(values) - 1)
        parts = gradients.parts_of(number)
        whole = gradients.number(GradientAddress(number))
        assert parts.sum() == pytest.approx(whole, rel=1e-11, abs=1e-12 * max(1.0, np.abs(parts).max()))
        assert gradients.sum_from(number, 1) == whole


def test_learning_scenarios_are_there() -> None:
    assert {"bptt-sum", "cliff", "rnn-vs-lstm-gradient", "mnist-train", "sentiment-train"} <= set(LEARNING)
