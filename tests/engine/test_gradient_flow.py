"""Gradient flow against backward and finite differences; parts against their sum; underflow told from zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from rnnviz.engine.backward import backward, parameter_gradients
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.errors import AddressError, LimitError, ShapeError
from rnnviz.engine.gradient_flow import flow, pair_parts, step_parts
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import ParameterAddress, Trace
from tests.engine.networks import (
    every_cell_and_direction,
    layer_of,
    random_initial,
    random_inputs,
    random_params,
    stacks,
)
from tests.engine.random_cells import random_cells

NETWORKS = {**dict(every_cell_and_direction()), **dict(stacks())}
NETWORKS |= {
    f"{name}-readout": Network(4, (layer_of(cell), Dense("readout", 2, "tanh"))) for name, cell in CELLS.items()
}
NETWORKS["forced"] = Network(4, (layer_of(CELLS["jordan"], teacher_forcing=True),))


def linear_unit(w: float, x: list[float]) -> Trace:
    """h_t = w h_{t-1} + x_t."""
    network = Network(1, (Recurrent("unit", CELLS["elman"], 1, activations={"h": "linear"}),))
    params = {"unit.W": np.ones((1, 1)), "unit.U": np.full((1, 1), w), "unit.b": np.zeros(1)}
    return run(network, params, np.array(x)[:, None, None])


def random_trace(network: Network, steps: int = 6, batch: int = 2, lengths: tuple[int, ...] | None = None) -> Trace:
    targets = np.random.default_rng(5).standard_normal((steps, batch, network.output_size))
    return run(
        network,
        random_params(network),
        random_inputs(network, steps, batch),
        lengths=lengths,
        initial=random_initial(network, batch),
        targets=targets,
    )


def random_sources(trace: Trace) -> dict[str, np.ndarray]:
    return {trace.output_name: np.random.default_rng(6).standard_normal(trace.output.shape)}


def only(sources: dict[str, np.ndarray], t: int) -> dict[str, np.ndarray]:
    found = {name: np.zeros_like(array) for name, array in sources.items()}
    for name, array in sources.items():
        found[name][t] = array[t]
    return found


W = ParameterAddress("unit.U", 0, 0)


@pytest.mark.parametrize(("w", "gradient"), [(1.5, 75.125), (1.0, 0.0), (0.5, -2.375)])
def test_the_parts_of_the_notes_add_up_to_their_gradient(w: float, gradient: float) -> None:
    """examples.md, section 5. By hand: L_t's part at step k is (h_t - 1) w^(t-k) h_{k-1}, h_t = w^(t-1)."""
    trace = linear_unit(w, [1.0, 0.0, 0.0, 0.0, 0.0])
    values, slope = loss("half squared error", trace, np.ones((5, 1, 1)))
    assert values.sum() == pytest.approx({1.5: 11.97852, 1.0: 0.0, 0.5: 1.22852}[w], abs=1e-5)
    sources = {"unit.h": slope}
    by_hand = np.zeros((5, 5))
    for t in range(1, 6):
        for k in range(2, t + 1):
            by_hand[t - 1, k - 1] = (w ** (t - 1) - 1.0) * w ** (t - k) * w ** (k - 2)
    np.testing.assert_allclose(pair_parts(trace, sources, W), by_hand, rtol=1e-14)
    assert by_hand.sum() == pytest.approx(gradient, abs=1e-12)
    by_step = step_parts(trace, sources, "unit.U")
    np.testing.assert_allclose(by_step[:, 0, 0], by_hand.sum(axis=0), rtol=1e-13, atol=1e-13)
    assert by_step.sum() == pytest.approx(gradient, abs=1e-12)


