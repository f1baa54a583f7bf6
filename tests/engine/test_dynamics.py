"""Fixed points of the map of the notes, Jacobians against differences, spectral radii of the all-ones networks."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.dynamics import FixedPoints, StateMap, cliff_weight, fixed_points, jacobians, spectral_radii
from rnnviz.engine.errors import EngineError, LimitError, ShapeError
from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.engine.run import run
from tests.engine.networks import layer_of, random_initial, random_inputs, random_params, single

STACKED = Network(
    4,
    (
        layer_of(CELLS["lstm"], "low"),
        Dense("between", 2, "tanh"),
        layer_of(CELLS["gru"], "middle"),
        Dense("chances", 3, "softmax"),
        layer_of(CELLS["jordan"], "high"),
    ),
)
SHOWN = Network(1, (Embedding("words", 6, 4), layer_of(CELLS["elman"]), Dense("readout", 2)))


def unit(w: float, b: float) -> tuple[Network, dict[str, np.ndarray]]:
    """x_t = w sigmoid(x_{t-1}) + b."""
    network = Network(1, (Recurrent("unit", Cell("map", "Map", "h = U @ sigmoid(h_prev) + b"), 1),))
    return network, {"unit.U": np.array([[w]]), "unit.b": np.array([b])}


def states(found: FixedPoints) -> list[float]:
    return [float(point.vector[0]) for point in found.points]


def test_the_fixed_points_of_the_notes() -> None:
    """examples.md, section 7."""
    one = fixed_points(*unit(5.0, -2.7))
    assert states(one) == pytest.approx([-2.20], abs=5e-3)
    assert [point.stability for point in one.points] == ["stable"]
    three = fixed_points(*unit(5.3, -2.7))
    assert states(three) == pytest.approx([-2.14, 0.155, 1.93], abs=5e-3)
    assert [point.stability for point in three.points] == ["stable", "unstable", "stable"]
    for point in three.points:
        a = 1.0 / (1.0 + np.exp(-point.vector[0]))
        assert 5.3 * a - 2.7 == pytest.approx(point.vector[0], abs=1e-11)
        assert point.eigenvalues[0] == pytest.approx(5.3 * a * (1.0 - a))


@pytest.mark.parametrize(("b", "w"), [(-2.5, 4.8196), (-2.7, 5.1409), (-2.9, 5.4622)])
def test_on_the_cliff_the_start_is_the_unstable_fixed_point(b: float, w: float) -> None:
    assert cliff_weight(0.5, b) == pytest.approx(w, abs=5e-5)
    found = fixed_points(*unit(float(cliff_weight(0.5, b)), b))
    middle = found.points[1]
    assert middle.vector[0] == pytest.approx(0.5, abs=1e-10)
    assert middle.stability == "unstable"
    np.testing.assert_allclose(cliff_weight([0.5, 0.0], [b, b]), [cliff_weight(0.5, b), -2.0 * b])


def test_a_unit_of_the_elman_cell_has_the_same_map() -> None:
    """h = sigmoid(w h + b) is the same unit seen after its sigmoid."""
    network = Network(1, (Recurrent("unit", CELLS["elman"], 1, activations={"h": "sigmoid"}),))
    params = {"unit.W": np.zeros((1, 1)), "unit.U": np.array([[5.3]]), "unit.b": np.array([-2.7])}
    found, other = fixed_points(network, params), fixed_points(*unit(5.3, -2.7))
    assert states(found) == pytest.approx([1.0 / (1.0 + np.exp(-x)) for x in states(other)], abs=1e-10)
    for one, two in zip(found.points, other.points, strict=True):
        assert one.eigenvalues[0] == pytest.approx(two.eigenvalues[0])


def test_the_input_moves_the_fixed_point() -> None:
    network = Network(2, (Recurrent("unit", CELLS["elman"], 1, activations={"h": "linear"}),))
    params = {"unit.W": np.array([[1.0, 2.0]]), "unit.U": np.array([[0.5]]), "unit.b": np.array([0.25])}
    found = fixed_points(network, params, [1.0, 3.0])  # h = 0.5 h + 7.25
    assert states(found) == pytest.approx([14.5])
    assert found.points[0].stability == "stable"
    assert found.converged == found.starts


def test_a_bistable_pair_has_two_stable_states_and_a_saddle_between() -> None:
    network = Network(1, (Recurrent("pair", CELLS["elman"], 2),))
    params = {"pair.W": np.zeros((2, 1)), "pair.U": np.diag([2.0, 0.5]), "pair.b": np.zeros(2)}
    found = fixed_points(network, params)
    root = 0.9575040240772687  # tanh(2 r) = r
    assert states(found) == pytest.approx([-root, 0.0, root], abs=1e-10)
    assert [point.stability for point in found.points] == ["stable", "saddle", "stable"]
    assert found.points[1].eigenvalues.tolist() == pytest.approx([2.0, 0.5])
    assert set(found.points[0].state) == {"pair.h"}


def test_a_rotation_is_neutral_and_a_map_without_fixed_point_has_none() -> None:
    network = Network(1, (Recurrent("pair", CELLS["elman"], 2, activations={"h": "linear"}),))
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    params = {"pair.W": np.zeros((2, 1)), "pair.U": turn, "pair.b": np.zeros(2)}
    (point,) = fixed_points(network, params).points
    assert point.stability == "neutral"
    assert sorted(point.eigenvalues.imag) == pytest.approx([-np.sin(0.3), np.sin(0.3)])
    drift = Network(1, (Recurrent("unit", CELLS["elman"], 1, activations={"h": "linear"}),))
    found = fixed_points(drift, {"unit.W": np.zeros((1, 1)), "unit.U": np.ones((1, 1)), "unit.b": np.ones(1)})
    assert found.points == ()
    assert found.converged == 0


@pytest.mark.parametrize("name", list(CELLS))
def test_every_cells_fixed_points_stay_where_they_are(name: str) -> None:
    network = single(CELLS[name])
    params = random_params(network, scale=0.9)
    found = fixed_points(network, params, np.full(4, 0.3))
    assert found.points
    for point in found.points:
        after = run(network, params, np.full((5, 1, 4), 0.3), initial=point.state)
        scale = max(1.0, float(np.abs(point.eigenvalues[0])) ** 5)
        for state, values in point.state.items():
            np.testing.assert_allclose(after[state][-1, 0], values, atol=1e-9 * scale)


@pytest.mark.parametrize("name", [*CELLS, "stacked", "embedding"])
def test_jacobians_are_difference_quotients(name: str) -> None:
    network = {"stacked": STACKED, "embedding": SHOWN}.get(name) or single(CELLS[name])
    params = random_params(network)
    trace = run(network, params, random_inputs(network, 3, 2), initial=random_initial(network, 2))
    found = jacobians(trace)
    sizes = network.state_sizes()
    for t in range(3):
        before = {state: trace.before(state)[t] for state in sizes}
        column = 0
        for state, size in sizes.items():
            for unit_ in range(size):
                ends = []
                for step in (-1e-6, 1e-6):
                    moved = {key: values.copy() for key, values in before.items()}
                    moved[state][:, unit_] += step
                    end = run(network, params, trace["x"][t : t + 1], initial=moved)
                    ends.append(np.concatenate([end[key][0] for key in sizes], axis=1))
                wanted = (ends[1] - ends[0]) / 2e-6
                np.testing.assert_allclose(found[t, :, :, column], wanted, atol=1e-8)
                column += 1


def test_at_padding_the_state_stays() -> None:
    network = single(CELLS["lstm"])
    trace = run(network, random_params(network), random_inputs(network, 3, 2), lengths=[3, 1])
    found = jacobians(trace)
    np.testing.assert_array_equal(found[1, 1], np.eye(6))
    assert not np.array_equal(found[1, 0], np.eye(6))


def test_spectral_radii_of_the_all_ones_networks() -> None:
    """examples.md, section 1: 2, 1 and 4."""
    ones, zeros = np.ones((2, 2)), np.zeros(2)
    elman = Network(2, (Recurrent("net", CELLS["elman"], 2, activations={"h": "linear"}),))
    jordan = Network(2, (Recurrent("net", CELLS["jordan"], 2, 2, activations={"h": "linear"}),))
    x = np.array([[1.0, 1.0], [1.0, 1.0], [2.0, 2.0]])[:, None]
    own = {"net.W": ones, "net.b": zeros}
    for network, params, wanted in (
        (elman, {**own, "net.U": ones}, 2.0),
        (elman, {**own, "net.U": np.eye(2)}, 1.0),
        (jordan, {**own, "net.U": ones, "net.V": ones, "net.b_y": zeros}, 4.0),
    ):
        np.testing.assert_allclose(spectral_radii(run(network, params, x)), np.full((3, 1), wanted), rtol=1e-12)


def test_an_exploded_state_has_an_infinite_radius() -> None:
    network = Network(1, (Recurrent("net", Cell("square", "Square", "h = h_prev * h_prev"), 1),))
    trace = run(network, {}, np.zeros((12, 1, 1)), initial={"net.h": np.array([[1e2]])})
    found = spectral_radii(trace)
    assert found[0, 0] == pytest.approx(200.0)
    assert np.isposinf(found[-1, 0])


def test_what_has_no_map_is_refused() -> None:
    both = single(CELLS["elman"], direction="both")
    with pytest.raises(EngineError, match="reads backward"):
        fixed_points(both, random_params(both))
    forced = single(CELLS["jordan"], teacher_forcing=True)
    with pytest.raises(EngineError, match="teacher forcing"):
        fixed_points(forced, random_params(forced))
    network = single(CELLS["elman"])
    with pytest.raises(ShapeError, match="constant input"):
        fixed_points(network, random_params(network), [1.0])
    with pytest.raises(ShapeError, match="starts have shape"):
        fixed_points(network, random_params(network), starts=np.zeros((3, 2)))
    dense = Network(2, (Dense("readout", 1),))
    with pytest.raises(EngineError, match="no map"):
        StateMap(dense, random_params(dense), np.zeros(2))
    with pytest.raises(LimitError, match="fewer steps"):
        fixed_points(network, random_params(network), starts=np.broadcast_to(0.0, (100_000_000, 3)))
