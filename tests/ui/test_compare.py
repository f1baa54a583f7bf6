"""Comparing: two scenarios side by side under one timeline, on one scale; the document stays what it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario import builtin, read, write
from rnnviz.scenario.types import Initialiser, Training
from rnnviz.session import Session
from rnnviz.ui.compare.choices import Choice, choices, iterate, wanted_by
from rnnviz.ui.compare.difference import DifferencePanel
from rnnviz.ui.compare.row import Row
from rnnviz.ui.compare.view import CompareView
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.number_field import NumberField
from rnnviz.ui.plots import HeatMap, Lines

Key, Modifier = Qt.Key, Qt.KeyboardModifier
Open = Callable[..., MainWindow]
ELMAN, OWN = "all-ones-elman", "all-ones-own-memory"


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


def compare(window: MainWindow, name: str, *rows: str) -> CompareView:
    """Beside the document, what a choice of this name or title gives."""
    choice = next(choice for choice in choices(window.session) if name in (choice.name, choice.title))
    window.comparing.open(choice)
    view = window.comparing.view
    assert view is not None
    if rows:
        view.show_rows(rows)
    QApplication.processEvents()
    return view


def track(row: Row, index: int) -> Lines | HeatMap:
    (found,) = row.panels[index].over_time.plot.tracks
    return found


# --- the way in and out -------------------------------------------------------------------------------------------


def test_c_a_few_letters_and_enter_put_a_scenario_beside_the_document(make_window: Open, qtbot: QtBot) -> None:
    window = make_window(ELMAN)
    press(qtbot, window, Key.Key_C)
    field = QApplication.focusWidget()
    qtbot.keyClicks(field, "Every unit with a memory")
    qtbot.keyClick(field, Key.Key_Return)
    assert window.comparing.is_open
    assert window.pages.currentWidget() is window.comparing.view
    assert window.comparing.sessions.second.snapshot.scenario.name == OWN
    heads = window.comparing.view.heads
    assert heads[0].title.text() == window.session.snapshot.scenario.title
    assert heads[1].title.text() == window.comparing.sessions.second.snapshot.scenario.title


@pytest.mark.parametrize("key", [Key.Key_Escape, Key.Key_C])
def test_escape_or_c_gives_the_window_back_as_it_was(make_window: Open, qtbot: QtBot, key: Qt.Key) -> None:
    window = make_window(ELMAN)
    before, shown = window.session.snapshot, [panel.name for panel in window.workspace.shown()]
    arrangement = window.workspace.arrangement
    compare(window, OWN)
    press(qtbot, window, key)
    assert not window.comparing.is_open
    assert window.pages.currentWidget() is window.workspace
    assert window.workspace.arrangement is arrangement
    assert [panel.name for panel in window.workspace.shown()] == shown
    assert window.session.snapshot is before, "nothing of the document has changed"
    hidden = window.workspace.panels["hidden_state"]
    assert hidden.isVisible()
    assert hidden.over_time.plot.axis.steps == 3


def test_another_document_ends_the_comparison(make_window: Open) -> None:
    window = make_window(ELMAN)
    compare(window, OWN)
    window.documents.open_builtin("lstm-counter")
    assert not window.comparing.is_open
    assert window.pages.currentWidget() is window.workspace


def test_a_second_comparison_takes_the_place_of_the_first(make_window: Open) -> None:
    window = make_window(ELMAN)
    view = compare(window, OWN, "hidden_state")
    compare(window, "lstm-counter")
    assert track(view.rows["hidden_state"], 1).lines[0].quantity == "lstm.h"
    assert view.heads[1].title.text() == builtin.load("lstm-counter").title


def test_what_cannot_be_had_is_said_and_the_document_stays(make_window: Open, tmp_path: Path) -> None:
    window = make_window(ELMAN)
    broken = tmp_path / "broken.rnnviz"
    broken.write_text("{", encoding="utf-8")
    window.comparing.open(Choice("broken", "a file", lambda: read.load(broken)))
    assert not window.comparing.is_open
    assert "broken" in window.message_bar.text
    assert "unchanged" in window.message_bar.text


# --- one timeline -------------------------------------------------------------------------------------------------


def test_a_key_steps_both(make_window: Open, qtbot: QtBot) -> None:
    window = make_window(ELMAN)
    compare(window, OWN)
    press(qtbot, window, Key.Key_Home)
    press(qtbot, window, Key.Key_Right)
    press(qtbot, window, Key.Key_Right)
    assert window.session.snapshot.cursor.step == 2
    assert window.comparing.sessions.second.snapshot.cursor.step == 2
    assert [head.when.text() for head in window.comparing.view.heads] == ["t = 2 / 3"] * 2


def test_the_shorter_one_says_that_it_has_ended(make_window: Open, qtbot: QtBot) -> None:
    window = make_window(ELMAN)  # 3 steps
    view = compare(window, "lstm-counter", "hidden_state")  # 5
    press(qtbot, window, Key.Key_End)
    assert window.timeline.walk.position == 5
    assert view.heads[0].when.text() == "ended at step 3"
    assert view.heads[1].when.text() == "t = 5 / 5"
    plots = [panel.over_time.plot for panel in view.rows["hidden_state"].panels]
    assert plots[0].axis is plots[1].axis
    assert plots[0].axis.steps == 5
    assert view.rows["hidden_state"].panels[0].cells().columns == 3, "the keyboard finds no numbers behind the end"
    press(qtbot, window, Key.Key_Left)
    assert (view.heads[0].when.text(), view.heads[1].when.text()) == ("ended at step 3", "t = 4 / 5")
    press(qtbot, window, Key.Key_Left)
    assert view.heads[0].when.text() == "t = 3 / 3"


def test_a_press_on_the_step_numbers_of_the_shorter_one_goes_there(make_window: Open) -> None:
    window = make_window(ELMAN)
    view = compare(window, "lstm-counter", "hidden_state")
    view.rows["hidden_state"].panels[0].over_time.plot.sought.emit(4)
    assert window.timeline.walk.position == 4


# --- one scale ----------------------------------------------------------------------------------------------------


def test_equal_heights_are_equal_numbers(make_window: Open) -> None:
    window = make_window(ELMAN)  # h up to 16
    view = compare(window, OWN, "hidden_state", "output")  # h up to 8
    for name, largest in (("hidden_state", 16), ("output", 32)):
        one, other = (track(view.rows[name], index).scale for index in (0, 1))
        assert (one.low, one.high, one.ticks) == (other.low, other.high, other.ticks)
        assert one.high >= largest
    window.session.edit_number(Address("x", 3), 100.0)  # h_3 = 6 + 6 + 102 - 2
    one, other = (track(view.rows["hidden_state"], index).scale for index in (0, 1))
    assert one.high == other.high >= 108


def test_equal_colours_are_equal_numbers(make_window: Open, qtbot: QtBot) -> None:
    window = make_window("rnn-vs-lstm-gradient")  # twelve units: heat maps
    view = compare(window, "An LSTM", "hidden_state", "gradient_flow")
    one, other = (track(view.rows["hidden_state"], index) for index in (0, 1))
    assert isinstance(one, HeatMap)
    assert one.range == other.range
    panels = view.rows["gradient_flow"].panels
    qtbot.waitUntil(lambda: all(panel.work.is_done for panel in panels), timeout=60_000)
    pictures = [panel.picture for panel in panels]
    scales = [picture.scale() for picture in pictures]
    assert (scales[0].low, scales[0].high) == (scales[1].low, scales[1].high)
    least = min(picture.norms.min() for picture in pictures)
    assert scales[0].low <= least
    assert scales[0].high >= max(picture.norms.max() for picture in pictures)


def test_equal_colours_of_weights_are_equal_weights_layer_by_layer(make_window: Open) -> None:
    window = make_window(ELMAN)  # all weights are 1
    view = compare(window, OWN, "parameters")
    window.session.edit_number(ParameterAddress("elman.W", 0, 0), 5.0)
    for panel in view.rows["parameters"].panels:
        assert {tile.parameter.partition(".")[0]: tile.scale for tile in panel.grid.tiles} == {"elman": 5, "readout": 1}


def test_two_surfaces_have_the_same_colours(make_window: Open, qtbot: QtBot) -> None:
    window = make_window("rnn-vs-lstm-surface")
    view = compare(window, "An LSTM", "loss_surface")
    panels = view.rows["loss_surface"].panels
    qtbot.waitUntil(lambda: all(panel.work.is_done for panel in panels), timeout=60_000)
    shades = [panel.map.shade for panel in panels]
    assert (shades[0].low, shades[0].high, shades[0].is_log) == (shades[1].low, shades[1].high, shades[1].is_log)
    losses = [panel.work.loss for panel in panels]
    assert shades[0].high == max(float(loss.max()) for loss in losses)
    assert shades[0].low == min(float(loss.min()) for loss in losses)


def test_actions_on_the_surface_go_to_the_one_that_is_seen(make_window: Open, qtbot: QtBot) -> None:
    window = make_window("rnn-vs-lstm-surface")
    in_workspace = window.workspace.panels["loss_surface"]
    view = compare(window, "An LSTM", "hidden_state")
    window.surface.zoom_in()
    first, second = view.rows["loss_surface"].panels
    assert "loss_surface" in view.wanted, "the row is opened"
    assert not first.zooming.is_whole
    assert in_workspace.zooming.is_whole
    window.surface.toggle_3d()
    assert first.map.in_3d
    assert second.map.in_3d, "both are looked at in the same way"
    assert not in_workspace.map.in_3d


def test_a_surface_that_is_out_of_sight_is_worked_out_when_it_is_seen(make_window: Open, qtbot: QtBot) -> None:
    window = make_window("rnn-vs-lstm-surface")
    panel = window.workspace.panels["loss_surface"]
    qtbot.waitUntil(lambda: panel.work is not None and panel.work.has_picture)
    before = panel.work
    compare(window, "An LSTM", "hidden_state")
    panel.zooming.closer()
    assert panel.work is before
    assert panel.is_stale
    window.comparing.leave()
    assert panel.work is not before


def test_two_surfaces_are_turned_together(make_window: Open, qtbot: QtBot) -> None:
    view = compare(make_window("rnn-vs-lstm-surface"), "An LSTM", "loss_surface")
    maps = [panel.map for panel in view.rows["loss_surface"].panels]
    qtbot.waitUntil(lambda: all(found.work.has_picture for found in maps), timeout=60_000)
    view.rows["loss_surface"].panels[1].tools.relief.click()
    assert maps[0].in_3d
    assert maps[0].camera == maps[1].camera is not None
    before = maps[0].camera
    maps[1].turn(30, 0)
    assert maps[0].camera == maps[1].camera != before


def test_a_switch_of_one_is_a_switch_of_the_other(make_window: Open) -> None:
    view = compare(make_window("gru-conventions"), "Reset after the product", "gates")
    row = view.rows["gates"]
    for panel in row.panels:
        before = type(track_at(row, 0))
        panel.units.click()
        assert type(track_at(row, 0)) is type(track_at(row, 1)) is not before
        assert row.panels[0].units.text() == row.panels[1].units.text()


def track_at(row: Row, index: int) -> object:
    return row.panels[index].over_time.plot.tracks[0]


# --- the difference -----------------------------------------------------------------------------------------------


def test_the_difference_of_two_known_networks(make_window: Open) -> None:
    """Elman's h is 2, 6, 16; with a memory of their own the units have 2, 4, 8. The outputs are twice that."""
    window = make_window(ELMAN)
    view = compare(window, OWN, DifferencePanel.name)
    panel = view.difference
    assert panel.values().tolist() == [[0, 0], [2, 2], [8, 8]]
    assert [[line.values.tolist() for line in lines.lines] for lines in panel.over_time.plot.tracks] == [
        [[0, 2, 8], [0, 2, 8]]
    ]
    panel.tabs.chosen.emit(1)
    assert panel.values().tolist() == [[0, 0], [4, 4], [16, 16]]
    assert panel.words_of(Address("readout.y", 3, 0, 1)) == "step 3, output, unit 1: A 32, B 16, A − B 16"
    assert "Largest: 16 at step 3, unit 0." in panel.accessibleDescription()
    assert panel.table(panel.snapshot)[1:] == [[1, 0, 0], [2, 4, 4], [3, 16, 16]]


