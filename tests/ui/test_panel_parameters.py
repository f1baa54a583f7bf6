"""The parameters panel: every weight can be seen, found, typed, dragged and turned, and a drag is one edit."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.builtin import names
from rnnviz.scenario.types import Scenario
from rnnviz.ui import theme
from rnnviz.ui.panels.parameters import ParametersPanel
from rnnviz.ui.parameters_grid import nudged
from tests.ui.shown_panel import click, drag, show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel

GATE = ParameterAddress("lstm.W_i", 0, 1)


def shown(
    qtbot: QtBot, scenario: Scenario | str = "lstm-counter", width: int = 300, height: int = 300
) -> ParametersPanel:
    panel = show_panel(qtbot, ParametersPanel, scenario, width, height)
    assert isinstance(panel, ParametersPanel)
    return panel


def weight(panel: ParametersPanel, address: ParameterAddress = GATE) -> float:
    array = panel.session.snapshot.scenario.params[address.parameter]
    return float(array.reshape(len(array), -1)[address.row, address.column])


def lstm(units: int, inputs: int) -> Scenario:
    network = Network(inputs, (Recurrent("lstm", CELLS["lstm"], units), Dense("readout", 2)))
    random = np.random.default_rng(1)
    params = {name: random.normal(size=shape) for name, shape in network.parameter_shapes().items()}
    return Scenario(name="made", network=network, params=params, inputs=np.ones((2, 1, inputs)))


@pytest.mark.parametrize("name", names())
def test_every_parameter_has_a_tile_with_all_its_numbers(qtbot: QtBot, name: str) -> None:
    panel = shown(qtbot, name)
    for heading in panel.grid.headings:
        panel.grid.set_open(heading.prefix, True)
    tiles = {tile.parameter: tile for tile in panel.grid.tiles}
    params = panel.session.snapshot.scenario.params
    assert set(tiles) == set(params)
    for parameter, array in params.items():
        assert np.array_equal(tiles[parameter].values.ravel(), array.ravel())
    panel.session.select(ParameterAddress(list(params)[-1], 0, 0))
    panel.grid.ensure_visible(ParameterAddress(list(params)[-1], 0, 0))
    assert panel.rect_of(ParameterAddress(list(params)[-1], 0, 0)) is not None


def test_one_lstm_unit_is_a_table_with_a_row_for_each_of_its_inputs(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    layout = panel.grid._layout
    assert [label.text for label in layout.labels if label.kind == "row"] == ["z", "z_i", "z_f", "z_o"]
    assert [label.text for label in layout.labels if label.kind == "column"] == ["x₁", "x₂", "x₃", "h′", "b"]
    rows = {panel.rect_of(ParameterAddress(name, 0, 0)).top() for name in ("lstm.W_f", "lstm.U_f", "lstm.b_f")}
    assert len(rows) == 1


def test_cells_and_places_agree(qtbot: QtBot) -> None:
    panel = shown(qtbot, "all-ones-elman", 400, 400)
    grid = panel.cells()
    found = [grid.address(row, column) for row in range(grid.rows) for column in range(grid.columns)]
    assert len([address for address in found if address is not None]) == 16
    for address in found:
        if address is not None:
            assert panel.address_at(panel.rect_of(address).center()) == address


def test_typing_over_a_weight_changes_it(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    click(qtbot, panel, GATE, panel.grid.viewport())
    assert panel.session.snapshot.selection == GATE
    qtbot.keyClick(panel, Qt.Key.Key_5)
    qtbot.keyClick(panel.grid.field, Qt.Key.Key_0)
    qtbot.keyClick(panel.grid.field, Qt.Key.Key_Return)
    assert weight(panel) == 50
    assert panel.session.snapshot.history == ("Set lstm.W_i[0, 1] to 50",)


def test_a_word_for_a_weight_is_said_at_the_field(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel.begin_edit(GATE)
    panel.grid.field.setText("much")
    qtbot.keyClick(panel.grid.field, Qt.Key.Key_Return)
    assert panel.grid.field.isVisible()
    assert panel.grid.field.text() == "much"
    assert "“much” is not a number" in panel.grid.field._complaint.text()
    assert weight(panel) == 100
    qtbot.keyClick(panel.grid.field, Qt.Key.Key_Escape)


def test_a_drag_upwards_raises_the_weight_and_is_one_edit(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    canvas = panel.grid.viewport()
    start = canvas.mapFrom(panel, panel.rect_of(GATE).center())
    drag(qtbot, canvas, start, start - QPoint(0, 40), steps=10)
    assert weight(panel) > 100
    assert len(panel.session.snapshot.history) == 1
    panel.session.undo()
    assert weight(panel) == 100


def test_a_click_alone_changes_nothing(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    click(qtbot, panel, GATE, panel.grid.viewport())
    assert not panel.session.can_undo


def test_the_wheel_with_control_turns_a_weight(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    canvas = panel.grid.viewport()
    place = QPointF(canvas.mapFrom(panel, panel.rect_of(GATE).center()))
    for _ in range(3):
        wheel = QWheelEvent(
            place, QPointF(canvas.mapToGlobal(place.toPoint())), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas, wheel)
    assert weight(panel) == 100 + 3 * panel.grid.step_of(GATE)
    assert len(panel.session.snapshot.history) == 1


def test_alt_and_arrows_do_what_a_drag_does(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel._move_to(GATE)
    QTest.keySequence(panel, "Alt+Down")
    assert weight(panel) == 100 - panel.grid.step_of(GATE)


def test_steps_leave_no_dust() -> None:
    value = 0.1
    for _ in range(7):
        value = nudged(value, 1, 0.1)
    assert value == 0.8


def test_a_layer_can_be_closed_and_opened(qtbot: QtBot) -> None:
    panel = shown(qtbot, "mnist-rows-lstm", 300, 300)
    heading = panel.grid.headings[0]
    qtbot.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, round(heading.top) + 8))
    assert {tile.parameter for tile in panel.grid.tiles} == {"readout.V", "readout.b"}
    panel._fill_layers_menu()
    panel._layers.menu().actions()[0].trigger()
    assert "lstm.W_i" in {tile.parameter for tile in panel.grid.tiles}


def test_numbers_are_written_only_where_a_cell_is_wide_enough(qtbot: QtBot) -> None:
    panel = shown(qtbot, lstm(units=12, inputs=4), 300, 300)
    assert not panel.grid.tiles[0].has_numbers
    panel.resize(900, 300)
    assert all(tile.has_numbers and tile.width >= 34 for tile in panel.grid.tiles)


def test_a_large_matrix_shows_zero_as_paper_and_signs_as_their_hues(qtbot: QtBot) -> None:
    scenario = lstm(units=40, inputs=40)
    values = np.zeros((40, 40))
    values[0, 0], values[0, 39] = 5, -5
    panel = shown(qtbot, scenario, 400, 400)
    params = {name: np.zeros_like(array) for name, array in scenario.params.items()} | {"lstm.W_i": values}
    for name, array in params.items():
        panel.session.set_parameter(name, array)
    image = panel.grid._image(panel.grid._layout.tile_of(ParameterAddress("lstm.W_i", 0, 0)))
    look = theme.current()
    assert image.pixelColor(5, 5) == look.panel
    assert image.pixelColor(0, 0).red() > image.pixelColor(0, 0).blue()
    assert image.pixelColor(39, 0).blue() > image.pixelColor(39, 0).red()


def test_the_panel_says_its_numbers_in_words(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    said = panel.describe(panel.session.snapshot)
    assert "20 parameters" in said
    assert "lstm.W_i = 0, 100, 0" in said


def test_a_row_is_called_by_what_its_weights_make_not_by_what_the_cell_hands_on(qtbot: QtBot) -> None:
    labels = shown(qtbot, "cliff").grid._layout.labels
    assert [label.text for label in labels if label.kind == "row"] == ["h"]


def test_rows_of_gates_keep_their_letters_beside_the_row_of_the_state(qtbot: QtBot) -> None:
    cell = Cell("own", "Own", "k = sigmoid(b_k)\nh = k * h_prev + W @ x")
    network = Network(1, (Recurrent("own", cell, 1),))
    params = {"own.b_k": np.array([0.0]), "own.W": np.array([[1.0]])}
    own = Scenario(name="own", network=network, params=params, inputs=np.ones((3, 1, 1)))
    labels = shown(qtbot, own).grid._layout.labels
    assert sorted(label.text for label in labels if label.kind == "row") == ["h", "k"]
