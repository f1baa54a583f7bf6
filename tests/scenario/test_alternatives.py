"""Named variants: what they change, what they leave, and what is said when they do not fit."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.network import Recurrent
from rnnviz.scenario import builtin
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.read import parse
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.write import to_text


def titled(scenario: Scenario, title: str) -> Scenario:
    index = [alternative.title for alternative in scenario.alternatives].index(title)
    return apply_alternative(scenario, index)


def with_changes(tree: dict[str, Any], changes: dict[str, Any]) -> Scenario:
    return apply_alternative(parse(json.dumps(tree | {"alternatives": [{"title": "a", "changes": changes}]})), 0)


def test_a_layer_is_changed_by_name_and_all_else_stays() -> None:
    scenario = builtin.load("lstm-counter")
    hard = titled(scenario, "Hard gates, 0 or 1")
    layer = hard.network.layer("lstm")
    assert isinstance(layer, Recurrent)
    assert layer.activations == {"g": "linear", "h": "linear", "i": "hard", "f": "hard", "o": "hard"}
    assert hard.title == scenario.title
    assert hard.alternatives == scenario.alternatives
    assert hard.expected == scenario.alternatives[0].expected
    assert {name: array.tolist() for name, array in hard.params.items()} == {
        name: array.tolist() for name, array in scenario.params.items()
    }


def test_going_there_and_back_leaves_the_numbers_as_they_were() -> None:
    for name, there, back in [
        ("all-ones-jordan", "Feed back the target (teacher forcing)", "Feed back its own output"),
        ("thousand-steps", "An LSTM with z_f = 10", "w = 1.01"),
        ("gru-conventions", "Reset after the product", "Reset before the product"),
        ("padding-masking", "Lengths in place of a mask", "Masking on"),
        ("elman-vs-jordan", "Jordan: feed the output back", "Elman: feed the hidden state back"),
    ]:
        scenario = builtin.load(name)
        again = titled(titled(scenario, there), back)
        assert to_text(replace(again, expected=scenario.expected)) == to_text(scenario)


def test_weights_of_a_layer_that_goes_go_with_it() -> None:
    lstm = titled(builtin.load("thousand-steps"), "An LSTM with z_f = 5")
    assert {name.split(".")[0] for name in lstm.params} == {"lstm"}


def test_null_takes_a_key_away(tree: dict[str, Any]) -> None:
    tree["initial"] = {"elman.h": [[5]]}
    assert not with_changes(tree, {"initial": None}).initial


def test_an_array_in_bytes_is_replaced_as_a_whole(tree: dict[str, Any]) -> None:
    inputs = np.arange(10_000).reshape(5000, 1, 2)
    tree["inputs"] = (inputs % 256).tolist()
    form = {"dtype": "<f8", "shape": [1, 1, 2], "base64": "AAAAAAAA8D8AAAAAAAAAQA=="}
    assert with_changes(tree, {"inputs": form}).inputs.tolist() == [[[1, 2]]]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"network": {"layers": {"gru": {"units": 2}}}}, "alternatives[0].changes.network.layers"),
        ({"network": {"layers": {"elman": {"units": 0}}}}, "alternatives[0].changes.network.layers[0].units"),
        ({"network": {"layers": {"elman": {"units": 2}}}}, "alternatives[0].changes.params.elman.W"),
        ({"params": {"elman.Q": [1]}}, "alternatives[0].changes.params.elman.Q"),
        ({"params": {"gone.Q": [1]}}, "alternatives[0].changes.params.gone.Q"),
        ({"inputs": 3}, "alternatives[0].changes.inputs"),
    ],
)
def test_a_change_that_does_not_fit_is_said_with_its_place(
    changes: dict[str, Any], where: str, tree: dict[str, Any]
) -> None:
    with pytest.raises(ScenarioError) as caught:
        with_changes(tree, changes)
    assert caught.value.where == where


def test_a_variant_of_one_scenario_is_another_scenario_of_the_gallery() -> None:
    """Two ways to the same network, written down apart: they must give the same trace."""
    for name, title, other in [
        ("all-ones-elman", "Each unit sees its own memory only", "all-ones-own-memory"),
        ("all-ones-own-memory", "Every memory feeds every unit", "all-ones-elman"),
        ("lstm-counter-table", "Hard gates, 0 or 1", "lstm-counter-hard"),
        ("lstm-counter-hard", "Sigmoid gates", "lstm-counter-table"),
    ]:
        varied, there = run(titled(builtin.load(name), title)), run(builtin.load(other))
        assert {key: varied[key].tobytes() for key in varied} == {key: there[key].tobytes() for key in there}
