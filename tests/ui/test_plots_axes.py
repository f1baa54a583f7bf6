"""The shared time axis, the value scales and the places of labels, without a window."""

import gc
import itertools

import numpy as np
import pytest

from rnnviz.ui.plots import scale
from rnnviz.ui.plots.simplify import simplified
from rnnviz.ui.plots.spread import spread
from rnnviz.ui.plots.time_axis import TimeAxis


class Listener:
    def __init__(self) -> None:
        self.calls = 0

    def changed(self) -> None:
        self.calls += 1


def test_a_session_has_one_axis_for_all_its_plots() -> None:
    one, other = Listener(), Listener()
    assert TimeAxis.of(one) is TimeAxis.of(one)
    assert TimeAxis.of(one) is not TimeAxis.of(other)


def test_zooming_keeps_the_step_under_the_pointer_in_place() -> None:
    axis = TimeAxis(100)
    x = axis.position(70, 0, 400)
    axis.zoom(70, 0.5)
    assert axis.span == pytest.approx(50)
    assert axis.position(70, 0, 400) == pytest.approx(x)


def test_the_range_never_leaves_the_sequence() -> None:
    axis = TimeAxis(50)
    axis.zoom(3, 0.2)
    axis.pan(-100)
    assert axis.first == 0.5
    axis.pan(1000)
    assert axis.last == 50.5
    axis.zoom(25, 1000)
    assert (axis.first, axis.last) == (0.5, 50.5)


def test_three_steps_stay_in_sight_however_far_one_zooms() -> None:
    axis = TimeAxis(1000)
    for _ in range(100):
        axis.zoom(500, 0.5)
    assert axis.span == pytest.approx(3)


def test_every_listener_is_told_and_a_dead_one_is_forgotten() -> None:
    axis, first, second = TimeAxis(10), Listener(), Listener()
    axis.listen(first.changed)
    axis.listen(second.changed)
    axis.zoom(5, 0.5)
    assert (first.calls, second.calls) == (1, 1)
    del second
    gc.collect()
    axis.show_all()
    assert first.calls == 2


def test_the_page_turns_only_when_the_cursor_leaves_it() -> None:
    axis, listener = TimeAxis(1000), Listener()
    axis.zoom(1, 0.1)
    axis.listen(listener.changed)
    for step in range(1, 101):
        axis.follow(step)
    assert listener.calls == 0
    axis.follow(101)
    assert listener.calls == 1
    assert axis.first == pytest.approx(100.5)
    axis.follow(20)
    assert axis.first < 20 < axis.last


def test_a_growing_sequence_stays_whole_when_it_was_whole() -> None:
    axis = TimeAxis(5)
    axis.set_steps(6)
    assert (axis.first, axis.last) == (0.5, 6.5)
    axis.zoom(2, 0.5)
    axis.set_steps(7)
    assert axis.last < 7.5


@pytest.mark.parametrize("steps", [1, 2, 5, 9, 28, 100, 999, 10_000])
@pytest.mark.parametrize("room", [2, 3, 6, 12])
def test_ticks_are_few_rising_and_name_both_ends(steps: int, room: int) -> None:
    ticks = TimeAxis(steps).ticks(room)
    assert ticks == sorted(set(ticks))
    assert ticks[0] == 1
    assert ticks[-1] == steps
    assert len(ticks) <= max(room + 2, 2)


def test_a_step_is_found_again_where_it_is_drawn() -> None:
    axis = TimeAxis(28)
    for step in range(1, 29):
        assert axis.step_at(axis.position(step, 30, 200), 30, 200) == step
    assert axis.step_at(-1000, 30, 200) == 1
    assert axis.step_at(1000, 30, 200) == 28


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 7), (0, 1), (-0.8, 0.9), (6.9, 7), (0, 20751.6), (-3e-5, -1e-5), (5, 5), (0, 0), (1e300, 2e300), (-2, 9)],
)
def test_a_linear_scale_holds_its_values_between_round_ticks(low: float, high: float) -> None:
    found = scale.linear(low, high)
    assert found.low <= min(low, scale.LARGEST)
    assert found.high >= min(high, scale.LARGEST)
    assert 1 <= len(found.ticks) <= 5
    slack = 1e-9 * (found.high - found.low)
    assert all(found.low - slack <= tick <= found.high + slack for tick in found.ticks)
    assert len(set(found.texts)) == len(found.texts)


