"""A thousand steps: y_1000 and its gradient follow the slider, what float64 cannot hold is said, a drag is one edit."""

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from rnnviz.engine.powers import logarithms
from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario import builtin
from rnnviz.scenario.types import Scenario
from rnnviz.session import Session
from rnnviz.ui import numbers
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.thousand_steps import ThousandStepsPanel
from rnnviz.ui.thousand_curve import power_text
from rnnviz.ui.thousand_dial import Dial
from rnnviz.ui.thousand_paths import gate_path, gate_path_beside, kind_of, weight_path, weight_path_beside
from tests.ui.shown_panel import drag, drag_on, show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel

U = ParameterAddress("elman.U", 0, 0)


@pytest.fixture
def panel(qtbot: QtBot) -> ThousandStepsPanel:
    return show_panel(qtbot, ThousandStepsPanel, builtin.load("thousand-steps"), 760, 300)


def _session(w: float) -> Session:
    session = Session()
    session.open(builtin.load("thousand-steps"))
    session.edit_number(U, w)
    return session


def _lstm(z_f: int) -> Scenario:
    session = Session()
    scenario = builtin.load("thousand-steps")
    session.open(scenario)
    titles = [alternative.title for alternative in scenario.alternatives]
    session.apply_alternative(titles.index(f"An LSTM with z_f = {z_f}"))
    return session.snapshot.scenario


def _figures(dial: Dial) -> dict[str, str]:
    return {label.text(): value.text() for label, value in dial._rows}


# --- the numbers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("w", "y", "log10_y"), [(1, 1, 0), (1.01, 20751.6, 4.317), (0.99, 4.36e-5, -4.360)])
def test_y_and_its_gradient_are_those_of_the_table(w: float, y: float, log10_y: float) -> None:
    path = weight_path(_session(w).snapshot.trace, 0)
    assert path.values[-1] == pytest.approx(y, rel=5e-4)
    assert path.slope == pytest.approx(999 * w**998, rel=1e-12), "the engine's gradient, against the formula"
    assert path.logs[-1] == pytest.approx(log10_y, abs=5e-4)
    assert path.log_slope == pytest.approx(math.log10(999) + 998 * math.log10(w), abs=1e-12)


def test_below_float64_the_logarithm_is_still_right() -> None:
    path = weight_path(_session(0.01).snapshot.trace, 0)
    assert path.values[161] > 0
    assert (path.values[162:] == 0).all()
    assert path.slope == 0
    np.testing.assert_allclose(path.logs, -2.0 * np.arange(1000), rtol=1e-14)
    assert path.log_slope == pytest.approx(math.log10(999) - 2 * 998, abs=1e-9)


def test_above_float64_too() -> None:
    path = weight_path(_session(10).snapshot.trace, 0)
    assert np.isinf(path.values[-1])
    np.testing.assert_allclose(path.logs, np.arange(1000), rtol=1e-14)


def test_decimal_powers_agree_with_float64_where_that_holds_them() -> None:
    driven_by, w, h = [1.0, 0.5, -2.0, 3.0], -0.75, 0.25
    found = logarithms([w] * 4, driven_by, h)
    slope = 0.0
    for step, u in enumerate(driven_by):
        slope = w * slope + h
        h = w * h + u
        assert found.values[step] == pytest.approx(math.log10(abs(h)), abs=1e-14)
    assert found.slope == pytest.approx(math.log10(abs(slope)), abs=1e-14)
    assert logarithms([0.0], [0.0]).values[0] == -math.inf


def test_decimal_powers_of_what_is_not_finite_are_those_of_float64() -> None:
    assert logarithms([1.0, 0.5], [math.inf, 0.0]).values.tolist() == [math.inf, math.inf]
    assert np.isnan(logarithms([0.0, 0.0], [math.inf, 0.0]).values[1]), "0 times inf"
    assert np.isnan(logarithms([1.0, 1.0], [math.inf, -math.inf]).values[1]), "inf - inf"


