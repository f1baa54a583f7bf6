"""The panels that look into a network: what they show is what the engine finds, and each answers to mouse and keys."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from rnnviz.engine.lesion import lesion
from rnnviz.engine.match import distribution
from rnnviz.engine.saliency import saliency
from rnnviz.engine.trace import Address
from rnnviz.engine.unit_order import by_correlation, by_weight
from rnnviz.engine.unit_statistics import unit_statistics
from rnnviz.session import Session
from rnnviz.ui import lesion_work, saliency_work
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.match_beginning import beginning
from rnnviz.ui.panels import lesion as lesion_panel
from rnnviz.ui.panels import units as units_panel
from rnnviz.ui.panels.lesion import LesionPanel
from rnnviz.ui.panels.match import MatchPanel
from rnnviz.ui.panels.saliency import SaliencyPanel
from rnnviz.ui.panels.units import UnitsPanel
from rnnviz.ui.plots.unit_map import UnitMap
from tests.ui.recurrent_scenarios import recurrent
from tests.ui.shown_panel import click, drag_on, show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel

ALL = (UnitsPanel, SaliencyPanel, LesionPanel, MatchPanel)


def key(qtbot: QtBot, widget: object, code: Qt.Key, shift: bool = False) -> None:
    qtbot.keyClick(widget, code, Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier)


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL)
def test_without_steps_a_sentence_says_what_to_do(qtbot: QtBot, kind: type) -> None:
    panel = show_panel(qtbot, kind, recurrent(units=3, steps=0, outputs=2), 420, 320)
    assert not panel.body.isVisible()
    assert panel.describe(panel.snapshot)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("name", ["sentiment-bilstm", "elman-vs-jordan"])
def test_every_kind_of_network_can_be_looked_into(qtbot: QtBot, kind: type, name: str) -> None:
    panel = show_panel(qtbot, kind, name, 420, 320)
    panel.session.seek(2)
    if kind in (SaliencyPanel, LesionPanel):
        qtbot.waitUntil(lambda: panel.work.is_done)
    assert panel.body.isVisible()
    assert panel.describe(panel.snapshot)
    rows = panel.table(panel.snapshot)
    assert len(rows) > 1 or kind is MatchPanel
    assert all(len(row) == len(rows[0]) for row in rows)


# -- units -------------------------------------------------------------------------------------------------------------


def test_all_states_and_gates_stand_one_below_the_other(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, UnitsPanel, "char-rnn", 700, 400)
    assert [track.quantity for track in panel.over_time.plot.tracks] == [f"lstm.{q}" for q in "gifcoh"]
    assert "33" in panel.notes.text
    trace = panel.snapshot.trace
    for name, found in panel.found.items():
        np.testing.assert_array_equal(found.low, unit_statistics(trace, name).low)


def test_twenty_four_maps_fit_a_low_panel(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, UnitsPanel, "sentiment-bilstm", 520, 360)
    places = panel.over_time.plot.places()
    assert len(places) == 24
    assert places[-1].plot.bottom() < panel.over_time.plot.height()
    assert all(upper.plot.bottom() < lower.plot.top() for upper, lower in pairwise(places))


def test_a_quantity_can_be_shown_alone_with_its_figures_in_words(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, UnitsPanel, "parentheses", 700, 400)
    key(qtbot, panel.tabs, Qt.Key.Key_Right)
    (track,) = panel.over_time.plot.tracks
    assert track.quantity == "lstm.g"
    found = unit_statistics(panel.snapshot.trace, "lstm.g")
    shut, opened, size = track.figures
    assert opened.texts == tuple(f"{share * 100:.0f} %" for share in found.high)
    assert shut.title == "low"
    assert not size.marked.any()
    said = panel.words_of(Address("lstm.g", 1, 0, 0))
    assert f"high at {found.high[0] * 100:.3g}".rstrip("0") in said.replace(" %", "")
    assert "rests at one end" in said


def test_rows_stand_in_the_chosen_order_and_addresses_follow(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, UnitsPanel, "char-rnn", 700, 400)
    panel.session.seek_sequence(0)
    panel.session.select(Address("readout.y", 3, 0, 0))
    trace = panel.snapshot.trace
    assert panel.orders.titles[3] == "weight to blank"
    panel.session.seek_sequence(1)
    assert panel.orders.titles[3] == "weight to blank", "whichever sequence is looked at"
    panel.session.seek_sequence(0)
    for kind, wanted in ((2, by_correlation(trace["lstm.h"][:, 0])), (3, by_weight(trace, "lstm.h", 0))):
        panel.session.select(Address("readout.y", 3, 0, 0))
        panel.orders.chosen.emit(kind)
        hidden = panel.over_time.plot.tracks[-1]
        np.testing.assert_array_equal(hidden.order, wanted)
        address = panel.over_time.plot.address_in(5 * 48 + 7, 2)
        assert address == Address("lstm.h", 3, 0, int(wanted[7]))
        middle = panel.rect_of(address).center()
        row = panel.address_at(middle)
        assert abs(int(hidden.row_of[row.unit]) - 7) <= 1, "rows are thin here"


def test_by_value_the_greatest_of_the_step_stands_at_the_top(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, UnitsPanel, "parentheses", 700, 400)
    panel.session.seek(9)
    panel.orders.chosen.emit(1)
    first = panel.over_time.plot.tracks[-1].order[0]
    assert first == panel.snapshot.trace["lstm.h"][8, 0].argmax()
    assert "9" in panel.orders.titles[1]
    panel.session.seek(3)
    assert panel.over_time.plot.tracks[-1].order[0] == first, "rows do not run about"


def test_a_long_run_is_read_in_the_pauses(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units_panel, "LIGHT", 100)
    panel = show_panel(qtbot, UnitsPanel, recurrent(units=20, steps=200), 500, 400)
    assert panel.work.is_busy
    assert not panel.found
    qtbot.waitUntil(lambda: not panel.work.is_busy and len(panel.found) == 6)
    assert all(isinstance(track, UnitMap) and track.is_ready for track in panel.over_time.plot.tracks)
    np.testing.assert_allclose(panel.found["layer.c"].size, unit_statistics(panel.snapshot.trace, "layer.c").size)


def test_where_nan_began_is_named_and_can_be_opened(qtbot: QtBot) -> None:
    scenario = recurrent("elman", units=3, steps=9, layer={"activations": {"h": "linear"}})
    params = {name: 1e120 * values for name, values in scenario.params.items()}
    panel = show_panel(qtbot, UnitsPanel, replace(scenario, params=params))
    assert panel.first_bad is not None
    trace = panel.snapshot.trace
    assert not np.isfinite(trace.number(panel.first_bad))
    assert np.isfinite(trace["layer.h"][: panel.first_bad.step - 1]).all()
    links = [piece.link for piece in panel.notes.pieces if piece.link is not None]
    assert links[0] == panel.first_bad


# -- saliency ----------------------------------------------------------------------------------------------------------


def settled(qtbot: QtBot, panel: SaliencyPanel | LesionPanel) -> None:
    qtbot.waitUntil(lambda: panel.work is not None and panel.work.is_done)


def test_saliency_follows_the_selected_number_and_else_the_output(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, SaliencyPanel, "parentheses", 420, 320)
    panel.session.select(None)
    panel.session.seek(7)
    settled(qtbot, panel)
    assert panel.work.address == Address("readout.y", 7)
    panel.session.select(Address("lstm.c", 5, 0, 2))
    settled(qtbot, panel)
    wanted = saliency(panel.snapshot.trace, Address("lstm.c", 5, 0, 2))
    for name in panel.work.names:
        np.testing.assert_allclose(panel.work.gradients[name], wanted.gradients[name], rtol=1e-12, atol=1e-300)
    panel.session.select(Address("x", 3))
    assert panel.number(panel.snapshot) == Address("readout.y", 7), "an input depends on nothing"


def test_a_click_selects_and_saliency_stays_with_its_number(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, SaliencyPanel, "parentheses", 420, 320)
    panel.session.select(Address("lstm.c", 9, 0, 2))
    settled(qtbot, panel)
    panel.tabs.chosen.emit(1)
    click(qtbot, panel, Address("lstm.c", 4, 0, 1), panel.plot)
    assert panel.session.snapshot.selection == Address("lstm.c", 4, 0, 1)
    assert panel.number(panel.snapshot) == Address("lstm.c", 9, 0, 2)
    slope = saliency(panel.snapshot.trace, Address("lstm.c", 9, 0, 2)).gradients["lstm.c"][3, 1]
    assert f"{slope:.4g}".lstrip("-") in panel.words_of(Address("lstm.c", 4, 0, 1))


def test_a_pinned_number_stays(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, SaliencyPanel, "parentheses", 420, 320)
    panel.session.select(Address("lstm.c", 9, 0, 2))
    panel.pin.click()
    panel.session.select(Address("lstm.h", 3, 0, 0))
    assert panel.number(panel.snapshot) == Address("lstm.c", 9, 0, 2)
    panel.pin.click()
    assert panel.number(panel.snapshot) == Address("lstm.h", 3, 0, 0)


def test_before_the_activation_a_saturated_output_has_a_large_gradient(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, SaliencyPanel, "parentheses", 420, 320)
    panel.session.select(Address("readout.y", 9))
    panel.logit.click()
    settled(qtbot, panel)
    trace = panel.snapshot.trace
    y = trace["readout.y"][8, 0, 0]
    wanted = saliency(trace, Address("readout.y", 9)).gradients["lstm.h"] / (y * (1 - y))
    np.testing.assert_allclose(panel.work.gradients["lstm.h"], wanted, rtol=1e-9, atol=1e-300)


def test_words_stand_on_the_ground_of_gradient_times_value(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, SaliencyPanel, "sentiment-bilstm", 420, 320)
    panel.session.seek_sequence(3)
    panel.session.seek(9)
    panel.session.select(Address("readout.y", 9, 3))
    settled(qtbot, panel)
    assert panel.words.words[:3] == ("the", "service", "here")
    found = saliency(panel.snapshot.trace, Address("readout.y", 9, 3))
    np.testing.assert_allclose(panel.words.weights, found.times_value("embedding.e"), rtol=1e-12)
    address = panel.address_at(panel.words.mapTo(panel, panel.words.rect_of(2).center()))
    assert address == Address("x", 2, 3)
    assert "“service”" in panel.words_of(address)


def test_a_long_way_back_is_gone_in_a_worker_and_can_be_cancelled(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, and stretch by stretch."""
    monkeypatch.setattr(saliency_work, "MOMENT", 0)
    panel = show_panel(qtbot, SaliencyPanel, recurrent(units=4, steps=700, outputs=1), 420, 320)
    panel.session.seek(650)
    qtbot.waitUntil(lambda: panel.work.is_done and panel.work.address.step == 650, timeout=20_000)
    wanted = saliency(panel.snapshot.trace, panel.work.address)
    np.testing.assert_allclose(panel.work.gradients["layer.c"], wanted.gradients["layer.c"], rtol=1e-9, atol=1e-280)
    panel.session.seek(640)
    qtbot.waitUntil(lambda: panel.work.is_busy, timeout=5_000)
    assert panel.stop.isVisibleTo(panel)
    panel.stop.click()
    assert not panel.work.is_busy
    assert "stopped" in panel._said(panel.snapshot)
    panel.session.seek(641)
    assert not panel.stop.isChecked(), "another number begins anew"
    qtbot.waitUntil(lambda: panel.work.is_busy, timeout=5_000)
    panel.hide()
    assert not panel.work.is_busy


