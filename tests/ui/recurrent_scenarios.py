"""Scenarios of any size for tests of the panels over time: seeded random weights on seeded random inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.scenario.types import Scenario


def recurrent(
    cell: str = "lstm",
    units: int = 1,
    steps: int = 5,
    *,
    batch: int = 1,
    outputs: int = 0,
    activation: str = "linear",
    layer: dict[str, Any] | None = None,
    **scenario: Any,
) -> Scenario:
    """One recurrent layer "layer" of that cell on 2 inputs, and a readout where there are outputs."""
    rng = np.random.default_rng(0)
    own = {"outputs": 2} if CELLS[cell].has_outputs else {}
    layers: list[Recurrent | Dense] = [Recurrent("layer", CELLS[cell], units, **own, **(layer or {}))]
    if outputs:
        layers.append(Dense("readout", outputs, activation))
    network = Network(2, tuple(layers))
    params = {name: rng.normal(size=shape) for name, shape in network.parameter_shapes().items()}
    inputs = rng.normal(size=(steps, batch, 2))
    return Scenario(name="random", network=network, params=params, inputs=inputs, **scenario)
