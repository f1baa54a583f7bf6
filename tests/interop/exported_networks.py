"""Scenarios to export: each cell in each direction, with and without padding and first states; stacks; what is rare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from rnnviz.engine.activations import ELEMENTWISE, NAMES
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Pool, Recurrent
from rnnviz.scenario.types import Scenario

STEPS, BATCH, INPUTS = 6, 3, 4
DIRECTIONS = (
    ("forward", "concat"),
    ("backward", "concat"),
    ("both", "concat"),
    ("both", "sum"),
    ("both", "mean"),
    ("both", "mul"),
)

# Names that a program may want for itself, quantities in an order in which they cannot be worked out, two sizes,
# an output that no equation carries.
AWKWARD = Cell(
    name="run",
    title="Awkward",
    equations="""
    mask = tanh(W_h @ xs - np * torch_prev)      # """ + "long words " * 12 + """
    xs = sigmoid(W @ x + U @ (mask_prev * (1 - mask_prev)) - -b_h + 0.25 * (P @ xs_prev))
    torch = relu(V @ mask) * p_t - (b_t - torch_prev)
    """,
    output="mask",
    sizes={"torch": "units", "mask": "units", "xs": "outputs"},
    constants={"np": 0.3},
)  # fmt: skip

# Quantities that are the same for all sequences, and activations of what is no array in a library.
ALIKE = Cell(
    name="alike",
    title="Alike",
    equations="""
    k = sigmoid(0.5) - kappa + b_k
    n = 0.5 + (0.5 - tanh(kappa)) * 2
    h = tanh(W @ k + sigmoid(-1) * (U @ n) + W_x @ x)
    """,
    constants={"kappa": 0.3},
)


def scenario_of(network: Network, *, lengths: bool = False, gaps: bool = False, started: bool = False) -> Scenario:
    """A scenario of random numbers. gaps : some steps in the midst are such as a masking layer takes for padding."""
    rng = np.random.default_rng(7)
    params = {name: 0.5 * rng.standard_normal(shape) for name, shape in network.parameter_shapes().items()}
    inputs = rng.standard_normal((STEPS, BATCH, network.inputs))
    if isinstance(network.layers[0], Embedding):
        inputs = rng.integers(1, network.layers[0].vocabulary, inputs.shape).astype(float)
    if gaps:
        inputs[rng.random((STEPS, BATCH)) < 0.4] = 0.0
    initial = {name: rng.standard_normal((BATCH, size)) for name, size in network.state_sizes().items()}
    forced = next((layer for layer in network.recurrent if layer.teacher_forcing), None)
    return Scenario(
        name="random",
        title='Made of "random" numbers \\ """ in C:\\users\n\x00',
        network=network,
        params=params,
        inputs=inputs,
        lengths=(STEPS, 2, 4) if lengths else None,
        initial=initial if started else {},
        targets=rng.standard_normal((STEPS, BATCH, forced.size_of(forced.cell.output))) if forced else None,
    )


def layer_of(cell: Cell, name: str = "cell", units: int = 3, **options: object) -> Recurrent:
    outputs = 2 if cell.has_outputs else 0
    return Recurrent(name, cell, units, outputs, constants=dict.fromkeys(cell.constants, 0.3), **options)  # type: ignore[arg-type]


def every_cell() -> Iterator[tuple[str, Scenario]]:
    """Each cell in each direction, plain and with all that padding and first states bring."""
    for (name, cell), (direction, merge) in product(CELLS.items(), DIRECTIONS):
        layer = layer_of(cell, direction=direction, merge=merge)
        network = Network(INPUTS, (layer, Dense("readout", 2)))
        yield f"{name}-{direction}-{merge}", scenario_of(network)
        yield f"{name}-{direction}-{merge}-lengths", scenario_of(network, lengths=True)
        zeroed = replace(layer, masked_output="zero")
        masked = Network(INPUTS, (Masking("mask"), zeroed, Dense("readout", 2, "softmax")))
        yield f"{name}-{direction}-{merge}-zeroed", scenario_of(masked, gaps=True)
        final = Network(INPUTS, (replace(layer, returns="final"), Dense("readout", 2, "sigmoid", at="last step")))
        yield f"{name}-{direction}-{merge}-final", scenario_of(final, started=True)


