"""What nobody expected to fail is said in the window and written to standard error, once, and the window goes on."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rnnviz.ui import message_bar
from rnnviz.ui.failures import Failures
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.message_bar import MessageBar


@pytest.mark.qt_no_exception_capture
def test_an_exception_in_a_slot_is_shown_and_the_window_goes_on(
    window: MainWindow,
    qtbot: QtBot,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    failures = Failures(window)
    said: list[str] = []
    failures.said.connect(window.message_bar.show_error)
    failures.said.connect(said.append)
    failures.install()
    try:
        for _ in range(3):
            QTimer.singleShot(0, window, fail)
            qtbot.wait(10)
        window.session.seek(2)
    finally:
        failures.uninstall()
    assert "broken on purpose" in window.message_bar.text
    assert len(said) == 1, "the same failure is said once"
    assert "Traceback" in capsys.readouterr().err
    assert window.session.snapshot.cursor.step == 2
    assert sys.excepthook is sys.__excepthook__


def fail() -> None:
    raise RuntimeError("broken on purpose")


def test_a_note_goes_by_itself_and_an_error_stays(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_bar, "NOTE_MS", 1)
    host = QWidget()
    qtbot.addWidget(host)
    bar = MessageBar(host)
    bar.show_note("Written.")
    qtbot.waitUntil(bar.isHidden)
    bar.show_note("Written.")
    bar.show_error("Not written.")
    assert not bar._leaving.isActive()
    assert bar.text == "Not written."
