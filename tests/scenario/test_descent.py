"""Gradient descent of the built-in scenarios goes where the worked examples say."""

from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from rnnviz.engine.directions import random_direction
from rnnviz.engine.surface import whole
from rnnviz.engine.training import Iterate, train
from rnnviz.scenario import builtin
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.derived import derived
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.training import measured, start_of, training_of
from rnnviz.scenario.types import ClippingForm, OptimizerForm, Scenario


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


def test_from_above_the_cliff_the_fourth_step_falls_and_the_sixth_leads_back() -> None:
    above = variant("cliff-four-clippings", "Begun above the cliff, rate 0.35")
    assert above.training is not None
    losses = {}
    for kind in ("none", "loss cap"):
        clipping = ClippingForm(kind=kind, limit=0.15)
        training = msgspec.structs.replace(above.training, clipping=clipping, epochs=7)
        iterates = descent(replace(above, training=training))
        losses[kind] = [iterate.score.loss for iterate in iterates]
        places = [iterate.params for iterate in iterates[3:5]]
        # a loop over plain numbers, its derivatives by differences
        for params, w, b in zip(places, (5.543083, 5.508894), (-2.946494, -2.986165), strict=True):
            assert params is not None
            assert (params["cliff.U"].item(), params["cliff.b"].item()) == pytest.approx((w, b), abs=2e-6)
    assert losses["none"][3:7] == pytest.approx([0.0262035, 0.3986483, 0.3929545, 0.0291363], abs=1e-6)
    assert losses["loss cap"][4:] == pytest.approx([0.3986483] * 4, abs=1e-6)  # it stays on the plateau


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


def flow_by_hand(scenario: Scenario) -> dict[tuple[str, int], float]:
    """|dL/dh_t| and |dL/dc_t| of the first sequence, by a loop over plain NumPy."""
    p, x = scenario.params, scenario.inputs[:, 0]
    steps, units = len(x), 12
    cell = "elman" if "elman.U" in p else "lstm"
    h, c = np.zeros(units), np.zeros(units)
    kept = []
    for t in range(steps):
        z = {
            key: p[f"{cell}.W{key}"] @ x[t] + p[f"{cell}.U{key}"] @ h + p[f"{cell}.b{key}"]
            for key in ([""] if cell == "elman" else ["_i", "_f", "_o", "_g"])
        }
        if cell == "elman":
            h = np.tanh(z[""])
            kept.append((h, c, z, c))
        else:
            gates = {key: np.tanh(v) if key == "_g" else 1 / (1 + np.exp(-v)) for key, v in z.items()}
            before, c = c, gates["_f"] * c + gates["_i"] * gates["_g"]
            h = gates["_o"] * np.tanh(c)
            kept.append((h, c, gates, before))
    assert scenario.targets is not None
    error = p["readout.V"] @ h + p["readout.b"] - scenario.targets[-1, 0]
    to_h, to_c = p["readout.V"].T @ error, np.zeros(units)
    found = {}
    for t in range(steps, 0, -1):
        h, c, gates, before = kept[t - 1]
        if cell == "elman":
            found[("elman.h", t)] = float(np.linalg.norm(to_h))
            to_h = p["elman.U"].T @ (to_h * (1 - h * h))
            continue
        to_c = to_c + to_h * gates["_o"] * (1 - np.tanh(c) ** 2)
        found[("lstm.h", t)], found[("lstm.c", t)] = float(np.linalg.norm(to_h)), float(np.linalg.norm(to_c))
        i, f, o, g = (gates[key] for key in ("_i", "_f", "_o", "_g"))
        to_z = {
            "_i": to_c * g * i * (1 - i),
            "_f": to_c * before * f * (1 - f),
            "_o": to_h * np.tanh(c) * o * (1 - o),
            "_g": to_c * i * (1 - g * g),
        }
        to_h = sum((p[f"lstm.U{key}"].T @ value for key, value in to_z.items()), np.zeros(units))
        to_c = to_c * f
    return found


@pytest.mark.parametrize("title", ["A plain network", "An LSTM", "An LSTM that forgets little"])
def test_what_comes_back_to_the_first_step_is_what_a_plain_loop_gives(title: str) -> None:
    scenario = variant("rnn-vs-lstm-gradient", title)
    found = flow_by_hand(scenario)
    flows = [item for item in scenario.expected if item.at.startswith("flow:")]
    assert len(flows) in (2, 4)
    for item in flows:
        assert item.value == pytest.approx(found[(item.at.removeprefix("flow:"), item.step)], abs=item.within)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "loss"), [("A plain network", 0.063), ("An LSTM", 0.005), ("An LSTM that forgets little", 0.004)]
)
def test_after_twenty_rounds_the_losses_are_those_of_the_story(title: str, loss: float) -> None:
    scenario = variant("rnn-vs-lstm-gradient", title)
    assert measured(scenario, descent(scenario)[-1].params).loss == pytest.approx(loss, rel=0.25)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "median", "largest"),
    [("A plain network", 5, 1e6), ("An LSTM", 0.4, 32), ("An LSTM that forgets little", 0.7, 66)],
)
def test_the_surface_is_as_steep_as_the_story_says(title: str, median: float, largest: float) -> None:
    scenario = variant("rnn-vs-lstm-surface", title)
    view = scenario.surface
    assert view is not None
    data, settings = training_of(scenario)
    axes = [random_direction(scenario.params, axis.seed) for axis in (view.x, view.y)]
    lines = [np.linspace(axis.low, axis.high, view.resolution) for axis in (view.x, view.y)]
    found = whole(scenario.network, scenario.params, data, settings, *axes, *lines, gradient=True)
    assert found.gradient_norm is not None
    assert np.median(found.gradient_norm) == pytest.approx(median, rel=0.15)
    assert found.gradient_norm.max() == pytest.approx(largest, rel=0.1)