def test_the_difference_is_taken_over_the_steps_that_both_have(make_window: Open, tmp_path: Path) -> None:
    scenario = builtin.load(OWN)
    path = tmp_path / "short.rnnviz"
    write.save(replace(scenario, name="short", inputs=scenario.inputs[:2], expected=(), alternatives=()), path)
    window = make_window(ELMAN)
    window.comparing.open(Choice("short", "a file", lambda: read.load(path)))
    window.comparing.view.show_rows([DifferencePanel.name])
    assert window.comparing.view.difference.values().tolist() == [[0, 0], [2, 2]]


def test_other_sizes_have_no_difference_and_it_is_said(make_window: Open) -> None:
    window = make_window("mnist-rows-lstm")
    view = compare(window, ELMAN, DifferencePanel.name)
    assert not view.difference.body.isVisible()
    assert "no difference to take" in view.difference.accessibleDescription()


# --- what is compared ---------------------------------------------------------------------------------------------


def test_a_network_without_gates_says_so_beside_one_that_has_some(make_window: Open) -> None:
    window = make_window(ELMAN)
    view = compare(window, "lstm-counter", "gates")
    row = view.rows["gates"]
    assert not row.panels[0].isVisible()
    assert row.panels[1].isVisible()
    assert [panel.name for panel in window.comparing.shown()] == ["gates"]


