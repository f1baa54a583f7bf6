"""Opening and saving in the window: nothing is lost, and what fails leaves the open document as it is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address
from rnnviz.scenario import builtin, read
from rnnviz.ui.gallery_card import GalleryCard
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.settings import Settings

FIRST_INPUT = Address("x", 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "counter.rnnviz"
    path.write_bytes(builtin.path("lstm-counter").read_bytes())
    return path


def answer(monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton) -> list[str]:
    """Answer the next questions with this button; what was asked is in the list."""
    asked: list[str] = []

    def exec_(box: QMessageBox) -> int:
        asked.append(box.text())
        return button.value

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return asked


def test_saving_an_unchanged_file_gives_the_same_bytes(make_window: Callable[..., MainWindow], file: Path) -> None:
    before = file.read_bytes()
    window = make_window(str(file))
    assert window.documents.save()
    assert file.read_bytes() == before


def test_the_pointer_says_that_a_network_is_being_run(
    window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, shapes = window.session.open, []

    def watched(*arguments: object) -> None:
        shapes.append(QGuiApplication.overrideCursor().shape())
        run(*arguments)

    monkeypatch.setattr(window.session, "open", watched)
    assert window.documents.open_path(str(file))
    assert shapes == [Qt.CursorShape.WaitCursor]
    assert QGuiApplication.overrideCursor() is None


def test_an_edit_marks_the_document_and_saving_takes_the_mark_away(
    make_window: Callable[..., MainWindow], file: Path
) -> None:
    window = make_window(str(file))
    assert not window.window().isWindowModified()
    window.session.edit_number(FIRST_INPUT, 9.0)
    assert window.window().isWindowModified()
    assert "unsaved" in window.status_line.text()
    window.documents.save()
    assert not window.window().isWindowModified()
    assert read.load(str(file)).inputs[0, 0, 0] == 9.0


def test_closing_with_changes_asks_and_cancel_stays(
    make_window: Callable[..., MainWindow], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(str(file))
    window.session.edit_number(FIRST_INPUT, 9.0)
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    assert not window.window().close()
    assert asked
    assert "The memory cell that counts" in asked[0]
    assert window.isVisible()


def test_closing_without_changes_does_not_ask(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    assert window.window().close()
    assert not asked


def test_save_in_the_question_saves_before_another_opens(
    make_window: Callable[..., MainWindow], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(str(file))
    window.session.edit_number(FIRST_INPUT, 9.0)
    answer(monkeypatch, QMessageBox.StandardButton.Save)
    assert window.documents.open_path("all-ones-elman")
    assert window.session.snapshot.scenario.name == "all-ones-elman"
    assert read.load(str(file)).inputs[0, 0, 0] == 9.0


def test_discard_in_the_question_leaves_the_file(
    make_window: Callable[..., MainWindow], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(str(file))
    window.session.edit_number(FIRST_INPUT, 9.0)
    answer(monkeypatch, QMessageBox.StandardButton.Discard)
    assert window.documents.open_path("all-ones-elman")
    assert read.load(str(file)).inputs[0, 0, 0] == 3.0


@pytest.mark.parametrize("content", ["", "{", '{"format": "other"}', "[" * 1000])
def test_a_failed_open_says_where_and_leaves_the_document(window: MainWindow, tmp_path: Path, content: str) -> None:
    broken = tmp_path / "broken.rnnviz"
    broken.write_text(content, encoding="utf-8")
    before = window.session.snapshot
    assert not window.documents.open_path(str(broken))
    assert window.session.snapshot is before
    assert "broken.rnnviz" in window.message_bar.text
    assert "unchanged" in window.message_bar.text
    assert "\n" not in window.message_bar.text


def test_a_file_that_another_program_changed_is_not_overwritten_unasked(
    make_window: Callable[..., MainWindow], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(str(file))
    window.session.edit_number(FIRST_INPUT, 9.0)
    theirs = file.read_bytes() + b"\n"
    file.write_bytes(theirs)
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    assert not window.documents.save()
    assert asked
    assert file.read_bytes() == theirs
    assert window.session.snapshot.is_modified


def test_a_save_that_fails_keeps_the_document_unsaved(
    make_window: Callable[..., MainWindow], file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    window = make_window(str(file))
    window.session.edit_number(FIRST_INPUT, 9.0)
    nowhere = str(tmp_path / "missing" / "counter.rnnviz")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (nowhere, ""))
    assert not window.documents.save_as()
    assert window.session.snapshot.is_modified
    assert nowhere in window.message_bar.text


def test_a_builtin_asks_where_to_save(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings
) -> None:
    path = tmp_path / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    assert window.documents.save()
    assert read.load(f"{path}.rnnviz").title == "The memory cell that counts"
    assert settings.recent == [f"{path}.rnnviz"]


def test_the_gallery_opens_what_is_chosen(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = make_window(None)
    assert window.pages.currentWidget() is window.gallery
    cards = window.gallery.findChildren(GalleryCard)
    assert {card.item.key for card in cards} == set(builtin.names())
    next(card for card in cards if card.item.key == "all-ones-elman").click()
    assert window.session.snapshot.scenario.name == "all-ones-elman"
    assert window.pages.currentWidget() is window.workspace


def test_the_gallery_is_searched_by_words(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    gallery = make_window(None).gallery
    gallery._search.setText("elman")
    shown = [card.item.key for card in gallery.findChildren(GalleryCard) if card.isVisible()]
    assert "all-ones-elman" in shown
    assert "lstm-counter-hard" not in shown


def test_recent_files_are_newest_first_and_those_gone_are_left_out(settings: Settings, tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("a", "b", "c")]
    for path in paths:
        Path(path).write_text("", encoding="utf-8")
        settings.add_recent(path)
    settings.add_recent(paths[0])
    Path(paths[1]).unlink()
    assert settings.recent == [paths[0], paths[2]]
