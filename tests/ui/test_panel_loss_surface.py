"""The loss surface shows the engine's losses, moves the weights as one edit, and never holds up the window."""

import time
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from rnnviz.engine.loss import loss
from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.loss_plane import plane_of
from rnnviz.scenario.read import load
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Loss, Scenario, SurfaceAxis, SurfaceView
from rnnviz.session import Session
from rnnviz.ui import surface_axes, surface_fixed
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.loss_surface import LossSurfacePanel
from rnnviz.ui.panels.parameters import ParametersPanel
from rnnviz.ui.surface_colours import picture, shade_of
from rnnviz.ui.surface_contours import contours
from rnnviz.ui.surface_fixed import Curve
from rnnviz.ui.surface_settings import SurfaceForm
from rnnviz.ui.surface_trail import window_around
from rnnviz.ui.surface_work import SurfaceWork
from tests.ui.recurrent_scenarios import recurrent
from tests.ui.shown_panel import drag, drag_on, show_panel

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


# --- zoom -------------------------------------------------------------------------------------------------------------


def ends(panel: LossSurfacePanel) -> list[float]:
    plane = panel.work.plane
    return [float(line[k]) for line in (plane.x, plane.y) for k in (0, -1)]


def test_keys_zoom_in_around_the_weights_and_back_out(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    qtbot.keyClicks(panel, "+")
    assert ends(panel) == pytest.approx([4.98125, 5.98125, -3.05, -2.55])  # half as wide around 5.4625, -2.9
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=LONG_MS)
    x, y, found = panel.map.values_at(200, 200)
    assert found == pytest.approx(loss_of(load("cliff"), U=x, b=y), rel=1e-12)
    qtbot.keyClicks(panel, "-")
    assert ends(panel) == pytest.approx([4.5, 6.5, -3.2, -2.2])
    qtbot.keyClick(panel, Qt.Key.Key_Backspace)
    assert ends(panel) == pytest.approx([4.98125, 5.98125, -3.05, -2.55])
    qtbot.keyClicks(panel, "0")
    assert ends(panel) == [4.5, 6.5, -3.2, -2.2]
    assert panel.session.snapshot.history == (), "looking is no edit"
    panel.close()