# -- lesion ------------------------------------------------------------------------------------------------------------


def test_lesions_are_those_of_the_engine_worst_unit_first(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LesionPanel, "parentheses", 420, 320)
    settled(qtbot, panel)
    wanted = lesion(panel.snapshot.trace, "lstm.h")
    (track,) = panel.by_step.tracks
    np.testing.assert_allclose(track.values, wanted.by_step.T)
    assert track.order.tolist() == np.argsort(-wanted.by_output[:, 0]).tolist()
    assert [column.title for column in track.figures] == ["loss", "flips"]
    assert panel.describe(panel.snapshot).count("unit") >= 3


def test_another_quantity_and_the_mean_can_be_chosen(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LesionPanel, "parentheses", 420, 320)
    panel.tabs.chosen.emit(3)
    panel.mean.click()
    settled(qtbot, panel)
    wanted = lesion(panel.snapshot.trace, "lstm.c", 0, "mean")
    np.testing.assert_allclose(panel.work.found.by_output, wanted.by_output)
    assert "at its mean" in panel.words_of(Address("lstm.c", 3, 0, 1))


def test_a_click_on_a_row_opens_its_unit(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LesionPanel, "parentheses", 420, 320)
    settled(qtbot, panel)
    click(qtbot, panel, Address("lstm.h", 6, 0, 2), panel.by_step)
    assert panel.session.snapshot.selection == Address("lstm.h", 6, 0, 2)


