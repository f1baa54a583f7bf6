"""The loss surface in relief: switched by key and remembered, read by hover, turned, and moved by a click."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rnnviz.scenario.read import load
from rnnviz.ui import picture, surface_relief_paths, theme
from rnnviz.ui.panels.loss_surface import LossSurfacePanel
from rnnviz.ui.plots.relief import Camera, Path
from rnnviz.ui.surface_colours import Shade
from rnnviz.ui.surface_relief import edges_of
from tests.ui.shown_panel import drag, show_panel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LONG_MS = 30_000


@pytest.fixture
def panel(qtbot: QtBot):
    scenario = load("cliff")
    coarser = msgspec.structs.replace(scenario.surface, resolution=101)
    panel = show_panel(qtbot, LossSurfacePanel, replace(scenario, surface=coarser), 826, 494)
    qtbot.waitUntil(lambda: panel.work is not None and panel.work.is_done, timeout=LONG_MS)
    panel.tools.relief.setChecked(True)
    qtbot.waitUntil(lambda: panel.map._rests)
    panel.grab()
    yield panel
    panel.close()


def on_screen(panel: LossSurfacePanel, column: int, row: int) -> QPoint:
    """Where a grid point of the surface is drawn."""
    canvas = panel.map
    x, y, loss = canvas.values_at(column, row)
    part = canvas._part(x, y)
    right, down, _ = canvas.view().project(np.array([*part, float(canvas.shade.fraction(np.array(loss)))]))
    return QPoint(round(right), round(down))


def hover(canvas, at: QPoint) -> None:
    place, none = QPointF(at), Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, place, canvas.mapToGlobal(place), none, none, Qt.KeyboardModifier(0))
    QApplication.sendEvent(canvas, event)


def test_hover_reads_the_raw_loss_of_the_point_that_is_seen(panel) -> None:
    for column, row in ((75, 75), (87, 25), (15, 15)):
        hover(panel.map, on_screen(panel, column, row))
        found = panel.map.hovered
        assert np.abs(np.array(found) - (column, row)).max() <= 1
        panel.grab()
    hover(panel.map, QPoint(2, panel.map.height() - 2))
    assert panel.map.hovered is None


def test_a_click_moves_the_weights_and_a_drag_turns(qtbot: QtBot, panel) -> None:
    at = on_screen(panel, 75, 75)
    before = panel.map.camera
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=at)
    params = panel.session.snapshot.scenario.params
    x, y, _ = panel.map.values_at(75, 75)
    assert (params["cliff.U"][0, 0], params["cliff.b"][0]) == pytest.approx((x, y), abs=0.02)
    assert panel.map.camera == before
    assert len(panel.session.snapshot.history) == 1
    drag(qtbot, panel.map, at, at + QPoint(40, 20))
    assert panel.map.camera.azimuth == pytest.approx(before.azimuth + 18)
    assert panel.map.camera.elevation == pytest.approx(before.elevation + 9)
    assert len(panel.session.snapshot.history) == 1
    qtbot.mouseDClick(panel.map, Qt.MouseButton.LeftButton, pos=QPoint(2, panel.map.height() - 2))
    panel.grab()
    assert panel.map.camera == before


def test_the_first_look_shows_the_foot_of_the_cliff(panel) -> None:
    assert panel.map.camera == Camera(-60, long_y=True)


def test_what_turns_is_drawn_coarsely_and_then_in_full(qtbot: QtBot, panel) -> None:
    relief = panel.map._relief
    panel.grab()
    fine = relief.raster.pixels.size
    panel.map.turn(10, 0)
    panel.grab()
    assert relief.raster.pixels.size < fine / 3
    qtbot.waitUntil(lambda: relief.raster.pixels.size == fine, timeout=5000)
    raster = relief.raster
    hover(panel.map, on_screen(panel, 75, 75))
    panel.grab()
    assert relief.raster is raster  # the mouse alone works out nothing again


def test_paths_lie_on_the_surface_and_shine_through_it(panel) -> None:
    colour = QColor("#ff00ff")
    x, y, loss = np.array([panel.map.values_at(75, 75), panel.map.values_at(85, 75)]).T
    panel.map.paths = (Path(x, y, loss, ("", "1"), colour),)
    image = panel.map.grab().toImage()
    assert image.pixelColor(on_screen(panel, 75, 75)) == colour
    panel.map.turn(120, -10)  # behind the high side of the cliff
    at = on_screen(panel, 75, 75)
    hidden = panel.map.grab().toImage().pixelColor(at)
    panel.map.paths = ()
    without = panel.map.grab().toImage().pixelColor(at)
    assert 0.4 * without.green() < hidden.green() < 0.9 * without.green(), "the colour has no green"


def test_it_is_described_and_exported_as_seen(panel, tmp_path) -> None:
    assert "In 3-D, turned by −60 degrees, from 32 degrees above." in panel.accessibleDescription()
    for kind in ("png", "svg", "pdf"):
        picture.write(panel, tmp_path / f"surface.{kind}", scale=1)
        assert (tmp_path / f"surface.{kind}").stat().st_size > 5000
    written = QImage(str(tmp_path / "surface.png"))
    at = panel.map.mapTo(panel, on_screen(panel, 87, 87))
    shown = panel.map.shade.colour(float(panel.map.shade.fraction(np.array(panel.map.values_at(87, 87)[2]))))
    assert np.abs(np.array(written.pixelColor(at).getRgb()) - shown.getRgb()).max() < 40


@pytest.mark.parametrize("look", ["dark", "high contrast", "light"])
def test_every_theme_can_draw_it(panel, look) -> None:
    theme.switch().choose(look)
    assert panel.grab().toImage().pixelColor(on_screen(panel, 87, 87)) is not None
    theme.switch().choose("light")


def test_ticks_of_the_loss_are_round_and_in_its_scale(panel) -> None:
    plane, names, lengths = panel.work.plane, ("x", "y", "loss"), (300.0, 200.0, 130.0)
    linear = edges_of(plane, Shade(0.0, 0.4, False, False), names, lengths)[2]
    assert linear.ticks == ((0.0, "0"), (0.25, "0.1"), (0.5, "0.2"), (pytest.approx(0.75), "0.3"), (1.0, "0.4"))
    log = edges_of(plane, Shade(1e-3, 1e1, True, False), names, lengths)[2]
    assert [text for _, text in log.ticks] == ["10⁻²", "10⁰"]
    assert [part for part, _ in log.ticks] == pytest.approx([0.25, 0.75])


def test_the_key_switches_it_and_the_window_remembers(make_window, qtbot: QtBot, settings) -> None:
    window = make_window("cliff")
    panel = window.workspace.panels["loss_surface"]
    assert not panel.map.in_3d
    qtbot.keyClick(window, Qt.Key.Key_V)
    assert panel.map.in_3d
    assert panel.tools.relief.isChecked()
    assert settings.surface_in_3d
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=LONG_MS)
    panel.grab()
    azimuth = panel.map.camera.azimuth
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert panel.map.camera.azimuth == azimuth + 7.5
    qtbot.keyClick(window, Qt.Key.Key_V)
    assert not panel.map.in_3d
    assert not window.session.snapshot.is_modified
    qtbot.keyClick(window, Qt.Key.Key_V)
    again = make_window("cliff")
    assert again.workspace.panels["loss_surface"].map.in_3d


def test_a_path_that_leaves_the_box_ends_at_its_edge(panel) -> None:
    view = panel.map.view()
    at = np.array([[0.5, 0.5, 0.2], [1.5, 0.5, 0.6], [1.5, 2.0, 0.6], [0.5, 0.0, 0.6], [0.25, 0.5, 0.2]])
    line, ends = surface_relief_paths._line(view, at)
    known = line[~np.isnan(line[:, 0])]
    assert ((known[:, :2] >= -1e-12) & (known[:, :2] <= 1 + 1e-12)).all()
    assert known[0] == pytest.approx([0.5, 0.5, 0.2])
    assert known[-1] == pytest.approx([0.25, 0.5, 0.2])
    ((step, (start, towards)),) = ends
    assert step == 1
    assert start == pytest.approx([1.0, 0.5, 0.4])  # half way
    assert towards == pytest.approx(at[1])
    assert any(np.abs(known - [1.0, 1.0, 0.6]).sum(axis=1) < 1e-9), "the third step comes in at a corner"


def test_the_plateau_of_a_loss_cap_is_veiled(panel) -> None:
    canvas, high, low = panel.map, on_screen(panel, 10, 10), on_screen(panel, 87, 87)
    before = canvas.grab().toImage()
    canvas.look = replace(canvas.look, plateau=0.2)
    after = canvas.grab().toImage()
    assert after.pixelColor(high).lightnessF() < 0.85 * before.pixelColor(high).lightnessF()
    assert after.pixelColor(low) == before.pixelColor(low)
