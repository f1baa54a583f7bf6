"""Loss surfaces: the cliff of Pascanu, Mikolov & Bengio, the fast way against runs, gradients against differences."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.directions import (
    Axis,
    coordinates,
    gradient_direction,
    path_directions,
    random_direction,
    span,
)
from rnnviz.engine.errors import AddressError, EngineError, LimitError, ShapeError
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.surface import levels, surface, whole
from rnnviz.engine.trace import ParameterAddress
from rnnviz.engine.training import Data, Settings
from tests.engine.networks import layer_of, random_initial, random_inputs, random_params, single, stacks
from tests.engine.random_cells import random_cells

Problem = tuple[Network, dict[str, np.ndarray], Data, Settings]
STACKS = dict(stacks())
X, Y = np.array([-0.7, 0.1, 0.6]), np.array([-0.4, 0.9])


def sigmoid(z: float) -> float:
    return 1.0 / (1.0 + np.exp(-z))


def cliff(form: str) -> Problem:
    """x_t = w sigmoid(x_{t-1}) + b, x_0 = 0.5, E = (sigmoid(x_50) - 0.7)^2, as two networks."""
    if form == "own cell":
        unit = Recurrent("unit", Cell("map", "Map", "h = U @ sigmoid(h_prev) + b"), 1)
        network = Network(1, (unit, Dense("readout", 1, "sigmoid")))
        fixed = {"readout.V": np.ones((1, 1)), "readout.b": np.zeros(1)}
        first = 0.5
    else:
        network = Network(1, (Recurrent("unit", CELLS["elman"], 1, activations={"h": "sigmoid"}),))
        fixed = {"unit.W": np.zeros((1, 1))}
        first = sigmoid(0.5)
    params = {"unit.U": np.array([[5.0]]), "unit.b": np.array([-2.7]), **fixed}
    data = Data(np.zeros((50, 1, 1)), np.full((50, 1, 1), 0.7), initial={"unit.h": np.array([[first]])})
    return network, params, data, Settings(loss="squared error", last_only=True)


W, B = ParameterAddress("unit.U", 0, 0), ParameterAddress("unit.b", 0)


@pytest.mark.parametrize("form", ["own cell", "elman"])
def test_the_cliff_is_where_the_examples_say(form: str) -> None:
    """examples.md, section 7."""
    problem = cliff(form)
    x, y = np.linspace(4.5, 6.5, 401), np.linspace(-3.2, -2.2, 401)
    found = whole(*problem, W, B, x, y, gradient=True)
    row, column = np.unravel_index(found.gradient_norm.argmax(), found.loss.shape)
    assert found.gradient_norm.max() == pytest.approx(3320, abs=0.5)
    assert (found.x[column], found.y[row]) == pytest.approx((4.94, -2.575))
    assert np.median(found.gradient_norm) == pytest.approx(0.083, abs=5e-4)
    assert (found.loss > 0.15).mean() == pytest.approx(0.325, abs=5e-4)
    edge = whole(*problem, W, B, [5.462, 5.4625], [-2.9]).loss[0]
    assert edge == pytest.approx([0.3875, 0.0235], abs=5e-5)


@pytest.mark.parametrize("form", ["own cell", "elman"])
def test_the_gradient_on_the_cliff_is_the_difference_quotient(form: str) -> None:
    problem = cliff(form)
    step = 1e-6
    for w, b in ((4.94, -2.575), (5.2, -2.9), (6.3, -2.4)):
        found = whole(*problem, W, B, [w], [b], gradient=True)
        in_w = whole(*problem, W, B, [w - step, w + step], [b]).loss[0]
        in_b = whole(*problem, W, B, [w], [b - step, b + step]).loss[:, 0]
        slopes = np.array([in_w[1] - in_w[0], in_b[1] - in_b[0]]) / (2 * step)
        assert found.gradient_norm[0, 0] == pytest.approx(np.hypot(*slopes), rel=2e-3 if w == 4.94 else 1e-6)


# -- every network against runs --------------------------------------------------------------------------------------


def problem_of(network: Network, kind: str = "squared error", lengths: tuple[int, ...] | None = None) -> Problem:
    steps, batch = 5, 3
    rng = np.random.default_rng(4)
    targets = rng.random((steps, batch, network.output_size))
    if kind == "cross entropy":
        targets /= targets.sum(axis=-1, keepdims=True)
    weights = rng.random((steps, batch)) if lengths is None else None
    data = Data(random_inputs(network, steps, batch), targets, lengths, weights, random_initial(network, batch))
    return network, random_params(network), data, Settings(loss=kind)


def by_runs(problem: Problem, x_axis: Axis, y_axis: Axis) -> tuple[np.ndarray, np.ndarray]:
    """The losses and gradient norms of X x Y, by run and backward at every point, with weights set by hand."""
    network, params, data, how = problem
    losses, norms = np.empty((len(Y), len(X))), np.empty((len(Y), len(X)))
    for place in np.ndindex(losses.shape):
        moved = {name: values.copy() for name, values in params.items()}
        directions = []
        for axis, value in ((x_axis, X[place[1]]), (y_axis, Y[place[0]])):
            if isinstance(axis, ParameterAddress):
                index = (axis.row, axis.column)[: moved[axis.parameter].ndim]
                moved[axis.parameter][index] = value
                directions.append({axis.parameter: np.zeros_like(moved[axis.parameter])})
                directions[-1][axis.parameter][index] = 1.0
            else:
                directions.append(axis)
                for name, values in axis.items():
                    moved[name] += value * values
        trace = run(network, moved, data.inputs, lengths=data.lengths, initial=data.initial, targets=data.targets)
        values, slope = loss(how.loss, trace, data.targets, how.last_only, data.weights)
        losses[place] = values.sum() / data.sequences
        gradients = parameter_gradients(trace, {trace.output_name: slope / data.sequences})
        norms[place] = np.hypot(*(sum((gradients[k] * d).sum() for k, d in one.items()) for one in directions))
    return losses, norms


def check(problem: Problem, x_axis: Axis, y_axis: Axis, within: float = 1e-11) -> None:
    with np.errstate(all="ignore"):
        losses, norms = by_runs(problem, x_axis, y_axis)
    tame = (np.abs(losses) < 1e50) & (norms < 1e50)  # random cells may explode
    for gradient in (False, True):
        found = whole(*problem, x_axis, y_axis, X, Y, gradient=gradient)
        assert not np.isnan(found.loss).any()
        np.testing.assert_allclose(found.loss[tame], losses[tame], rtol=within, atol=within)
    assert not np.isnan(found.gradient_norm).any()
    np.testing.assert_allclose(found.gradient_norm[tame], norms[tame], rtol=within, atol=within)


def two_directions(params: dict[str, np.ndarray]) -> tuple[Axis, Axis]:
    return random_direction(params, 1), random_direction(params, 2)


@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("name", list(CELLS))
def test_two_directions_give_what_runs_give(name: str, units: int) -> None:
    for network in (
        single(CELLS[name], units=units),
        Network(4, (layer_of(CELLS[name], units=units), Dense("readout", 2, "tanh"))),
    ):
        problem = problem_of(network)
        check(problem, *two_directions(problem[1]))


@pytest.mark.parametrize("cell", list(CELLS))
def test_any_two_weights_give_what_runs_give(cell: str) -> None:
    network = Network(4, (layer_of(CELLS[cell]), Dense("readout", 2, "sigmoid")))
    problem = problem_of(network)
    addresses = [
        ParameterAddress(parameter, 1, 1 if len(shape) > 1 else 0)
        for parameter, shape in network.parameter_shapes().items()
    ]
    for x_axis, y_axis in zip(addresses, addresses[1:] + addresses[:1], strict=True):
        check(problem, x_axis, y_axis)


def test_a_weight_and_a_direction_give_what_runs_give() -> None:
    for name in ("elman", "lstm", "lstm_peephole"):
        problem = problem_of(Network(4, (layer_of(CELLS[name]), Dense("readout", 2))))
        weight = ParameterAddress("cell.U" if name == "elman" else "cell.U_g", 2, 0)
        direction = random_direction(problem[1], 3)
        moved = {**direction, weight.parameter: direction[weight.parameter].copy()}
        moved[weight.parameter][weight.row, weight.column] = 0.0
        check(problem, weight, moved)
        check(problem, {"cell.U_g" if name != "elman" else "cell.U": np.eye(3)}, weight)


@settings(max_examples=60, deadline=None)
@given(
    random_cells(
        ("linear", "tanh", "sigmoid", "relu", "hard_sigmoid", "hard_tanh", "softsign", "elu", "softplus", "hard")
    )
)
def test_random_cells_give_what_runs_give(cell: Cell) -> None:
    layer = Recurrent("cell", cell, 3, 2 if cell.has_outputs else 0)
    problem = problem_of(Network(4, (layer, Dense("readout", 2))))
    if len(problem[1]) > 3:
        check(problem, *two_directions(problem[1]), within=1e-9)
    check(problem, ParameterAddress("readout.V", 0, 1), ParameterAddress("readout.b", 1), within=1e-9)


@pytest.mark.parametrize("name", sorted(STACKS))
def test_any_network_gives_what_runs_give(name: str) -> None:
    network = STACKS[name]
    kind = "cross entropy" if network.output_size == 3 and "softmax" in str(network) else "half squared error"
    problem = problem_of(network, kind, lengths=(5, 2, 4))
    check(problem, *two_directions(problem[1]))


def test_teacher_forcing_and_reading_backward_give_what_runs_give() -> None:
    for layer in (
        layer_of(CELLS["jordan"], teacher_forcing=True),
        layer_of(CELLS["gru"], direction="backward"),
        layer_of(CELLS["lstm"], direction="both"),
        layer_of(CELLS["elman"], returns="final", direction="backward"),
    ):
        problem = problem_of(Network(4, (layer,)), lengths=(4, 5, 0))
        check(problem, *two_directions(problem[1]))


@pytest.mark.parametrize("kind", ["cross entropy", "binary cross entropy", "squared error", "half squared error"])
def test_every_loss_counts_its_steps(kind: str) -> None:
    activation = "softmax" if kind == "cross entropy" else "sigmoid"
    for lengths in (None, (5, 2, 0)):
        network = Network(4, (layer_of(CELLS["lstm"]), Dense("readout", 3, activation)))
        *problem, how = problem_of(network, kind, lengths)
        for last_only in (False, True):
            check((*problem, Settings(loss=how.loss, last_only=last_only)), *two_directions(problem[1]))


def test_float32_is_float64_rounded() -> None:
    for name in CELLS:
        problem = problem_of(Network(4, (layer_of(CELLS[name]), Dense("readout", 2))))
        for axes in (two_directions(problem[1]), (ParameterAddress("readout.b", 0), ParameterAddress("readout.b", 1))):
            single_, double = (whole(*problem, *axes, X, Y, gradient=True, dtype=d) for d in (np.float32, np.float64))
            np.testing.assert_allclose(single_.loss, double.loss, rtol=2e-5)
            np.testing.assert_allclose(single_.gradient_norm, double.gradient_norm, rtol=2e-4)


# -- tiles -----------------------------------------------------------------------------------------------------------


def many_points(count: int = 150) -> tuple[Problem, tuple[Axis, Axis], np.ndarray]:
    problem = problem_of(Network(4, (layer_of(CELLS["elman"], units=8), Dense("readout", 1))))
    return problem, two_directions(problem[1]), np.linspace(-1, 1, count)


@pytest.mark.parametrize("count", [1, 2, 24, 25, 26, 101, 401])
def test_levels_grow_from_25_lines_to_all(count: int) -> None:
    found = levels(count)
    assert len(found[0]) == min(count, 25)
    assert {0, count - 1} <= set(found[0].tolist())
    assert found[-1].tolist() == list(range(count))
    for coarse, fine in pairwise(found):
        assert set(coarse.tolist()) < set(fine.tolist())


@pytest.mark.parametrize("threads", [1, 2])
def test_tiles_go_from_coarse_to_fine_and_hold_every_point_once(threads: int) -> None:
    problem, axes, x = many_points(70)
    y = np.linspace(-1, 1, 31)
    times = np.zeros((31, 70), int)
    seen = []
    for tile in surface(*problem, *axes, x, y, threads=threads):
        times[np.ix_(tile.rows, tile.columns)] += 1
        seen.append(tile.level)
    assert (times == 1).all()
    assert seen == sorted(seen)
    assert seen[0] == 0
    first = next(surface(*problem, *axes, x, y))
    assert first.loss.shape == (25, 25)


def test_threads_and_chunks_change_no_bit() -> None:
    problem, axes, x = many_points(60)
    one, two = (whole(*problem, *axes, x, x, gradient=True, threads=threads) for threads in (1, 2))
    assert np.array_equal(one.loss, two.loss)
    assert np.array_equal(one.gradient_norm, two.gradient_norm)


def test_a_surface_may_be_left_at_any_tile() -> None:
    problem, axes, x = many_points()
    tiles = surface(*problem, *axes, x, x, threads=2)
    assert len(list(islice(tiles, 2))) == 2
    tiles.close()
    assert list(tiles) == []


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_points_that_overflow_are_inf_without_a_warning() -> None:
    network = Network(1, (Recurrent("unit", CELLS["elman"], 1, activations={"h": "linear"}),))
    params = {"unit.W": np.ones((1, 1)), "unit.U": np.ones((1, 1)), "unit.b": np.zeros(1)}
    data = Data(np.ones((400, 1, 1)), np.zeros((400, 1, 1)))
    found = whole(network, params, data, Settings(), W, B, [0.5, 1e3, -1e3], [0.0, 1e300], gradient=True)
    assert np.isfinite(found.loss[0, 0])
    assert np.isposinf(found.loss[:, 1:]).all()
    assert np.isposinf(found.loss[1]).all()
    assert (np.isinf(found.loss) <= np.isinf(found.gradient_norm)).all()
    assert not np.isnan(found.gradient_norm).any()
    stack = Network(1, (*network.layers, Dense("readout", 1), Dense("second", 1)))
    more = {**params, **{f"{name}.V": np.ones((1, 1)) for name in ("readout", "second")}}
    more |= {f"{name}.b": np.zeros(1) for name in ("readout", "second")}
    found = whole(stack, more, data, Settings(), W, B, [0.5, 1e3], [0.0, 1e300], gradient=True)
    assert np.isfinite(found.loss[0, 0])
    assert np.isposinf(found.loss[0, 1])
    assert np.isposinf(found.gradient_norm[0, 1])


def test_what_does_not_fit_is_refused_before_the_first_tile() -> None:
    problem = cliff("elman")
    line = np.zeros(2)
    with pytest.raises(AddressError, match=r"no parameter is called 'unit\.Q'"):
        surface(*problem, ParameterAddress("unit.Q", 0), B, line, line)
    with pytest.raises(AddressError, match="there is no"):
        surface(*problem, ParameterAddress("unit.U", 0, 1), B, line, line)
    with pytest.raises(EngineError, match="both axes"):
        surface(*problem, W, W, line, line)
    with pytest.raises(ShapeError, match="has shape"):
        surface(*problem, {"unit.U": np.ones(3)}, B, line, line)
    with pytest.raises(EngineError, match="zero everywhere"):
        surface(*problem, {"unit.U": np.zeros((1, 1))}, B, line, line)
    with pytest.raises(EngineError, match="not finite"):
        surface(*problem, {"unit.U": np.full((1, 1), np.nan)}, B, line, line)
    with pytest.raises(ShapeError, match="finite numbers"):
        surface(*problem, W, B, [0.0, np.inf], line)
    with pytest.raises(LimitError, match="smaller resolution"):
        surface(*problem, W, B, np.zeros(100_000), np.zeros(100_000))
    with pytest.raises(EngineError, match="unknown loss"):
        surface(*problem[:3], Settings(loss="none such"), W, B, line, line)


# -- directions ------------------------------------------------------------------------------------------------------


def test_random_directions_are_filter_normalised() -> None:
    params = random_params(single(CELLS["lstm"]))
    direction = random_direction(params, 5)
    for name, values in params.items():
        if values.ndim == 2:
            np.testing.assert_allclose(np.linalg.norm(direction[name], axis=1), np.linalg.norm(values, axis=1))
        else:
            assert np.linalg.norm(direction[name]) == pytest.approx(np.linalg.norm(values))
    again, other = random_direction(params, 5), random_direction(params, 6)
    assert all(np.array_equal(direction[name], again[name]) for name in params)
    assert not np.array_equal(direction["cell.U_i"], other["cell.U_i"])


def test_the_plane_of_a_path_holds_the_path() -> None:
    rng = np.random.default_rng(8)
    end = {"a.W": rng.standard_normal((3, 2)), "a.b": rng.standard_normal(3)}
    along = [{name: rng.standard_normal(values.shape) for name, values in end.items()} for _ in range(2)]
    path = [
        {name: end[name] + s * along[0][name] + np.sin(s) * along[1][name] for name in end}
        for s in np.linspace(3, 0, 12)
    ]
    plane = path_directions(path)
    assert sum(plane.explained) == pytest.approx(1.0)
    for params in path:
        a, b = coordinates(params, end, plane.x, plane.y)
        for name in end:
            np.testing.assert_allclose(end[name] + a * plane.x[name] + b * plane.y[name], params[name], atol=1e-12)
    with pytest.raises(EngineError, match="at least 3"):
        path_directions(path[:2])
    with pytest.raises(EngineError, match="straight line"):
        path_directions([{"a.W": np.array([[float(k)]]), "a.b": np.zeros(1)} for k in range(4)])


def test_coordinates_on_two_weights_are_the_weights() -> None:
    _, params, _, _ = cliff("elman")
    moved = {**params, "unit.U": np.array([[6.0]]), "unit.b": np.array([-3.0])}
    assert coordinates(moved, params, W, B) == pytest.approx((6.0, -3.0))


def test_the_gradients_direction_is_the_steepest() -> None:
    direction = gradient_direction({"a.W": np.array([[3.0]]), "a.b": np.array([4.0])})
    assert direction["a.W"][0, 0] == pytest.approx(0.6)
    assert direction["a.b"][0] == pytest.approx(0.8)
    with pytest.raises(EngineError, match="no direction"):
        gradient_direction({"a.b": np.zeros(2)})


def test_a_weight_on_an_axis_is_exactly_its_value() -> None:
    params = {"a.W": np.array([[1e17, 2.0]]), "a.b": np.array([0.1])}
    spans = span(params, ParameterAddress("a.W", 0, 0), ParameterAddress("a.b", 0))
    assert spans["a.W"].at(0.3, 0.7)[0, 0] == 0.3
    assert spans["a.b"].at(0.3, 0.7)[0] == 0.7