def test_outputs_take_the_place_of_steps(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LesionPanel, "mnist-rows-lstm", 420, 320)
    panel.session.seek(5)
    panel.outputs.click()
    settled(qtbot, panel)
    (track,) = panel.by_output.tracks
    wanted = lesion(panel.snapshot.trace, "lstm.h", panel.snapshot.cursor.sequence)
    np.testing.assert_allclose(track.values, wanted.at_end.T)
    assert panel.by_step.isHidden()
    grid = panel.cells()
    assert (grid.rows, grid.columns) == (28, 10)
    top, sequence = int(track.order[0]), panel.snapshot.cursor.sequence
    assert grid.address(0, 4) == Address("lstm.h", 5, sequence, top)
    assert panel.address_at(panel.rect_of(Address("lstm.h", 5, sequence, top)).center()) == Address(
        "lstm.h", 5, sequence, top
    )


@pytest.mark.slow
def test_many_units_are_held_in_a_worker_and_come_in_parts(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesion_work, "MOMENT", 0)
    monkeypatch.setattr(lesion_panel, "LONG_MS", 1)
    panel = show_panel(qtbot, LesionPanel, recurrent(units=150, steps=8, outputs=2), 420, 320)
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=20_000)
    np.testing.assert_allclose(panel.work.found.by_step, lesion(panel.snapshot.trace, "layer.h").by_step, rtol=1e-9)


