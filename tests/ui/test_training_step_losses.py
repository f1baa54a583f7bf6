"""The Loss panel: bars that add up to what is written above them, for every kind of loss and for padding."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address
from rnnviz.scenario.read import load
from rnnviz.session import Session
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.loss import LossPanel
from tests.ui.shown_panel import show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel


def test_each_bar_is_the_half_squared_error_of_its_step_and_the_sum_is_written(qtbot: QtBot) -> None:
    scenario = load("sunspots-gru")
    panel = show_panel(qtbot, LossPanel, scenario)
    output = panel.snapshot.trace.output[:, 0, 0]
    by_hand = 0.5 * (output - scenario.targets[:, 0, 0]) ** 2
    rows = panel.table(panel.snapshot)
    assert [row[0] for row in rows[1:]] == list(range(1, len(output) + 1))
    np.testing.assert_allclose([row[1] for row in rows[1:]], by_hand, rtol=1e-12)
    assert f"{by_hand.sum():.4g}" in panel.describe(panel.snapshot)


def test_where_the_last_step_counts_only_that_step_of_the_sequence_has_a_bar(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LossPanel, "sentiment-bilstm")
    panel.session.seek_sequence(1)
    last = panel.snapshot.trace.lengths[1]
    output = panel.snapshot.trace.output[last - 1, 1, 0]
    target = panel.snapshot.scenario.targets[last - 1, 1, 0]
    by_hand = -(target * np.log(output) + (1 - target) * np.log(1 - output))
    heading, row = panel.table(panel.snapshot)
    assert (heading, row[0]) == (["step", "loss"], last)
    assert row[1] == pytest.approx(by_hand, rel=1e-12)


def test_a_bar_opens_the_output_of_its_step_and_says_its_loss(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LossPanel, "mnist-rows-lstm")
    name = panel.snapshot.trace.output_name
    sequence = panel.snapshot.cursor.sequence
    place = Address(name, 28, sequence, 0)
    assert panel.address_at(panel.rect_of(place).center()) == place
    assert panel.rect_of(Address(name, 5, sequence, 0)) is None
    assert "loss of step 28" in panel.words_of(place)


def test_the_panel_is_there_only_where_there_are_targets_and_a_loss(qtbot: QtBot) -> None:
    found = {}
    for name in ("lstm-counter", "all-ones-jordan", "sunspots-gru"):
        session = Session()
        session.open(load(name))
        found[name] = LossPanel.applies(session.snapshot)
    assert found == {"lstm-counter": False, "all-ones-jordan": False, "sunspots-gru": True}


def test_the_panel_is_closed_in_the_step_layout_until_it_is_asked_for(window: MainWindow) -> None:
    window.documents.open_path("sunspots-gru")
    loss = window.workspace.panels["loss"]
    assert not loss.isVisible()
    window.toggle_panel("loss")
    assert loss.isVisible()
    assert "sum over 308 steps" in loss.accessibleDescription()


def test_the_loss_of_one_of_many_sequences_says_that_it_is(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LossPanel, "rnn-vs-lstm-surface", 300, 300)
    assert panel.describe(panel.snapshot).startswith("Loss, of this sequence 0.28")
