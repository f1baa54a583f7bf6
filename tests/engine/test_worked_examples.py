"""The worked examples of the lecture: every number below was computed by hand or independently of this program."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnnviz.engine.backward import backward
from rnnviz.engine.cells import CELLS
from rnnviz.engine.gates import half_life
from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace

LINEAR = {"h": "linear"}


def column(numbers: list[float]) -> np.ndarray:
    """One number a step as inputs, (T, 1, 1)."""
    return np.array(numbers, float).reshape(-1, 1, 1)


def pairs(numbers: list[float]) -> np.ndarray:
    """The same number for both features, (T, 1, 2)."""
    return np.repeat(column(numbers), 2, axis=2)


def ones(network: Network) -> dict[str, np.ndarray]:
    """Every weight 1, no bias."""
    shapes = network.parameter_shapes()
    return {name: np.zeros(shape) if len(shape) == 1 else np.ones(shape) for name, shape in shapes.items()}


def both_equal(values: np.ndarray) -> list[float]:
    """The numbers of two equal units."""
    assert (values[..., 0] == values[..., 1]).all()
    return values[:, 0, 0].tolist()


# -- 1. The all-ones linear network -----------------------------------------------------------------------------------


def elman(inputs: list[float], own_memory: bool = False, direction: str = "forward") -> Trace:
    layer = Recurrent("elman", CELLS["elman"], 2, activations=LINEAR, direction=direction)  # type: ignore[arg-type]
    network = Network(2, (layer, Dense("readout", 2)))
    params = ones(network)
    if own_memory:
        params["elman.U"] = np.eye(2)
    return run(network, params, pairs(inputs))


@pytest.mark.parametrize(
    ("own_memory", "inputs", "hidden", "output"),
    [
        (False, [1, 1, 2], [2, 6, 16], [4, 12, 32]),
        (True, [1, 1, 2], [2, 4, 8], [4, 8, 16]),
        (False, [1, 2, 1], [2, 8, 18], [4, 16, 36]),
        (False, [2, 1, 1], [4, 10, 22], [8, 20, 44]),
        (True, [1, 2, 1], [2, 6, 8], [4, 12, 16]),
        (True, [2, 1, 1], [4, 6, 8], [8, 12, 16]),
    ],
)
def test_elman_with_full_and_with_own_memory(
    own_memory: bool, inputs: list[float], hidden: list[float], output: list[float]
) -> None:
    trace = elman(inputs, own_memory)
    assert both_equal(trace["elman.h"]) == hidden
    assert both_equal(trace.output) == output


def test_jordan_feeds_its_output_back() -> None:
    layer = Recurrent("jordan", CELLS["jordan"], 2, 2, activations=LINEAR)
    network = Network(2, (layer,))
    trace = run(network, ones(network), pairs([1, 1, 2]))
    assert both_equal(trace["jordan.h"]) == [2, 10, 44]
    assert both_equal(trace.output) == [4, 20, 88]


def test_jordan_with_the_teachers_targets() -> None:
    """h_t = x1 + x2 + d1 + d2 of the step before; y is twice that."""
    layer = Recurrent("jordan", CELLS["jordan"], 2, 2, activations=LINEAR, teacher_forcing=True)
    network = Network(2, (layer,))
    trace = run(network, ones(network), pairs([1, 1, 2]), targets=pairs([3, 5, 7]))
    assert both_equal(trace["jordan.h"]) == [2, 8, 14]
    assert both_equal(trace.output) == [4, 16, 28]


def test_bidirectional_states_meet_in_the_output() -> None:
    trace = elman([1, 1, 2], direction="both")
    assert both_equal(trace["elman.forward.h"]) == [2, 6, 16]
    assert both_equal(trace["elman.backward.h"]) == [22, 10, 4]
    assert both_equal(trace.output) == [48, 32, 40]


def test_only_there_the_future_reaches_the_first_output() -> None:
    trace = elman([1, 1, 5], direction="both")
    assert both_equal(trace["elman.forward.h"])[0] == 2
    assert both_equal(trace.output) == [96, 56, 64]


# -- 2. The LSTM cell that counts -------------------------------------------------------------------------------------

FIVE = [(3, 1, 0), (4, 1, 0), (2, 0, 0), (1, 0, 1), (3, -1, 0)]
NINE = list(zip((1, 3, 2, 4, 2, 1, 3, 6, 1), (0, 1, 0, 1, 0, 0, -1, 1, 0), (0, 0, 0, 0, 0, 1, 0, 0, 1), strict=True))


def counter(inputs: list[tuple[int, ...]], gates: str = "sigmoid") -> Trace:
    activations = {"g": "linear", "h": "linear", "i": gates, "f": gates, "o": gates}
    network = Network(3, (Recurrent("lstm", CELLS["lstm"], 1, activations=activations),))
    params = {name: np.zeros(shape) for name, shape in network.parameter_shapes().items()}
    params["lstm.W_g"][0, 0] = 1.0
    for gate, feature, bias in (("i", 1, -10.0), ("f", 1, 10.0), ("o", 2, -10.0)):
        params[f"lstm.W_{gate}"][0, feature] = 100.0
        params[f"lstm.b_{gate}"][0] = bias
    return run(network, params, np.array(inputs, float)[:, None])


def test_the_counter_step_by_step() -> None:
    trace = counter(FIVE)
    wanted = {
        "i": [1, 1, 4.54e-5, 4.54e-5, 1.69e-48],
        "f": [1, 1, 0.999955, 0.999955, 8.19e-40],
        "o": [4.54e-5, 4.54e-5, 4.54e-5, 1, 4.54e-5],
    }
    for gate, values in wanted.items():
        np.testing.assert_allclose(trace[f"lstm.{gate}"].ravel(), values, rtol=1e-3)
    np.testing.assert_allclose(trace.before("lstm.c").ravel(), [0, 3, 7, 6.999773, 6.999501], rtol=0, atol=5e-7)
    after = trace["lstm.c"].ravel()
    np.testing.assert_allclose(after[:4], [3, 7, 6.999773, 6.999501], rtol=0, atol=5e-7)
    np.testing.assert_allclose(after[4], 5.7e-39, rtol=0.01)
    np.testing.assert_allclose(trace.output.ravel()[:4], [0.000136, 0.000318, 0.000318, 6.999501], rtol=0, atol=5e-7)
    assert trace.output.ravel()[4] < 1e-40


def test_the_counter_with_hard_gates() -> None:
    assert counter(FIVE, "hard").output.ravel().tolist() == [0, 0, 0, 7, 0]
    trace = counter(NINE, "hard")
    assert trace.before("lstm.c").ravel().tolist() == [0, 0, 3, 3, 7, 7, 7, 0, 6]
    assert trace["lstm.c"].ravel().tolist() == [0, 3, 3, 7, 7, 7, 0, 6, 6]
    assert trace.output.ravel().tolist() == [0, 0, 0, 0, 0, 7, 0, 0, 6]


def test_the_table_with_sigmoid_gates_reads_out_a_little_less() -> None:
    output = counter(NINE).output.ravel()
    np.testing.assert_allclose(output[[5, 8]], [6.999501, 5.999773], rtol=0, atol=5e-7)


# -- 4. GRU -----------------------------------------------------------------------------------------------------------


def gru(name: str, update: float, reset: float, weights: float = 0.7) -> tuple[Trace, np.ndarray]:
    """Two units; the gates stand where their biases put them, whatever is read."""
    network = Network(2, (Recurrent("gru", CELLS[name], 2),))
    rng = np.random.default_rng(4)
    params = {key: weights * rng.standard_normal(shape) for key, shape in network.parameter_shapes().items()}
    for gate, bias in (("z", update), ("r", reset)):
        params |= {f"gru.{kind}_{gate}": np.zeros((2, 2)) for kind in "WU"}
        params[f"gru.b_{gate}"] = np.full(2, bias)
    x = rng.standard_normal((4, 1, 2))
    return run(network, params, x, initial={"gru.h": [0.3, -0.8]}), x


@pytest.mark.parametrize("name", ["gru", "gru_reset_after"])
def test_an_update_gate_at_keep_holds_the_state(name: str) -> None:
    trace, _ = gru(name, update=1000.0, reset=0.0)
    np.testing.assert_array_equal(trace["gru.h"], np.broadcast_to([0.3, -0.8], (4, 1, 2)))


@pytest.mark.parametrize("name", ["gru", "gru_reset_after"])
def test_replace_with_reset_shut_depends_on_the_input_alone(name: str) -> None:
    """h_t = tanh(W_n x_t + b_n)."""
    trace, x = gru(name, update=-1000.0, reset=-1000.0)
    wanted = np.tanh(x @ trace.params["gru.W_n"].T + trace.params["gru.b_n"])
    np.testing.assert_allclose(trace["gru.h"], wanted, rtol=1e-14)


def test_the_conventions_of_the_reset_gate_differ() -> None:
    """By hand, U = [[0, 1], [0, 0]], r = (1, 0), h = (0, 1): before the product r h = 0; after it r (U h) = (1, 0)."""
    for name, wanted in (("gru", 0.0), ("gru_reset_after", math.tanh(1.0))):
        network = Network(1, (Recurrent("gru", CELLS[name], 2),))
        params = {key: np.zeros(shape) for key, shape in network.parameter_shapes().items()}
        params["gru.U_n"][0, 1] = 1.0
        params["gru.b_r"] = np.array([1000.0, -1000.0])
        params["gru.b_z"] = np.full(2, -1000.0)
        trace = run(network, params, column([0]), initial={"gru.h": [0.0, 1.0]})
        assert trace["gru.h"].ravel().tolist() == [wanted, 0.0]


def test_the_meaning_of_z() -> None:
    """By hand: z = 3/4, candidate 0, state 1: three quarters of the old state stay."""
    network = Network(1, (Recurrent("gru", CELLS["gru"], 1),))
    params = {key: np.zeros(shape) for key, shape in network.parameter_shapes().items()}
    params["gru.b_z"][0] = math.log(3.0)
    trace = run(network, params, column([0, 0]), initial={"gru.h": [1.0]})
    np.testing.assert_allclose(trace["gru.h"].ravel(), [0.75, 0.5625], rtol=1e-15)


# -- 5. Loss summed over all steps ------------------------------------------------------------------------------------


def one_unit(w: float, inputs: list[float]) -> Trace:
    network = Network(1, (Recurrent("elman", CELLS["elman"], 1, activations=LINEAR),))
    return run(network, ones(network) | {"elman.U": np.full((1, 1), w)}, column(inputs))


@pytest.mark.parametrize(
    ("w", "hidden", "total", "slope"),
    [
        (1.5, [1, 1.5, 2.25, 3.375, 5.0625], 11.97852, 75.125),
        (1.0, [1, 1, 1, 1, 1], 0.0, 0.0),
        (0.5, [1, 0.5, 0.25, 0.125, 0.0625], 1.22852, -2.375),
    ],
)
def test_the_gradient_of_a_loss_of_all_steps(w: float, hidden: list[float], total: float, slope: float) -> None:
    trace = one_unit(w, [1, 0, 0, 0, 0])
    assert trace["elman.h"].ravel().tolist() == hidden
    error = trace["elman.h"] - 1.0
    assert round(0.5 * float((error**2).sum()), 5) == total
    found = backward(trace, {"elman.h": error}).params["elman.U"][0, 0]
    assert round(float(found), 3) == slope


# -- 6. A thousand steps ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("w", "last", "slope"), [(1.0, 1.0, 999.0), (1.01, 20751.6, 2.05e7), (0.99, 4.36e-5, 0.0440), (0.01, 0.0, 0.0)]
)
def test_a_thousand_steps(w: float, last: float, slope: float) -> None:
    trace = one_unit(w, [1.0] + [0.0] * 999)
    np.testing.assert_allclose(trace["elman.h"][-1, 0, 0], last, rtol=2e-3)
    source = np.zeros_like(trace["elman.h"])
    source[-1] = 1.0
    np.testing.assert_allclose(backward(trace, {"elman.h": source}).params["elman.U"], slope, rtol=2e-3)


@pytest.mark.parametrize(("w", "digits"), [(1.01, 4.317), (0.99, -4.360)])
def test_a_thousand_steps_on_a_logarithmic_axis(w: float, digits: float) -> None:
    trace = one_unit(w, [1.0] + [0.0] * 999)
    assert abs(math.log10(trace["elman.h"][-1, 0, 0]) - digits) < 5e-4


def test_float64_holds_exactly_nothing_from_step_163_on() -> None:
    output = one_unit(0.01, [1.0] + [0.0] * 999)["elman.h"].ravel()
    assert output[161] > 0.0
    assert not output[162:].any()


@pytest.mark.parametrize(("z", "kept"), [(10.0, 0.956), (5.0, 0.0012), (1.0, 1e-136)])
def test_what_a_forget_gate_keeps_over_999_steps(z: float, kept: float) -> None:
    network = Network(1, (Recurrent("lstm", CELLS["lstm"], 1, activations={"g": "linear", "h": "linear"}),))
    params = {key: np.zeros(shape) for key, shape in network.parameter_shapes().items()}
    params["lstm.b_f"][0] = z
    trace = run(network, params, np.zeros((999, 1, 1)), initial={"lstm.c": [1.0]})
    found = trace["lstm.c"][-1, 0, 0]
    assert abs(math.log10(found) - math.log10(kept)) < (0.02 if z > 1.0 else 0.5)


def test_half_lives() -> None:
    """f = 1/2 halves in one step, f = 1/sqrt(2) in two; f = sigmoid(10) in ln 2 / (1 - f) or nearly so, 15268 steps."""
    assert half_life(0.5) == 1.0
    assert abs(half_life(math.sqrt(0.5)) - 2.0) < 1e-12
    assert abs(half_life(1.0 / (1.0 + math.exp(-10.0))) - 15267.7) < 1.0
    assert half_life(1.0) == math.inf
    assert half_life(0.0) == 0.0


# -- 10. Sentences of different length --------------------------------------------------------------------------------

SENTENCES = np.array([[1, 3, 2], [2, 0, 0], [3, 4, 0]], float).T[..., None]


def sentences(mask_zero: bool) -> Trace:
    """A word's number is its row of E, and the state adds up half of what it was: h_t = E[x_t] + h_{t-1} / 2."""
    layer = Recurrent("elman", CELLS["elman"], 1, activations=LINEAR)
    network = Network(1, (Embedding("words", 5, 1, mask_zero=mask_zero), layer))
    params = {"words.E": np.array([[9.0], [1.0], [2.0], [4.0], [8.0]]), "elman.b": np.zeros(1)}
    return run(network, params | {"elman.W": np.ones((1, 1)), "elman.U": np.full((1, 1), 0.5)}, SENTENCES)


def test_masked_steps_copy_the_state() -> None:
    hidden = sentences(mask_zero=True)["elman.h"][..., 0].T
    assert hidden.tolist() == [[1.0, 4.5, 4.25], [2.0, 2.0, 2.0], [4.0, 10.0, 10.0]]


def test_without_the_mask_padding_changes_the_last_state() -> None:
    hidden = sentences(mask_zero=False)["elman.h"][..., 0].T
    assert hidden.tolist() == [[1.0, 4.5, 4.25], [2.0, 10.0, 14.0], [4.0, 10.0, 14.0]]