@pytest.mark.parametrize(("z_f", "kept", "within"), [(10, 0.956, 5e-4), (5, 0.0012, 5e-5), (1, 1.2e-136, 5e-138)])
def test_the_memory_keeps_what_the_examples_say(z_f: float, kept: float, within: float) -> None:
    path = gate_path_beside(builtin.load("thousand-steps"), 0, z_f)
    assert path.kept == pytest.approx(kept, abs=within)
    assert path.gradient == pytest.approx(path.kept, rel=1e-12), "the memory path's gradient is the product of the f"
    assert path.values[-1] == pytest.approx(path.kept, rel=1e-12), "a 1 was written at step 1"
    assert path.log_kept == pytest.approx(-999 * math.log10(1 + math.exp(-z_f)), abs=1e-9)


def test_a_memory_that_underflows_keeps_its_logarithm() -> None:
    path = gate_path_beside(builtin.load("thousand-steps"), 0, -1)
    assert path.kept == path.values[-1] == path.gradient == 0
    assert path.logs[-1] == pytest.approx(-999 * math.log10(1 + math.e), abs=1e-9)


def test_the_network_beside_an_lstm_is_the_linear_unit() -> None:
    scenario = _lstm(5)
    assert kind_of(scenario) == "gate"
    path = weight_path_beside(scenario, 0, 0.99)
    assert path.values[-1] == pytest.approx(0.99**999, rel=1e-12)


def test_the_lstm_of_the_scenario_and_the_one_made_beside_the_unit_are_one() -> None:
    session = Session()
    session.open(_lstm(5))
    made = gate_path_beside(builtin.load("thousand-steps"), 0, 5)
    np.testing.assert_array_equal(gate_path(session.snapshot.trace, 0).values, made.values)


def test_it_applies_to_one_unit_run_for_long() -> None:
    scenario = builtin.load("thousand-steps")
    assert kind_of(scenario) == "weight"
    assert kind_of(replace(scenario, inputs=scenario.inputs[:99])) is None
    assert kind_of(builtin.load("all-ones-elman")) is None
    assert kind_of(builtin.load("sunspots-gru")) is None


def test_numbers_beyond_float64_are_written_with_their_exponents() -> None:
    assert power_text(-1998) == "1e−1998"
    assert power_text(-1993 + math.log10(2.5)) == "2.5e−1993"
    assert power_text(1000.5) == f"{10**0.5:.3g}e+1000"
    assert power_text(0) == "1"
    assert power_text(-math.inf) == "0"


# --- the panel ------------------------------------------------------------------------------------------------------


def test_the_figures_stand_there(panel: ThousandStepsPanel) -> None:
    assert _figures(panel.weight_dial) == {"y₁₀₀₀": "20751.6", "∂y₁₀₀₀/∂w": "2.053e+7", "log₁₀ |y₁₀₀₀|": "4.317"}
    assert _figures(panel.gate_dial) == {
        "f, kept by a step": "99.33 %",
        "half-life, steps": "103",
        "kept over 999 steps": "0.00122033",
        "∂c₁₀₀₀/∂c₁": "0.00122033",
    }
    assert not panel.note.isVisible()


def test_an_underflow_is_marked_with_the_step_where_it_began(panel: ThousandStepsPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.weight_dial.buttons[0], Qt.MouseButton.LeftButton)
    figures = _figures(panel.weight_dial)
    assert figures["y₁₀₀₀"] == "0 (underflow)"
    assert figures["log₁₀ |y₁₀₀₀|"] == "−1998"
    assert panel.note.text() == (
        "Underflow: float64 holds exactly 0 from y₁₆₃ on; y₁₀₀₀ would be 1e−1998. ∂y₁₀₀₀/∂w would be 9.99e−1994."
    )
    assert "float64 holds exactly 0 from y₁₆₃ on" in panel.accessibleDescription()


def test_a_drag_is_one_entry_and_the_numbers_follow_it(panel: ThousandStepsPanel, qtbot: QtBot) -> None:
    slider, seen = panel.weight_dial.slider, []
    panel.weight_dial.asked.connect(lambda *_: seen.append(_figures(panel.weight_dial)["y₁₀₀₀"]))
    start = QPoint(round(slider.x_of(1.01)), slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for x in (8, 16, 24):
        drag_to = start - QPoint(x, 0)
        drag_on(slider, drag_to)
        qtbot.wait(30)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=drag_to)
    w = panel.session.snapshot.scenario.params["elman.U"][0, 0]
    assert 0.9 < w < 1, "places near 1 are wide apart"
    assert len(set(seen)) >= 2, "the numbers follow while it is dragged"
    assert _figures(panel.weight_dial)["y₁₀₀₀"] == numbers.text(w**999)
    assert panel.session.snapshot.history == (f"Set elman.U[0, 0] to {w:.6g}",)
    panel.session.undo()
    assert panel.weight_dial.field.text() == "1.01"