def test_before_and_after_training(make_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    sunspots = builtin.load("sunspots-gru")
    start = Initialiser(initialiser="glorot", seed=1)
    scenario = replace(
        sunspots,
        inputs=sunspots.inputs[:40],
        targets=sunspots.targets[:40],
        training=Training(epochs=6, start=start),
        expected=(),
    )
    path = tmp_path / "sunspots.rnnviz"
    write.save(scenario, path)
    window = make_window(str(path))
    assert choices(window.session)[0].title == "Before training", "also before a first run"
    window.actions_.by_id["train"].trigger()
    qtbot.waitUntil(lambda: not window.session.is_busy, timeout=60_000)
    run, document = window.session.snapshot.training, window.session.snapshot.document
    compare(window, "Before training")
    other = window.comparing.sessions.second.snapshot
    for name, weights in run.params_of(0).items():
        assert np.array_equal(other.scenario.params[name], weights)
    assert window.session.snapshot.document is document
    assert not np.array_equal(other.trace.output, window.session.snapshot.trace.output)
    third = iterate(window.session.snapshot, 3)
    assert third.title == "Iterate 3"
    window.comparing.open(third)
    shown = window.comparing.sessions.second.snapshot.scenario.params
    assert all(np.array_equal(shown[name], weights) for name, weights in run.params_of(3).items())


def test_before_the_last_edit(make_window: Open) -> None:
    window = make_window(ELMAN)
    window.session.edit_number(Address("x", 1), 5.0)
    choice = choices(window.session)[0]
    assert choice.title == "Before the last edit"
    window.comparing.open(choice)
    assert window.comparing.sessions.second.snapshot.trace.output[2, 0, 0] == 32
    assert window.session.snapshot.scenario.inputs[0, 0, 0] == 5


def test_what_stands_beside_is_not_edited_and_says_so_at_the_field(make_window: Open, qtbot: QtBot) -> None:
    window = make_window(ELMAN)
    view = compare(window, OWN, "parameters")
    panel, place = view.rows["parameters"].panels[1], ParameterAddress("elman.W", 0, 0)
    before = window.comparing.sessions.second.snapshot.scenario
    assert panel.begin_edit(place)
    field = panel.findChild(NumberField)
    said: list[str] = []
    field.refused.connect(said.append)
    field.setText("7")
    qtbot.keyClick(field, Key.Key_Return)
    assert "only looked at" in said[0]
    assert window.comparing.sessions.second.snapshot.scenario is before
    qtbot.keyClick(field, Key.Key_Escape)


@pytest.mark.parametrize("name", [name for name in builtin.names() if builtin.load(name).view.compare])
def test_what_a_built_in_scenario_wants_to_be_compared_with_is_there(name: str) -> None:
    session = Session()
    session.open(builtin.load(name))
    wanted = wanted_by(session)
    assert wanted is not None
    assert choices(session)[0].name == wanted.name == session.snapshot.document.view.compare
    assert wanted.load().inputs.shape == session.snapshot.scenario.inputs.shape, "one sequence through both"


def test_the_story_leads_to_the_comparison_and_a_variant_to_the_other_way_round(make_window: Open) -> None:
    window = make_window("elman-vs-jordan")
    window.workspace.panels["story"].comparison.click()
    assert "jordan.W" in window.comparing.sessions.second.snapshot.scenario.params
    window.comparing.leave()
    window.session.apply_alternative(0)
    assert wanted_by(window.session).title == "Elman: feed the hidden state back"


# --- rows by keyboard ---------------------------------------------------------------------------------------------


def test_digits_lead_to_the_panels_of_both_and_f11_and_ctrl_w_work_on_rows(make_window: Open, qtbot: QtBot) -> None:
    window = make_window(ELMAN)
    view = compare(window, OWN, "hidden_state", "output")
    press(qtbot, window, Key.Key_4)
    assert view.rows["output"].panels[1].hasFocus()
    press(qtbot, window, Key.Key_F11)
    assert view.alone == "output"
    assert not view.rows["hidden_state"].isVisible()
    press(qtbot, window, Key.Key_F11)
    assert view.rows["hidden_state"].isVisible()
    press(qtbot, window, Key.Key_W, Modifier.ControlModifier)
    assert view.wanted == ("hidden_state",)
    assert not view.switches["output"].isChecked()
    window.menus.chosen.emit("panels", "output")
    assert "output" in view.wanted


def test_the_heads_say_in_words_what_stands_there(make_window: Open) -> None:
    window = make_window(ELMAN)
    view = compare(window, OWN)
    assert view.heads[0].accessibleName().startswith("A: The all-ones network of Elman, Elman, 2 units, t = ")
    for switch in view.switches.values():
        assert switch.toolTip()
        assert switch.focusPolicy() & Qt.FocusPolicy.TabFocus
