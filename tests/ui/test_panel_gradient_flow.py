"""Gradient flow shows the derivatives that examples and finite differences give, and parts that add up to them."""

import time
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from rnnviz.engine.cells import CELLS
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.jobs import run_here
from rnnviz.jobs.gradients import Parts, gradient_job
from rnnviz.scenario.read import load
from rnnviz.scenario.types import Scenario
from rnnviz.session import Change, Session
from rnnviz.ui.gradient_work import GradientWork
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.gradient_flow import GradientFlowPanel
from tests.ui.recurrent_scenarios import recurrent
from tests.ui.shown_panel import show_panel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
W = ParameterAddress("elman.U", 0, 0)


def shown(qtbot: QtBot, scenario: Scenario | str, width: int = 826) -> GradientFlowPanel:
    panel = show_panel(qtbot, GradientFlowPanel, scenario, width, 300)
    assert isinstance(panel, GradientFlowPanel)
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=60_000)
    return panel


def heavy(steps: int = 200) -> Scenario:
    """Too much for one frame: it goes to a worker process."""
    loss = load("bptt-sum").loss
    return recurrent("lstm", 24, steps, outputs=1, targets=np.zeros((steps, 1, 1)), loss=loss)


def test_it_is_there_only_where_something_is_lost() -> None:
    found = []
    for scenario in (load("bptt-sum"), recurrent()):
        session = Session()
        session.open(scenario)
        found.append(GradientFlowPanel.applies(session.snapshot))
    assert found == [True, False]


def test_the_sum_of_five_losses_by_hand(qtbot: QtBot) -> None:
    """w = 1.5: dL/dh_k = (h_k - 1) + 1.5 dL/dh_{k+1}, and h = 1, 1.5, 2.25, 3.375, 5.0625."""
    panel = shown(qtbot, "bptt-sum")
    expected = [0.0] * 5
    for k, h in reversed(list(enumerate([1, 1.5, 2.25, 3.375, 5.0625]))):
        expected[k] = (h - 1) + (1.5 * expected[k + 1] if k < 4 else 0.0)
    assert panel.picture.norms == pytest.approx(expected, rel=1e-14)
    # The loss of step t reaches step k as (h_t - 1) 1.5^(t - k).
    assert panel.picture.value_at(2, 4) == pytest.approx(2.375 * 1.5**2)
    assert panel.picture.value_at(4, 2) == 0.0
    assert panel.picture.text_at(4, 2) == "0"  # nothing flows forward: no underflow
    panel.close()


@pytest.mark.parametrize(("w", "gradient"), [(1.5, 75.125), (1.0, 0.0), (0.5, -2.375)])
def test_the_matrix_adds_up_to_the_derivative_of_the_notes(qtbot: QtBot, w: float, gradient: float) -> None:
    """L_t's part by the use at step k: (h_t - 1) w^(t-k) h_{k-1}, h_t = w^(t-1)."""
    panel = shown(qtbot, "bptt-sum")
    panel.session.edit_number(W, w)
    panel.tabs.chosen.emit(1)
    flowing = panel.picture.flowing
    by_hand = np.zeros((5, 5))
    for t in range(1, 6):
        for k in range(2, t + 1):
            by_hand[t - 1, k - 1] = (w ** (t - 1) - 1.0) * w ** (t - k) * w ** (k - 2)
    assert flowing.matrix == pytest.approx(by_hand, abs=1e-13)
    assert flowing.values == pytest.approx(by_hand.sum(axis=0), abs=1e-13)
    assert flowing.is_signed
    assert flowing.values.sum() == pytest.approx(gradient, abs=1e-12)
    assert panel.work.parts.difference.slope == pytest.approx(gradient, abs=1e-7)
    panel.close()


def test_the_derivative_and_its_finite_difference_stand_side_by_side_and_open(qtbot: QtBot) -> None:
    panel = shown(qtbot, "bptt-sum")
    assert panel.sum.text.startswith("∂L/∂U = 75.125 · finite difference 75.125")
    (link,) = [piece.link for piece in panel.sum.pieces if piece.link is not None]
    panel.sum.opened.emit(link)
    assert panel.session.snapshot.selection == GradientAddress(W)
    assert "75.125" in panel.describe(panel.snapshot)
    panel.session.walk_back(True)
    panel.session.seek(4)  # 13.7109375 of step 5, 19.0546875 of step 4
    assert panel.sum.text.startswith("∂L/∂U = 75.125 · so far 32.7656 · ")
    panel.close()


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_every_cell_agrees_with_its_finite_difference(cell: str) -> None:
    loss, wide = load("bptt-sum").loss, 2
    scenario = recurrent(cell, 3, 6, outputs=wide, batch=2, targets=np.zeros((6, 2, wide)), loss=loss)
    for name, values in scenario.params.items():
        number = ParameterAddress(name, len(values) - 1, 0)
        (parts,) = run_here(gradient_job(scenario, None, number))
        assert isinstance(parts, Parts)
        assert parts.difference.slope == pytest.approx(parts.derivative, rel=1e-6, abs=1e-8), name


def test_a_click_on_a_bar_goes_to_its_step(qtbot: QtBot) -> None:
    panel = shown(qtbot, "cliff", 276)
    qtbot.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=panel.picture.bar_rect(17).center().toPoint())
    assert panel.session.snapshot.cursor.step == 17
    rows = panel.table(panel.snapshot)
    assert rows[0][:2] == ["step", "dL/dcliff.h"]
    assert rows[17][1] == panel.work.flow.state_norms["cliff.h"][16, 0]
    panel.close()


