"""Statistics and orders of units, by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from rnnviz.engine import unit_statistics as module
from rnnviz.engine.cells import CELLS
from rnnviz.engine.errors import AddressError
from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Address, Trace
from rnnviz.engine.unit_order import by_correlation, by_value, by_weight, seriation, weights_to
from rnnviz.engine.unit_statistics import ends_of, first_not_finite, gathered, unit_statistics
from tests.engine.networks import layer_of, random_inputs, random_params, stacks


def logit(p: float) -> float:
    return float(np.log(p / (1.0 - p)))


def elman(activation: str, x: np.ndarray, lengths: tuple[int, ...] | None = None) -> Trace:
    """h = activation(x), unit by unit; x (T, N, units)."""
    units = x.shape[2]
    network = Network(units, (Recurrent("unit", CELLS["elman"], units, activations={"h": activation}),))
    params = {"unit.W": np.eye(units), "unit.U": np.zeros((units, units)), "unit.b": np.zeros(units)}
    return run(network, params, x, lengths=lengths)


def test_shares_of_a_gate_count_what_is_below_a_tenth_and_above_nine() -> None:
    openings = [[0.05, 0.95, 0.5], [0.09, 0.92, 0.2], [0.5, 0.89, 0.8], [0.11, 0.91, 0.9001]]
    x = np.vectorize(logit)(openings)[:, None]
    found = unit_statistics(elman("sigmoid", x), "unit.h")
    np.testing.assert_allclose(found.low, [0.5, 0.0, 0.0])
    np.testing.assert_allclose(found.high, [0.0, 0.75, 0.25])
    np.testing.assert_allclose(found.mean, np.mean(openings, axis=0))
    np.testing.assert_allclose(found.size, np.sqrt(np.mean(np.square(openings), axis=0)))
    np.testing.assert_allclose((found.least, found.greatest), (np.min(openings, axis=0), np.max(openings, axis=0)))
    assert not found.dead.any()
    assert not found.saturated.any()
    assert found.finite.all()


def test_dead_and_saturated_units_are_told_apart() -> None:
    x = np.zeros((40, 1, 4))
    x[:, 0, 1] = np.linspace(2.0, 4.0, 40)  # tanh above 0.96
    x[:, 0, 2] = np.linspace(-4.0, -2.0, 40)
    x[:, 0, 3] = np.linspace(-4.0, 4.0, 40)
    found = unit_statistics(elman("tanh", x), "unit.h")
    assert found.ends == (-1.0, 1.0)
    assert found.dead.tolist() == [True, False, False, False]
    assert found.saturated.tolist() == [False, True, True, False]
    assert (found.low[2], found.high[1]) == (1.0, 1.0)


def test_what_has_no_ends_is_never_saturated() -> None:
    found = unit_statistics(elman("linear", np.full((3, 1, 2), 1e6)), "unit.h")
    assert found.ends is None
    assert np.isnan(found.low).all()
    assert not found.saturated.any()
    assert found.dead.all()


def test_padding_does_not_count_and_a_sequence_can_be_looked_at_alone() -> None:
    x = np.array([[[1.0], [10.0]], [[2.0], [20.0]], [[3.0], [30.0]]])
    trace = elman("linear", x, lengths=(3, 1))
    assert unit_statistics(trace, "unit.h").mean[0] == pytest.approx((1 + 2 + 3 + 10) / 4)
    assert unit_statistics(trace, "unit.h", 1).mean[0] == pytest.approx(10)
    assert unit_statistics(trace, "unit.h", 1).steps == 1


def test_stretches_lead_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = elman("tanh", np.random.default_rng(1).standard_normal((50, 2, 3)), lengths=(50, 17))
    whole = unit_statistics(trace, "unit.h")
    monkeypatch.setattr(module, "STRETCH_BYTES", 400)
    *several, last = gathered(trace, "unit.h")
    assert len(several) == 6
    assert several[0].steps < last.steps == 67
    for name in ("low", "high", "size", "least", "greatest", "mean"):
        np.testing.assert_allclose(getattr(last, name), getattr(whole, name), rtol=1e-12, err_msg=name)


def test_ends_follow_from_the_equations_and_the_activations_in_use() -> None:
    network = Network(
        2,
        (
            Recurrent("lstm", CELLS["lstm"], 2),
            Recurrent("open", CELLS["lstm"], 2, activations={"h": "linear", "f": "relu"}),
            Recurrent("gru", CELLS["gru"], 2),
            Dense("readout", 2, "softmax"),
        ),
    )
    trace = run(network, random_params(network), random_inputs(network, 2, 1))
    ends = {name: ends_of(trace, name) for name in trace if name != "x"}
    assert ends["lstm.f"] == (0.0, 1.0)
    assert ends["lstm.g"] == (-1.0, 1.0)
    assert ends["lstm.h"] == (-1.0, 1.0)
    assert ends["lstm.c"] is None
    assert ends["open.f"] is None
    assert ends["open.h"] is None
    assert ends["gru.z"] == (0.0, 1.0)
    assert ends["readout.y"] == (0.0, 1.0)


# -- NaN ---------------------------------------------------------------------------------------------------------------


def test_the_first_number_that_is_none_is_found() -> None:
    x = np.zeros((5, 2, 3))
    x[2, 1, 2] = 1e200
    network = Network(3, (Recurrent("unit", CELLS["elman"], 3, activations={"h": "linear"}), Dense("readout", 2)))
    params = {
        "unit.W": np.eye(3),
        "unit.U": 1e120 * np.eye(3),
        "unit.b": np.zeros(3),
        "readout.V": np.ones((2, 3)),
        "readout.b": np.zeros(2),
    }
    trace = run(network, params, x)
    assert first_not_finite(trace) == Address("unit.h", 4, 1, 2)
    assert first_not_finite(run(network, params, 0 * x)) is None
    assert unit_statistics(trace, "unit.h").finite.tolist() == [False, False, False]


def test_backward_in_time_the_first_is_the_one_nearest_the_end() -> None:
    layer = Recurrent("unit", CELLS["elman"], 1, direction="backward", activations={"h": "linear"})
    network = Network(1, (layer,))
    params = {"unit.W": np.eye(1), "unit.U": np.full((1, 1), 1e120), "unit.b": np.zeros(1)}
    x = np.zeros((5, 1, 1))
    x[3] = 1e200
    assert first_not_finite(run(network, params, x)) == Address("unit.h", 3, 0, 0)


def test_within_a_step_the_equation_that_comes_first_is_named() -> None:
    network = Network(1, (Recurrent("lstm", CELLS["lstm"], 1, activations={"g": "linear"}),))
    params = {name: np.zeros(shape) for name, shape in network.parameter_shapes().items()}
    params["lstm.W_g"][...] = 1e300
    assert first_not_finite(run(network, params, np.full((2, 1, 1), 1e300))) == Address("lstm.g", 1, 0, 0)


def test_every_kind_of_network_can_be_looked_through() -> None:
    for name, network in stacks():
        trace = run(network, random_params(network), random_inputs(network, 4, 2))
        assert first_not_finite(trace) is None, name


# -- orders ------------------------------------------------------------------------------------------------------------


def test_by_value_the_greatest_comes_first_and_nan_last() -> None:
    assert by_value(np.array([1.0, np.nan, 3.0, -2.0, 3.0])).tolist() == [2, 4, 0, 3, 1]


def test_units_that_move_alike_or_opposite_stand_side_by_side() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((2, 200))
    noise = 0.01 * rng.standard_normal((200, 6))
    values = np.stack([a, b, np.ones(200), -a, b, 2 * a], axis=1) + noise * [1, 1, 0, 1, 1, 1]
    order = by_correlation(values).tolist()
    assert order[-1] == 2, "what never moves comes last"
    groups = "".join("a" if unit in (0, 3, 5) else "b" for unit in order[:-1])
    assert groups in ("aaabb", "bbaaa")


def test_points_on_a_line_are_put_in_their_order() -> None:
    places = np.random.default_rng(4).permutation(np.cumsum(np.linspace(1.0, 1.5, 20)))
    order = seriation(np.abs(places[:, None] - places))
    walked = sum(abs(places[a] - places[b]) for a, b in pairwise(order))
    assert sorted(order) == list(range(20))
    shuffled = sum(abs(a - b) for a, b in pairwise(places))
    assert walked < 1.6 * np.ptp(places) < shuffled


def test_by_weight_units_stand_by_what_the_readout_gives_them() -> None:
    network = Network(2, (layer_of(CELLS["lstm"], units=3, direction="both"), Dense("readout", 2)))
    params = random_params(network)
    params["readout.V"] = np.array([[0.0, 1, 2, 3, 4, 5], [3.0, -1, 1, -7, 0, 7]])
    trace = run(network, params, random_inputs(network, 3, 1))
    assert by_weight(trace, "cell.forward.c", 1).tolist() == [0, 2, 1]
    assert by_weight(trace, "cell.backward.f", 1).tolist() == [2, 1, 0]
    assert by_weight(trace, "cell.merged", 1).tolist() == [5, 0, 2, 4, 1, 3]
    np.testing.assert_array_equal(weights_to(trace, "cell.backward.h", 0), [3, 4, 5])


def test_units_that_no_readout_reads_have_no_weights() -> None:
    network = Network(1, (Embedding("words", 4, 2), layer_of(CELLS["gru"]), layer_of(CELLS["gru"], "high")))
    trace = run(network, random_params(network), random_inputs(network, 3, 1))
    with pytest.raises(AddressError, match=r"no readout reads the units of 'cell.h'"):
        weights_to(trace, "cell.h", 0)
    with pytest.raises(AddressError, match="there is no output 9"):
        weights_to(run(*_with_readout()), "cell.h", 9)


def _with_readout() -> tuple[Network, dict[str, np.ndarray], np.ndarray]:
    network = Network(2, (layer_of(CELLS["gru"]), Dense("readout", 2)))
    return network, random_params(network), random_inputs(network, 3, 1)
