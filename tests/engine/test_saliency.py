"""Saliency against finite differences of the run, and of a run whose quantities are moved one at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.errors import AddressError, LimitError
from rnnviz.engine.network import Dense, Masking, Network
from rnnviz.engine.run import run
from rnnviz.engine.saliency import saliency, stretches
from rnnviz.engine.trace import Address, Trace
from tests.engine.networks import (
    every_cell_and_direction,
    layer_of,
    random_initial,
    random_inputs,
    random_params,
    single,
    stacks,
)
from tests.engine.oracles import Case, cases, torch_params
from tests.engine.plain import run_plainly
from tests.engine.random_cells import random_cells

NETWORKS = {**dict(every_cell_and_direction()), **dict(stacks())}
NETWORKS["forced"] = Network(4, (layer_of(CELLS["jordan"], teacher_forcing=True),))
NETWORKS["two-forward"] = Network(4, (layer_of(CELLS["lstm"]), layer_of(CELLS["gru"], "high"), Dense("readout", 2)))
STEPS, STEP, SEQUENCE = 6, 4, 1
CLOSE = {"rtol": 1e-5, "atol": 1e-9}
SMALL = 1e-5


def random_trace(network: Network, **options: object) -> Trace:
    targets = np.random.default_rng(5).standard_normal((STEPS, 2, network.output_size))
    inputs = random_inputs(network, STEPS, 2)
    if any(isinstance(layer, Masking) for layer in network.layers):
        inputs[4:, 1] = 0.0
    given = {"initial": random_initial(network, 2), "targets": targets, "inputs": inputs, **options}
    return run(network, random_params(network), given.pop("inputs"), **given)  # type: ignore[arg-type]


def rerun(trace: Trace, inputs: np.ndarray | None = None, initial: dict[str, np.ndarray] | None = None) -> Trace:
    states = {name: trace.initial(name) for name in trace.carried}
    targets = trace.targets
    return run(
        trace.network,
        trace.params,
        trace["x"] if inputs is None else inputs,
        lengths=trace.lengths,
        initial={**states, **(initial or {})},
        targets=targets,
        parallel=False,
    )


def by_difference(trace: Trace, array: np.ndarray, address: Address, moved: str) -> np.ndarray:
    """The derivative by the numbers of `array`, the inputs ("x") or an initial state, of the address's sequence."""
    found = np.zeros_like(array[..., SEQUENCE, :])
    for place in np.ndindex(found.shape):
        sides = []
        for shift in (SMALL, -SMALL):
            other = array.copy()
            other[..., SEQUENCE, :][place] += shift
            again = rerun(trace, inputs=other) if moved == "x" else rerun(trace, initial={moved: other})
            sides.append(again.number(address))
        found[place] = (sides[0] - sides[1]) / (2 * SMALL)
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_saliency_by_inputs_and_first_states_equals_finite_differences(name: str) -> None:
    network = NETWORKS[name]
    trace = random_trace(network)
    address = Address(trace.output_name, STEP, SEQUENCE, 1)
    found = saliency(trace, address)
    if network.layers[0].name != "words" and "masking" not in name:  # no difference by an id, none across a mask
        wanted = by_difference(trace, trace["x"], address, "x")
        np.testing.assert_allclose(found.gradients["x"], wanted, **CLOSE)
    for state in trace.carried:
        wanted = by_difference(trace, trace.initial(state), address, state)
        np.testing.assert_allclose(found.initial[state], wanted, **CLOSE, err_msg=state)


@pytest.mark.parametrize("name", CELLS)
def test_saliency_of_every_quantity_by_every_quantity_equals_finite_differences(name: str) -> None:
    every_quantity(single(CELLS[name], inputs=2))


@settings(max_examples=5, deadline=None)
@given(random_cells())
def test_saliency_of_random_cells_equals_finite_differences(cell: Cell) -> None:
    every_quantity(single(cell, inputs=2))


