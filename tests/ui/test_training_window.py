"""Training in the window, with a real worker process: it runs, is looked at, is stopped, fails, and loses nothing."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.scenario import builtin, write
from rnnviz.scenario.types import ClippingForm, Initialiser, OptimizerForm, Scenario, Training, View
from rnnviz.ui import questions
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.training import TrainingPanel

Open = Callable[..., MainWindow]
PARAMETER = "readout.b"
LONG_MS = 60_000


def _scenario(epochs: int, **changes: object) -> Scenario:
    """Forty years of sunspots, to be forecast."""
    sunspots = builtin.load("sunspots-gru")
    start = Initialiser(initialiser="glorot", seed=1)
    training = Training(optimizer=OptimizerForm(kind="adam", rate=0.01), epochs=epochs, start=start, **changes)
    inputs, targets = sunspots.inputs[:40], sunspots.targets[:40]
    view = View(layout="train")
    return replace(sunspots, inputs=inputs, targets=targets, training=training, view=view, expected=())


@pytest.fixture
def open_training(make_window: Open, tmp_path: Path) -> Open:
    def open_it(epochs: int = 6, **changes: object) -> MainWindow:
        path = tmp_path / "trained.rnnviz"
        write.save(_scenario(epochs, **changes), path)
        return make_window(str(path))

    return open_it


def _panel(window: MainWindow) -> TrainingPanel:
    return window.workspace.panels["training"]


def _run_to_the_end(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_.by_id["train"].trigger()
    assert window.session.is_busy
    qtbot.waitUntil(lambda: not window.session.is_busy, timeout=LONG_MS)


def _start_a_long_one(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(_panel(window).buttons.main, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.snapshot.training.number >= 2, timeout=LONG_MS)


def test_a_run_ends_as_one_entry_that_undo_takes_back(open_training: Open, qtbot: QtBot) -> None:
    window = open_training()
    before = window.session.snapshot.scenario
    _run_to_the_end(window, qtbot)
    snapshot = window.session.snapshot
    assert snapshot.history == ("Train 6 iterations",)
    assert snapshot.training.losses[-1] < snapshot.training.losses[0]
    said = _panel(window).accessibleDescription()
    assert said.startswith("done, iterate 6. 6 updates in ")
    assert f"loss {snapshot.training.losses[-1]:.4g}" in said
    assert "training" not in window.status_line.text()
    window.actions_.by_id["undo"].trigger()
    assert window.session.snapshot.scenario is before


def test_the_status_line_shows_the_run_and_the_settings_wait(open_training: Open, qtbot: QtBot) -> None:
    window = open_training(100_000)
    _start_a_long_one(window, qtbot)
    assert "epoch" in window.status_line.text()
    assert "of 100,000" in window.status_line.text()
    assert not _field(window, "training.optimizer.rate").isEnabled()
    assert not window.actions_.by_id["undo"].isEnabled()
    window.actions_.by_id["cancel"].trigger()
    assert not window.session.is_busy
    assert _field(window, "training.optimizer.rate").isEnabled()
    assert window.actions_.by_id["undo"].isEnabled()


def test_pause_rests_resume_goes_on_cancel_keeps_what_was_reached(open_training: Open, qtbot: QtBot) -> None:
    window = open_training(100_000)
    panel = _panel(window)
    _start_a_long_one(window, qtbot)
    assert panel.buttons.main.text() == "Pause"
    qtbot.mouseClick(panel.buttons.main, Qt.MouseButton.LeftButton)
    assert panel.buttons.main.text() == "Resume"
    assert "paused" in panel.figures.said.text()
    qtbot.wait(300)
    rested = window.session.snapshot.training.number
    qtbot.wait(200)
    assert window.session.snapshot.training.number == rested
    qtbot.mouseClick(panel.buttons.main, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.snapshot.training.number > rested, timeout=LONG_MS)
    qtbot.mouseClick(panel.buttons.other, Qt.MouseButton.LeftButton)
    snapshot = window.session.snapshot
    assert snapshot.training.reason == "cancelled"
    assert snapshot.history == (f"Train {snapshot.training.number:,} iterations",)
    assert "Stopped by hand" in panel.ending.text()
    assert panel.buttons.main.text() == "Start"


def test_the_timeline_walks_through_iterates_and_all_panels_show_that_network(
    open_training: Open, qtbot: QtBot
) -> None:
    window = open_training()
    assert not window.actions_.by_id["iterates"].isEnabled()
    _run_to_the_end(window, qtbot)
    run = window.session.snapshot.training
    window.actions_.by_id["iterates"].trigger()
    window.actions_.by_id["first"].trigger()
    window.actions_.by_id["forward"].trigger()
    window.actions_.by_id["forward"].trigger()
    assert window.session.snapshot.training.cursor == 2
    assert window.timeline._iterate.text() == "iterate 2 of 6"
    shown = [panel for panel in window.workspace.panels.values() if panel.isVisible() and panel.name != "training"]
    for panel in shown:
        np.testing.assert_array_equal(panel.snapshot.scenario.params[PARAMETER], run.params_of(2)[PARAMETER])
    window.actions_.by_id["iterates"].trigger()
    before = window.session.snapshot.cursor.step
    window.actions_.by_id["forward"].trigger()
    assert window.session.snapshot.cursor.step == before + 1, "the same keys walk through time again"
    assert window.session.snapshot.training.cursor == 2


def test_playing_goes_through_the_iterates_to_the_last(open_training: Open, qtbot: QtBot) -> None:
    window = open_training()
    _run_to_the_end(window, qtbot)
    window.timeline.set_training(True)
    window.player.set_speed(60.0)
    window.play()
    assert window.session.snapshot.training.cursor == 0
    qtbot.waitUntil(lambda: not window.player.is_playing, timeout=LONG_MS)
    assert window.session.snapshot.training.cursor == 6


def test_the_shown_iterate_can_be_kept_or_left(open_training: Open, qtbot: QtBot) -> None:
    window = open_training()
    panel = _panel(window)
    _run_to_the_end(window, qtbot)
    assert not panel.iterate.isVisible()
    window.session.seek_iterate(3)
    assert panel.shown.text() == "Iterate 3 is shown"
    qtbot.mouseClick(panel.newest, Qt.MouseButton.LeftButton)
    assert window.session.snapshot.scenario is window.session.snapshot.document
    window.session.seek_iterate(3)
    weights = window.session.snapshot.training.params_of(3)[PARAMETER]
    qtbot.mouseClick(panel.keep, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(window.session.snapshot.document.params[PARAMETER], weights)
    assert window.session.snapshot.history[-1] == "Go on from iterate 3"


def test_the_curve_has_every_loss_and_leads_to_an_iterate(open_training: Open, qtbot: QtBot) -> None:
    window = open_training(clipping=ClippingForm(kind="norm", limit=1e-3))
    _run_to_the_end(window, qtbot)
    curve, run = window.workspace.panels["loss"].curve, window.session.snapshot.training
    np.testing.assert_array_equal(curve.tracks[0].lines[0].values, run.losses)
    assert run.clipped[:-1].all()
    place = curve.places()[0]
    x, y = round(place.x(3)), place.plot.center().y()
    qtbot.mouseClick(curve, Qt.MouseButton.LeftButton, pos=place.plot.center().__class__(x, y))
    assert window.session.snapshot.training.cursor == 2, "iterate 2 stands at the third place"
    qtbot.keyClick(curve, Qt.Key.Key_Right)
    assert window.session.snapshot.training.cursor == 3
    assert f"{run.losses[3]:.4g}" in curve.accessibleDescription()


def test_a_loss_that_is_not_finite_is_said_in_words(open_training: Open, qtbot: QtBot) -> None:
    window = open_training(50)
    form = replace(window.session.snapshot.scenario, training=_exploding())
    window.session.edit("Explode", form)
    _run_to_the_end(window, qtbot)
    panel = _panel(window)
    assert "is not finite. Training stopped there; the last good weights are kept." in panel.ending.text()
    assert all(np.isfinite(values).all() for values in window.session.snapshot.document.params.values())


def _exploding() -> Training:
    return Training(optimizer=OptimizerForm(kind="sgd", rate=1e200), epochs=50)


def test_a_killed_worker_is_told_of_and_training_can_start_again(open_training: Open, qtbot: QtBot) -> None:
    window = open_training(100_000)
    _start_a_long_one(window, qtbot)
    os.kill(window.session._training.worker.pid, signal.SIGTERM)
    qtbot.waitUntil(lambda: not window.session.is_busy, timeout=LONG_MS)
    assert "ended unexpectedly. Nothing is lost" in _panel(window).ending.text()
    _start_a_long_one(window, qtbot)
    assert _panel(window).ending.text() == ""
    window.session.cancel_job()


def test_the_story_rests_while_training_runs_and_has_the_last_numbers(open_training: Open, qtbot: QtBot) -> None:
    window = open_training(100_000)
    story, loss = window.workspace.panels["story"], window.workspace.panels["loss"]
    _start_a_long_one(window, qtbot)
    drawn = story.snapshot
    qtbot.waitUntil(lambda: loss.snapshot.scenario is not drawn.scenario, timeout=LONG_MS)
    assert story.snapshot is drawn
    assert story.is_stale
    window.train()
    assert not story.is_stale, "while it is paused there is time"
    window.session.cancel_job()
    assert story.snapshot.scenario is window.session.snapshot.document


def test_closing_asks_while_training_runs(open_training: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window = open_training(100_000)
    _start_a_long_one(window, qtbot)
    asked = []
    monkeypatch.setattr(questions, "about_training", lambda _: asked.append("training"))
    window.window().close()
    assert asked == ["training"]
    assert window.window().isVisible()
    assert window.session.is_busy
    monkeypatch.setattr(questions, "about_training", lambda _: True)
    monkeypatch.setattr(questions, "about_unsaved", lambda *_: "discard")
    window.window().close()
    assert not window.window().isVisible()
    assert not window.session.is_busy


def test_settings_are_edits_and_wrong_ones_are_refused_in_words(open_training: Open, qtbot: QtBot) -> None:
    window = open_training()
    _type(qtbot, _field(window, "training.optimizer.rate"), "0.5")
    assert window.session.snapshot.scenario.training.optimizer.rate == 0.5
    epochs, limit = _field(window, "training.epochs"), _field(window, "training.clipping.limit")
    complaint = _panel(window).form._complaints["training.epochs"]
    _type(qtbot, epochs, "many")
    assert complaint.text() == "epochs: expected a whole number, “many” is none"
    qtbot.keyClick(epochs, Qt.Key.Key_Escape)
    assert epochs.text() == "6"
    assert not complaint.isVisible()
    assert not limit.isEnabled()
    _choose(_field(window, "training.clipping.kind"), "norm")
    assert limit.isEnabled()
    assert window.session.snapshot.history == ("Set rate to 0.5", "Set clipping to by norm")


def _field(window: MainWindow, path: str) -> QWidget:
    return _panel(window).form.rows[path].widget


def _type(qtbot: QtBot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.setText(text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def _choose(box: QComboBox, kind: str) -> None:
    box.setCurrentIndex(box.findData(kind))
    box.activated.emit(box.currentIndex())


def test_the_train_layout_is_offered_where_there_is_training_and_opened_where_wanted(open_training: Open) -> None:
    window = open_training()
    switch = window.top_bar.layouts
    assert _panel(window).isVisible()
    assert window.workspace.panels["loss"].isVisible()
    assert switch.buttons["train"].isChecked()
    switch.buttons["step"].click()
    assert not _panel(window).isVisible()
    window.documents.open_path("lstm-counter")
    assert not switch.buttons["train"].isVisible()
    assert not window.actions_.by_id["layout_train"].isEnabled()


def test_each_layout_is_remembered_apart(open_training: Open) -> None:
    window = open_training()
    window.workspace.set_closed("gates", True)
    window.choose_layout("step")
    assert window.workspace.panels["gates"].isVisible()
    window.choose_layout("train")
    assert not window.workspace.panels["gates"].isVisible()
    window.reset_layout()
    assert window.workspace.panels["gates"].isVisible()
    assert _panel(window).isVisible()
