"""The panels over time on the worked examples: the numbers that the lecture notes' own arithmetic gives."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario import builtin
from rnnviz.scenario.types import Scenario
from rnnviz.session import Session
from rnnviz.ui import panels
from rnnviz.ui.panel import Panel
from rnnviz.ui.plots import HeatMap, keeping
from tests.ui.recurrent_scenarios import recurrent

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
Open = Callable[..., Panel]


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Open]:
    alive = []  # a panel collected as garbage while it is painted would take the process with it

    def opened(name: str, scenario: str | Scenario, step: int) -> Panel:
        session = Session()
        session.open(builtin.load(scenario) if isinstance(scenario, str) else scenario)
        session.seek(step)
        panel = panels.load()[name](session)
        session.listener = panel.present
        qtbot.addWidget(panel)
        alive.append(panel)
        panel.resize(276, 190)
        panel.show()
        panel.redraw(session.snapshot)
        return panel

    yield opened
    alive.clear()


def lines(panel: Panel) -> dict[str, np.ndarray]:
    return {line.name: line.values for line in panel.over_time.plot.tracks[0].lines}


def test_an_idle_counter_keeps_all_but_a_trace_of_its_memory(opened: Open) -> None:
    kept = opened("kept", "lstm-counter", 4).canvas.kept
    assert (kept.percent, kept.second, kept.strong) == ("99.995 %", "half is left after", "15,268 steps")
    assert kept.first == "per step at z = 10:"


def test_a_reset_leaves_nothing_that_could_be_read(opened: Open) -> None:
    panel = opened("kept", "lstm-counter", 5)
    assert panel.canvas.kept.percent == "8.194e−38 %"
    assert panel.canvas.kept.second == "more than half is gone"
    panel.session.select(panel.canvas.kept.first_at)
    assert panel.session.snapshot.explanation.value == pytest.approx(-90)


@pytest.mark.parametrize(
    ("fraction", "words"),
    [
        (1.0, ("nothing is lost:", "kept for good")),
        (0.5, ("half is left after", "1 step")),
        (0.9, ("half is left after", "6.6 steps")),
        (0.0, ("nothing is left", "after one step")),
        (0.2, ("more than half is gone", "after one step")),
        (float("nan"), ("not a number:", "look where NaN begins")),
    ],
)
def test_a_fraction_in_words(fraction: float, words: tuple[str, str]) -> None:
    assert keeping.after_words(fraction) == words


def test_the_gates_of_the_counter(opened: Open) -> None:
    gates = lines(opened("gates", "lstm-counter", 4))
    assert gates["input"] == pytest.approx([1, 1, 4.54e-5, 4.54e-5, 1.69e-48], rel=1e-3, abs=1e-60)
    assert gates["forget"] == pytest.approx([1, 1, 0.999955, 0.999955, 8.19e-40], rel=1e-3, abs=1e-60)
    assert gates["output"] == pytest.approx([4.54e-5, 4.54e-5, 4.54e-5, 1, 4.54e-5], rel=1e-3)


def test_the_memory_before_and_after_each_step_of_the_hard_counter(opened: Open) -> None:
    memory = lines(opened("memory_cell", "lstm-counter-hard", 9))
    assert memory["before"].tolist() == [0, 0, 3, 3, 7, 7, 7, 0, 6]
    assert memory["after"].tolist() == [0, 3, 3, 7, 7, 7, 0, 6, 6]


def test_a_number_before_a_step_is_the_one_after_the_step_before(opened: Open) -> None:
    panel = opened("memory_cell", "lstm-counter-hard", 5)
    before = next(line for line in panel.over_time.plot.tracks[0].lines if line.name == "before")
    row = panel.over_time.plot.tracks[0].lines.index(before)
    assert panel.over_time.plot.address_in(row, 4) == Address("lstm.c", 4, 0, 0)


def test_a_step_not_yet_worked_out_shows_only_the_memory_before_it(opened: Open) -> None:
    panel = opened("memory_cell", "lstm-counter", 3)
    panel.session.substep(1)
    assert "7 before" in panel.accessibleDescription() or "6.9998 before" in panel.accessibleDescription()
    assert "after" not in panel.accessibleDescription()
    panel.session.step()
    assert "6.9998 before, 6.9995 after" in panel.accessibleDescription()


@pytest.mark.parametrize(
    ("name", "said"),
    [("all-ones-elman", (4, 12, 32)), ("all-ones-jordan", (4, 20, 88)), ("all-ones-bidirectional", (48, 32, 40))],
)
def test_the_output_of_the_all_ones_networks(opened: Open, name: str, said: tuple[int, ...]) -> None:
    panel = opened("output", name, 3)
    found = [line.values for line in panel.over_time.plot.tracks[0].lines if not line.hollow]
    assert [values.tolist() for values in found] == [list(said)] * len(found)
    assert f": {said[2]}" in panel.accessibleDescription()


def test_a_thousand_growing_steps_are_on_a_log_axis_and_say_so(opened: Open) -> None:
    panel = opened("hidden_state", "thousand-steps", 1000)
    assert panel.over_time.plot.tracks[0].scale.is_log
    assert "log axis" in panel.header._subtitle.text()
    panel.log.click()
    assert not panel.over_time.plot.tracks[0].scale.is_log
    assert "log axis" not in panel.header._subtitle.text()


def test_a_thousand_vanishing_steps_say_where_float64_ends(opened: Open) -> None:
    panel = opened("hidden_state", "thousand-steps", 500)
    panel.session.edit_number(ParameterAddress("elman.U", 0, 0), 0.01)
    assert panel.over_time.plot.tracks[0].lines[0].underflow == 163


def test_digits_are_rows_of_probabilities_with_their_names(opened: Open) -> None:
    panel = opened("output", "mnist-rows-lstm", 28)
    track = panel.over_time.plot.tracks[0]
    assert isinstance(track, HeatMap)
    assert track.names == tuple("0123456789")
    assert track.values.sum(axis=1) == pytest.approx(np.ones(28))


def test_padding_is_marked_and_told(opened: Open) -> None:
    panel = opened("hidden_state", "padding-masking", 3)
    panel.session.seek_sequence(1)
    assert "padding" in panel.accessibleDescription()
    assert panel.over_time.plot._masked.tolist() == [False, True, True]


def test_tabs_follow_the_opened_layer_and_the_selected_number(opened: Open) -> None:
    panel = opened("hidden_state", "sentiment-bilstm", 2)
    tabs = panel.over_time.tabs
    assert tabs.titles[tabs.at] == "lstm forward"
    panel.session.select(Address("lstm_2.backward.h", 2, 0, 3))
    assert tabs.titles[tabs.at] == "lstm_2 backward"
    assert panel.over_time.plot.now.unit == 3
    panel.session.open_layer("lstm_2")
    assert tabs.titles[tabs.at] == "lstm_2 backward"
    panel.session.open_layer("lstm")
    assert tabs.titles[tabs.at].startswith("lstm ")
    tabs.chosen.emit(tabs.titles.index("lstm merged"))
    assert panel.over_time.plot.tracks[0].quantity == "lstm.merged"
    tabs.chosen.emit(tabs.titles.index("lstm_2 forward"))
    assert panel.session.snapshot.opened_layer == "lstm_2"


def test_one_unit_or_all_is_a_choice_that_stays(opened: Open) -> None:
    panel = opened("gates", recurrent(units=28, steps=9), 3)
    assert len(panel.over_time.plot.tracks) == 3
    panel.units.click()
    assert list(lines(panel)) == ["input", "forget", "output"]
    panel.session.select(Address("layer.h", 3, 0, 9))
    assert lines(panel)["forget"].tolist() == panel.snapshot.trace["layer.f"][:, 0, 9].tolist()
    panel.units.click()
    assert len(panel.over_time.plot.tracks) == 3