def test_a_bar_that_is_one_number_opens_it(qtbot: QtBot) -> None:
    panel = shown(qtbot, "bptt-sum")
    qtbot.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=panel.picture.bar_rect(4).center().toPoint())
    assert panel.session.snapshot.selection == GradientAddress(Address("elman.h", 4))
    panel.tabs.chosen.emit(1)
    qtbot.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=panel.picture.bar_rect(5).center().toPoint())
    assert panel.session.snapshot.selection == GradientAddress(W, 5)
    assert panel.session.snapshot.explanation.value == pytest.approx(4.0625 * 3.375)
    panel.setFocus()
    qtbot.keyClick(panel, Qt.Key.Key_Left)
    assert panel.address == GradientAddress(W, 4)
    middle = panel.picture.mapTo(panel, panel.picture.bar_rect(4).center().toPoint())
    assert panel.rect_of(panel.address).contains(middle)
    panel.close()


def test_a_length_of_many_derivatives_is_no_number_to_open(qtbot: QtBot) -> None:
    panel = shown(qtbot, "rnn-vs-lstm-gradient")
    assert panel.address_at(panel.picture.mapTo(panel, panel.picture.bar_rect(4).center().toPoint())) is None
    assert panel.cells().rows == 0
    panel.close()


def test_an_underflow_is_marked_and_told_from_what_is_not_there(qtbot: QtBot) -> None:
    """dL/dh_k = 0.01^(400 - k) of the last step's loss alone: float64 ends at 1e-324, so at step 238."""
    base = load("bptt-sum")
    inputs, targets = np.zeros((400, 1, 1)), np.zeros((400, 1, 1))
    targets[-1] = -1.0
    params = MappingProxyType({**base.params, "elman.U": np.array([[0.01]])})
    long = replace(base, params=params, inputs=inputs, targets=targets, expected=())
    panel = shown(qtbot, long)
    lost = panel.picture.flowing.lost
    assert lost[:237].all()
    assert not lost[246:].any()  # from 1e-306 on all digits are there
    assert panel.picture.text_at(1, 0) == "0 (underflow)"
    assert panel.picture.text_at(400, 0) == "1"
    assert panel.picture.text_at(100, 50) == "0"
    panel.close()


def test_linear_and_log_are_a_switch(qtbot: QtBot) -> None:
    panel = shown(qtbot, "cliff")
    assert panel.picture.scale().is_log
    panel.log_button.click()
    assert not panel.picture.scale().is_log
    panel.close()


# --- work ---------------------------------------------------------------------------------------------------------


def test_heavy_work_leaves_the_window_free(qtbot: QtBot) -> None:
    scenario = heavy()
    panel = show_panel(qtbot, GradientFlowPanel, scenario, 826, 300)
    assert isinstance(panel, GradientFlowPanel)
    assert not panel.work.is_light
    assert not panel.work.is_done
    longest = 0.0

    def is_done() -> bool:
        nonlocal longest
        start = time.thread_time()
        panel._advance()
        longest = max(longest, time.thread_time() - start)
        return panel.work.is_done

    qtbot.waitUntil(is_done, timeout=60_000)
    assert longest < 0.05
    here = GradientWork(panel.snapshot.trace, scenario, 0)
    here.ask(panel.work.number)
    here.work_here()
    assert panel.work.parts.derivative == pytest.approx(here.parts.derivative, rel=1e-12)
    for state, matrix in here.flow.matrices.items():
        assert panel.work.flow.matrices[state] == pytest.approx(matrix, rel=1e-10, abs=1e-300)
    panel.close()


def test_hidden_it_stops_and_shown_it_goes_on(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, GradientFlowPanel, heavy(), 826, 300)
    assert isinstance(panel, GradientFlowPanel)
    panel.work.begin()
    assert panel.work.is_busy
    panel.hide()
    assert not panel.work.is_busy
    panel.show()
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=60_000)
    assert panel.picture.flowing.values.shape == (200,)
    panel.close()


def test_news_of_training_alone_draws_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    panel, drawn = shown(qtbot, "bptt-sum"), []
    monkeypatch.setattr(panel, "draw", drawn.append)
    panel.present(panel.snapshot, Change.TRAINING)
    assert drawn == []
    panel.present(panel.snapshot, Change.TRAINING | Change.TRACE)
    assert len(drawn) == 1
    panel.close()


def test_drawn_into_a_file_it_is_complete(make_window: Callable[..., MainWindow]) -> None:
    window = make_window("lstm-counter")
    window.session.open(heavy(120))
    panel = GradientFlowPanel(window.session)
    panel.redraw(window.session.snapshot)
    assert panel.work.is_done
    assert panel.picture.flowing.values.shape == (120,)
    panel.deleteLater()


def test_a_small_panel_still_shows_the_derivative_of_a_long_name(qtbot: QtBot) -> None:
    panel = show_panel(
        qtbot,
        GradientFlowPanel,
        recurrent("gru", 2, 5, targets=np.zeros((5, 1, 2)), loss=load("bptt-sum").loss),
        210,
        190,
    )
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=60_000)
    link = next(
        place for piece, place in zip(panel.sum.pieces, panel.sum._places, strict=True) if piece.link is not None
    )
    assert panel.sum.rect().contains(link)
