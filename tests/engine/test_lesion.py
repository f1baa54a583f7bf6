"""Lesions against runs in plain NumPy in which one unit is held, one run after another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from rnnviz.engine import clamped
from rnnviz.engine import lesion as lesion_module
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.clamped import Held, run_held
from rnnviz.engine.errors import AddressError, EngineError, ShapeError
from rnnviz.engine.excerpt import excerpt
from rnnviz.engine.lesion import decisions, joined, lesion, lesions
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Dense, Network
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.networks import layer_of, random_initial, random_inputs, random_params, single, stacks
from tests.engine.plain import run_plainly
from tests.engine.random_cells import random_cells

STEPS = 6
CLOSE = {"rtol": 1e-11, "atol": 1e-13}


def held_plainly(network: Network, x: np.ndarray, initial: dict[str, np.ndarray], name: str, unit: int) -> np.ndarray:
    """The output of a run in which one unit is held at 0.3, (T, size)."""
    (layer,) = network.recurrent

    def change(quantity: str, step: int, value: np.ndarray) -> np.ndarray:
        return np.where(np.arange(value.shape[1]) == unit, 0.3, value) if quantity == name else value

    return run_plainly(network, random_params(network), x, initial, change)[f"cell.{layer.cell.output}"][:, 0]


def check_every_quantity(network: Network, dtype: type = np.float64, tolerance: float = 0.0) -> None:
    x, initial = random_inputs(network, STEPS, 1), random_initial(network, 1)
    trace = run(network, random_params(network), x, initial=initial, dtype=dtype)
    (layer,) = network.recurrent
    for name in layer.cell.graph.sizes:
        size = layer.size_of(name)
        found = run_held(trace, Held(f"cell.{name}", np.arange(size), np.arange(size), np.full(size, 0.3)), size)
        for unit in range(size):
            wanted = held_plainly(network, x, initial, name, unit)
            close = {"rtol": tolerance, "atol": tolerance} if tolerance else CLOSE
            np.testing.assert_allclose(found[:, unit], wanted, **close, err_msg=f"{name}[{unit}]")


@pytest.mark.parametrize("name", CELLS)
def test_holding_any_quantity_equals_a_plain_loop(name: str) -> None:
    check_every_quantity(single(CELLS[name]))


@pytest.mark.parametrize("name", CELLS)
def test_holding_any_quantity_equals_a_plain_loop_in_float32(name: str) -> None:
    check_every_quantity(single(CELLS[name]), np.float32, 1e-5)


@settings(max_examples=30, deadline=None)
@given(random_cells())
def test_holding_any_quantity_of_random_cells_equals_a_plain_loop(cell: Cell) -> None:
    check_every_quantity(single(cell))


def test_several_units_can_be_held_in_one_run_and_none_in_another() -> None:
    network = single(CELLS["lstm"])
    x = random_inputs(network, STEPS, 1)
    trace = run(network, random_params(network), x)
    held = Held("cell.c", np.array([0, 0]), np.array([0, 2]), np.array([0.5, -0.5]))
    found = run_held(trace, held, 2)

    def change(quantity: str, step: int, value: np.ndarray) -> np.ndarray:
        return np.array([[0.5, value[0, 1], -0.5]]) if quantity == "c" else value

    np.testing.assert_allclose(
        found[:, 0], run_plainly(network, random_params(network), x, None, change)["cell.h"][:, 0], **CLOSE
    )
    np.testing.assert_allclose(found[:, 1], trace["cell.h"][:, 0], **CLOSE)


def test_short_stretches_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Padding at the seam of two stretches too."""
    network = Network(4, (layer_of(CELLS["lstm"]), layer_of(CELLS["gru"], "high", units=2), Dense("readout", 2)))
    trace = run(network, random_params(network), random_inputs(network, 30, 2), lengths=(7, 30))
    whole = [lesion(trace, "cell.f", sequence) for sequence in (0, 1)]
    monkeypatch.setattr(clamped, "RECORD_BYTES", 1)
    for sequence, wanted in enumerate(whole):
        found = lesion(trace, "cell.f", sequence)
        np.testing.assert_allclose(found.by_step, wanted.by_step, **CLOSE)
        assert wanted.by_step[:, 5].min() > 0
    assert not whole[0].by_step[:, 7:].any(), "padding is no change"


# -- whole networks ----------------------------------------------------------------------------------------------------


def biased(trace: Trace, quantity: str, unit: int) -> Trace:
    """The same in another way: a gate at 0 is what a bias of minus infinity, or near it, gives."""
    prefix, _, gate = quantity.rpartition(".")
    bias = trace.params[f"{prefix}.b_{gate}"].copy()
    bias[unit] = -1e4
    return run(
        trace.network,
        {**trace.params, f"{prefix}.b_{gate}": bias},
        trace["x"],
        lengths=trace.lengths,
        initial={name: trace.initial(name) for name in trace.carried},
        parallel=False,
    )


STACKS = dict(stacks())


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("three-deep", "low.forward.i"),
        ("three-deep", "low.backward.o"),
        ("three-deep", "middle.z"),
        ("final-of-both", "low.backward.f"),
        ("masked-words", "cell.i"),
        ("masking", "cell.backward.i"),
        ("dense-first", "cell.r"),
    ],
)
def test_a_shut_gate_changes_the_whole_network_as_a_bias_does_that_shuts_it(name: str, quantity: str) -> None:
    network = STACKS[name]
    x = random_inputs(network, STEPS, 2)
    if name == "masking":
        x[1, 1] = x[4:, 1] = 0.0
    lengths = None if name == "masking" else (6, 4)
    trace = run(network, random_params(network), x, lengths=lengths, initial=random_initial(network, 2))
    for sequence in (0, 1):
        part = excerpt(trace, sequence)
        units = np.arange(trace[quantity].shape[2])
        found = run_held(part, Held(quantity, units, units, np.zeros(len(units))), len(units))
        for unit in units:
            wanted = biased(trace, quantity, int(unit)).output[:, sequence]
            np.testing.assert_allclose(found[:, unit], wanted, rtol=1e-9, atol=1e-12)


