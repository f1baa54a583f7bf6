"""Gradient descent of the built-in scenarios goes where the worked examples say."""

from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from rnnviz.engine.training import Iterate, train
from rnnviz.scenario import builtin
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.derived import derived
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.training import start_of, training_of
from rnnviz.scenario.types import OptimizerForm, Scenario


def descent(scenario: Scenario) -> list[Iterate]:
    data, settings = training_of(scenario)
    return list(train(scenario.network, start_of(scenario), data, settings))


def variant(name: str, title: str) -> Scenario:
    scenario = builtin.load(name)
    return apply_alternative(scenario, [item.title for item in scenario.alternatives].index(title))


@pytest.mark.parametrize(
    ("title", "length"),
    [
        ("No clipping", 33.2),
        ("Clipped by value", 0.01414),
        ("Clipped by norm", 0.01),
        ("Loss cap, as in the notes", 33.2),
    ],
)
def test_the_first_step_from_the_edge_of_the_cliff(title: str, length: float) -> None:
    first, second, *_ = descent(variant("cliff-four-clippings", title))
    assert first.clip is not None
    assert first.clip.before == pytest.approx(3320, rel=1e-4)
    assert second.step == pytest.approx(length, rel=1e-3)


def test_without_clipping_nothing_is_learned_after_the_leap() -> None:
    iterates = descent(builtin.load("cliff-four-clippings"))
    assert all(iterate.step == 0 for iterate in iterates[2:])
    last = iterates[-1].params
    assert last is not None
    assert (round(float(last["cliff.U"][0, 0])), round(float(last["cliff.b"][0]))) == (22, 26)


def test_clipped_by_norm_the_path_is_thrown_back_again_and_again() -> None:
    losses = [iterate.score.loss for iterate in descent(variant("cliff-four-clippings", "Clipped by norm"))]
    assert sum(after > before + 0.1 for before, after in pairwise(losses)) > 1


def test_on_the_plateau_of_the_loss_cap_nothing_moves() -> None:
    iterates = descent(variant("cliff-four-clippings", "Loss cap, begun on its plateau"))
    assert iterates[0].score.loss > 0.15
    assert all(iterate.step == 0 for iterate in iterates)


def test_the_sum_of_five_losses_is_brought_down() -> None:
    scenario = builtin.load("bptt-sum")
    assert descent(scenario)[-1].score.loss < 0.1
    assert scenario.training is not None
    hasty = msgspec.structs.replace(scenario.training, optimizer=OptimizerForm(rate=0.1))
    assert descent(replace(scenario, training=hasty))[-1].score.loss > 100


@pytest.mark.parametrize("name", ["bptt-sum", "cliff-four-clippings"])
def test_a_derivative_is_that_of_finite_differences(name: str) -> None:
    scenario = builtin.load(name)
    trace = run(scenario)
    parameter = next(key for key in scenario.params if key.endswith(".U"))
    width = 1e-6

    def total(shift: float) -> float:
        params = dict(scenario.params) | {parameter: scenario.params[parameter] + shift}
        moved = replace(scenario, params=params)
        return derived(moved, run(moved), "loss-sum", trace.steps)

    by_hand = (total(width) - total(-width)) / (2 * width)
    assert derived(scenario, trace, f"gradient-sum:{parameter}", trace.steps) == pytest.approx(by_hand, rel=1e-3)
    parts = [derived(scenario, trace, f"gradient:{parameter}", step) for step in range(1, trace.steps + 1)]
    assert np.sum(parts) == pytest.approx(by_hand, rel=1e-3)