def test_two_drags_are_two_entries(panel: ThousandStepsPanel, qtbot: QtBot) -> None:
    slider = panel.weight_dial.slider
    for _ in range(2):
        w = panel.session.snapshot.scenario.params["elman.U"][0, 0]
        start = QPoint(round(slider.x_of(w)), slider.height() // 2)
        drag(qtbot, slider, start, start - QPoint(10, 0))
    assert len(panel.session.snapshot.history) == 2


@pytest.mark.parametrize(
    ("key", "modifier", "w"),
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 1.011),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier, 1.0099),
        (Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, 1.0),
    ],
)
def test_keys_move_it_finely_and_coarsely(
    panel: ThousandStepsPanel, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier, w: float
) -> None:
    qtbot.keyClick(panel.weight_dial.slider, key, modifier)
    assert panel.session.snapshot.scenario.params["elman.U"][0, 0] == w
    assert panel.weight_dial.field.text() == numbers.full(w)


def test_in_the_window_arrow_keys_on_the_slider_move_it_and_not_time(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window("thousand-steps")
    slider = window.workspace.panels["thousand_steps"].weight_dial.slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    qtbot.keyClick(slider, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    snapshot = window.session.snapshot
    assert snapshot.scenario.params["elman.U"][0, 0] == 1.0089
    assert (snapshot.cursor.step, snapshot.cursor.substep) == (1000, 0)


def test_keys_in_a_row_are_one_entry(panel: ThousandStepsPanel, qtbot: QtBot) -> None:
    for _ in range(3):
        qtbot.keyClick(panel.weight_dial.slider, Qt.Key.Key_Left)
    assert panel.session.snapshot.history == ("Set elman.U[0, 0] to 1.007",)


def test_a_typed_value_is_taken_and_a_wrong_one_is_refused_there(panel: ThousandStepsPanel, qtbot: QtBot) -> None:
    field = panel.weight_dial.field
    field.setText("many")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert panel.weight_dial.complaint.isVisible()
    assert "many" in panel.weight_dial.complaint.text()
    assert not panel.session.snapshot.history
    field.setText("1,000694")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert not panel.weight_dial.complaint.isVisible()
    assert panel.session.snapshot.trace.output[-1, 0, 0] == pytest.approx(2, abs=1e-3)


def test_the_network_beside_is_moved_without_an_edit(panel: ThousandStepsPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.gate_dial.buttons[2], Qt.MouseButton.LeftButton)
    assert _figures(panel.gate_dial)["kept over 999 steps"] == "0.95566"
    assert not panel.session.snapshot.history
    assert "not in the file" in panel.gate_dial.aside.text()


def test_where_the_lstm_is_the_document_its_gate_is_edited(panel: ThousandStepsPanel, qtbot: QtBot) -> None:
    panel.session.apply_alternative(5)  # z_f = 5
    assert panel.gate_dial.aside.text() == "the network of this file"
    assert panel.weight_dial.field.text() == "1.01", "the unit stays beside it as it was"
    qtbot.mouseClick(panel.gate_dial.buttons[0], Qt.MouseButton.LeftButton)
    assert panel.session.snapshot.scenario.params["lstm.b_f"][0] == 1
    assert _figures(panel.gate_dial)["kept over 999 steps"] == "1.225e−136"


def test_only_numbers_of_the_document_can_be_opened(panel: ThousandStepsPanel) -> None:
    grid = panel.cells()
    assert (grid.rows, grid.columns) == (1, 1000)
    assert grid.address(0, 999) == Address("elman.h", 1000, 0, 0)
    panel._choose_log(False)
    assert panel.over_time.plot.tracks[0].lines[0].values[-1] == pytest.approx(20751.6, abs=0.05)


def test_a_thousand_steps_stay_live(panel: ThousandStepsPanel) -> None:
    """Fast enough to follow a drag: 25 times a second, with room for a machine that is busy."""
    took = []
    for k in range(10):
        began = time.process_time()
        panel.session.edit_number(U, 1.0 + k / 1000, merge="drag")
        took.append(time.process_time() - began)
    assert sorted(took)[5] < 0.04
