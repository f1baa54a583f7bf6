"""Pooling over time: numbers by hand, padding, live steps, derivatives, and the numbers of PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.backward import backward, parameter_gradients
from rnnviz.engine.cells import CELLS
from rnnviz.engine.dynamics import fixed_points, jacobians
from rnnviz.engine.errors import EngineError
from rnnviz.engine.explain import explain
from rnnviz.engine.lesion import lesion
from rnnviz.engine.live import Stepper
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Dense, Masking, Network, Pool, Recurrent
from rnnviz.engine.run import run, step
from rnnviz.engine.saliency import stretches
from rnnviz.engine.trace import Address, Trace
from tests.engine.networks import layer_of, random_inputs, random_params
from tests.engine.oracles import Case, cases, torch_params

KINDS = ("mean", "max", "sum")
X = [3.0, -1.0, 4.0, 4.0, -10.0]
BY_HAND = {
    "mean": [3.0, 1.0, 2.0, 2.5, 0.0],
    "max": [3.0, 3.0, 4.0, 4.0, 4.0],
    "sum": [3.0, 2.0, 6.0, 10.0, 0.0],
}


def pooled(kind: str, x: list[float], network: tuple = (), **options: object) -> Trace:
    layers = (*network, Pool("pool", kind))
    return run(Network(1, layers), {}, np.array(x)[:, None, None], **options)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", KINDS)
def test_each_step_has_what_is_pooled_so_far(kind: str, dtype: type) -> None:
    trace = pooled(kind, X, dtype=dtype)
    assert trace.output.dtype == dtype
    assert trace["pool.y"][:, 0, 0].tolist() == BY_HAND[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_padding_at_the_end_holds_the_value(kind: str) -> None:
    trace = pooled(kind, X, lengths=[3])
    assert trace["pool.y"][:, 0, 0].tolist() == BY_HAND[kind][:3] + [BY_HAND[kind][2]] * 2


@pytest.mark.parametrize(("kind", "expected"), [("mean", -3.0), ("max", -2.0), ("sum", -6.0)])
def test_padding_before_and_between_real_steps_does_not_count(kind: str, expected: float) -> None:
    """Before the first real step the value is 0, although all that comes is smaller."""
    trace = pooled(kind, [0.0, -4.0, 0.0, 0.0, -2.0, 0.0], (Masking("mask", 0.0),))
    assert trace["pool.y"][:, 0, 0].tolist() == [0.0, -4.0, -4.0, -4.0, expected, expected]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_without_a_real_step_stays_at_0(kind: str) -> None:
    assert not pooled(kind, X, lengths=[0])["pool.y"].any()


@pytest.mark.parametrize("kind", KINDS)
def test_no_steps_give_no_numbers(kind: str) -> None:
    assert pooled(kind, []).output.shape == (0, 1, 1)


# dL/dy is 1, 10, 100, 1000, 10000; the first of equal largest numbers has them all
HANDED_BACK = {
    "mean": [1 + 5 + 100 / 3 + 250 + 2000, 5 + 100 / 3 + 250 + 2000, 100 / 3 + 250 + 2000, 250 + 2000, 2000],
    "max": [11.0, 0.0, 11100.0, 0.0, 0.0],
    "sum": [11111.0, 11110.0, 11100.0, 11000.0, 10000.0],
}
CUT = {
    "mean": [1 + 5, 5, 100 / 3 + 250, 250, 2000],
    "max": [11.0, 0.0, 1100.0, 0.0, 0.0],
    "sum": [11.0, 10.0, 1100.0, 1000.0, 10000.0],
}


@pytest.mark.parametrize("kind", KINDS)
def test_derivatives_are_handed_back_to_what_was_pooled(kind: str) -> None:
    y_bar = np.array([1.0, 10.0, 100.0, 1000.0, 10000.0])[:, None, None]
    found = backward(pooled(kind, X), {"pool.y": y_bar})
    np.testing.assert_allclose(found.inputs[:, 0, 0], HANDED_BACK[kind], rtol=1e-14)
    held = backward(pooled(kind, X, lengths=[3]), {"pool.y": y_bar})
    assert not held.inputs[3:].any()
    expected = {"mean": 11100 / 3, "max": 11100, "sum": 11100}[kind]  # of steps 3 to 5, which all show the same
    assert held.inputs[2, 0, 0] == pytest.approx(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_truncation_cuts_them_as_it_cuts_those_of_memory(kind: str) -> None:
    """One unit that hands on its input: dL/dW is the sum of dL/dh times x over the steps."""
    network = Network(1, (Recurrent("unit", CELLS["elman"], 1, activations={"h": "linear"}), Pool("pool", kind)))
    params = {"unit.W": np.ones((1, 1)), "unit.U": np.zeros((1, 1)), "unit.b": np.zeros(1)}
    trace = run(network, params, np.array(X)[:, None, None])
    y_bar = np.array([1.0, 10.0, 100.0, 1000.0, 10000.0])[:, None, None]
    found = parameter_gradients(trace, {"pool.y": y_bar}, truncate=2)
    assert found["unit.W"][0, 0] == pytest.approx(float(np.dot(CUT[kind], X)))


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_live_steps_give_the_numbers_of_a_run(kind: str, batch: int) -> None:
    network = Network(2, (layer_of(CELLS["gru"]), Pool("pool", kind), layer_of(CELLS["elman"], "top"), Dense("y", 2)))
    params, x = random_params(network), random_inputs(network, 150, batch)
    whole = run(network, params, x, parallel=False)
    with Stepper(network, params, batch) as stepper:
        for row in x:
            stepper.step(row[0] if batch == 1 else row.T)
    np.testing.assert_allclose(stepper.trace()["pool.y"], whole["pool.y"], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(stepper.trace().output, whole.output, rtol=1e-12)
    longer = step(run(network, params, x[:-1], parallel=False), x[-1])
    for name in whole:
        np.testing.assert_allclose(longer[name], whole[name], rtol=1e-13, atol=1e-15, err_msg=name)


def test_the_law_names_the_steps_and_their_share() -> None:
    mean = explain(pooled("mean", X), Address("pool.y", 2))
    assert mean.law == "y = mean of x over steps 1 to t"
    assert mean.numbers() == "(3 + -1) * 1/2"
    assert [term.value for term in mean.terms] == [1.5, -0.5]
    largest = explain(pooled("max", X), Address("pool.y", 5))
    assert [operand.address for operand in largest.operands] == [Address("x", 3)]
    padded = explain(pooled("sum", X, lengths=[3]), Address("pool.y", 5))
    assert padded.held
    assert [operand.address for operand in padded.operands] == [Address("pool.y", 4)]


@pytest.mark.parametrize("kind", KINDS)
def test_saliency_in_stretches_is_that_of_the_whole(kind: str) -> None:
    network = Network(2, (layer_of(CELLS["gru"]), Pool("pool", kind), Dense("y", 2)))
    trace = run(network, random_params(network), random_inputs(network, 7, 2))
    address = Address("y.y", 5, 1, 1)
    source = np.zeros_like(trace.output)
    source[4, 1, 1] = 1.0
    whole = backward(trace, {"y.y": source})
    (found,) = stretches(trace, address, 2)
    np.testing.assert_allclose(found.gradients["x"], whole.inputs[:5, 1], rtol=1e-12)
    assert not found.gradients["pool.y"][:4].any()  # only the number's own step reads the pool


@pytest.mark.parametrize(("kind", "lost"), [("mean", 5.0), ("max", 8.0), ("sum", 15.0)])
def test_a_unit_that_is_held_is_held_in_what_is_pooled(kind: str, lost: float) -> None:
    """Two units that hand on their inputs; the first, 8, 1 and 6, is held at 0."""
    unit = Recurrent("unit", CELLS["elman"], 2, activations={"h": "linear"})
    network = Network(2, (unit, Pool("pool", kind)))
    params = {"unit.W": np.eye(2), "unit.U": np.zeros((2, 2)), "unit.b": np.zeros(2)}
    trace = run(network, params, np.array([[[8.0, 1.0]], [[1.0, 2.0]], [[6.0, 3.0]]]))
    assert lesion(trace, "unit.h").at_end[0].tolist() == [-lost, 0.0]


def test_another_kind_is_refused_by_name() -> None:
    with pytest.raises(EngineError, match="layer 'pool': kind is 'median'; it can be mean, max, sum"):
        Network(1, (Pool("pool", "median"),))  # type: ignore[arg-type]


def test_what_has_no_map_from_state_to_state_is_refused_and_a_pool_above_the_memory_is_no_hindrance() -> None:
    above = Network(2, (layer_of(CELLS["gru"], units=1), Pool("pool"), Dense("y", 1)))
    params, x = random_params(above), np.zeros((3, 1, 2))
    assert jacobians(run(above, params, x)).shape == (3, 1, 1, 1)
    assert fixed_points(above, params).points
    below = Network(2, (Pool("pool"), layer_of(CELLS["gru"], "memory", units=1)))
    params = random_params(below)
    for ask in (lambda: jacobians(run(below, params, x)), lambda: fixed_points(below, params)):
        with pytest.raises(EngineError, match="layer 'memory' reads what is pooled over time"):
            ask()


# --- PyTorch --------------------------------------------------------------------------------------------------------

(DIGITS,) = cases("pool/bigru2_digits")


def digits(case: Case, kind: str) -> tuple[Network, dict[str, np.ndarray]]:
    layers = tuple(Recurrent(f"r{k}", CELLS["gru_reset_after"], 12, direction="both") for k in (0, 1))
    network = Network(8, (*layers, Pool("pool", kind), Dense("fc", 10, "softmax")))
    weights = {name: array.astype(np.float64) for name, array in case.arrays.items() if name.startswith("w.")}
    params = {"fc.V": weights["w.fc.weight"], "fc.b": weights["w.fc.bias"]}
    for k in (0, 1):
        for suffix, direction in (("", "forward"), ("_reverse", "backward")):
            params |= torch_params(weights, "gru", "w.rnn.", f"l{k}{suffix}", f"r{k}.{direction}.")
    return network, params


def linear(network: Network) -> Network:
    return Network(network.inputs, (*network.layers[:-1], Dense("fc", 10)))


def test_a_trained_network_answers_as_torch_has_it() -> None:
    network, params = digits(DIGITS, "mean")
    trace = run(linear(network), params, DIGITS["x"].transpose(1, 0, 2))
    np.testing.assert_allclose(trace.output[-1], DIGITS["y"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_gradients_are_those_of_torch(kind: str) -> None:
    network, params = digits(DIGITS, kind)
    x = DIGITS["x"][:5].transpose(1, 0, 2)
    DIGITS.close(run(linear(network), params, x).output[-1], f"{kind}.y")
    trace = run(network, params, x)
    targets = np.zeros(trace.output.shape)
    targets[:, np.arange(5), DIGITS["labels"][:5]] = 1.0
    values, slopes = loss("cross entropy", trace, targets, last_only=True)
    assert values.sum() == pytest.approx(float(DIGITS[f"{kind}.loss"]), rel=1e-9)
    found = backward(trace, {"fc.y": slopes})
    DIGITS.close(found.inputs.transpose(1, 0, 2), f"{kind}.dx")
    DIGITS.close(found.params["fc.V"], f"{kind}.d.fc.weight")
    low = [found.params[f"r0.forward.W_{gate}"] for gate in "rzn"]
    DIGITS.close(np.concatenate(low), f"{kind}.d.rnn.weight_ih_l0")
    high = [found.params[f"r1.backward.U_{gate}"] for gate in "rzn"]
    DIGITS.close(np.concatenate(high), f"{kind}.d.rnn.weight_hh_l1_reverse")


@pytest.mark.parametrize("kind", KINDS)
def test_packed_sequences_are_pooled_over_their_own_steps(kind: str) -> None:
    network, params = digits(DIGITS, kind)
    x, lengths = DIGITS["x"][:5].transpose(1, 0, 2), DIGITS["lengths"].tolist()
    DIGITS.close(run(linear(network), params, x, lengths=lengths).output[-1], f"packed.{kind}.y")
