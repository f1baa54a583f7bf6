"""Small networks of every kind for the tests to loop over, with weights that are alike nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Pool, Recurrent

DIRECTIONS = (
    ("forward", "concat"),
    ("backward", "concat"),
    ("both", "concat"),
    ("both", "sum"),
    ("both", "mean"),
    ("both", "mul"),
)


def random_params(network: Network, seed: int = 1, scale: float = 0.6) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: scale * rng.standard_normal(shape) for name, shape in network.parameter_shapes().items()}


def random_initial(network: Network, batch: int, seed: int = 2) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: 0.5 * rng.standard_normal((batch, size)) for name, size in network.state_sizes().items()}


def random_inputs(network: Network, steps: int, batch: int, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if isinstance(network.layers[0], Embedding):
        return rng.integers(0, network.layers[0].vocabulary, (steps, batch, 1)).astype(float)
    return rng.standard_normal((steps, batch, network.inputs))


def layer_of(cell: Cell, name: str = "cell", units: int = 3, **options: object) -> Recurrent:
    """A layer of `cell` whose sizes all differ; constants other than 0."""
    constants = dict.fromkeys(cell.constants, 0.3)
    outputs = 2 if cell.has_outputs else 0
    return Recurrent(name, cell, units, outputs, constants=constants, **options)  # type: ignore[arg-type]


def single(cell: Cell, inputs: int = 4, **options: object) -> Network:
    return Network(inputs, (layer_of(cell, **options),))


def every_cell_and_direction() -> Iterator[tuple[str, Network]]:
    for name, cell in CELLS.items():
        for direction, merge in DIRECTIONS:
            yield f"{name}-{direction}-{merge}", single(cell, direction=direction, merge=merge)


def stacks() -> Iterator[tuple[str, Network]]:
    """Networks of several layers, each with something that a single layer does not show."""
    lstm, gru, elman = CELLS["lstm"], CELLS["gru"], CELLS["elman"]
    for activation in (
        "linear",
        "tanh",
        "sigmoid",
        "relu",
        "hard_sigmoid",
        "hard_sigmoid_keras2",
        "hard_tanh",
        "softsign",
        "elu",
        "softplus",
        "exponential",
        "softmax",
    ):
        yield f"dense-{activation}", Network(4, (layer_of(elman), Dense("readout", 3, activation)))
    yield "dense-first", Network(4, (Dense("first", 3, "tanh"), layer_of(gru), Dense("second", 2)))
    yield "embedding", Network(1, (Embedding("words", 6, 4), layer_of(gru), Dense("readout", 3, "softmax")))
    yield "masked-words", Network(1, (Embedding("words", 4, 3, mask_zero=True), layer_of(lstm), Dense("readout", 2)))
    yield (
        "three-deep",
        Network(
            4,
            (
                layer_of(lstm, "low", direction="both"),
                layer_of(gru, "middle", direction="backward"),
                layer_of(elman, "high", units=2),
                Dense("readout", 2, "sigmoid"),
            ),
        ),
    )
    yield (
        "final-of-both",
        Network(
            4,
            (
                layer_of(lstm, "low", direction="both", returns="final", merge="mul"),
                Dense("readout", 2),
            ),
        ),
    )
    yield "pooled-mean", Network(4, (layer_of(lstm, direction="both"), Pool("pool"), Dense("readout", 2)))
    yield "pooled-max", Network(4, (layer_of(gru), Pool("pool", "max"), Dense("readout", 2, "tanh")))
    yield "pooled-sum", Network(4, (layer_of(gru, "low"), Pool("pool", "sum"), layer_of(elman, "high")))
    yield "pooled-inputs", Network(4, (Pool("pool"), layer_of(gru)))
    yield "masking", Network(4, (Masking("mask", 0.0), layer_of(lstm, direction="both"), Dense("readout", 2)))
