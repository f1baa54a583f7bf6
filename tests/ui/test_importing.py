"""A model comes in: by name, by dropping it, asked about where its file is silent, and proven by a badge."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from rnnviz.engine.network import Dense, Recurrent
from rnnviz.engine.trace import ParameterAddress
from rnnviz.ui.import_cards import PartCard, QuestionCard, ReportCard
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.popover import Popover

MODELS = Path(__file__).parents[1] / "data" / "models"
PATIENCE_MS = 60_000


def drop(window: MainWindow, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    at, copy = QPointF(20, 20), Qt.DropAction.CopyAction
    window.dropEvent(QDropEvent(at, copy, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))


def wait(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.importing.is_busy, timeout=PATIENCE_MS)


def card(window: MainWindow, kind: type[Popover]) -> Popover:
    (found,) = window.findChildren(kind)
    return found


def alone(path: Path, folder: Path) -> Path:
    """The model without the samples that came with it."""
    return Path(shutil.copy(path, folder / path.name))


def test_a_dropped_model_with_samples_opens_proven(window: MainWindow, qtbot: QtBot) -> None:
    path = MODELS / "torch_lstm_mnist_rows" / "state_dict.pt"
    drop(window, path)
    wait(window, qtbot)
    scenario = window.session.snapshot.scenario
    assert [type(layer) for layer in scenario.network.layers] == [Recurrent, Dense]
    # the samples of the framework are what is shown, and the badge says how near our numbers are
    with np.load(path.with_name("oracle.npz")) as oracle:
        assert np.array_equal(scenario.inputs.swapaxes(0, 1), oracle["x"])
        difference = np.abs(window.session.snapshot.trace.output[-1] - oracle["y"]).max()
    assert scenario.imported.difference == pytest.approx(difference)
    assert window.status_line.badge.isVisible()
    assert "proven" in window.status_line.badge.text()
    assert "not saved yet" in window.status_line.text()


@pytest.mark.parametrize("ending", [".tar", ".ckpt", ".bin"])
def test_a_checkpoint_opens_under_the_endings_of_tutorials(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"checkpoint{ending}"
    shutil.copy(MODELS / "torch_rnn_tanh_sunspots" / "state_dict.pt", path)
    window.open_file(str(path))
    wait(window, qtbot)
    assert path.name in card(window, QuestionCard).accessibleName()


def test_what_a_file_does_not_say_is_asked_and_the_answer_counts(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.open_file(str(alone(MODELS / "torch_rnn_tanh_sunspots" / "state_dict.pt", tmp_path)))
    wait(window, qtbot)
    asked = card(window, QuestionCard)
    assert set(asked.hints) == {"activation", "readout"}
    (area,) = asked.findChildren(QScrollArea)
    assert area.horizontalScrollBar().maximum() == 0, "long meanings take several lines"
    assert area.verticalScrollBar().maximum() == 0, "and there is room for all of them"
    asked.choose("activation", "relu")
    asked.choose("readout", "every step")
    QTest.keyClick(asked, Qt.Key.Key_Return)
    wait(window, qtbot)
    recurrent, dense = window.session.snapshot.scenario.network.layers
    assert recurrent.functions()["h"] == "relu"
    assert dense.at == "every step"
    assert "not proven" in window.status_line.badge.text()


def test_escape_leaves_the_question_and_the_document_as_it_was(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    before = window.session.snapshot.scenario
    window.open_file(str(alone(MODELS / "torch_rnn_tanh_sunspots" / "state_dict.pt", tmp_path)))
    wait(window, qtbot)
    QTest.keyClick(card(window, QuestionCard), Qt.Key.Key_Escape)
    assert window.session.snapshot.scenario is before


def test_what_is_no_model_is_refused_and_the_document_stays(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    before = window.session.snapshot.scenario
    (tmp_path / "page.pt").write_text("<!DOCTYPE html><title>Not found</title>")
    drop(window, tmp_path / "page.pt")
    wait(window, qtbot)
    assert "web page" in window.message_bar.text
    assert "unchanged" in window.message_bar.text
    assert window.session.snapshot.scenario is before


def test_an_edited_weight_takes_the_proof_away_and_undo_gives_it_back(window: MainWindow, qtbot: QtBot) -> None:
    drop(window, MODELS / "torch_rnn_tanh_sunspots" / "state_dict.pt")
    wait(window, qtbot)
    badge, name = window.status_line.badge, next(iter(window.session.snapshot.scenario.params))
    window.session.edit_number(ParameterAddress(name, 0, 0), 0.5)
    assert "edited" in badge.text()
    window.session.undo()
    assert "edited" not in badge.text()


def test_the_badge_opens_the_whole_report(window: MainWindow, qtbot: QtBot) -> None:
    drop(window, MODELS / "torch_rnn_tanh_sunspots" / "state_dict.pt")
    wait(window, qtbot)
    QTest.mouseClick(window.status_line.badge, Qt.MouseButton.LeftButton)
    report = card(window, ReportCard)
    assert report.isVisible()
    assert "state_dict.pt" in report.accessibleName()


def test_the_report_says_how_an_import_is_proven_and_that_way_works(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = alone(MODELS / "torch_lstm_mnist_rows" / "state_dict.pt", tmp_path)
    drop(window, path)
    wait(window, qtbot)
    for asked in window.findChildren(QuestionCard):
        QTest.keyClick(asked, Qt.Key.Key_Return)
        wait(window, qtbot)
    window.importing.show_report()
    said = " ".join(label.text() for label in card(window, ReportCard).findChildren(QLabel))
    assert "save inputs as x and the framework's outputs for them as y in state_dict.npz" in said
    with np.load(MODELS / "torch_lstm_mnist_rows" / "oracle.npz") as oracle:
        np.savez(path.with_suffix(".npz"), x=oracle["x"], y=oracle["y"])
    card(window, ReportCard).close()
    drop(window, path)
    wait(window, qtbot)
    assert window.session.snapshot.scenario.imported.is_proven
    window.importing.show_report()
    said = " ".join(label.text() for label in card(window, ReportCard).findChildren(QLabel))
    assert "To prove it" not in said


def test_a_cancelled_import_changes_nothing(window: MainWindow, qtbot: QtBot) -> None:
    before = window.session.snapshot.scenario
    drop(window, MODELS / "torch_rnn_tanh_sunspots" / "state_dict.pt")
    window.importing.cancel()
    QTest.qWait(100)
    assert not window.importing.is_busy
    assert window.session.snapshot.scenario is before


def test_the_recurrent_part_is_offered_where_the_rest_cannot_be_shown(
    make_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    np.savez(
        tmp_path / "with_norm.npz",
        **{
            "lstm.weight_ih_l0": random.normal(size=(16, 3)),
            "lstm.weight_hh_l0": random.normal(size=(16, 4)),
            "lstm.bias_ih_l0": np.zeros(16),
            "lstm.bias_hh_l0": np.zeros(16),
            "norm.weight": np.ones(4),
            "norm.bias": np.zeros(4),
            "norm.running_mean": np.zeros(4),
            "norm.running_var": np.ones(4),
        },
    )
    window = make_window()
    window.importing.import_path(str(tmp_path / "with_norm.npz"))
    wait(window, qtbot)
    card(window, PartCard).accept()
    wait(window, qtbot)
    assert [layer.name for layer in window.session.snapshot.scenario.network.layers] == ["lstm"]
