"""Every number of a run explains itself: value, law, operands with addresses, down to what was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from rnnviz.engine.activations import ELEMENTWISE, VALUE
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.explain import Explanation, explain
from rnnviz.engine.expression import Activation
from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Address, ParameterAddress, Trace
from tests.engine.networks import (
    every_cell_and_direction,
    layer_of,
    random_initial,
    random_inputs,
    random_params,
    single,
    stacks,
)
from tests.engine.random_cells import random_cells

NETWORKS = {**dict(every_cell_and_direction()), **dict(stacks())}


def run_random(network: Network, lengths: list[int] | None = None, steps: int = 3, batch: int = 2) -> Trace:
    forced = [layer for layer in network.recurrent if layer.teacher_forcing]
    targets = np.random.default_rng(9).standard_normal((steps, batch, forced[0].outputs)) if forced else None
    params, x, initial = random_params(network), random_inputs(network, steps, batch), random_initial(network, batch)
    return run(network, params, x, lengths=lengths, initial=initial, targets=targets)


def addresses(trace: Trace) -> Iterator[Address]:
    """Every number of the trace, and the first states."""
    for name, values in trace.items():
        steps = list(range(1, trace.steps + 1))
        if name in trace.carried:
            steps.append(trace.steps + 1 if trace.is_backward(name) else 0)
        for t in steps:
            for sequence in range(trace.batch):
                for unit in range(values.shape[2]):
                    yield Address(name, t, sequence, unit)


def pre_addresses(trace: Trace) -> Iterator[Address]:
    """What the activations of quantities that consist of one are applied to."""
    squashed = {f"{layer.name}.y" for layer in trace.network.layers if isinstance(layer, Dense)}
    for layer, prefix in trace.network.lanes():
        equations = layer.cell.graph.equations
        squashed |= {prefix + e.name for e in equations if isinstance(e.expression, Activation)}
    for address in addresses(trace):
        if address.quantity in squashed and 1 <= address.step <= trace.steps:
            yield replace(address, quantity=f"{address.quantity}.pre")


def assert_close(explanation: Explanation) -> None:
    """The law worked out again: within 1e-12 of the largest of what it adds up."""
    largest = max([abs(explanation.value), *(abs(term.value) for term in explanation.terms)])
    assert abs(explanation.recompute() - explanation.value) <= 1e-12 * largest, explanation


def assert_explained(trace: Trace, address: Address) -> Explanation:
    explanation = explain(trace, address)
    assert explanation.address == address
    assert explanation.value == trace.number(address)
    assert explanation.title
    assert explanation.meaning
    assert_close(explanation)
    for operand in explanation.operands:
        if operand.address is None:
            assert operand.value in _numbers(trace)
        else:
            assert operand.value == trace.number(operand.address)
            assert explain(trace, operand.address).value == operand.value
    within_terms = [operand for term in explanation.terms for operand in term.operands]
    assert all(operand in explanation.operands for operand in within_terms)
    assert bool(explanation.law) == bool(explanation.operands)
    assert bool(explanation.law) == bool(explanation.law_latex)
    return explanation


def _numbers(trace: Trace) -> set[float]:
    """Numbers that a law may hold without an address: those of the equations, the constants, a mean's half, how many
    steps are pooled."""
    return {
        0.0,
        0.5,
        *map(float, range(1, trace.steps + 1)),
        *(value for k in trace.network.recurrent for value in k.constant_values().values()),
    }


@pytest.mark.parametrize("lengths", [None, [3, 1]], ids=["full", "ragged"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_number_is_explained(name: str, lengths: list[int] | None) -> None:
    trace = run_random(NETWORKS[name], lengths)
    for address in addresses(trace):
        explanation = assert_explained(trace, address)
        if address.quantity == "x":
            assert (explanation.law, explanation.scalar) == ("", None)


@pytest.mark.parametrize("lengths", [None, [3, 1]], ids=["full", "ragged"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_pre_activation_is_explained(name: str, lengths: list[int] | None) -> None:
    trace = run_random(NETWORKS[name], lengths, steps=3)
    checked = 0
    for address in pre_addresses(trace):
        explanation = assert_explained(trace, address)
        assert explanation.law.startswith(f"{address.quantity.split('.')[-2]}.pre = ")
        checked += 1
    assert checked


@pytest.mark.parametrize("function", ELEMENTWISE)
@pytest.mark.parametrize("name", CELLS)
def test_every_activation_is_explained(name: str, function: str) -> None:
    for slot in CELLS[name].slots:
        trace = run_random(single(CELLS[name], units=2, activations={slot: function}), steps=2, batch=1)
        for quantity in trace.network.quantities():
            explanation = assert_explained(trace, Address(quantity, 2, 0, 1))
            if quantity == f"cell.{slot}":
                assert (f"{function}(" in explanation.law) == (function != "linear")


@pytest.mark.parametrize("name", ["dense-linear", "dense-tanh", "dense-sigmoid", "dense-relu", "dense-softmax"])
def test_an_activation_of_its_pre_activation_is_the_number(name: str) -> None:
    trace = run_random(NETWORKS[name])
    function = name.removeprefix("dense-")
    for t in (1, 2, 3):
        pre = np.array([trace.number(Address("readout.y.pre", t, 0, unit)) for unit in range(3)])
        np.testing.assert_allclose(VALUE[function](pre), trace["readout.y"][t - 1, 0], rtol=1e-14)


@pytest.mark.parametrize("masked_output", ["hold", "zero"])
@pytest.mark.parametrize("returns", ["sequence", "final"])
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_padding_and_final_states_are_explained(direction: str, returns: str, masked_output: str) -> None:
    layer = layer_of(CELLS["lstm"], units=2, direction=direction, returns=returns, masked_output=masked_output)
    trace = run_random(Network(4, (layer, Dense("readout", 2))), [3, 1])
    for address in addresses(trace):
        assert_explained(trace, address)


@pytest.mark.parametrize("lengths", [None, [3, 1]], ids=["full", "ragged"])
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_teacher_forcing_is_explained(direction: str, lengths: list[int] | None) -> None:
    trace = run_random(single(CELLS["jordan"], direction=direction, teacher_forcing=True), lengths)
    for address in addresses(trace):
        assert_explained(trace, address)
    (prefix,) = {name.removesuffix("s") for name in trace if name.endswith(".s") and "forward" in name} or {"cell."}
    before, t = (3, 2) if direction == "backward" else (1, 2)
    explanation = explain(trace, Address(f"{prefix}s", t))
    assert Address("target", before) in {operand.address for operand in explanation.operands}
    assert explain(trace, Address("target", before, 0, 1)).value == trace.targets[before - 1, 0, 1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(cell=random_cells())
def test_any_cell_is_explained(cell: Cell) -> None:
    trace = run_random(Network(4, (Recurrent("cell", cell, 2, 3),)), [2, 1], steps=2)
    for address in (*addresses(trace), *pre_addresses(trace)):
        explanation = explain(trace, address)
        assert explanation.value == trace.number(address)
        largest = max([1.0, *(float(np.abs(values).max()) for values in trace.values())])
        assert abs(explanation.recompute() - explanation.value) <= 1e-11 * largest**2


def given_below(trace: Trace, start: Address) -> tuple[set[Address], set[str]]:
    """Everything without operands that a number comes from in the end: states and inputs, names of parameters."""
    waiting, seen = [start], {start}
    ends: set[Address] = set()
    parameters: set[str] = set()
    while waiting:
        address = waiting.pop()
        explanation = explain(trace, address)
        if not explanation.operands:
            ends.add(address)
        for operand in explanation.operands:
            if isinstance(operand.address, ParameterAddress):
                assert explain(trace, operand.address).operands == ()
                parameters.add(operand.address.parameter)
            elif operand.address is not None and operand.address not in seen:
                seen.add(operand.address)
                waiting.append(operand.address)
    return ends, parameters


@pytest.mark.parametrize("name", NETWORKS)
def test_walking_down_ends_at_what_was_given(name: str) -> None:
    network = NETWORKS[name]
    trace = run_random(network)
    found: set[Address] = set()
    parameters: set[str] = set()
    for unit in range(network.output_size):
        ends, used = given_below(trace, Address(trace.output_name, 3, 0, unit))
        found |= ends
        parameters |= used
    for address in found:
        is_first = address.quantity in trace.carried and not 1 <= address.step <= 3
        assert address.quantity == "x" or is_first, address
    assert all(address.sequence == 0 for address in found)
    assert parameters == set(network.parameter_shapes())
    if isinstance(network.layers[0], Embedding):
        assert {address.quantity for address in found} == set(trace.carried)  # words end at their row of E
    elif network.recurrent[0].direction == "forward":
        inputs = {Address("x", t, 0, unit) for t in (1, 2, 3) for unit in range(network.inputs)}
        first = {Address(state, 0, 0, unit) for state, size in network.state_sizes().items() for unit in range(size)}
        assert found == inputs | first


# -- what it says, by hand --------------------------------------------------------------------------------------------


def counter() -> Trace:
    """The LSTM cell that counts, example 2: five steps."""
    layer = Recurrent("lstm", CELLS["lstm"], 1, activations={"g": "linear", "h": "linear"})
    params = {f"lstm.U_{k}": np.zeros((1, 1)) for k in "gifo"}
    rows = {"g": [1, 0, 0], "i": [0, 100, 0], "f": [0, 100, 0], "o": [0, 0, 100]}
    biases = {"g": 0, "i": -10, "f": 10, "o": -10}
    for k in "gifo":
        params |= {f"lstm.W_{k}": np.array([rows[k]], float), f"lstm.b_{k}": np.array([biases[k]], float)}
    x = np.array([[3, 1, 0], [4, 1, 0], [2, 0, 0], [1, 0, 1], [3, -1, 0]], float)
    return run(Network(3, (layer,)), params, x[:, None])


def test_the_memory_cell_of_the_lecture_in_words() -> None:
    explanation = explain(counter(), Address("lstm.c", 4))
    assert explanation.title == "c[0] after step 4"
    assert explanation.meaning == "memory cell"
    assert explanation.law == "c = f * c_prev + i * g"
    assert explanation.law_latex == r"c_{t} = f_{t} \odot c_{t-1} + i_{t} \odot g_{t}"
    assert explanation.numbers() == "0.999955 * 6.99977 + 4.53979e-05 * 1"
    assert explanation.numbers(digits=2) == "1 * 7 + 4.5e-05 * 1"
    labels = [(operand.label, operand.address) for operand in explanation.operands]
    assert labels == [
        ("f[0]", Address("lstm.f", 4)),
        ("c_prev[0]", Address("lstm.c", 3)),
        ("i[0]", Address("lstm.i", 4)),
        ("g[0]", Address("lstm.g", 4)),
    ]
    assert [term.label for term in explanation.terms] == ["f[0] * c_prev[0]", "i[0] * g[0]"]
    kept, written = (term.value for term in explanation.terms)
    assert abs(kept - 6.999455) < 1e-6
    assert abs(written - 4.54e-5) < 1e-7


def test_a_later_layer_reads_what_the_one_before_says() -> None:
    """Not the network's x: h for a readout, with its layer's name where the law has an h of its own."""
    one, two = (layer_of(CELLS["elman"], name) for name in ("one", "two"))
    network = Network(3, (one, two, Dense("readout", 2, "sigmoid")))
    trace = run(network, random_params(network), random_inputs(network, 2, 1))
    first, second, last = (explain(trace, Address(name, 2)) for name in ("one.h", "two.h", "readout.y"))
    assert first.law == "h = tanh(W @ x + U @ h_prev + b)"
    assert second.law == "h = tanh(W @ one.h + U @ h_prev + b)"
    assert last.law == "y = sigmoid(V @ h + b)"
    assert last.law_latex == r"y_{t} = \sigma\left(V h_{t} + b\right)"
    assert last.operands[1].label == "h[0]"
    assert last.operands[1].address == Address("two.h", 2)


def test_a_gate_of_the_lecture_in_words() -> None:
    explanation = explain(counter(), Address("lstm.f", 5))
    assert explanation.law == "f = sigmoid(W_f @ x + U_f @ h_prev + b_f)"
    assert explanation.numbers() == "sigmoid(0 * 3 + 100 * -1 + 0 * 0 + 0 * 6.9995 + 10)"
    assert explanation.operands[0].address == ParameterAddress("lstm.W_f", 0, 0)
    assert explanation.operands[-1].address == ParameterAddress("lstm.b_f", 0)
    pre = explain(counter(), Address("lstm.f.pre", 5))
    assert (pre.value, pre.law) == (-90.0, "f.pre = W_f @ x + U_f @ h_prev + b_f")
    assert pre.title == "f.pre[0] at step 5"
    assert [term.value for term in pre.terms] == [0.0, -100.0, 0.0, 0.0, 10.0]


def test_what_is_given_says_so() -> None:
    trace = counter()
    first = explain(trace, Address("lstm.c", 0))
    assert (first.value, first.meaning, first.law) == (0.0, "state before the first step, given", "")
    weight = explain(trace, ParameterAddress("lstm.W_i", 0, 1))
    assert (weight.value, weight.title, weight.meaning) == (100.0, "lstm.W_i[0, 1]", "parameter, given")
    assert explain(trace, ParameterAddress("lstm.b_i", 0)).title == "lstm.b_i[0]"
    read = explain(trace, Address("x", 4, 0, 2))
    assert (read.value, read.title, read.meaning) == (1.0, "x[2] at step 4", "input, given")


def test_a_held_state_says_so() -> None:
    trace = run_random(single(CELLS["lstm"]), [3, 1])
    explanation = explain(trace, Address("cell.c", 3, 1, 2))
    assert explanation.held
    assert explanation.law == "c = c_prev"
    assert [operand.address for operand in explanation.operands] == [Address("cell.c", 2, 1, 2)]
    assert not explain(trace, Address("cell.c", 1, 1, 2)).held
    gate = explain(run_random(single(CELLS["lstm"]), [3, 0]), Address("cell.i", 1, 1, 2))
    assert (gate.held, gate.value, gate.law) == (True, 0.0, "i = 0")


def test_the_functions_in_use_stand_in_the_law() -> None:
    trace = run_random(single(CELLS["lstm"], activations={"i": "hard", "h": "linear"}))
    assert explain(trace, Address("cell.i", 1)).law == "i = hard(W_i @ x + U_i @ h_prev + b_i)"
    assert explain(trace, Address("cell.h", 1)).law == "h = o * c"


@pytest.mark.parametrize(
    ("merge", "law"),
    [
        ("concat", "merged = [forward.h; backward.h]"),
        ("sum", "merged = forward.h + backward.h"),
        ("mean", "merged = (forward.h + backward.h) * 0.5"),
        ("mul", "merged = forward.h * backward.h"),
    ],
)
def test_a_merge_says_which_states_it_takes(merge: str, law: str) -> None:
    trace = run_random(single(CELLS["lstm"], direction="both", merge=merge))
    explanation = explain(trace, Address("cell.merged", 2, 0, 1))
    assert explanation.law == law
    forward, backward = Address("cell.forward.h", 2, 0, 1), Address("cell.backward.h", 2, 0, 1)
    wanted = [forward] if merge == "concat" else [forward, backward]
    assert [operand.address for operand in explanation.operands if operand.address] == wanted


def test_long_sums_show_the_largest_and_add_up_the_rest() -> None:
    """y = 1*8 - 1*7 + 1*6 - ... : 8 terms, of which 3 are shown; the other five add up to -5 + ... by hand."""
    network = Network(8, (Dense("readout", 1),))
    x = np.array([1.0, -7.0, 6.0, -2.0, 5.0, -3.0, 4.0, -8.0]).reshape(1, 1, 8)
    trace = run(network, {"readout.V": np.ones((1, 8)), "readout.b": np.zeros(1)}, x)
    explanation = explain(trace, Address("readout.y", 1))
    assert explanation.value == -4.0
    assert explanation.numbers(limit=3) == "1 * -7 + 1 * 6 + 1 * -8 + 6 more that add up to 5"
    assert len(explanation.numbers(limit=9).split(" + ")) == 9
    assert "more" not in explanation.numbers(limit=8)


def test_pieces_put_every_operand_into_the_text_once() -> None:
    trace = run_random(NETWORKS["gru_reset_after-forward-concat"])
    explanation = explain(trace, Address("cell.n", 2, 0, 1))
    pieces = explanation.pieces(limit=100)
    assert [operand for _, operand in pieces if operand is not None] == list(explanation.operands)
    assert "".join(text for text, _ in pieces) == explanation.numbers(limit=100)


def test_numbers_out_of_range_are_explained_too() -> None:
    """1e308 + 1e308 is no number of float64; infinity minus infinity is none at all."""
    layer = Recurrent("elman", CELLS["elman"], 2, activations={"h": "linear"})
    params = {"elman.W": np.ones((2, 1)), "elman.U": np.array([[1.0, 1.0], [1.0, -1.0]]), "elman.b": np.zeros(2)}
    trace = run(Network(1, (layer,)), params, np.array([1e308, 0.0, 0.0, 0.0]).reshape(4, 1, 1))
    for t in range(1, 5):
        for unit in (0, 1):
            explanation = explain(trace, Address("elman.h", t, 0, unit))
            np.testing.assert_equal(explanation.recompute(), explanation.value)
            assert explanation.numbers()
    assert trace["elman.h"][1, 0, 0] == np.inf