# -- match -------------------------------------------------------------------------------------------------------------


def test_the_steps_up_to_the_cursor_are_matched_until_others_are_chosen(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, MatchPanel, "char-rnn", 420, 320)
    panel.session.seek_sequence(0)
    panel.session.seek(7)
    chosen = panel.matches.chosen
    assert (chosen.first, chosen.last, chosen.sequence) == (5, 7, 0)
    assert chosen.threshold == distribution(panel.snapshot.trace, "lstm.h").suggested
    assert panel.units.text == "On: 15 37 20 "
    panel.field.setText("10-11")
    key(qtbot, panel.field, Qt.Key.Key_Return)
    panel.session.seek(30)
    assert (panel.matches.chosen.first, panel.matches.chosen.last) == (10, 11)
    panel.follow.click()
    assert (panel.matches.chosen.first, panel.matches.chosen.last) == (28, 30)


def test_a_match_begins_with_something_to_see_where_nothing_reaches_the_suggestion(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, MatchPanel, "sentiment-bilstm", 420, 320)
    values = panel.snapshot.trace["lstm.forward.h"][2, 0]
    assert panel.snapshot.cursor.step == 3
    assert values.max() < panel.spread.suggested, "else this shows nothing"
    assert panel.matches.units == (int(values.argmax()),)
    assert (panel.matches.chosen.first, panel.matches.chosen.last) == (3, 3)
    assert panel.field.text() == "3"
    assert panel.places.count() > 0
    panel.follow.click()
    panel.session.seek(1)
    assert panel.matches.units == (int(values.argmax()),), "it stays as it was"


def test_a_match_begins_with_the_longest_stretch_in_which_a_unit_is_on() -> None:
    values = np.array([[0.9, 0.0], [0.1, 0.8], [0.2, 0.7], [0.6, 0.6], [-0.3, 0.2], [-0.2, -0.1], [np.nan, np.nan]])
    assert beginning(values, 1, 0.5) == (1, 0.5)
    assert beginning(values, 2, 0.5) == (2, 0.5)
    assert beginning(values, 4, 0.5) == (2, 0.5)
    assert beginning(values, 5, 0.5) == (5, 0.2), "the strongest unit of the step"
    assert beginning(values, 6, 0.5) == (4, 0.5), "no value is positive: as suggested"
    assert beginning(values, 7, 0.5) == (5, 0.5)
    assert beginning(values, 6, -0.15) == (5, -0.15)