def test_the_matrix_of_the_notes_by_hand() -> None:
    trace = linear_unit(0.5, [1.0, 0.0, 0.0, 0.0, 0.0])
    _, slope = loss("half squared error", trace, np.ones((5, 1, 1)))
    found = flow(trace, {"unit.h": slope})
    for t in range(5):
        for k in range(5):
            wanted = abs(0.5**t - 1.0) * 0.5 ** (t - k) if k <= t else 0.0
            assert found.matrices["unit.h"][t, k] == pytest.approx(wanted, rel=1e-14)
    bars = backward(trace, {"unit.h": slope}).quantities["unit.h"]
    np.testing.assert_allclose(found.state_norms["unit.h"], np.abs(bars[..., 0]))


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_flow_and_parts_are_those_of_backward_from_each_step(name: str) -> None:
    network = NETWORKS[name]
    for lengths in (None, (6, 3)):
        trace = random_trace(network, lengths=lengths)
        sources = random_sources(trace)
        found = flow(trace, sources)
        whole = backward(trace, sources)
        for state in found.matrices:
            for t in range(trace.steps):
                bars = backward(trace, only(sources, t)).quantities[state]
                wanted = np.linalg.norm(bars.reshape(trace.steps, -1), axis=1)
                np.testing.assert_allclose(found.matrices[state][t], wanted, rtol=1e-11, atol=1e-14)
            wanted = np.linalg.norm(whole.quantities[state], axis=-1)
            np.testing.assert_allclose(found.state_norms[state], wanted, rtol=1e-11, atol=1e-14)
            assert not found.underflow(state).any()
        for parameter, gradient in whole.params.items():
            parts = step_parts(trace, sources, parameter)
            assert parts.shape == (trace.steps, *gradient.shape)
            np.testing.assert_allclose(parts.sum(axis=0), gradient, rtol=0, atol=1e-12 * max(1.0, np.abs(parts).sum()))


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_the_parts_of_a_number_are_those_of_each_steps_loss(name: str) -> None:
    trace = random_trace(NETWORKS[name], steps=4)
    sources = random_sources(trace)
    gradients = parameter_gradients(trace, sources)
    for parameter, values in trace.params.items():
        index = (len(values) - 1, 0)[: values.ndim]
        found = pair_parts(trace, sources, ParameterAddress(parameter, *index))
        wanted = [step_parts(trace, only(sources, t), parameter)[(slice(None), *index)] for t in range(trace.steps)]
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-14)
        assert found.sum() == pytest.approx(gradients[parameter][index], rel=1e-12, abs=1e-12)


