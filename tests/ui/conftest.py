"""A real window on a real scenario, offscreen, with settings of its own; a test that leaves a window behind fails."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.session.session import Session
from rnnviz.ui import theme
from rnnviz.ui.app import make_application
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.settings import Settings
from rnnviz.ui.shell import Shell


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    application = make_application()
    theme.switch().choose("light", 1.0)
    return application


@pytest.fixture
def qtbot(qapp: QApplication, qtbot: QtBot) -> Iterator[QtBot]:
    """A qtbot that holds its widgets until Qt has deleted them.

    Its own references are weak: a widget that a test lets go of would be freed by Python's search for garbage, in no
    order that Qt knows, and that may take the process down.
    """
    kept: list[QWidget] = []
    add = qtbot.addWidget

    def add_and_keep(widget: QWidget, **options: object) -> None:
        kept.append(widget)
        add(widget, **options)

    qtbot.addWidget = add_and_keep
    yield qtbot
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(str(tmp_path / "settings.ini"))


@pytest.fixture
def make_window(qapp: QApplication, qtbot: QtBot, settings: Settings) -> Iterator[Callable[..., MainWindow]]:
    """Opens a window on a file, a built-in scenario or (None) the gallery, at 1280 x 800, as the program does."""
    shells: list[Shell] = []

    def make(file: str | None = "lstm-counter") -> MainWindow:
        def content(shell: Shell) -> MainWindow:
            window = MainWindow(Session(), settings, shell)
            window.begin(file)
            return window

        shell = Shell(settings, theme.light(), content)
        shells.append(shell)
        shell.setWindowState(Qt.WindowState.WindowNoState)
        shell.resize(1280, 800)
        shell.show()
        qtbot.waitUntil(lambda: shell.centralWidget() is not None)
        return shell.centralWidget()

    yield make
    for shell in shells:
        window = shell.centralWidget()
        if window.session.snapshot is not None:
            window.session.mark_saved(window.session.snapshot.path or "")
        shell.close()
        shell.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    left = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    assert not left, f"windows left behind: {left}"


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    return make_window()
