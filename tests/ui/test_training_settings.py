"""The form of the Training panel: all settings can be reached and undone, wrong ones are refused where they stand."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from rnnviz.scenario import builtin
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_training import setting, with_setting
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.loss import LossPanel
from rnnviz.ui.panels.training import TrainingPanel
from rnnviz.ui.training_fields import SETTINGS, Setting
from rnnviz.ui.training_row import Row
from tests.ui.shown_panel import show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel

# What has to be so for a setting to be there.
BEFORE = {
    "training.optimizer.momentum": {"training.optimizer.kind": "momentum"},
    "training.optimizer.decay": {"training.optimizer.kind": "rmsprop"},
    "training.schedule.factor": {"training.schedule.kind": "cosine"},
    "training.schedule.every": {"training.schedule.kind": "step"},
    "training.patience": {"training.validation": 0.25},
    "training.clipping.limit": {"training.clipping.kind": "norm"},
}
TYPED: dict[str, tuple[str, Any]] = {"loss.weights": ("1 0,5 2", (1.0, 0.5, 2.0))}


def _scenario(setting_: Setting) -> Scenario:
    name = "all-ones-jordan" if setting_.path == "teacher_forcing" else "temporal-xor"
    scenario = builtin.load(name)
    for path, value in BEFORE.get(setting_.path, {}).items():
        scenario = with_setting(scenario, path, value)
    return scenario


def _shown(qtbot: QtBot, scenario: Scenario | str) -> TrainingPanel:
    panel = show_panel(qtbot, TrainingPanel, scenario, 240, 600)
    qtbot.mouseClick(panel.form.more, Qt.MouseButton.LeftButton)
    return panel


def _change(qtbot: QtBot, row: Row, value: Any) -> Any:
    """Change it as a person does; the value that it then should have."""
    match row.widget:
        case QCheckBox() as switch:
            switch.click()
            return not value
        case QComboBox() as box:
            index = (box.currentIndex() + 1) % 2
            box.setCurrentIndex(index)
            box.activated.emit(index)
            return box.itemData(index)
    text, wanted = TYPED.get(row.setting.path, ("7", 7) if row.setting.is_whole else ("0.375", 0.375))
    row.widget.setText(text)
    qtbot.keyClick(row.widget, Qt.Key.Key_Return)
    return wanted


@pytest.mark.parametrize("given", [s for s in SETTINGS if s.path != "teacher_forcing"], ids=lambda s: s.path)
def test_each_setting_is_an_edit_that_undo_takes_back(qtbot: QtBot, given: Setting) -> None:
    panel = _shown(qtbot, _scenario(given))
    row, session = panel.form.rows[given.path], panel.session
    assert row.widget.isVisible()
    assert row.widget.isEnabled()
    assert row.widget.toolTip()
    before = setting(session.snapshot.scenario, given.path)
    wanted = _change(qtbot, row, before)
    assert wanted != before
    assert setting(session.snapshot.scenario, given.path) == wanted
    assert len(session.snapshot.history) == 1
    assert session.undo_label.startswith("Set ")
    session.undo()
    assert setting(session.snapshot.scenario, given.path) == before


def test_few_settings_are_there_at_first_and_all_can_be_reached_by_keys(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, TrainingPanel, "temporal-xor", 240, 600)
    seen = {path for path, row in panel.form.rows.items() if row.widget.isVisible()}
    assert seen == {setting_.path for setting_ in SETTINGS if not setting_.group}
    more = panel.form.more
    assert more.text() == "More settings"
    more.setFocus()
    qtbot.keyClick(more, Qt.Key.Key_Space)
    assert panel.form.rows["seed"].widget.isVisible()
    assert more.text() == "Fewer settings"
    for row in panel.form.rows.values():
        assert row.widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_only_the_numbers_that_a_rule_reads_are_there(qtbot: QtBot) -> None:
    panel = _shown(qtbot, "temporal-xor")

    def seen() -> set[str]:
        rows = panel.form.rows.items()
        return {
            path.rpartition("optimizer.")[2] for path, row in rows if "optimizer" in path and row.widget.isVisible()
        }

    expected = {
        "sgd": set(),
        "nesterov": {"momentum"},
        "rmsprop": {"decay", "epsilon"},
        "adagrad": {"epsilon"},
        "adamw": {"betas.0", "betas.1", "epsilon"},
    }
    for kind, wanted in expected.items():
        scenario = with_setting(panel.session.snapshot.scenario, "training.optimizer.kind", kind)
        panel.session.edit(kind, scenario)
        assert seen() == {"kind", "rate", "weight_decay", *wanted}


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("training.optimizer.rate", "0", "rate: expected a number above 0"),
        ("training.optimizer.rate", "fast", "“fast” is not a number."),
        ("training.optimizer.betas.0", "1", "beta 1: expected a number below 1, found 1"),
        ("training.epochs", "0", "epochs: expected a number of at least 1"),
        ("training.batch_size", "2.5", "batch size: expected a whole number, “2.5” is none"),
        ("training.validation", "1.5", "share: expected a number below 1, found 1.5"),
        ("seed", "-1", "seed: expected a number of at least 0"),
        ("loss.weights", "1 -1", "step weights: expected a number of at least 0"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(qtbot: QtBot, path: str, typed: str, said: str) -> None:
    panel = _shown(qtbot, "temporal-xor")
    row, complaint = panel.form.rows[path], panel.form._complaints[path]
    row.widget.setText(typed)
    qtbot.keyClick(row.widget, Qt.Key.Key_Return)
    assert complaint.isVisible()
    assert complaint.text() == said
    assert row.widget.is_wrong
    assert not panel.session.snapshot.history
    qtbot.keyClick(row.widget, Qt.Key.Key_Escape)
    assert not complaint.isVisible()


def test_a_loss_that_does_not_fit_the_output_is_refused_there(qtbot: QtBot) -> None:
    panel = _shown(qtbot, "bptt-sum")
    row = panel.form.rows["loss.kind"]
    row.widget.setCurrentIndex(row.widget.findData("cross entropy"))
    row.widget.activated.emit(row.widget.currentIndex())
    assert "compares probabilities" in panel.form._complaints["loss.kind"].text()
    assert row.widget.currentData() == "half squared error"


def test_the_wheel_scrolls_past_a_choice_and_leaves_it_as_it_is(qtbot: QtBot) -> None:
    panel = _shown(qtbot, "temporal-xor")
    box = panel.form.rows["training.optimizer.kind"].widget
    before, middle = box.currentIndex(), QPointF(box.rect().center())
    turn = QWheelEvent(
        middle,
        QPointF(box.mapToGlobal(box.rect().center())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turn)
    assert box.currentIndex() == before
    assert not panel.session.snapshot.history


def test_settings_rest_while_training_runs_and_it_is_said_why(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window("sine")
    form = window.workspace.panels["training"].form
    assert not form.why_not.isVisible()
    window.train()
    assert window.session.is_busy
    assert form.why_not.isVisible()
    for row in form.rows.values():
        assert not row.widget.isVisible() or not row.widget.isEnabled()
    assert "Settings rest while training runs" in form.rows["training.epochs"].widget.toolTip()
    window.cancel_training()
    assert not form.why_not.isVisible()
    assert form.rows["training.epochs"].widget.isEnabled()


def test_training_is_set_up_by_a_button_where_there_are_targets(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, TrainingPanel, "sunspots-gru", 240, 500)
    assert "has targets" in panel.accessibleDescription()
    button = next(b for b in panel._empty.findChildren(QPushButton) if b.text() == "Set up training")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.session.snapshot.scenario.training.optimizer.kind == "adam"
    assert panel.form.rows["training.optimizer.rate"].widget.text() == "0.01"
    assert panel.session.undo_label == "Set up training"
    panel.session.undo()
    assert "has targets" in panel.accessibleDescription()


def test_set_up_is_an_action_that_leads_to_the_train_layout(make_window: Callable[..., MainWindow]) -> None:
    window = make_window("sunspots-gru")
    action = window.actions_.by_id["set_up"]
    assert action.isEnabled()
    action.trigger()
    assert not action.isEnabled()
    assert window.workspace.panels["training"].isVisible()
    assert window.actions_.by_id["train"].isEnabled()


def test_weights_of_steps_are_seen_behind_the_bars_and_said(qtbot: QtBot) -> None:
    """h = 1, 1.5, 2.25, 3.375, 5.0625 against 1: losses 0, 0.125, 0.78125, ... of which step 3 counts half."""
    scenario = with_setting(builtin.load("bptt-sum"), "loss.weights", (1.0, 1.0, 0.5, 0.0, 0.0))
    panel = show_panel(qtbot, LossPanel, scenario)
    assert panel.losses.total == pytest.approx(0.125 + 0.78125 / 2, abs=1e-15)
    assert panel._said_at(3) == "loss of step 3: 0.3906 = 0.5 · 0.7812"
    bars = panel.over_time.plot.tracks[0]
    assert bars._whole[2] == pytest.approx(0.78125)
    assert bars.scale.high >= 8.25, "the bars behind fit in"
    assert panel.table(panel.snapshot)[:2] == [["step", "loss", "weight"], [1, 0.0, 1.0]]
    assert "weighted sum over 5 steps" in panel.describe(panel.snapshot)


def test_accuracy_stands_beside_the_loss_where_answers_are_classes(
    make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = make_window("anbn")
    window.choose_layout("train")
    scenario = window.session.snapshot.scenario
    scenario = with_setting(with_setting(scenario, "training.epochs", 4), "training.validation", 0.25)
    window.session.edit("Fewer", scenario)
    window.train()
    qtbot.waitUntil(lambda: not window.session.is_busy, timeout=60_000)
    panel, run = window.workspace.panels["loss"], window.session.snapshot.training
    assert panel.curve_tabs.titles == ("loss", "accuracy")
    panel.curve_tabs.chosen.emit(1)
    batch, validation = panel.curve.tracks[0].lines
    assert batch.values is run.accuracies
    assert (
        validation.values[-1]
        == run.validation_accuracies[~(run.validation_accuracies != run.validation_accuracies)][-1]
    )
    assert (panel.curve.tracks[0].scale.low, panel.curve.tracks[0].scale.high) == (0, 1)
    panel.curve_tabs.chosen.emit(0)
    assert panel.curve.tracks[0].lines[0].values is run.losses