def test_teacher_forcing_goes_on_while_a_unit_is_held() -> None:
    network = Network(4, (layer_of(CELLS["jordan"], teacher_forcing=True),))
    targets = np.random.default_rng(5).standard_normal((STEPS, 1, network.output_size))
    params, x = random_params(network), random_inputs(network, STEPS, 1)
    trace = run(network, params, x, targets=targets)
    found = run_held(trace, Held("cell.y", np.array([0]), np.array([0]), np.array([0.3])), 2)
    wanted = trace.output[:, 0].copy()
    wanted[:, 0] = 0.3  # what it hands back is the target in any case
    np.testing.assert_allclose(found[:, 0], wanted, **CLOSE)
    np.testing.assert_allclose(found[:, 1], trace.output[:, 0], **CLOSE)


# -- what is measured --------------------------------------------------------------------------------------------------


def classifier(activation: str = "softmax", outputs: int = 3) -> Trace:
    network = Network(4, (layer_of(CELLS["lstm"], units=5), Dense("readout", outputs, activation)))
    params = random_params(network, scale=1.5)
    return run(network, params, random_inputs(network, STEPS, 2), lengths=(6, 4))


def by_hand(trace: Trace, unit: int, value: float, sequence: int) -> np.ndarray:
    held = Held("cell.h", np.array([0]), np.array([unit]), np.array([value]))
    return run_held(excerpt(trace, sequence), held, 1)[:, 0]


@pytest.mark.parametrize("sequence", [0, 1])
def test_the_measures_are_those_of_the_outputs(sequence: int) -> None:
    trace = classifier()
    found, real = lesion(trace, "cell.h", sequence), (6, 4)[sequence]
    before = trace.output[:real, sequence]
    for unit in range(5):
        after = by_hand(trace, unit, 0.0, sequence)[:real]
        np.testing.assert_allclose(found.by_step[unit, :real], [np.hypot.reduce(row) for row in after - before])
        np.testing.assert_allclose(found.by_output[unit], np.sqrt(((after - before) ** 2).mean(axis=0)))
        np.testing.assert_allclose(found.at_end[unit], after[-1] - before[-1], rtol=1e-9)
        switched = [int(np.argmax(a) != np.argmax(b)) for a, b in zip(after, before, strict=True)]
        assert found.decided[unit] == sum(switched) / real
    assert found.decided.max() > 0, "else this test has seen nothing"
    assert not found.by_step[:, real:].any()
    assert np.isnan(found.loss).all()


@pytest.mark.parametrize("last_only", [False, True])
def test_the_change_of_the_loss_is_that_of_two_runs(last_only: bool) -> None:
    trace = classifier()
    targets = np.eye(3)[np.random.default_rng(7).integers(0, 3, (STEPS, 2))]
    weights = np.random.default_rng(8).uniform(0.5, 2.0, (STEPS, 2))
    parts = lesions(trace, "cell.o", 1, 0.0, "cross entropy", targets, last_only, weights)
    found = joined(list(parts)).loss
    for unit in range(5):
        shut = biased(trace, "cell.o", unit)
        losses = [loss("cross entropy", t, targets, last_only, weights)[0][:, 1].sum() for t in (shut, trace)]
        assert found[unit] == pytest.approx(losses[0] - losses[1], rel=1e-9)


def test_units_are_held_at_their_own_mean_over_real_steps() -> None:
    trace = classifier()
    found = lesion(trace, "cell.c", 0, "mean")
    rows = np.concatenate([trace["cell.c"][:6, 0], trace["cell.c"][:4, 1]])
    np.testing.assert_allclose(found.values, rows.mean(axis=0), rtol=1e-12)
    assert found.by_step.min(axis=1).max() > 0


def test_few_units_at_a_time_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = classifier()
    whole = lesion(trace, "cell.c")
    monkeypatch.setattr(lesion_module, "MOST_UNITS", 2)
    parts = list(lesions(trace, "cell.c"))
    assert [part.units.tolist() for part in parts] == [[0, 1], [2, 3], [4]]
    np.testing.assert_allclose(joined(parts).by_output, whole.by_output, rtol=1e-12)


def test_one_sigmoid_decides_yes_or_no_and_numbers_decide_nothing() -> None:
    trace = classifier("sigmoid", 1)
    assert decisions(trace, np.array([[0.4], [0.6]])).tolist() == [0, 1]
    assert decisions(classifier("linear"), np.zeros((2, 3))) is None
    assert np.isnan(lesion(classifier("linear"), "cell.h").decided).all()


def test_what_cannot_be_held_is_refused_in_a_line() -> None:
    trace = classifier()
    with pytest.raises(AddressError, match=r"'readout.y' is no quantity of a recurrent cell; there is cell.g"):
        lesion(trace, "readout.y")
    with pytest.raises(AddressError, match="there is no sequence 2"):
        lesion(trace, "cell.h", 2)
    with pytest.raises(EngineError, match="cannot be held at nan"):
        lesion(trace, "cell.h", 0, float("nan"))
    with pytest.raises(ShapeError, match="targets have shape"):
        list(lesions(trace, "cell.h", 0, 0.0, "cross entropy", np.zeros((1, 1, 3))))
