"""Starting the window, and drawing one panel to a file without a window."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QWidget

from rnnviz.ui import theme
from rnnviz.ui.failures import Failures
from rnnviz.ui.garbage import GarbageTimer
from rnnviz.ui.settings import Settings
from rnnviz.ui.shell import Shell

if TYPE_CHECKING:
    from rnnviz.scenario.types import Scenario

# What a panel of each place measures in a window of 1280 x 800.
_SIZES = {"left": (212, 492), "centre": (768, 492), "right": (268, 346), "bottom": (276, 190)}


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


def render(
    scenario: Scenario,
    panel: str,
    step: int,
    path: str | os.PathLike[str],
    size: tuple[int, int] | None = None,
    theme_name: str = "light",
) -> None:
    """Write one panel as PNG, SVG or PDF, by the ending of the path, as the window shows it at this step.

    size : in pixels of the window; a PNG has twice as many each way, for print
    Raises ScenarioError when there is no such panel or it has nothing to show here, OSError when it can't be written.
    """
    application = make_application()
    from rnnviz.engine.trace import Address
    from rnnviz.scenario.errors import ScenarioError
    from rnnviz.session.session import Session
    from rnnviz.ui import panels, picture

    classes = panels.load()
    if panel not in classes:
        raise ScenarioError(f'there is no panel "{panel}"; there are {", ".join(classes)}')
    theme.switch().choose(theme_name, 1.0)
    session = Session()
    session.open(scenario)
    session.seek(step)
    assert session.snapshot is not None, "a scenario was opened"
    if not classes[panel].applies(session.snapshot):
        raise ScenarioError(f'the panel "{panel}" has nothing to show for this network')
    if panel == "explain" and session.snapshot.selection is None:  # then the output, as Enter does
        session.select(Address(session.snapshot.trace.output_name, max(step, 1)))
    widget = classes[panel](session)
    widget.resize(*(size or _SIZES[widget.place]))
    widget.ensurePolished()
    widget.redraw(session.snapshot)
    application.sendPostedEvents()
    widget.grab()  # lays out what is only laid out when it is shown
    picture.write(widget, path)
    widget.deleteLater()


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
