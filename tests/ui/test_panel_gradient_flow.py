"""Gradient flow shows the derivatives that examples and finite differences give, and parts that add up to them."""

import time
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.loss_plane import loss_here
from rnnviz.scenario.read import load
from rnnviz.scenario.run_scenario import run
from rnnviz.session import Session
from rnnviz.ui.gradient_work import GradientWork
from rnnviz.ui.panels.gradient_flow import GradientFlowPanel
from tests.ui.recurrent_scenarios import recurrent
from tests.ui.shown_panel import show_panel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
W = ParameterAddress("elman.U", 0, 0)


def finished(qtbot: QtBot, name: str, width: int = 826) -> GradientFlowPanel:
    panel = show_panel(qtbot, GradientFlowPanel, name, width, 300)
    assert isinstance(panel, GradientFlowPanel)
    qtbot.waitUntil(lambda: panel.work.is_done and not panel._timer.isActive(), timeout=20_000)
    return panel


def test_it_is_there_only_where_something_is_lost() -> None:
    found = []
    for scenario in (load("bptt-sum"), recurrent()):
        session = Session()
        session.open(scenario)
        found.append(GradientFlowPanel.applies(session.snapshot))
    assert found == [True, False]


def test_the_sum_of_five_losses_by_hand(qtbot: QtBot) -> None:
    """w = 1.5: dL/dh_k = (h_k - 1) + 1.5 dL/dh_{k+1}, and h = 1, 1.5, 2.25, 3.375, 5.0625."""
    panel = finished(qtbot, "bptt-sum")
    expected = [0.0] * 5
    for k, h in reversed(list(enumerate([1, 1.5, 2.25, 3.375, 5.0625]))):
        expected[k] = (h - 1) + (1.5 * expected[k + 1] if k < 4 else 0.0)
    assert panel.picture.norms == pytest.approx(expected, rel=1e-14)
    # The loss of step t reaches step k as (h_t - 1) 1.5^(t - k).
    assert panel.picture.value_at(2, 4) == pytest.approx(2.375 * 1.5**2)
    assert panel.picture.value_at(4, 2) == 0.0
    panel.close()


def test_the_parts_add_up_to_the_derivative_of_the_selected_weight(qtbot: QtBot) -> None:
    panel = finished(qtbot, "bptt-sum")
    panel.session.select(W)
    parts = panel.work.parts_of(W)
    assert sum(value for _, value in parts) == pytest.approx(75.125, rel=1e-14)
    assert dict(parts) == pytest.approx({2: 0.5, 3: 1.25 * 3, 4: 2.375 * 6.75, 5: 4.0625 * 13.5})
    assert panel.sum.text().startswith("∂L/∂U = 75.125 = 0.5 (t 2) + 3.75 (t 3) + ")
    assert "75.125" in panel.describe(panel.snapshot)
    panel.session.edit_number(W, 0.5)
    assert panel.work.derivative(W) == pytest.approx(-2.375, rel=1e-14)
    panel.close()


def test_an_lstm_agrees_with_finite_differences() -> None:
    scenario = recurrent("lstm", 3, 6, outputs=2, batch=2, targets=np.zeros((6, 2, 2)), loss=load("bptt-sum").loss)
    work = GradientWork(run(scenario), scenario, 1)
    while not work.is_done:
        work.advance()
    assert set(work.norms) == {"layer.h", "layer.c"}
    address, small = ParameterAddress("layer.U_f", 1, 2), 1e-6

    def moved(by: float) -> float:
        values = scenario.params["layer.U_f"].copy()
        values[1, 2] += by
        other = replace(scenario, params=MappingProxyType({**scenario.params, "layer.U_f": values}))
        return loss_here(run(other), other)

    assert work.derivative(address) == pytest.approx((moved(small) - moved(-small)) / (2 * small), rel=1e-6)
    assert sum(value for _, value in work.parts_of(address)) == pytest.approx(work.derivative(address), rel=1e-12)


def test_a_click_on_a_bar_goes_to_its_step(qtbot: QtBot) -> None:
    panel = finished(qtbot, "cliff", 276)
    qtbot.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=panel.picture.bar_rect(17).center().toPoint())
    assert panel.session.snapshot.cursor.step == 17
    rows = panel.table(panel.snapshot)
    assert rows[0][:2] == ["step", "dL/dcliff.h"]
    assert rows[17][1] == panel.work.norms["cliff.h"][16]
    panel.close()


def test_no_slice_holds_up_the_window() -> None:
    scenario = load("bptt-sum")
    long = replace(load("cliff"), loss=scenario.loss)  # every one of 50 steps loses
    work, longest = GradientWork(run(long), long, 0), 0.0
    while not work.is_done:
        start = time.thread_time()
        work.advance()
        longest = max(longest, time.thread_time() - start)
    assert longest < 0.030
    assert len(work.parts) == 50
