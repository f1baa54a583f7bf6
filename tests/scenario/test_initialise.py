"""Weights from a seed: the same for the same seed, distributed as they should be, without global random state."""

import json
from typing import Any

import numpy as np
import pytest

from rnnviz.scenario.read import parse
from rnnviz.scenario.types import Scenario


def lstm(**initialiser: Any) -> Scenario:
    tree = {
        "format": "rnnviz-scenario",
        "version": 1,
        "network": {
            "inputs": 1,
            "layers": [
                {"kind": "embedding", "name": "embedding", "vocabulary": 50, "size": 10},
                {"kind": "recurrent", "name": "lstm", "cell": "lstm", "units": 30},
                {"kind": "dense", "name": "readout", "units": 5},
            ],
        },
        "inputs": [[[1]]],
        "params": {"initialiser": "glorot"} | initialiser,
    }
    return parse(json.dumps(tree))


def test_the_same_seed_gives_the_same_weights_whatever_numpy_drew_before() -> None:
    first = lstm(seed=3)
    np.random.default_rng().random(10)
    again, other = lstm(seed=3), lstm(seed=4)
    assert all((first.params[name] == again.params[name]).all() for name in first.params)
    assert (first.params["lstm.W_i"] != other.params["lstm.W_i"]).all()
    assert (first.params["lstm.W_i"] != first.params["lstm.W_f"]).all()


def test_input_weights_fill_the_glorot_range() -> None:
    weights = lstm().params["lstm.W_g"]
    bound = np.sqrt(6 / (30 + 10))
    assert np.abs(weights).max() <= bound
    assert np.abs(weights).max() > 0.95 * bound
    assert weights.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)
    assert np.abs(lstm().params["embedding.E"]).max() <= 0.05


def test_recurrent_weights_are_orthogonal() -> None:
    weights = lstm().params["lstm.U_o"]
    np.testing.assert_allclose(weights @ weights.T, np.eye(30), atol=1e-12)


def test_biases_are_zero_but_the_forget_gates() -> None:
    params = lstm().params
    assert (params["lstm.b_f"] == 1).all()
    assert (lstm(forget_bias=0).params["lstm.b_f"] == 0).all()
    assert not any(params[name].any() for name in ("lstm.b_i", "lstm.b_g", "lstm.b_o", "readout.b"))