def stacks() -> Iterator[tuple[str, Scenario]]:
    """Two and three layers of what PyTorch and Keras have, in each direction, with and without padding."""
    for name, direction in product(("elman", "lstm", "gru", "gru_reset_after", "lstm_projected"), DIRECTIONS[:3]):
        layers = tuple(layer_of(CELLS[name], f"rnn_{k}", direction=direction[0]) for k in (1, 2, 3))
        network = Network(INPUTS, (*layers, Dense("readout", 2, at="last step")))
        yield f"stack-{name}-{direction[0]}", scenario_of(network)
        yield f"stack-{name}-{direction[0]}-started", scenario_of(network, started=True)
        words = Network(1, (Embedding("words", 5, 4, mask_zero=True), *layers[:2], Dense("readout", 2)))
        yield f"stack-{name}-{direction[0]}-words", scenario_of(words, gaps=True)


def rare() -> Iterator[tuple[str, Scenario]]:
    """What stands in few networks."""
    lstm, gru, elman, jordan = CELLS["lstm"], CELLS["gru"], CELLS["elman"], CELLS["jordan"]
    for function in NAMES:
        yield f"dense-{function}", scenario_of(Network(INPUTS, (layer_of(elman), Dense("readout", 3, function))))
    for function in ELEMENTWISE:
        layer = layer_of(lstm, activations={"g": function, "h": function, "i": "hard_sigmoid"})
        yield f"lstm-of-{function}", scenario_of(Network(INPUTS, (layer,)))
    for direction in ("forward", "backward"):
        forced = layer_of(jordan, direction=direction, teacher_forcing=True)
        network = Network(INPUTS, (forced,))
        yield f"forced-{direction}", scenario_of(network)
        yield f"forced-{direction}-masked", scenario_of(network, lengths=True, started=True)
        gaps = Network(INPUTS, (Masking("mask"), forced))
        yield f"forced-{direction}-gaps", scenario_of(gaps, gaps=True)
    yield "awkward", scenario_of(Network(INPUTS, (layer_of(AWKWARD, "class"),)), started=True)
    yield "awkward-both", scenario_of(Network(INPUTS, (layer_of(AWKWARD, "forward", direction="both"),)), lengths=True)
    yield "alike", scenario_of(Network(INPUTS, (Masking("mask"), layer_of(ALIKE))), gaps=True)
    first = Dense("eval", 3, "tanh")
    yield "dense-first", scenario_of(Network(INPUTS, (first, layer_of(gru), Dense("train", 2, at="last step"))))
    for kind in ("mean", "max", "sum"):
        layers = (layer_of(gru, direction="both"), Pool("pool", kind), Dense("readout", 2))  # type: ignore[arg-type]
        yield kind, scenario_of(Network(INPUTS, layers))
        yield f"{kind}-masked", scenario_of(Network(INPUTS, (Masking("mask"), *layers)), gaps=True)
        below = (layer_of(lstm, "low"), Pool("pool", kind), layer_of(gru, "high"))  # type: ignore[arg-type]
        yield f"{kind}-below", scenario_of(Network(INPUTS, below))
        yield f"{kind}-below-masked", scenario_of(Network(INPUTS, (Masking("mask"), *below)), gaps=True)
    yield (
        "mean-words",
        scenario_of(
            Network(1, (Embedding("words", 5, 4, True), Pool("pool"), Dense("readout", 2, at="last step"))), gaps=True
        ),
    )
    yield "masking-alone", scenario_of(Network(INPUTS, (Masking("mask", 1.0),)))
    yield "dense-alone", scenario_of(Network(INPUTS, (first, Dense("half", 2, "relu"))))
    yield (
        "masks-in-between",
        scenario_of(
            Network(
                INPUTS, (Masking("a"), layer_of(elman, "low"), Masking("b"), layer_of(lstm, "high", direction="both"))
            ),
            gaps=True,
            lengths=True,
        ),
    )
    below = layer_of(lstm, "below", direction="both", returns="final", merge="sum")
    yield "final-below", scenario_of(Network(INPUTS, (below, layer_of(gru, "above"))))
    yield (
        "two-alike",
        scenario_of(Network(INPUTS, (layer_of(gru, "one", units=5), layer_of(gru, "two", direction="backward")))),
    )
    ends = layer_of(lstm, returns="final", direction="both", masked_output="zero")
    yield "zeroed-final", scenario_of(Network(INPUTS, (ends,)), lengths=True)


def all_of_them() -> dict[str, Scenario]:
    return {**dict(every_cell()), **dict(stacks()), **dict(rare())}


def in_float32(scenario: Scenario) -> Scenario:
    """The same with weights as frameworks have them."""
    return replace(scenario, params={name: array.astype(np.float32) for name, array in scenario.params.items()})
