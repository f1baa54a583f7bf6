"""The proof of an import is about the network as it was in its file: who changes it marks it."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnnviz.jobs.training import train
from rnnviz.scenario.mark_edited import mark_edited
from rnnviz.scenario.read import parse
from rnnviz.scenario.training import trained
from rnnviz.scenario.types import Imported, Scenario


@pytest.fixture
def proven(tree: dict[str, Any]) -> Scenario:
    """The small scenario, as if it had been imported, with something to learn."""
    tree |= {"targets": [[[1]], [[0]], [[1]]], "loss": {"kind": "squared error"}, "training": {"epochs": 2}}
    imported = Imported(file="small.pt", framework="PyTorch", samples="small.npz", compared=3, difference=0.0)
    return replace(parse(json.dumps(tree)), imported=imported)


def test_a_trained_network_is_not_the_one_that_was_proven(proven: Scenario) -> None:
    assert train(proven).imported.edited
    assert not proven.imported.edited


def test_other_weights_mark_it_and_the_same_weights_do_not(proven: Scenario) -> None:
    same = {name: values.copy() for name, values in proven.params.items()}
    other = same | {"elman.W": np.nextafter(proven.params["elman.W"], np.inf)}
    assert not trained(proven, same).imported.edited
    assert trained(proven, other).imported.edited


def test_another_activation_marks_it_and_another_title_does_not(proven: Scenario) -> None:
    layer = replace(proven.network.layers[0], activations={"h": "relu"})
    network = replace(proven.network, layers=(layer, *proven.network.layers[1:]))
    assert mark_edited(proven, replace(proven, network=network)).imported.edited
    assert mark_edited(proven, titled := replace(proven, title="Mine")) is titled


def test_a_mark_stays_and_nothing_else_is_marked(proven: Scenario) -> None:
    edited = trained(proven, {name: values + 1.0 for name, values in proven.params.items()})
    assert mark_edited(edited, titled := replace(edited, title="Mine")) is titled
    assert titled.imported.edited
    own = replace(proven, imported=None)
    assert trained(own, {name: values + 1.0 for name, values in own.params.items()}).imported is None
