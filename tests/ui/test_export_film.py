"""Films from the window: what they show, that the window goes on, and that nothing is left of a cancelled one."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from rnnviz.scenario.read import load
from rnnviz.session import Session
from rnnviz.session.edit_error import EditError
from rnnviz.session.shots import chosen, shots
from rnnviz.ui import picture
from rnnviz.ui.export.film_card import FilmCard
from rnnviz.ui.export.still import still
from rnnviz.ui.main_window import MainWindow


def begin(window: MainWindow, monkeypatch: pytest.MonkeyPatch, out: Path) -> FilmCard:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *words: (str(out), words[4]))
    window.actions_.by_id["export_film"].trigger()
    return window.findChild(FilmCard)


def test_a_film_shows_the_panel_at_each_step(window: MainWindow, qtbot: QtBot, tmp_path, monkeypatch) -> None:
    out = tmp_path / "film.png"
    panel = window.workspace.panels["memory_cell"]
    window.session.seek(2)
    panel.setFocus()
    card = begin(window, monkeypatch, out)
    assert card.what.currentText() == "Panel Memory cell"
    assert card.said.text().startswith("5 pictures of")
    exports = window.exports
    with qtbot.waitSignal(exports.done, timeout=60_000):
        card.button.click()
        assert not exports.progress.isHidden()
        assert exports.filming.is_busy
    assert window.message_bar.text == f"Written to {out}"
    assert exports.progress.isHidden()
    assert window.session.snapshot.cursor.step == 2
    with Image.open(out) as film:
        assert film.n_frames == 5
        for step in range(1, 6):
            film.seek(step - 1)
            window.session.seek(step)
            with still(panel):
                expected = picture.image(panel, 1)
            found = film.convert("RGB")
            shown = QImage(found.tobytes(), *found.size, 3 * found.width, QImage.Format.Format_RGB888)
            assert shown.convertToFormat(QImage.Format.Format_RGB32) == expected, step


def test_one_can_step_while_a_film_is_made(window: MainWindow, qtbot: QtBot, tmp_path, monkeypatch) -> None:
    card = begin(window, monkeypatch, tmp_path / "film.gif")
    with qtbot.waitSignal(window.exports.done, timeout=60_000):
        card.button.click()
        window.session.seek(1)
        window.session.step()
        assert window.session.snapshot.cursor.step == 2
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 5


def test_nothing_is_left_of_a_cancelled_film(window: MainWindow, qtbot: QtBot, tmp_path, monkeypatch) -> None:
    out = tmp_path / "film.gif"
    card = begin(window, monkeypatch, out)
    taken: list[str] = []
    window.exports.filming.progressed.connect(lambda _share, text: taken.append(text))
    card.button.click()
    qtbot.waitUntil(lambda: len(taken) > 1, timeout=30_000)
    folder = Path(window.exports.filming._folder.name)
    assert folder.is_dir()
    window.exports.progress.button.click()
    assert not folder.exists()
    assert list(tmp_path.glob("*film*")) == []
    assert window.exports.progress.isHidden()
    assert "cancelled" in window.message_bar.text


def test_a_film_too_large_cannot_be_asked_for(window: MainWindow, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("rnnviz.jobs.film.MOST_PIXELS", 1000)
    card = begin(window, monkeypatch, tmp_path / "film.gif")
    assert "million" in card.said.text()
    assert not card.button.isEnabled()
    card.close()


def session_of(name: str) -> Session:
    session = Session()
    session.open(load(name))
    return session


def test_every_so_many_steps_and_the_last_are_taken() -> None:
    snapshot = session_of("thousand-steps").snapshot
    assert chosen(snapshot, "steps", every=400) == (1, 401, 801, 1000)
    assert chosen(snapshot, "steps", 0, 2) == (0, 1, 2)
    with pytest.raises(EditError, match="no step from 2000 to None"):
        chosen(snapshot, "steps", 2000)
    with pytest.raises(EditError, match="train first"):
        chosen(snapshot, "training")


def test_backwards_through_time_a_film_begins_at_the_last_step() -> None:
    session = session_of("bptt-sum")
    session.walk_back(True)
    steps = [shot.cursor.step for shot in shots(session.snapshot, "steps", (1, 2, 3))]
    assert steps == [3, 2, 1]


def test_the_iterates_of_a_training_are_shown_with_their_own_weights(qtbot: QtBot) -> None:
    scenario = load("temporal-xor")
    session = Session()
    session.open(replace(scenario, training=msgspec.structs.replace(scenario.training, epochs=2)))
    session.start_training()
    while session.is_busy:
        session.poll()
        qtbot.wait(10)
    snapshot = session.snapshot
    numbers = chosen(snapshot, "training")
    for number, shot in zip(numbers[:3], shots(snapshot, "training", numbers[:3]), strict=True):
        assert shot.training.cursor == number
        for name, values in snapshot.training.weights[number].items():
            assert (shot.scenario.params[name] == values).all()
    session.close()
