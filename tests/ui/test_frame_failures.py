"""What nobody expected to fail is said in the window and written to standard error, once, and the window goes on."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from rnnviz.ui.failures import Failures
from rnnviz.ui.main_window import MainWindow


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