def every_quantity(network: Network) -> None:
    """One unit of each quantity at the last of three steps, by all units of all quantities at step 2."""
    params, x, initial = random_params(network), random_inputs(network, 3, 1), random_initial(network, 1)
    trace = run(network, params, x, initial=initial)
    (layer,) = network.recurrent
    for of in layer.cell.graph.sizes:
        address = Address(f"{layer.name}.{of}", 3, 0, 0)
        found = saliency(trace, address)
        for by in layer.cell.graph.sizes:
            if layer.functions().get(by) == "hard":
                continue
            wanted = [moved(network, params, x, initial, by, unit, address) for unit in range(layer.size_of(by))]
            np.testing.assert_allclose(
                found.gradients[f"{layer.name}.{by}"][1], wanted, rtol=1e-5, atol=1e-8, err_msg=f"d{of}/d{by}"
            )


def moved(
    network: Network,
    params: dict[str, np.ndarray],
    x: np.ndarray,
    initial: dict[str, np.ndarray],
    by: str,
    unit: int,
    address: Address,
) -> float:
    sides = []
    for shift in (SMALL, -SMALL):

        def change(name: str, step: int, value: np.ndarray, shift: float = shift) -> np.ndarray:
            return value + shift * (np.arange(value.shape[1]) == unit) if (name, step) == (by, 2) else value

        sides.append(run_plainly(network, params, x, initial, change)[address.quantity][2, 0, address.unit])
    return float((sides[0] - sides[1]) / (2 * SMALL))


@pytest.mark.parametrize("length", [1, 2, 5])
def test_stretches_are_the_whole_in_pieces_last_one_first(length: int) -> None:
    trace = random_trace(NETWORKS["two-forward"])
    address = Address("readout.y", 5, SEQUENCE, 0)
    whole = saliency(trace, address)
    parts = list(stretches(trace, address, length))
    assert [part.last for part in parts] == list(range(5, 0, -length))
    for part in parts:
        for name, values in part.gradients.items():
            np.testing.assert_allclose(
                values, whole.gradients[name][part.first - 1 : part.last], rtol=1e-12, atol=1e-15, err_msg=name
            )
    for name, values in whole.initial.items():
        np.testing.assert_allclose(parts[-1].initial[name], values, rtol=1e-12, atol=1e-15)


def test_steps_that_come_later_have_no_part() -> None:
    found = saliency(random_trace(NETWORKS["two-forward"]), Address("readout.y", 3))
    for values in found.gradients.values():
        assert not values[3:].any()
    assert np.abs(found.gradients["x"][:3]).min() > 0


def test_padding_has_no_part() -> None:
    network = NETWORKS["two-forward"]
    trace = random_trace(network, lengths=(6, 3))
    address = Address("readout.y", 6, 1, 0)
    found = saliency(trace, address).gradients["x"]
    assert not found[3:].any()
    np.testing.assert_allclose(found[:3], by_difference(trace, trace["x"], address, "x")[:3], **CLOSE)


# -- before the activation ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NETWORKS if name.startswith("dense-") and name != "dense-first"])
def test_a_readout_before_its_activation_equals_finite_differences(name: str) -> None:
    trace = random_trace(NETWORKS[name])
    found = saliency(trace, Address("readout.y.pre", STEP, SEQUENCE, 1)).gradients["x"]
    wanted = by_difference(trace, trace["x"], Address("readout.y.pre", STEP, SEQUENCE, 1), "x")
    np.testing.assert_allclose(found, wanted, **CLOSE)


@pytest.mark.parametrize("gate", ["g", "i", "f", "o"])
def test_a_gate_before_its_activation_equals_finite_differences(gate: str) -> None:
    """Of a peephole cell, whose output gate sees what the others have made in the same step."""
    trace = random_trace(single(CELLS["lstm_peephole"]))
    address = Address(f"cell.{gate}.pre", STEP, SEQUENCE, 1)
    found = saliency(trace, address)
    wanted = by_difference(trace, trace["x"], address, "x")
    np.testing.assert_allclose(found.gradients["x"], wanted, **CLOSE)
    np.testing.assert_array_equal(found.values["cell.i"], trace["cell.i"][:, SEQUENCE])


