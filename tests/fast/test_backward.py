"""The compiled way back gives the gradients of NumPy's: every cell and direction, whatever is asked for."""

from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import rnnviz.fast
from rnnviz.engine import accelerate
from rnnviz.engine.activations import ELEMENTWISE
from rnnviz.engine.backward import backward, parameter_gradients
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace

TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}

STRANGE = {
    "differences": "h = tanh(W @ x - U @ h_prev - b)",
    "a number and a constant": "h = 0.5 * tanh(2 * (W @ x) + U @ h_prev) - k * h_prev + 0.25",
    "a product of a product": "h = tanh(W @ x + U @ (h_prev * (V @ (h_prev - b_2))) + b)",
    "a product with the new state": "c = tanh(W @ x + U @ h_prev)\nh = c - tanh(V @ c + b)",
    "two products one after the other": "c = tanh(W @ x)\nd = U @ c + b_d\nh = sigmoid(V @ d) * h_prev + c",
    "negatives": "h = -tanh(-(W @ x) + -(b * h_prev))",
    "no memory": "h = sigmoid(W @ x + b)",
    "no input": "h = tanh(U @ h_prev + b)",
    "no matrix": "h = 0.5 * h_prev + b",
    "a state that is used before it is made": "h = tanh(W @ x + c_prev)\nc = 0.5 * c_prev + p_c * h",
    "a carried quantity read in its own step": "c = tanh(W @ x + U @ h_prev + V @ c_prev)\nh = c * h_prev + c",
    "a vector used twice": "h = tanh(W @ x + p_a * h_prev) * p_a + b",
    "a gate times the product": "h = tanh(W @ x + b + sigmoid(V @ x) * (U @ h_prev + c_n))",
}


@pytest.fixture(autouse=True)
def engine(cache: Path) -> Iterator[None]:
    before = accelerate.sequence, accelerate.loop
    yield
    accelerate.sequence, accelerate.loop = before


def traced(network: Network, dtype: type = np.float64, steps: int = 70, **more: object) -> Trace:
    random = np.random.default_rng(3)
    bound = 0.8 / np.sqrt(max(layer.units for layer in network.recurrent))
    params = {name: random.uniform(-bound, bound, shape) for name, shape in network.parameter_shapes().items()}
    return run(network, params, random.normal(size=(steps, 1, network.inputs)), dtype=dtype, **more)


def sources_of(trace: Trace, *names: str) -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    return {name: random.normal(size=trace[name].shape) for name in names or (trace.output_name,)}


def counted() -> mock.MagicMock:
    """Compiled loops from here on; how often one was used."""
    rnnviz.fast.ask_for_everything()
    made = accelerate.loop
    assert made is not None
    counter = mock.MagicMock()

    def loop(*words: object) -> object:
        found = made(*words)
        assert found is not None
        counter()
        return found

    accelerate.loop = loop
    return counter


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray], tolerance: float) -> None:
    assert one.keys() == other.keys()
    for name in one:
        scale = max(1.0, np.abs(one[name]).max())
        np.testing.assert_allclose(other[name], one[name], rtol=0.0, atol=tolerance * scale, err_msg=name)


def both_ways(trace: Trace, sources: dict[str, np.ndarray], tolerance: float, lanes: int = 1) -> None:
    """All that `backward` tells, by NumPy and compiled."""
    rnnviz.fast.unload()
    numpy = backward(trace, sources)
    calls = counted()
    compiled = backward(trace, sources)
    assert calls.call_count == lanes
    assert_same(numpy.params, compiled.params, tolerance)
    assert_same(numpy.quantities, compiled.quantities, tolerance)
    assert_same(numpy.initial, compiled.initial, tolerance)
    assert_same({"x": numpy.inputs}, {"x": compiled.inputs}, tolerance)