def test_steps_that_cannot_be_are_refused_at_the_field(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, MatchPanel, "parentheses", 420, 320)
    before = panel.matches.chosen
    for text in ("", "x", "5-3", "1-61", "0", "1-2-3"):
        panel.field.setText(text)
        key(qtbot, panel.field, Qt.Key.Key_Return)
        assert panel.complaint.isVisible(), text
        assert panel.matches.chosen == before


def test_shift_and_arrow_keys_widen_the_stretch(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, MatchPanel, "char-rnn", 420, 320)
    panel.session.seek_sequence(0)
    panel.choose_steps(5, 7)
    panel.setFocus()
    key(qtbot, panel, Qt.Key.Key_Right, shift=True)
    assert (panel.matches.chosen.first, panel.matches.chosen.last) == (5, 8)
    for _ in range(9):
        key(qtbot, panel, Qt.Key.Key_Left, shift=True)
    assert (panel.matches.chosen.first, panel.matches.chosen.last) == (5, 5)


def test_shift_and_a_drag_on_the_map_choose_a_stretch(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, MatchPanel, "char-rnn", 700, 320)
    place = panel.plot.places()[-1]
    points = [QPoint(round(place.x(step)), place.plot.center().y()) for step in (12, 20)]
    qtbot.mousePress(panel.plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, points[0])
    assert (panel.matches.chosen.first, panel.matches.chosen.last) == (12, 12)
    drag_on(panel.plot, points[1])
    qtbot.mouseRelease(panel.plot, Qt.MouseButton.LeftButton, pos=points[1])
    assert (panel.matches.chosen.first, panel.matches.chosen.last) == (12, 20)


def test_the_threshold_moves_by_key_and_home_takes_the_suggestion(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, MatchPanel, "char-rnn", 420, 320)
    panel.session.seek_sequence(0)
    panel.choose_steps(5, 7)
    suggested = panel.matches.chosen.threshold
    key(qtbot, panel.bar, Qt.Key.Key_Right)
    assert panel.matches.chosen.threshold > suggested
    assert "suggested" in panel.bar.accessibleDescription()
    for _ in range(60):
        key(qtbot, panel.bar, Qt.Key.Key_Left)
    assert panel.matches.chosen.threshold < 0, "past 0 it is on below"
    key(qtbot, panel.bar, Qt.Key.Key_Home)
    assert panel.matches.chosen.threshold == suggested


def test_too_high_a_threshold_says_up_to_which_a_unit_is_on(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, MatchPanel, "char-rnn", 420, 320)
    panel.session.seek_sequence(0)
    panel.choose_steps(5, 7)
    strongest = float(panel.snapshot.trace["lstm.h"][4:7, 0].min(axis=0).max())
    panel.choose_threshold(0.999)
    assert "No unit; one is up to a threshold of" in panel.units.text
    assert f"{strongest:.3g}" in panel.units.text
    assert panel.places.count() == 0


def test_enter_on_a_place_goes_there_and_keeps_the_stretch(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, MatchPanel, "char-rnn", 420, 320)
    panel.session.seek_sequence(0)
    panel.session.seek(7)
    place = panel.places.places[0]
    assert place.match.sequence == 1
    assert place.middle == _read(panel.session, place.match.sequence, place.match.first, place.match.last)
    panel.places.setCurrentRow(0)
    key(qtbot, panel.places, Qt.Key.Key_Return)
    cursor = panel.session.snapshot.cursor
    assert (cursor.step, cursor.sequence) == (place.match.last, 1)
    assert (panel.matches.chosen.first, panel.matches.chosen.sequence) == (5, 0)


def _read(session: Session, sequence: int, first: int, last: int) -> str:
    scenario = session.snapshot.scenario
    ids = scenario.inputs[first - 1 : last, sequence, 0].astype(int)
    return "".join(scenario.tokens[i] if i else " " for i in ids)


# -- the layout --------------------------------------------------------------------------------------------------------


def test_the_layout_inside_shows_what_looks_into_the_network(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_.by_id["layout_inside"].trigger()
    shown = [panel.name for panel in window.shown_panels()]
    assert shown == ["units", "explain", "saliency", "lesion", "match"]
    window.choose_layout("step")
    assert not {"units", "saliency", "lesion", "match"} & {panel.name for panel in window.shown_panels()}