def test_ticks_are_written_as_people_write_them() -> None:
    assert scale.linear(0, 7).texts == ("0", "4", "8")
    assert scale.linear(-0.9, 0.9).texts == ("−1", "0", "1")
    assert scale.linear(0, 20_000).texts == ("0", "10,000", "20,000")
    assert scale.logarithmic(1e-5, 2e4).texts == ("10⁻⁴", "1", "10⁴")
    assert scale.tick_text(-2.5e-7, 1e-7) == "−2.5e−7"


def test_a_long_run_of_growing_values_is_first_shown_on_a_log_axis() -> None:
    steps = np.arange(1000)
    assert scale.suits_log([1.01**steps])
    assert scale.suits_log([np.float64(0.01) ** steps])
    assert not scale.suits_log([np.sin(steps)])
    assert not scale.suits_log([np.array([0.000136, 0.000318, 0.000318, 6.9995, 5e-39])])


def test_only_a_zero_that_follows_a_vanishing_value_is_an_underflow() -> None:
    assert scale.underflow(np.float64(0.01) ** np.arange(1000)) == 163
    assert scale.underflow(np.array([0.0, 3.0, 0.0, 0.0])) is None
    assert scale.underflow(np.array([])) is None


def test_labels_keep_their_distance_their_order_and_their_room() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        wanted = rng.uniform(0, 100, rng.integers(1, 8)).tolist()
        placed = spread(wanted, 12, 0, 100)
        ordered = sorted(placed)
        assert all(b - a >= 12 - 1e-6 for a, b in itertools.pairwise(ordered))
        assert ordered[0] >= -1e-9
        assert ordered[-1] <= 100 + 1e-9
        assert [placed.index(p) for p in ordered] == sorted(range(len(wanted)), key=lambda k: round(wanted[k]))


def test_labels_with_room_stay_where_their_lines_end() -> None:
    assert spread([10, 40, 80], 12, 0, 100) == [10, 40, 80]


def test_labels_without_room_share_what_there_is() -> None:
    assert spread([5, 5, 5], 60, 0, 100) == [0, 50, 100]


def test_a_smooth_curve_keeps_few_points_and_stays_where_it_is() -> None:
    x = np.linspace(0, 500, 1000)
    points = np.stack([x, 50 + 40 * np.sin(x / 80)], axis=1)
    few = simplified(points, 60)
    assert few is not None
    assert len(few) <= 60
    assert np.abs(np.interp(x, few[:, 0], few[:, 1]) - points[:, 1]).max() < 0.5


def test_a_restless_curve_is_not_simplified() -> None:
    points = np.stack([np.arange(400.0), np.random.default_rng(0).uniform(0, 100, 400)], axis=1)
    assert simplified(points, 60) is None
    assert simplified(points[:30], 60) is not None


def test_a_spike_survives_being_simplified() -> None:
    points = np.stack([np.arange(500.0), np.zeros(500)], axis=1)
    points[250, 1] = 30
    few = simplified(points, 60)
    assert few is not None
    assert [250.0, 30.0] in few.tolist()


def test_two_sessions_on_one_axis_have_the_steps_of_the_longer() -> None:
    one, other = Listener(), Listener()
    axis = TimeAxis.join(one, other)
    assert TimeAxis.of(other) is TimeAxis.of(one) is axis
    axis.least = 5
    axis.set_steps(3)
    assert (axis.steps, axis.last) == (5, 5.5)
    axis.least = 0
    axis.set_steps(3)
    assert (axis.steps, axis.last) == (3, 3.5)