@pytest.mark.parametrize(("direction", "dtype"), [("both", np.float64), ("forward", np.float32)])
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_has_the_same_gradients(cell: str, direction: str, dtype: type) -> None:
    layer = Recurrent("a", CELLS[cell], 11, outputs=7, direction=direction)
    trace = traced(Network(3, (layer, Dense("readout", 2))), dtype)
    both_ways(trace, sources_of(trace), TOLERANCE[dtype], lanes=len(layer.directions))


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_has_the_same_gradients_where_only_those_of_parameters_are_wanted(cell: str) -> None:
    trace = traced(Network(3, (Recurrent("a", CELLS[cell], 17, outputs=5), Recurrent("b", CELLS["elman"], 4))))
    sources = sources_of(trace)
    rnnviz.fast.unload()
    numpy = parameter_gradients(trace, sources)
    calls = counted()
    assert_same(numpy, parameter_gradients(trace, sources), 1e-12)
    assert calls.call_count == 2


@pytest.mark.parametrize("strange", STRANGE)
def test_cells_of_files_have_the_same_gradients(strange: str) -> None:
    cell = Cell("mine", "Mine", STRANGE[strange], constants={"k": 0.3} if "constant" in strange else {})
    trace = traced(Network(4, (Recurrent("a", cell, 9),)))
    both_ways(trace, sources_of(trace), 1e-12)


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_every_activation_has_the_same_gradients(activation: str) -> None:
    layer = Recurrent("a", CELLS["elman"], 6, activations={"h": activation})
    trace = traced(Network(2, (layer,)), steps=12)
    both_ways(trace, sources_of(trace), 1e-12)


def test_every_quantity_may_have_a_direct_derivative() -> None:
    trace = traced(Network(2, (Recurrent("a", CELLS["lstm"], 5), Recurrent("b", CELLS["gru"], 4))))
    both_ways(trace, sources_of(trace, "a.i", "a.c", "b.r", "b.h"), 1e-12, lanes=2)


@pytest.mark.parametrize("steps", [1, 2, 3, 2001])
def test_every_length_has_the_same_gradients(steps: int) -> None:
    trace = traced(Network(2, (Recurrent("a", CELLS["lstm"], 16),)), steps=steps)
    both_ways(trace, sources_of(trace), 1e-12)


@pytest.mark.parametrize("truncate", [1, 7, 10, 69, 70, 100])
def test_truncated_gradients_are_the_same(truncate: int) -> None:
    trace = traced(Network(2, (Recurrent("a", CELLS["gru_reset_after"], 5),)))
    sources = sources_of(trace)
    rnnviz.fast.unload()
    numpy = parameter_gradients(trace, sources, truncate)
    calls = counted()
    assert_same(numpy, parameter_gradients(trace, sources, truncate), 1e-12)
    assert calls.call_count == 1


def test_teacher_forcing_has_the_same_gradients() -> None:
    network = Network(3, (Recurrent("a", CELLS["jordan"], 9, outputs=4, teacher_forcing=True),))
    trace = traced(network, targets=np.random.default_rng(5).normal(size=(70, 1, 4)))
    both_ways(trace, sources_of(trace), 1e-12)


def test_padding_is_left_to_numpy() -> None:
    trace = traced(Network(2, (Recurrent("a", CELLS["lstm"], 5),)), lengths=[40])
    sources = sources_of(trace)
    rnnviz.fast.unload()
    numpy = parameter_gradients(trace, sources)
    calls = counted()
    assert_same(numpy, parameter_gradients(trace, sources), 0.0)
    assert calls.call_count == 0


def test_gradients_are_those_of_finite_differences() -> None:
    """Of L = sum of h, by one weight of each parameter, with numbers of NumPy's runs alone."""
    network = Network(2, (Recurrent("a", CELLS["gru"], 4),))
    rnnviz.fast.unload()
    trace = traced(network, steps=30)
    counted()
    gradients = parameter_gradients(trace, {"a.h": np.ones_like(trace["a.h"])})
    rnnviz.fast.unload()
    for name, gradient in gradients.items():
        losses = []
        for change in (1e-5, -1e-5):
            moved = {**trace.params, name: trace.params[name].copy()}
            moved[name].flat[1] += change
            losses.append(run(network, moved, trace["x"])["a.h"].sum())
        np.testing.assert_allclose(gradient.flat[1], (losses[0] - losses[1]) / 2e-5, rtol=1e-6, err_msg=name)