def test_a_shut_gate_is_still_explained_before_its_activation() -> None:
    network = single(CELLS["lstm"], inputs=2)
    params = {**random_params(network), "cell.b_f": np.full(3, -800.0)}
    trace = run(network, params, random_inputs(network, 3, 1))
    assert trace.number(Address("cell.f", 3)) == 0.0
    assert not saliency(trace, Address("cell.f", 3)).gradients["x"].any()
    found = saliency(trace, Address("cell.f.pre", 3)).gradients["x"]
    np.testing.assert_allclose(found[2], params["cell.W_f"][0], rtol=1e-14)


# -- summaries, by hand ------------------------------------------------------------------------------------------------


def test_a_linear_network_is_the_sum_of_gradient_times_value() -> None:
    network = Network(2, (layer_of(CELLS["elman"], activations={"h": "linear"}), Dense("readout", 1)))
    params = {name: values * ("b" not in name) for name, values in random_params(network).items()}
    trace = run(network, params, random_inputs(network, 5, 1))
    found = saliency(trace, Address("readout.y", 5))
    assert found.times_value("x").sum() == pytest.approx(trace.output[4, 0, 0], rel=1e-12)
    np.testing.assert_allclose(found.norms("x"), np.sqrt((found.gradients["x"] ** 2).sum(axis=1)), rtol=1e-12)


# -- PyTorch -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases("torch/saliency_*"), ids=lambda case: case.name)
def test_saliency_equals_pytorch_autograd(case: Case) -> None:
    kind, layers = case.meta["cell"], case.meta["layers"]
    cell = CELLS["lstm" if kind == "lstm" else "gru_reset_after"]
    units, outputs = case["w.weight_hh_l0"].shape[1], len(case["w.readout_weight"])
    stack = tuple(layer_of(cell, f"layer{k}", units=units) for k in range(layers))
    network = Network(case["x"].shape[2], (*stack, Dense("readout", outputs, "softmax")))
    params: dict[str, np.ndarray] = {"readout.V": case["w.readout_weight"], "readout.b": case["w.readout_bias"]}
    for k in range(layers):
        params |= torch_params(case.arrays, kind, "w.", f"l{k}", f"layer{k}.")
    trace = run(network, params, case["x"])
    case.close(trace.output, "y")
    for row in range(len(case["of"])):
        quantity = case.meta["quantities"][row]
        step, sequence, unit = case["of"][row].tolist()
        found = saliency(trace, Address(quantity, step, sequence, unit))
        case.close_to(found.gradients["x"], case[f"dx.{row}"], f"{quantity} by x")
        for k in range(layers):
            case.close_to(found.gradients[f"layer{k}.h"], case[f"dh{k}.{row}"], f"{quantity} by layer{k}.h")


# -- what cannot be had ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "step", "says"),
    [
        ("x", 1, "is given"),
        ("words.e", 1, "is looked up"),
        ("cell.h", 0, "nothing was worked out at step 0"),
        ("cell.h", 7, "there is no step 7"),
        ("cell.hh", 1, "no quantity is called 'cell.hh'"),
        ("cell.h.pre", 1, "no activation with a slope"),
    ],
)
def test_what_was_not_worked_out_is_refused_in_a_line(quantity: str, step: int, says: str) -> None:
    with pytest.raises(AddressError, match=says):
        saliency(random_trace(NETWORKS["embedding"]), Address(quantity, step))


def test_too_much_memory_is_refused_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnviz.engine.saliency.MAX_BYTES", 100)
    with pytest.raises(LimitError, match="of 6 steps would take"):
        saliency(random_trace(NETWORKS["embedding"]), Address("cell.h", 3))