def test_one_steps_part_is_the_difference_when_the_weight_changes_at_that_step_alone() -> None:
    """The part of step k: only the LSTM's step k sees the changed weight."""
    network = Network(2, (Recurrent("lstm", CELLS["lstm"], 3), Dense("readout", 1)))
    trace = random_trace(network, steps=5, batch=1)
    targets = np.ones((5, 1, 1))
    _, slope = loss("squared error", trace, targets)
    number = ParameterAddress("lstm.U_f", 1, 2)
    parts = pair_parts(trace, {"readout.y": slope}, number)
    for k in range(5):
        sums = []
        for step in (-1e-6, 1e-6):
            changed = {name: values.copy() for name, values in trace.params.items()}
            changed["lstm.U_f"][1, 2] += step
            pieces, states = [], {name: trace.initial(name) for name in trace.carried}
            for t in range(5):
                piece = run(network, changed if t == k else trace.params, trace["x"][t : t + 1], initial=states)
                states = {name: piece[name][-1] for name in trace.carried}
                pieces.append(loss("squared error", piece, targets[t : t + 1])[0].sum())
            sums.append(np.array(pieces))
        np.testing.assert_allclose(parts[:, k], (sums[1] - sums[0]) / 2e-6, rtol=1e-6, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(random_cells())
def test_random_cells_flow_as_backward_does(cell: Cell) -> None:
    trace = random_trace(Network(4, (Recurrent("cell", cell, 3, 2 if cell.has_outputs else 0),)), steps=3)
    sources = random_sources(trace)
    with np.errstate(all="ignore"):
        found, whole = flow(trace, sources), backward(trace, sources)
        if not all(np.abs(bar).max() < 1e50 for bar in whole.quantities.values()):
            return
        for state in found.matrices:
            for t in range(3):
                bars = backward(trace, only(sources, t)).quantities[state]
                wanted = np.linalg.norm(bars.reshape(3, -1), axis=1)
                np.testing.assert_allclose(found.matrices[state][t], wanted, rtol=1e-9, atol=1e-12)
        for parameter, gradient in whole.params.items():
            index = (0, 0)[: gradient.ndim]
            scale = max(1.0, np.abs(step_parts(trace, sources, parameter)).sum())
            parts = pair_parts(trace, sources, ParameterAddress(parameter, 0, 0))
            assert abs(parts.sum() - gradient[index]) <= 1e-10 * scale


# -- too small and too large -------------------------------------------------------------------------------------------


def test_an_underflow_is_told_from_a_zero() -> None:
    """examples.md, section 6: w = 0.01 over 1,000 steps; the true value is 1e-1998."""
    trace = linear_unit(0.01, [1.0] + [0.0] * 999)
    slope = np.zeros((1000, 1, 1))
    slope[-1] = 1.0
    found = flow(trace, {"unit.h": slope})
    assert found.matrices["unit.h"][-1, 0] == 0.0
    assert found.underflow("unit.h")[-1, 0]
    np.testing.assert_allclose(found.log10("unit.h")[-1], -2.0 * np.arange(999, -1, -1), rtol=1e-10)
    assert found.matrices["unit.h"][-1, 900] == pytest.approx(1e-198, rel=1e-10)
    assert not found.underflow("unit.h")[:-1].any()  # no loss there: an exact zero
    assert (found.matrices["unit.h"][:-1] == 0.0).all()


def test_a_dead_unit_is_a_true_zero() -> None:
    trace = linear_unit(0.0, [1.0] * 6)
    found = flow(trace, {"unit.h": np.ones((6, 1, 1))})
    np.testing.assert_array_equal(found.matrices["unit.h"], np.eye(6))
    assert not found.underflow("unit.h").any()


def test_what_explodes_beyond_float64_keeps_its_logarithm() -> None:
    trace = linear_unit(10.0, [0.0] * 500)
    found = flow(trace, {"unit.h": np.ones((500, 1, 1))})
    assert found.log10("unit.h")[-1, 0] == pytest.approx(499.0)
    assert np.isposinf(found.matrices["unit.h"][-1, 0])


def test_forget_gates_keep_what_the_examples_say() -> None:
    """examples.md, section 6: over 999 steps the memory path keeps 0.956 at z_f = 10, 1e-136 at z_f = 1."""
    network = Network(1, (Recurrent("lstm", CELLS["lstm"], 1),))
    for z, wanted in ((10.0, 0.956), (5.0, 0.0012), (1.0, 1e-136)):
        params = {name: np.zeros(shape) for name, shape in network.parameter_shapes().items()}
        params["lstm.b_f"][:] = z
        trace = run(network, params, np.zeros((1000, 1, 1)))
        source = np.zeros((1000, 1, 1))
        source[-1] = 1.0
        found = flow(trace, {"lstm.c": source}).log10("lstm.c")[-1, 0]
        assert found == pytest.approx(np.log10(wanted), abs=0.5 if wanted < 1e-100 else 0.01)


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_what_does_not_fit_is_refused() -> None:
    trace = linear_unit(0.5, [1.0, 0.0])
    slope = np.ones((2, 1, 1))
    with pytest.raises(ShapeError, match="no such quantity"):
        flow(trace, {"unit.q": slope})
    with pytest.raises(ShapeError, match="the trace has"):
        flow(trace, {"unit.h": slope[0]})
    with pytest.raises(AddressError, match="no parameter is called"):
        step_parts(trace, {"unit.h": slope}, "unit.Q")
    with pytest.raises(AddressError, match="there is no"):
        pair_parts(trace, {"unit.h": slope}, ParameterAddress("unit.U", 1, 0))
    long = linear_unit(0.5, [0.0] * 20_000)
    with pytest.raises(LimitError, match="fewer steps"):
        flow(long, {"unit.h": np.ones((20_000, 1, 1))})
