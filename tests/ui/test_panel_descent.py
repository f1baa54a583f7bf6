"""Descents in the window: the panel, its player, and the paths on the loss surface."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from rnnviz.engine.clipping import Clipping
from rnnviz.scenario.loss_plane import plane_of
from rnnviz.scenario.read import load
from rnnviz.ui import surface_plateau, theme
from rnnviz.ui.compare.choices import choices
from rnnviz.ui.descent_look import LOOKS
from rnnviz.ui.descent_rows import ARROW
from rnnviz.ui.panels.descent import DescentPanel
from rnnviz.ui.panels.loss_surface import LossSurfacePanel
from rnnviz.ui.surface_path_paint import clipped
from rnnviz.ui.surface_paths import window_around
from rnnviz.ui.surface_zoom import Window
from tests.ui.shown_panel import show_panel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
NAME = "cliff-four-clippings"
LONG_MS = 30_000


def finished(qtbot: QtBot, panel: DescentPanel | LossSurfacePanel) -> None:
    def is_done() -> bool:
        panel.session.poll()
        return not panel.session.has_work

    qtbot.waitUntil(is_done, timeout=LONG_MS)


def played(qtbot: QtBot, steps: int = 4, width: int = 420) -> DescentPanel:
    panel = show_panel(qtbot, DescentPanel, NAME, width, 420)
    assert isinstance(panel, DescentPanel)
    panel.steps = steps
    panel.run_or_stop()
    panel.player.stop()
    finished(qtbot, panel)
    return panel


def figures(panel: DescentPanel) -> list[list[str]]:
    assert panel.rows is not None
    return [[label.text() for label in row.figures.labels] for row in panel.rows.rows]


def test_the_table_says_what_the_worked_example_says(qtbot: QtBot) -> None:
    panel = played(qtbot)
    assert figures(panel) == [
        ["0.0768", "3320", "33.2", "4.94", "−2.575"],
        ["0.0768", f"3320{ARROW}1.41", "0.0141", "4.94", "−2.575"],
        ["0.0768", f"3320{ARROW}1", "0.01", "4.94", "−2.575"],
        ["0.0768", "3320", "33.2", "4.94", "−2.575"],
    ]
    panel.player.move(1)
    assert figures(panel)[0] == ["0.09", "0", "0", "22.476", "25.616"]
    assert "no clipping, loss cap 0.15" in panel.note.text()  # stand still where they landed


def test_keys_step_through_the_descents(qtbot: QtBot) -> None:
    panel = played(qtbot)
    seen = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Home):
        qtbot.keyClick(panel, key)
        seen.append(panel.session.snapshot.descent.shown)
    assert seen == [1, 2, 1, 4, 0]


def test_playing_ends_at_the_last_step_and_begins_anew_from_there(qtbot: QtBot) -> None:
    panel = played(qtbot, steps=2)
    panel.player.toggle()
    qtbot.waitUntil(lambda: not panel.player.is_playing, timeout=5000)
    assert panel.session.snapshot.descent.shown == 2
    panel.player.toggle()
    assert panel.player.is_playing
    assert panel.session.snapshot.descent.shown == 0
    panel.player.stop()


def test_limits_come_from_the_variants_and_a_new_one_runs_again(qtbot: QtBot) -> None:
    panel = played(qtbot)
    assert panel.rows is not None
    assert [(way.kind, way.limit) for way in panel.rows.ways] == [
        ("none", 1.0),
        ("value", 1.0),
        ("norm", 1.0),
        ("loss cap", 0.15),
    ]
    field = panel.rows.rows[2].field
    field.setText("100")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    finished(qtbot, panel)
    assert panel.session.snapshot.descent.paths[2].steps[1] == pytest.approx(1.0)  # 100 x 0.01
    panel.player.stop()


def test_a_limit_that_cannot_be_is_refused_in_words(qtbot: QtBot) -> None:
    panel = played(qtbot)
    assert panel.rows is not None
    field = panel.rows.rows[1].field
    field.setText("-1")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "above 0" in panel.complaint.text()
    assert panel.rows.rows[1].way.limit == 1.0


def test_a_way_that_is_switched_off_does_not_run_and_one_stays_on(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, DescentPanel, NAME, 300, 420)
    assert isinstance(panel, DescentPanel)
    assert panel.rows is not None
    for row in panel.rows.rows:
        row.switch.setChecked(False)
    assert [way.kind for way in panel.rows.ways] == ["loss cap"]


def test_going_on_from_here_makes_the_weights_of_the_step_the_document(qtbot: QtBot) -> None:
    panel = played(qtbot)
    panel.player.move(1)
    assert [action.text() for action in panel.go_on.menu().actions()] == [
        "no clipping",
        "by value 1",
        "by norm 1",
        "loss cap 0.15",
    ]
    panel.go_on.menu().actions()[2].trigger()
    assert panel.session.snapshot.scenario.params["cliff.U"].item() == pytest.approx(4.94 + 0.01 * 1753.58 / 3319.98)
    panel.session.undo()
    assert panel.session.snapshot.scenario.params["cliff.U"].item() == 4.94


def test_the_table_for_copying_has_a_row_for_each_step_of_each_descent(qtbot: QtBot) -> None:
    panel = played(qtbot, steps=3)
    heading, *rows = panel.table(panel.session.snapshot)
    assert heading[:5] == ["clipping", "limit", "step", "U", "b"]
    assert len(rows) == 4 * 4
    assert rows[1][-1] == pytest.approx(33.19978, rel=1e-6)
    assert "Step 0 of 3" in panel.describe(panel.session.snapshot)


# --- on the surface -------------------------------------------------------------------------------------------------


def on_the_surface(qtbot: QtBot, steps: int = 12) -> LossSurfacePanel:
    panel = show_panel(qtbot, LossSurfacePanel, NAME, 826, 494)
    assert isinstance(panel, LossSurfacePanel)
    qtbot.waitUntil(lambda: panel.work is not None and panel.work.is_done, timeout=LONG_MS)
    from rnnviz.jobs.descent import ways_of

    panel.session.start_descent(ways_of(panel.session.snapshot.scenario), steps)
    finished(qtbot, panel)
    panel.session.seek_descent(steps)
    return panel


def test_the_plateau_of_the_loss_cap_is_shown_with_its_share(qtbot: QtBot) -> None:
    panel = on_the_surface(qtbot)
    assert panel.map.look.plateau == 0.15
    assert any("32.5 %" in note for note in panel.map.look.notes)  # examples.md
    image = panel.map.grab().toImage()
    place = panel.map.places()
    shades = {image.pixelColor(place.map.left() + 60 + k, place.map.bottom() - 160).name() for k in range(30)}
    assert len(shades) > 1  # lines, where the bare surface is one colour or two
    panel.close()


def test_a_path_is_painted_in_its_colour_through_its_points(qtbot: QtBot) -> None:
    panel = on_the_surface(qtbot)
    panel.descent.zoom_to_paths()
    qtbot.waitUntil(lambda: panel.work.is_done, timeout=LONG_MS)
    norm = panel.map.look.paths[2]
    image, place = panel.map.grab().toImage(), panel.map.places()
    a, b = (panel.map.point_of(float(norm.x[k]), float(norm.y[k]), place) for k in (0, 1))
    colours = set()
    for part in np.linspace(0.2, 0.8, 40):
        at = (a + (b - a) * part).toPoint()
        colours |= {image.pixelColor(at.x() + dx, at.y() + dy).name() for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
    assert QColor(LOOKS["norm"].on_map).name() in colours
    panel.close()


def test_where_a_path_left_the_picture_is_said(qtbot: QtBot) -> None:
    panel = on_the_surface(qtbot)
    said: list[str] = []
    words = panel.map.look.exit_words
    panel.map.look = type(panel.map.look)(
        **{**vars(panel.map.look), "exit_words": lambda exits: said.append(words(exits)) or said[-1]}
    )
    panel.map.grab()
    assert said[0] == "no clipping, loss cap: step 1 is 33.2 long, to U = 22.48, b = 25.62"
    panel.close()


def test_zooming_to_the_paths_shows_all_points_that_are_in_range_and_comes_back(qtbot: QtBot) -> None:
    panel = on_the_surface(qtbot)
    panel.descent.zoom_to_paths()
    window = panel.zooming.zoom.shown
    for path in panel.map.look.paths:
        for x, y in zip(path.x, path.y, strict=True):
            assert window.holds(x, y) or x > 6.5
    assert window.x[1] - window.x[0] < 0.1
    panel.descent.zoom_to_paths()
    assert panel.zooming.is_whole
    panel.close()


def test_positions_are_those_of_the_weights_step_by_step(qtbot: QtBot) -> None:
    panel = on_the_surface(qtbot, steps=5)
    snapshot = panel.session.snapshot
    for path, drawn in zip(snapshot.descent.paths, panel.map.look.paths, strict=True):
        assert drawn.x.tolist() == [weights["cliff.U"].item() for weights in path.weights]
        assert drawn.y.tolist() == [weights["cliff.b"].item() for weights in path.weights]
        assert drawn.numbers == ("0", "1", "2", "3", "4", "5")
    panel.session.seek_descent(2)
    assert all(path.last == 2 for path in panel.map.look.paths)
    panel.close()


def test_a_line_is_cut_at_the_edge_however_far_it_goes() -> None:
    area = QRectF(0, 0, 100, 50)
    assert clipped(QPointF(10, 10), QPointF(1e9, 10), area) == QLineF(10, 10, 100, 10)
    assert clipped(QPointF(-50, 0), QPointF(40, 100), area) is None  # passes the corner outside
    assert clipped(QPointF(-10, 25), QPointF(110, 25), area) == QLineF(0, 25, 100, 25)
    assert clipped(QPointF(1, 1), QPointF(math.inf, 1), area) is None


def test_the_window_around_paths_leaves_out_what_is_out_of_range() -> None:
    whole = Window((0.0, 10.0), (0.0, 10.0))
    found = window_around([np.array([[2.0, 3.0], [4.0, 5.0], [99.0, 99.0]])], whole)
    assert found is not None
    assert found.holds(2, 3)
    assert found.holds(4, 5)
    assert found.x == pytest.approx((1.68, 4.32))
    assert window_around([np.array([[99.0, 0.0]])], whole) is None


def test_the_plateau_is_dark_only_above_the_cap() -> None:
    losses = np.array([[0.1, 0.3], [0.1, 0.1]])  # y upwards: below right
    image = surface_plateau.picture(losses, 0.2, 20, 20, 1.0)
    assert surface_plateau.share(losses, 0.2) == 0.25
    assert image.pixelColor(15, 15).alpha() > 0
    assert image.pixelColor(5, 15).alpha() == 0
    assert image.pixelColor(15, 5).alpha() == 0


def test_a_plane_of_directions_has_the_nearest_points() -> None:
    scenario = load("rnn-vs-lstm-surface")
    plane = plane_of(scenario)
    path = [dict(plane.params_at(0.3, -0.2)), dict(plane.params_at(-1.0, 0.5))]
    for found, params in zip(plane.nearest_of(path), path, strict=True):
        assert tuple(found) == pytest.approx(plane.nearest(params), abs=1e-12)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_marks_in_the_table_stand_out_from_the_card(qtbot: QtBot, look: str) -> None:
    theme.switch().choose(look)
    try:
        panel = theme.current().panel
        for way in LOOKS.values():
            assert _contrast(way.ink, panel) >= 3  # WCAG, for what is no text
    finally:
        theme.switch().choose("light")


def _contrast(a: QColor, b: QColor) -> float:
    def luminance(colour: QColor) -> float:
        channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_one_key_runs_the_descents_and_others_step_through_them(qtbot: QtBot, make_window) -> None:
    window = make_window(NAME)
    qtbot.waitUntil(lambda: "descent" in window.workspace.panels, timeout=LONG_MS)
    assert window.workspace.panels["descent"].isVisible()
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: not window.session.has_work, timeout=LONG_MS)
    qtbot.keyClick(window, Qt.Key.Key_Comma)  # by hand: that ends playing
    before = window.session.snapshot.descent.shown
    qtbot.keyClick(window, Qt.Key.Key_Period)
    assert window.session.snapshot.descent.shown == before + 1
    qtbot.keyClick(window, Qt.Key.Key_Z)
    assert not window.workspace.panels["loss_surface"].zooming.is_whole
    assert window.session.snapshot.document is window.session.snapshot.scenario


def test_descents_are_played_on_where_the_surface_has_all_of_the_window(qtbot: QtBot, make_window) -> None:
    window = make_window(NAME)
    panel = window.bring_up("descent")
    panel.steps = 3
    window.descents.run_or_stop()
    window.workspace.maximise("loss_surface")
    assert not panel.isVisible()
    qtbot.waitUntil(lambda: not window.session.has_work and not panel.player.is_playing, timeout=LONG_MS)
    run = window.session.snapshot.descent
    assert run.shown == run.number == panel.steps, "once, up to the end"
    window.descents.back()
    assert window.session.snapshot.descent.shown == run.number - 1
    assert window.workspace.maximised == "loss_surface", "stepping leaves the window as it is"
    window.surface.turn("left")
    assert window.workspace.maximised == "loss_surface"


def test_running_descents_leads_back_from_a_comparison(qtbot: QtBot, make_window) -> None:
    window = make_window(NAME)
    window.comparing.open(choices(window.session)[-1])
    window.descents.run_or_stop()
    assert not window.comparing.is_open
    assert window.workspace.panels["descent"].isVisible()
    assert window.session.has_work


def test_the_curve_has_the_losses_and_a_click_on_it_goes_to_the_step(qtbot: QtBot) -> None:
    panel = played(qtbot, steps=8)
    drawn = [line.values.tolist() for line in panel.curve.tracks[0].lines]
    assert drawn == [path.losses.tolist() for path in panel.session.snapshot.descent.paths]
    panel.curve.sought.emit(4)
    assert panel.session.snapshot.descent.shown == 3
    panel.resize(900, 700)
    assert panel.minimumSizeHint().width() < 400  # it takes no room that others have


def test_descents_that_begin_at_a_loss_of_zero_are_drawn(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, DescentPanel, NAME, 420, 420)
    assert isinstance(panel, DescentPanel)
    scenario = panel.session.snapshot.scenario
    panel.session.edit("Aim at what it says", replace(scenario, targets=panel.session.snapshot.trace.output))
    panel.session.start_descent([Clipping("none", 1.0), Clipping("norm", 1.0)], 2)
    finished(qtbot, panel)
    panel.redraw(panel.session.snapshot)
    assert not panel.session.snapshot.descent.paths[0].losses.any()
    (lines,) = panel.curve.tracks
    assert not lines.scale.is_log
    panel.close()


def test_paths_beside_the_plane_are_said_to_be_beside_it(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, LossSurfacePanel, "rnn-vs-lstm-surface", 826, 494)
    assert isinstance(panel, LossSurfacePanel)
    panel.session.start_descent([Clipping("norm", 1.0)], 2)
    finished(qtbot, panel)
    assert not any("beside this plane" in note for note in panel.map.look.notes)  # it begins on it
    panel.session.seek_descent(2)
    assert any("beside this plane" in note for note in panel.map.look.notes)
    panel.close()
