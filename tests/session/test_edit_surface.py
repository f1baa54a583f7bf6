"""Axes of a loss surface: weights around their values, directions over a range that fits, and what cannot be."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.read import load
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Scenario, SurfaceAxis, SurfaceView
from rnnviz.session import Session
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_surface import around, with_axis, with_first_surface, with_kind, with_view, with_weight

U, W, B = (ParameterAddress(f"elman.{name}", 0) for name in "UWb")


def weight(name: str, low: float, high: float) -> SurfaceAxis:
    return SurfaceAxis(parameter=f"elman.{name}", low=low, high=high)


def scenario_with(x: SurfaceAxis | None = None, y: SurfaceAxis | None = None) -> Scenario:
    scenario = load("bptt-sum")
    view = scenario.surface
    assert view is not None
    return replace(scenario, surface=SurfaceView(x=x or view.x, y=y or view.y))


def test_a_weight_becomes_an_axis_around_its_value_and_the_other_axis_stays() -> None:
    scenario = scenario_with(weight("U", -1.6, 1.6), weight("W", -0.5, 2.5))
    view = with_weight(scenario, run(scenario), "x", B).surface
    assert view is not None
    assert (view.x, view.y) == (weight("b", -1, 1), weight("W", -0.5, 2.5))


def test_the_weight_of_the_other_axis_changes_places() -> None:
    scenario = scenario_with(weight("U", -1.6, 1.6), weight("W", -0.5, 2.5))
    view = with_weight(scenario, run(scenario), "x", W).surface
    assert view is not None
    assert (view.x, view.y) == (weight("W", -0.5, 2.5), weight("U", -1.6, 1.6))


def test_a_weight_that_is_this_axis_already_changes_nothing() -> None:
    scenario = scenario_with(weight("U", -1.6, 1.6), weight("W", -0.5, 2.5))
    assert with_weight(scenario, run(scenario), "x", U) is scenario


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(0.0, -1, 1), (1.5, 0.5, 2.5), (-0.304, -1.3, 0.7), (5.4625, 2.4, 8.4), (-40.0, -60, -20), (1234.0, 200, 2200)],
)
def test_the_range_is_round_and_has_the_value_near_its_middle(value: float, low: float, high: float) -> None:
    scenario = load("bptt-sum")
    params = {**scenario.params, "elman.U": np.array([[value]])}
    axis = around(replace(scenario, params=params), U)
    assert (axis.low, axis.high) == (low, high)


def test_a_small_network_begins_with_the_two_weights_on_which_its_loss_depends_most() -> None:
    """dL/dU = 75.125 by examples section 5. With e = h - 1 of each step, dL/dW = sum e h' W^-1 = sum e_t U^(t-1),
    dL/db = sum e_t (1 + U + ... + U^(t-1)), which is larger, as every U^k is above 0."""
    scenario = replace(load("bptt-sum"), surface=None)
    h = np.array([1, 1.5, 2.25, 3.375, 5.0625])
    by_w = ((h - 1) * 1.5 ** np.arange(5)).sum()
    by_b = ((h - 1) * np.cumsum(1.5 ** np.arange(5))).sum()
    assert by_b > by_w
    assert by_b > 0
    view = with_first_surface(scenario, run(scenario)).surface
    assert view is not None
    assert (view.x, view.y) == (weight("U", 0.5, 2.5), weight("b", -1, 1))


def test_a_large_network_begins_with_two_random_directions() -> None:
    scenario = replace(load("rnn-vs-lstm-surface"), surface=None)
    view = with_first_surface(scenario, run(scenario)).surface
    assert view is not None
    assert [(axis.kind, axis.seed, axis.low, axis.high) for axis in (view.x, view.y)] == [
        ("random", 1, -1, 1),
        ("random", 2, -1, 1),
    ]


def test_without_targets_there_is_no_surface() -> None:
    scenario = load("lstm-counter")
    with pytest.raises(EditError, match="needs targets and a loss"):
        with_first_surface(scenario, run(scenario))


def test_another_kind_of_axis_has_a_range_of_its_own() -> None:
    scenario = scenario_with(weight("U", -1.6, 1.6), weight("W", -0.5, 2.5))
    trace = run(scenario)
    random = with_kind(scenario, trace, "x", "random")
    assert random.surface is not None
    assert random.surface.x == SurfaceAxis(kind="random", seed=1, low=-1, high=1)
    both = with_kind(random, trace, "y", "random")
    assert both.surface is not None
    assert both.surface.y == SurfaceAxis(kind="random", seed=2, low=-1, high=1)
    back = with_kind(both, trace, "x", "parameter", W)
    assert back.surface is not None
    assert back.surface.x == weight("W", 0, 2)


def test_an_axis_along_a_path_shows_all_of_the_path() -> None:
    """The path lies on a line but for its middle: seen from its end it goes 4 along b, and 0.5 along W."""
    scenario = scenario_with(weight("U", -1.6, 1.6), weight("W", -0.5, 2.5))
    path = [{**scenario.params, "elman.b": np.array([b]), "elman.W": np.array([[w]])} for b, w in
            ((0.0, 1.0), (2.0, 1.5), (4.0, 1.0))]  # fmt: skip
    found = with_kind(scenario, run(scenario), "x", "path", None, path).surface
    assert found is not None
    assert found.x.kind == "path"
    assert found.x.high - found.x.low == pytest.approx(4 * 1.3, abs=0.3)


def test_an_impossible_range_is_refused_with_its_place() -> None:
    scenario = scenario_with(weight("U", -1.6, 1.6))
    with pytest.raises(EditError, match="expected a number above 2, found 1"):
        with_axis(scenario, "x", low=2.0, high=1.0)


def test_a_change_of_axes_is_one_entry_that_undo_takes_back() -> None:
    session = Session()
    session.open(load("bptt-sum"))
    now = session.snapshot
    assert now is not None
    session.edit("Choose the axes", with_view(now.scenario, resolution=33))
    assert session.snapshot is not None
    assert session.snapshot.scenario.surface is not None
    assert session.snapshot.scenario.surface.resolution == 33
    assert session.snapshot.trace is now.trace, "nothing is run again"
    session.undo()
    assert session.snapshot.scenario is now.scenario
