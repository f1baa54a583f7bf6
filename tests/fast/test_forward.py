"""A compiled loop gives the numbers of NumPy's calls: every cell, direction, kind of number, and what is not finite."""

from collections.abc import Callable

import numpy as np
import pytest

from rnnviz.engine.activations import ELEMENTWISE
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace

TOLERANCE = {np.float64: 1e-12, np.float32: 3e-6}
Both = Callable[[Callable[[], Trace]], tuple[Trace, Trace]]


def weights(network: Network, scale: float = 1.0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    bound = scale / np.sqrt(max(layer.units for layer in network.recurrent))
    return {name: random.uniform(-bound, bound, shape) for name, shape in network.parameter_shapes().items()}


def inputs(network: Network, steps: int = 80, batch: int = 1) -> np.ndarray:
    return np.random.default_rng(4).normal(size=(steps, batch, network.inputs))


def assert_same(numpy: Trace, compiled: Trace, tolerance: float) -> None:
    assert list(numpy) == list(compiled)
    for name in numpy:
        assert compiled[name].dtype == numpy[name].dtype
        np.testing.assert_allclose(compiled[name], numpy[name], rtol=0.0, atol=tolerance, err_msg=name)
    for name in numpy.carried:
        np.testing.assert_allclose(compiled.before(name), numpy.before(name), rtol=0.0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_gives_the_same_numbers(both: Both, cell: str, direction: str, dtype: type) -> None:
    network = Network(3, (Recurrent("a", CELLS[cell], 20, outputs=7, direction=direction), Dense("readout", 2)))
    params, x = weights(network), inputs(network)
    assert_same(*both(lambda: run(network, params, x, dtype=dtype)), TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("units", [1, 3, 8, 16, 17, 33, 64])
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm_projected"])
def test_every_size_gives_the_same_numbers(both: Both, cell: str, units: int, dtype: type) -> None:
    network = Network(5, (Recurrent("a", CELLS[cell], units, outputs=units),))
    params, x = weights(network, scale=0.9), inputs(network)
    assert_same(*both(lambda: run(network, params, x, dtype=dtype)), TOLERANCE[dtype])


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_every_activation_gives_the_same_numbers(both: Both, activation: str) -> None:
    cell = CELLS["lstm_peephole"]
    layer = Recurrent("a", cell, 6, activations=dict.fromkeys(cell.slots, activation))
    network = Network(2, (layer,))
    params, x = weights(network, scale=0.8), inputs(network, steps=12)
    if activation == "exponential":  # exponentials of exponentials soon leave what 1e-12 can be asked of
        params, x = weights(network, scale=0.02), x[:4]
    # a step function takes what rounding leaves of 0 either way; these numbers stay away from it
    assert_same(*both(lambda: run(network, params, x)), 1e-12)


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
    "the same sum in two places": "i = sigmoid(W @ x + b)\nh = tanh(W @ x + b) * i + 0.5 * h_prev",
    "a carried quantity read in its own step": "c = tanh(W @ x + U @ h_prev + V @ c_prev)\nh = c * h_prev + c",
}


@pytest.mark.parametrize("strange", STRANGE)
def test_cells_of_files_give_the_same_numbers(both: Both, strange: str) -> None:
    cell = Cell("mine", "Mine", STRANGE[strange], constants={"k": 0.3} if "constant" in strange else {})
    network = Network(4, (Recurrent("a", cell, 11),))
    params, x = weights(network, scale=0.7), inputs(network)
    assert_same(*both(lambda: run(network, params, x)), 1e-12)


def test_a_sum_that_multiplies_the_same_twice_is_left_to_numpy() -> None:
    from rnnviz.fast.layout import layout_of

    layer = Recurrent("a", Cell("mine", "Mine", "h = tanh(W @ x + V @ x)"), 3)
    assert layout_of(layer, 2, np.dtype(np.float64)) is None


def test_teacher_forcing_first_states_and_padding_give_the_same_numbers(both: Both) -> None:
    network = Network(3, (Recurrent("a", CELLS["jordan"], 9, outputs=4, teacher_forcing=True),))
    targets = np.random.default_rng(5).normal(size=(80, 1, 4))
    params, x = weights(network), inputs(network)
    initial = {"a.s": np.full(4, 0.5), "a.y": np.full((1, 4), -0.25)}
    assert_same(*both(lambda: run(network, params, x, targets=targets, initial=initial)), 1e-12)
    network = Network(3, (Recurrent("a", CELLS["lstm"], 9, direction="both", masked_output="zero"),))
    params = weights(network)
    assert_same(*both(lambda: run(network, params, x, lengths=[50])), 1e-12)


def test_two_layers_behind_an_embedding_give_the_same_numbers(both: Both) -> None:
    layers = Recurrent("a", CELLS["gru_reset_after"], 10), Recurrent("b", CELLS["lstm"], 4)
    network = Network(1, (Embedding("e", 6, 5), *layers))
    params = weights(network)
    ids = np.random.default_rng(6).integers(0, 6, (90, 1, 1))
    assert_same(*both(lambda: run(network, params, ids)), 1e-12)


def test_a_compiled_trace_obeys_its_laws_as_numpy_works_them_out(both: Both) -> None:
    network = Network(3, (Recurrent("a", CELLS["lstm"], 20),))
    params, x = weights(network, scale=3.0), inputs(network, steps=300)
    _, trace = both(lambda: run(network, params, x))
    p = {name.removeprefix("a."): values for name, values in params.items()}
    h, c = trace.before("a.h"), trace.before("a.c")
    gates = {k: x @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"] for k in "ifgo"}
    laws = {f"a.{k}": np.tanh(z) if k == "g" else 1.0 / (1.0 + np.exp(-z)) for k, z in gates.items()}
    laws["a.c"] = trace["a.f"] * c + trace["a.i"] * trace["a.g"]
    laws["a.h"] = trace["a.o"] * np.tanh(trace["a.c"])
    for name, wanted in laws.items():
        np.testing.assert_allclose(trace[name], wanted, rtol=0.0, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300, 1e-320, -0.0])
@pytest.mark.parametrize("cell", ["elman", "lstm", "gru"])
def test_what_is_not_finite_goes_the_same_way(both: Both, cell: str, value: float, dtype: type) -> None:
    network = Network(2, (Recurrent("a", CELLS[cell], 5),))
    params, x = weights(network), inputs(network, steps=20)
    x[7, 0, 0] = value
    with np.errstate(over="ignore"):
        numpy, compiled = both(lambda: run(network, params, x, dtype=dtype))
    for name in numpy:
        np.testing.assert_allclose(compiled[name], numpy[name], rtol=0.0, atol=TOLERANCE[dtype], err_msg=name)


def test_what_explodes_becomes_infinite_the_same_way(both: Both) -> None:
    network = Network(1, (Recurrent("a", CELLS["elman"], 1, activations={"h": "linear"}),))
    params = {"a.W": np.ones((1, 1)), "a.U": np.full((1, 1), 1e30), "a.b": np.zeros(1)}
    numpy, compiled = both(lambda: run(network, params, np.ones((20, 1, 1))))
    assert np.isinf(compiled["a.h"][-1]).all()
    np.testing.assert_allclose(compiled["a.h"], numpy["a.h"], rtol=1e-12)


EXACT = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "softplus": lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0),
    "exponential": np.exp,
}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", EXACT)
def test_activations_are_within_a_few_units_in_the_last_place(both: Both, name: str, dtype: type) -> None:
    cell = Cell("mine", "Mine", f"h = {name}(W @ x)")
    network = Network(1, (Recurrent("a", cell, 1),))
    z = np.concatenate([np.linspace(-30, 30, 701), np.geomspace(1e-30, 1e3, 200), [0.0, 700.0, -700.0]]).astype(dtype)
    _, compiled = both(lambda: run(network, {"a.W": np.ones((1, 1))}, z[:, None, None], dtype=dtype))
    wide = z.astype(np.longdouble)
    found = compiled["a.h"].ravel()
    with np.errstate(over="ignore"):
        exact = EXACT[name](wide)
    is_finite = exact < np.finfo(dtype).max
    assert np.isinf(found[~is_finite]).all()
    found, exact = found[is_finite], exact[is_finite]
    is_normal = np.abs(exact) > np.finfo(dtype).tiny
    error = np.abs(found - exact) / np.spacing(np.abs(exact).astype(dtype))
    assert error[is_normal].max() < 3.5
    assert np.abs(found[~is_normal]).max(initial=0.0) <= np.finfo(dtype).tiny


def test_records_filled_up_to_whole_vectors_take_no_more_than_a_trace_may(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(1, (Recurrent("a", CELLS["lstm"], 1, direction="both"),))
    params, x = weights(network), inputs(network, steps=1000)
    monkeypatch.setattr("rnnviz.engine.run.MAX_BYTES", 500_000)  # one direction takes 448,000 compiled, else 64,000
    numpy, compiled = both(lambda: run(network, params, x))
    assert 400_000 < whole_memory(compiled["a.forward.c"]).nbytes < 500_000
    assert whole_memory(compiled["a.backward.c"]).nbytes < 100_000
    assert_same(numpy, compiled, 1e-12)


def whole_memory(array: np.ndarray) -> np.ndarray:
    """What the array is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
