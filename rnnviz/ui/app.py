"""Starting the window."""

from __future__ import annotations

import sys
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QWidget

from rnnviz.ui import theme
from rnnviz.ui.failures import Failures
from rnnviz.ui.garbage import GarbageTimer
from rnnviz.ui.settings import Settings
from rnnviz.ui.shell import Shell


def start(file: str | None = None) -> int:
    """Open the window on a file or a built-in scenario, or on the gallery; returns the exit code."""
    application = make_application()
    settings, failures = Settings(), Failures(application)
    failures.install()
    shell = Shell(settings, theme.named(settings.theme), partial(_content, settings, failures, file))
    failures.said.connect(shell.show_failure)
    shell.show()
    code = application.exec()
    failures.uninstall()
    return code


def _content(settings: Settings, failures: Failures, file: str | None, shell: Shell) -> QWidget:
    """What takes longer than the first paint."""
    from rnnviz import fast
    from rnnviz.session.session import Session
    from rnnviz.ui.main_window import MainWindow

    theme.switch().choose(settings.theme, settings.text_scale)
    window = MainWindow(Session(), settings, shell)
    failures.said.connect(window.message_bar.show_error)
    window.begin(file)
    fast.load_in_background()
    return window


def make_application() -> QApplication:
    """The one QApplication, in the style that looks the same everywhere."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    QCoreApplication.setApplicationName("rnnviz")
    QApplication.setDesktopFileName("rnnviz")
    application = QApplication(sys.argv[:1])
    application.setStyle("Fusion")
    GarbageTimer(application)
    return application
