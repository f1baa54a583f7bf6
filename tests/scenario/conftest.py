"""A small valid scenario file, as a tree to be spoilt in one place."""

import copy
import json
from typing import Any

import pytest

TREE: dict[str, Any] = {
    "format": "rnnviz-scenario",
    "version": 1,
    "name": "small",
    "network": {
        "inputs": 2,
        "layers": [
            {"kind": "recurrent", "name": "elman", "cell": "elman", "units": 1},
            {"kind": "dense", "name": "readout", "units": 1},
        ],
    },
    "inputs": [[[1, 0]], [[0, 1]], [[1, 1]]],
    "params": {
        "elman.W": [[0.5, -0.5]],
        "elman.U": [[1]],
        "elman.b": [0.25],
        "readout.V": [[2]],
        "readout.b": [0],
    },
}


@pytest.fixture
def tree() -> dict[str, Any]:
    return copy.deepcopy(TREE)


def text_of(tree: Any) -> str:
    return json.dumps(tree)
