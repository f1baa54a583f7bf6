"""The loss surface shows the engine's losses, moves the weights as one edit, and never holds up the window."""

import time
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from rnnviz.engine.loss import loss
from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.loss_plane import plane_of
from rnnviz.scenario.read import load
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Scenario
from rnnviz.session import Session
from rnnviz.ui.panels.loss_surface import LossSurfacePanel
from rnnviz.ui.surface_colours import picture, shade_of
from rnnviz.ui.surface_contours import contours
from rnnviz.ui.surface_work import SurfaceWork
from tests.ui.recurrent_scenarios import recurrent
from tests.ui.shown_panel import drag, show_panel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LONG_MS = 30_000


def loss_of(scenario: Scenario, **weights: float) -> float:
    """By a run of its own, not by the surface."""
    params = dict(scenario.params)
    for name, value in weights.items():
        params[f"cliff.{name}"] = np.full_like(params[f"cliff.{name}"], value)
    moved = replace(scenario, params=MappingProxyType(params))
    kind = moved.loss
    assert kind is not None
    assert moved.targets is not None
    return float(loss(kind.kind, run(moved), moved.targets, kind.at == "last step")[0].sum())


def finished(qtbot: QtBot, name: str = "cliff") -> LossSurfacePanel:
    panel = show_panel(qtbot, LossSurfacePanel, name, 826, 494)
    assert isinstance(panel, LossSurfacePanel)
    qtbot.waitUntil(lambda: panel.work is not None and panel.work.is_done, timeout=LONG_MS)
    return panel


def middle_of(panel: LossSurfacePanel, column: int, row: int) -> QPoint:
    return panel.map.places().point(column, row, panel.map.lines).toPoint()


def test_it_is_there_only_where_a_surface_is_asked_for() -> None:
    found = []
    for scenario in (load("cliff"), recurrent()):
        session = Session()
        session.open(scenario)
        found.append(LossSurfacePanel.applies(session.snapshot))
    assert found == [True, False]


def test_every_point_is_the_loss_of_its_network(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    for column, row in ((0, 0), (120, 300), (400, 13)):
        w, b, found = panel.map.values_at(column, row)
        assert found == pytest.approx(loss_of(load("cliff"), U=w, b=b), rel=1e-12)
    row = int(np.abs(panel.work.plane.y + 2.9).argmin())
    falls = panel.work.loss[row, :-1] - panel.work.loss[row, 1:]
    assert panel.work.plane.x[falls.argmax()] == pytest.approx(5.46)  # examples: near w = 5.462, from 0.3875 to 0.0235
    assert panel.work.loss[row, falls.argmax() + 1] == pytest.approx(0.0235, abs=5e-4)
    assert (panel.work.loss > 0.15).mean() == pytest.approx(0.325, abs=1e-3)
    panel.close()


def test_the_dotted_line_lies_on_the_cliff(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    curve = panel.map.look.dotted
    assert curve is not None
    found = np.interp([2.5, 2.7, 2.9], -curve.y[::-1], curve.x[::-1])
    assert found == pytest.approx([4.8196, 5.1409, 5.4622], abs=5e-5)
    panel.close()


def test_a_click_moves_both_weights_as_one_edit(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    session, work = panel.session, panel.work
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=middle_of(panel, 100, 200))
    params = session.snapshot.scenario.params
    assert params["cliff.U"][0, 0] == pytest.approx(5.0, abs=0.006)
    assert params["cliff.b"][0] == pytest.approx(-2.7, abs=0.004)
    assert panel.map.marker == (params["cliff.U"][0, 0], params["cliff.b"][0])
    assert len(session.snapshot.history) == 1
    assert panel.work is work  # the surface is the same: nothing is worked out again
    session.undo()
    assert panel.map.marker == (5.4625, -2.9)
    drag(qtbot, panel.map, middle_of(panel, 100, 200), middle_of(panel, 180, 90))
    assert len(session.snapshot.history) == 1
    assert panel.map.marker[0] == pytest.approx(5.4, abs=0.006)
    panel.close()


def test_another_weight_makes_another_surface(qtbot: QtBot) -> None:
    panel = finished(qtbot, "bptt-sum")
    before = panel.work
    panel.session.edit_number(ParameterAddress("elman.b", 0), 0.25)
    assert panel.work is not before
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=LONG_MS)
    assert not np.array_equal(before.loss, panel.work.loss)
    panel.close()


def test_the_keys_move_a_cursor_and_enter_takes_it(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    start = panel.map.marker_lines()
    qtbot.keyClick(panel, Qt.Key.Key_Right)
    qtbot.keyClick(panel, Qt.Key.Key_Up)
    assert panel.map.pointed == (start[0] + 8, start[1] + 8)
    assert "loss" in panel.accessibleDescription()
    qtbot.keyClick(panel, Qt.Key.Key_Return)
    assert panel.map.marker == panel.map.values_at(*panel.map.pointed)[:2]
    panel.close()


def test_no_slice_holds_up_the_window() -> None:
    work = SurfaceWork(plane_of(load("cliff")))
    work.begin()
    longest, end = 0.0, time.monotonic() + LONG_MS / 1000
    while not work.is_done and time.monotonic() < end:
        start = time.thread_time()
        work.advance()
        longest = max(longest, time.thread_time() - start)
        time.sleep(0.005 if work.waits else 0)
    work.cancel()
    assert work.is_done
    assert longest < 0.030


def test_without_a_worker_process_it_goes_on_here() -> None:
    scenario = load("bptt-sum")
    alone, whole = SurfaceWork(plane_of(scenario)), SurfaceWork(plane_of(scenario))
    alone.problem = "the worker process ended unexpectedly"
    alone.begin()
    alone.advance()
    assert 0 < alone.progress < 1
    for _ in range(10_000):
        alone.advance()
        if alone.is_done:
            break
    whole.finish()
    assert np.array_equal(alone.loss, whole.loss)
    assert np.array_equal(alone.shown, whole.loss)


def test_colours_end_at_the_cap_and_what_is_above_is_hatched() -> None:
    losses = np.array([[1.0, 2.0], [3.0, np.inf]])
    shade = shade_of(losses, is_log=False, cap=2.5)
    assert (shade.low, shade.high, shade.hatched) == (1.0, 2.5, True)
    image = picture(losses, shade, 40, 40, 1.0)
    quarters = [
        {image.pixel(x, y) for x in range(c, c + 20) for y in range(r, r + 20)} for r in (20, 0) for c in (0, 20)
    ]
    assert [len(colours) for colours in quarters] == [1, 1, 2, 2]
    assert quarters[0] == {shade.colour(0.0).rgb()}
    assert QColor(shade.colour(1.0)).rgb() in quarters[2]
    log = shade_of(np.array([[0.0, 0.01, 1.0]]), is_log=True, cap=None)
    assert log.fraction(np.array([0.01, 0.1, 1.0])) == pytest.approx([0.0, 0.5, 1.0])


def test_contours_lie_where_the_loss_has_their_level() -> None:
    y, x = np.mgrid[0:21, 0:21] - 10.0
    (segments,) = contours(x**2 + y**2, [25.0], np.inf)
    assert len(segments) > 20
    assert np.hypot(*(segments - 10.0).reshape(-1, 2).T) == pytest.approx(5.0, abs=0.06)
