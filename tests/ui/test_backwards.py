"""Back through time: the walk goes from the last step to the first, and the stage adds up bptt-sum as by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from rnnviz.engine.cells import CELLS
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.scenario.read import load
from rnnviz.session import EditError, Session
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.stage import StagePanel
from tests.ui.recurrent_scenarios import recurrent
from tests.ui.shown_panel import show_panel

W = ParameterAddress("elman.U", 0, 0)
# bptt-sum, w = 1.5, h = 1, 1.5, 2.25, 3.375, 5.0625: dL/dh_k = (h_k - 1) + 1.5 dL/dh_{k+1}; step k adds dL/dh_k h_{k-1}
BARS = {5: 4.0625, 4: 8.46875, 3: 13.953125, 2: 21.4296875, 1: 32.14453125}
PARTS = {5: 4.0625 * 3.375, 4: 8.46875 * 2.25, 3: 13.953125 * 1.5, 2: 21.4296875, 1: 0.0}


def trigger(window: MainWindow, name: str) -> None:
    window.actions_.by_id[name].trigger()


def test_each_step_on_goes_one_step_back_in_time(make_window: Callable[..., MainWindow]) -> None:
    window = make_window("bptt-sum")
    session, timeline = window.session, window.timeline
    session.seek(2)
    trigger(window, "bptt")
    steps = [session.snapshot.cursor.step]
    for _ in range(5):
        trigger(window, "forward")
        steps.append(session.snapshot.cursor.step)
    assert steps == [5, 4, 3, 2, 1, 1]
    trigger(window, "back")
    assert session.snapshot.cursor.step == 2
    assert timeline._way.text() == "◀ BPTT"
    assert timeline._iterate.text() == "backwards through time, step 2"
    assert timeline._track.value() == 2
    trigger(window, "first")
    assert session.snapshot.cursor.step == 5
    trigger(window, "last")
    assert session.snapshot.cursor.step == 1
    trigger(window, "bptt")
    assert not session.snapshot.is_backward
    assert timeline._way.text() == "BPTT"


def test_play_ends_at_the_first_step(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window("bptt-sum")
    trigger(window, "bptt")
    window.player.set_speed(200.0)
    trigger(window, "play")
    qtbot.waitUntil(lambda: not window.player.is_playing)
    assert window.session.snapshot.cursor.step == 1


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_the_stage_shows_the_derivatives_and_what_they_add_up_to(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, StagePanel, "bptt-sum", 900, 600)
    assert isinstance(panel, StagePanel)
    panel.session.walk_back(True)
    so_far = 0.0
    for k in range(5, 0, -1):
        assert panel.session.snapshot.cursor.step == k
        so_far += PARTS[k]
        shown = {item.address: item.value for item in panel.stage.items() if item.text}
        assert shown[GradientAddress(Address("elman.h", k))] == pytest.approx(BARS[k], rel=1e-13)
        assert shown[GradientAddress(W, k)] == pytest.approx(PARTS[k], abs=1e-13)
        assert f" {so_far:.5g}" in panel.stage.note
        panel.session.step(-1)
        if panel.session.snapshot.cursor.step == 0:
            panel.session.seek(1)
    assert panel.stage.note == "◀ ∂L/∂U = 75.125"
    assert panel.describe(panel.snapshot).startswith("Backwards through time, step 1 of 5: derivatives of the loss.")
    panel.close()


@pytest.mark.qt_log_ignore("propagateSizeHints")
@pytest.mark.parametrize("name", ["rnn-vs-lstm-gradient", "mnist-train", "sentiment-train"])
def test_every_number_on_the_stage_is_the_derivative_that_its_address_names(qtbot: QtBot, name: str) -> None:
    panel = show_panel(qtbot, StagePanel, name, 1100, 700)
    assert isinstance(panel, StagePanel)
    panel.session.walk_back(True)
    snapshot = panel.session.snapshot
    derivatives = [item for item in panel.stage.items() if isinstance(item.address, GradientAddress) and item.text]
    assert derivatives
    for item in derivatives:
        panel.session.select(item.address)
        assert panel.session.snapshot.explanation.value == item.value
    for strip in panel.stage.strips():
        at = strip.address_at(strip.rect.center())
        if isinstance(at, GradientAddress):
            assert strip.rect_of(at) is not None
    panel.session.seek(max(1, snapshot.trace.steps // 2))
    panel.close()


def test_key_d_opens_the_derivative_and_goes_back(make_window: Callable[..., MainWindow]) -> None:
    window = make_window("bptt-sum")
    session = window.session
    session.select(None)
    trigger(window, "gradient")
    assert session.snapshot.selection == GradientAddress(W)
    assert session.snapshot.explanation.value == pytest.approx(75.125)
    trigger(window, "gradient")
    assert session.snapshot.selection == W
    session.select(Address("target", 1))
    trigger(window, "gradient")
    assert session.snapshot.selection == Address("target", 1)
    assert "targets are given" in window.message_bar.text


def test_the_training_panel_opens_the_derivative_of_the_selected_weight(make_window: Callable[..., MainWindow]) -> None:
    window = make_window("bptt-sum")
    window.session.select(ParameterAddress("elman.W", 0, 0))
    window.workspace.panels["training"].derivative.click()
    assert window.session.snapshot.selection == GradientAddress(ParameterAddress("elman.W", 0, 0))
    assert window.session.snapshot.explanation.value == pytest.approx(BARS[1])  # x is 1 at step 1 alone


def test_without_a_loss_there_is_no_way_back(make_window: Callable[..., MainWindow]) -> None:
    window = make_window("all-ones-elman")
    assert not window.actions_.by_id["bptt"].isEnabled()
    assert not window.timeline._way.isVisible()
    with pytest.raises(EditError, match="no loss"):
        window.session.walk_back(True)


def test_an_edit_stays_at_its_step_and_undo_does_not_turn_round() -> None:
    session = Session()
    session.open(load("bptt-sum"))
    session.walk_back(True)
    session.seek(3)
    session.edit_number(W, 0.5)
    assert (session.snapshot.cursor.step, session.snapshot.is_backward) == (3, True)
    session.walk_back(False)
    session.undo()
    assert not session.snapshot.is_backward


@pytest.mark.qt_log_ignore("propagateSizeHints")
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("cell", sorted(CELLS))
def test_every_cell_can_be_walked_back_through(qtbot: QtBot, cell: str, direction: str) -> None:
    loss = load("bptt-sum").loss
    layer = {"direction": direction}
    size = recurrent(cell, 2, 3, layer=layer).network.output_size
    scenario = recurrent(cell, 2, 3, layer=layer, targets=np.zeros((3, 1, size)), loss=loss)
    panel = show_panel(qtbot, StagePanel, scenario, 900, 600)
    assert isinstance(panel, StagePanel)
    panel.session.walk_back(True)
    for step in (3, 2, 1):
        panel.session.seek(step)
        derivatives = [item for item in panel.stage.items() if isinstance(item.address, GradientAddress) and item.text]
        assert len(derivatives) > 3
        for item in derivatives:
            panel.session.select(item.address)
            explanation = panel.session.snapshot.explanation
            assert explanation.value == item.value
            assert explanation.recompute() == pytest.approx(item.value, rel=1e-9, abs=1e-12)
        assert panel.describe(panel.snapshot)
        assert panel.cells() is not None
    panel.close()


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_forced_outputs_hand_nothing_back(qtbot: QtBot) -> None:
    """With teacher forcing the target stands in for the output before: there is no derivative on that wire."""
    loss = load("bptt-sum").loss
    targets = np.zeros((3, 1, 2))
    scenario = recurrent("jordan", 2, 3, layer={"teacher_forcing": True}, targets=targets, loss=loss)
    panel = show_panel(qtbot, StagePanel, scenario, 900, 600)
    assert isinstance(panel, StagePanel)
    panel.session.walk_back(True)
    addresses = [item.address for item in panel.stage.items() if isinstance(item.address, GradientAddress)]
    assert all(getattr(address.of, "quantity", "") != "target" for address in addresses)
    panel.close()
