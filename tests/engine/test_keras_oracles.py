"""A trained Keras GRU with the reset gate before the product: its states and its outputs of every step."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from tests.engine.oracles import Case, cases, split

CASES = cases("keras/gru_reset_before_*")


def params(case: Case) -> dict[str, np.ndarray]:
    """Keras keeps one matrix of columns z r h for the input and one for the state."""
    found = {"readout.V": case["w.dense.kernel"].T, "readout.b": case["w.dense.bias"]}
    for kind, name in (("W", "kernel"), ("U", "recurrent_kernel"), ("b", "bias")):
        found |= {f"gru.{kind}_{letter}": rows for letter, rows in split(case["w." + name].T, "zrn").items()}
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_gru_with_reset_before_is_that_of_keras(case: Case) -> None:
    layers = (Recurrent("gru", CELLS["gru"], case.meta["hidden"]), Dense("readout", case.meta["outputs"]))
    trace = run(Network(case.meta["input"], layers), params(case), case["x"])
    case.close(trace["gru.h"], "h")
    case.close(trace.output, "y")