def test_a_frame_drawn_with_shift_is_zoomed_into_and_moves_no_weights(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    area = panel.map.places().map
    start, end = area.center(), area.center() + QPoint(area.width() // 4, area.height() // 4)
    qtbot.mousePress(panel.map, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, start)
    drag_on(panel.map, end)
    qtbot.mouseRelease(panel.map, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, end)
    assert ends(panel) == pytest.approx([5.5, 6.0, -2.95, -2.7], abs=0.01)
    assert panel.session.snapshot.history == ()
    panel.close()


def test_what_was_seen_before_is_seen_until_the_new_picture_is_there(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    before = panel.work
    panel.zooming.closer()
    assert panel.work is not before
    assert np.isnan(panel.work.loss).all()
    column, row = int(np.abs(before.plane.x - 5.6).argmin()), int(np.abs(before.plane.y + 2.7).argmin())
    new_column, new_row = int(np.abs(panel.work.plane.x - 5.6).argmin()), int(np.abs(panel.work.plane.y + 2.7).argmin())
    assert panel.work.shown[new_row, new_column] == before.shown[row, column]
    panel.close()


def test_working_out_can_be_left_and_gone_on_with(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LossSurfacePanel, "cliff", 826, 494)
    panel.stop()
    known = panel.work.progress
    assert panel.is_stopped
    assert "go on" in panel.tools.progress.text()
    qtbot.wait(100)
    assert panel.work.progress == known < 1
    panel.tools.progress.click()
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=LONG_MS)
    qtbot.waitUntil(lambda: not panel.tools.progress.isVisible(), timeout=LONG_MS)
    panel.close()


# --- fixed points -----------------------------------------------------------------------------------------------------


def test_the_fixed_points_are_those_of_the_lecture() -> None:
    plane = plane_of(load("cliff"))
    one = surface_fixed.points_at(plane, 5.0, -2.7)
    three = surface_fixed.points_at(plane, 5.3, -2.7)
    assert [(round(float(p.vector[0]), 2), p.stability) for p in one] == [(-2.2, "stable")]
    found = [(float(p.vector[0]), p.stability) for p in three]
    assert [stability for _, stability in found] == ["stable", "unstable", "stable"]
    assert [value for value, _ in found] == pytest.approx([-2.14, 0.155, 1.93], abs=5e-3)
    assert surface_fixed.in_words(one, plane.centre) == "fixed point: −2.202 stable"


def test_on_the_two_sides_of_the_dashed_line_their_number_differs_by_two() -> None:
    """With w = 1 / f'(s) and b = s - w f(s): for s = 1, sigmoid = 0.731059, w = 5.08616, b = -2.71828."""
    plane = plane_of(load("cliff"))
    border = surface_fixed.border_curve(plane)
    assert border is not None
    at = np.nanargmin(np.hypot(border.x - 5.08616, border.y + 2.71828))
    assert (border.x[at], border.y[at]) == pytest.approx((5.08616, -2.71828), abs=1e-3)
    counts = [len(surface_fixed.points_at(plane, 5.08616 + side, -2.71828)) for side in (-0.01, 0.01)]
    assert counts == [1, 3]


def test_the_stairs_go_from_the_start_to_the_stable_fixed_point_on_its_side() -> None:
    """x_1 = 5 sigmoid(0.5) - 2.7 = 5 x 0.6224593 - 2.7 = 0.4122967."""
    plane = plane_of(load("cliff"))
    points = surface_fixed.points_at(plane, 5.0, -2.7)
    stairs = surface_fixed.staircase(plane, 5.0, -2.7, points)
    assert stairs is not None
    assert stairs.run[:2] == pytest.approx([0.5, 0.4122967], abs=1e-7)
    assert stairs.run[-1] == pytest.approx(float(points[0].vector[0]), abs=1e-3)
    assert stairs.following == pytest.approx(5.0 / (1 + np.exp(-stairs.state)) - 2.7)
    assert stairs.state[0] < -2.2 < 0.5 < stairs.state[-1]


def test_the_panel_says_the_fixed_points_of_the_point_one_looks_at(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    qtbot.waitUntil(lambda: "0.4994 unstable" in panel.map.look.notes[-1], timeout=LONG_MS)
    qtbot.mouseMove(panel.map, middle_of(panel, 100, 200))  # w = 5, b = -2.7
    qtbot.waitUntil(lambda: panel.map.look.notes[-1].startswith("fixed point: −2.20"), timeout=LONG_MS)
    panel.tools.fixed.click()
    assert panel.map.look.notes == ()
    assert panel.map.look.dotted is None
    panel.close()


def test_of_two_units_the_fixed_points_are_pairs() -> None:
    """tanh(2 s) = s at s = 0 and s = +-0.957504; two units that do not feel each other: 9 pairs, 4 of them stable."""
    params = {"layer.W": np.zeros((2, 2)), "layer.U": 2 * np.eye(2), "layer.b": np.zeros(2)}
    scenario = recurrent("elman", 2, targets=np.zeros((5, 1, 2)), loss=Loss(kind="squared error"))
    axes = [SurfaceAxis(parameter="layer.U", row=k, column=k, low=0, high=3) for k in (0, 1)]
    scenario = replace(scenario, params=params, surface=SurfaceView(x=axes[0], y=axes[1]))
    assert surface_fixed.can_have_points(scenario)
    plane = plane_of(scenario)
    nine = surface_fixed.points_at(plane, 2.0, 2.0)
    assert sorted(point.stability for point in nine) == ["saddle"] * 4 + ["stable"] * 4 + ["unstable"]
    assert np.abs([point.vector for point in nine if point.stability == "stable"]) == pytest.approx(0.957504, abs=1e-6)
    assert surface_fixed.in_words(nine, scenario) == "9 fixed points, 4 of them stable (input 0)"
    three = surface_fixed.points_at(plane, 2.0, 0.5)
    assert surface_fixed.in_words(three, scenario) == (
        "fixed points: (−0.9575, 0) stable, (0, 0) saddle, (0.9575, 0) stable (input 0)"
    )
    assert surface_fixed.border_curve(plane) is None
    assert surface_fixed.staircase(plane, 2.0, 2.0, nine) is None


def test_large_networks_have_no_fixed_points_to_list(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LossSurfacePanel, "rnn-vs-lstm-surface", 826, 494)
    assert not panel.tools.shows_fixed
    assert panel.map.look.notes == ()
    panel.close()


# --- axes -------------------------------------------------------------------------------------------------------------


def test_a_scenario_without_a_surface_gets_one_by_its_one_button(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LossSurfacePanel, replace(load("cliff"), surface=None), 826, 494)
    button = next(each for each in panel.findChildren(QPushButton) if each.text() == "Draw the loss surface")
    button.click()
    view = panel.session.snapshot.scenario.surface
    assert [axis.parameter for axis in (view.x, view.y)] == ["cliff.U", "cliff.b"]
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=LONG_MS)
    panel.session.undo()
    assert panel.session.snapshot.scenario.surface is None
    assert panel.work is None
    panel.close()


def test_other_weights_make_another_surface_and_moving_on_directions_none(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LossSurfacePanel, "rnn-vs-lstm-surface", 826, 494)
    work = panel.work
    panel._move_weights(0.5, -0.25)
    assert panel.work is work
    assert panel.map.marker == pytest.approx((0.5, -0.25))
    panel.session.edit_number(ParameterAddress("elman.b", 3), 0.7)
    assert panel.work is not work
    assert panel.map.marker == pytest.approx((0, 0), abs=1e-12)
    panel.close()


def test_the_settings_edit_the_file_and_say_what_is_wrong(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    panel.tools.settings()
    form = panel.findChild(SurfaceForm)
    field = form.fields["x", "high"]
    field.setText("4")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "above 4.5" in form.complaint.text()
    assert panel.session.snapshot.history == ()
    field.setText("5,5")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert ends(panel)[:2] == [4.5, 5.5]
    field = form.fields["y", "which"]
    field.setText("cliff.U")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "is the other axis" in form.complaint.text()
    field.setText("cliff.V")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "There is no weight “cliff.V”" in form.complaint.text()
    form.cap.setText("0.15")
    qtbot.keyClick(form.cap, Qt.Key.Key_Return)
    assert panel.session.snapshot.scenario.surface.cap == 0.15
    assert panel.map.shade.hatched
    kind = form.kinds["y"]
    kind.setCurrentIndex(kind.findData("random"))
    kind.activated.emit(kind.currentIndex())
    assert panel.session.snapshot.scenario.surface.y.kind == "random"
    assert len(panel.session.snapshot.history) == 3
    panel.close()


def test_the_range_that_is_shown_can_be_kept(qtbot: QtBot) -> None:
    panel = finished(qtbot)
    panel.zooming.closer()
    panel.tools.settings()
    form = panel.findChild(SurfaceForm)
    form.take_shown.click()
    view = panel.session.snapshot.scenario.surface
    assert (view.x.low, view.x.high, view.y.low, view.y.high) == pytest.approx((4.98125, 5.98125, -3.05, -2.55))
    assert panel.zooming.is_whole
    panel.close()


def test_axes_along_a_path_wait_for_training_and_then_show_it(qtbot: QtBot) -> None:
    scenario = load("rnn-vs-lstm-surface")
    path = SurfaceAxis(kind="path", low=-1, high=1)
    training = msgspec.structs.replace(scenario.training, epochs=6)
    view = SurfaceView(x=path, y=path, resolution=9)
    panel = show_panel(qtbot, LossSurfacePanel, replace(scenario, surface=view, training=training), 826, 494)
    assert panel.work is None
    next(each for each in panel.findChildren(QPushButton) if each.text() == "Train").click()
    session = panel.session
    qtbot.waitUntil(lambda: session.poll() or not session.is_busy, timeout=LONG_MS)
    assert panel.work is not None
    assert panel.map.marker == pytest.approx((0, 0), abs=1e-12)
    run = session.snapshot.training
    session.seek_iterate(2)
    plane = panel.work.plane
    assert panel.map.marker == pytest.approx(plane.nearest(run.params_of(2)))
    assert panel.map.look.is_beside, "six steps lie in no plane"
    session.close()
    panel.close()


def test_a_training_run_is_a_line_that_one_can_zoom_to(qtbot: QtBot) -> None:
    scenario = load("rnn-vs-lstm-surface")
    training = msgspec.structs.replace(scenario.training, epochs=5)
    panel = show_panel(qtbot, LossSurfacePanel, replace(scenario, training=training), 826, 494)
    assert panel.map.look.trail is None
    session = panel.session
    session.start_training()
    qtbot.waitUntil(lambda: session.poll() or not session.is_busy, timeout=LONG_MS)
    trail, run = panel.map.look.trail, session.snapshot.training
    places = [panel.work.plane.nearest(run.params_of(k)) for k in range(6)]
    assert np.stack([trail.x, trail.y], axis=1) == pytest.approx(np.array(places))
    assert (trail.x[-1], trail.y[-1]) == pytest.approx(panel.map.marker, abs=1e-12)
    panel.zooming.to_trail()
    left, right, bottom, top = ends(panel)
    assert left < trail.x.min() < trail.x.max() < right < left + 1.25 * np.ptp(trail.x)
    assert bottom < trail.y.min() < trail.y.max() < top
    session.close()
    panel.close()


def test_the_window_around_a_line_along_one_axis_is_as_wide_as_it_is_high() -> None:
    window = window_around(Curve(np.array([1.0, 3.0]), np.array([5.0, 5.0])))
    assert (*window.x, *window.y) == pytest.approx((0.76, 3.24, 3.76, 6.24))  # 12 % of 2 more on each side


def test_x_and_y_take_the_weight_one_has_selected(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window("bptt-sum")
    window.session.select(ParameterAddress("elman.b", 0))
    qtbot.keyClick(window, Qt.Key.Key_Y)
    view = window.session.snapshot.scenario.surface
    assert (view.x.parameter, view.y.parameter) == ("elman.U", "elman.b")
    assert not window.workspace.panels["loss_surface"].isHidden()
    window.session.undo()
    window.session.select(None)
    qtbot.keyClick(window, Qt.Key.Key_X)
    assert "Select a weight first" in window.message_bar.text


def test_the_context_menu_of_a_weight_offers_the_axes() -> None:
    session = Session()
    session.open(load("bptt-sum"))
    panel = ParametersPanel(session)
    panel.redraw(session.snapshot)
    texts = [text.split("\t")[0] for text, _ in surface_axes.offered(panel, ParameterAddress("elman.b", 0))]
    assert texts == ["X axis of the loss surface", "Y axis of the loss surface"]
    assert surface_axes.offered(panel, None) == ()
    surface_axes.offered(panel, ParameterAddress("elman.b", 0))[0][1]()
    assert session.snapshot.scenario.surface.x.parameter == "elman.b"
    panel.close()
