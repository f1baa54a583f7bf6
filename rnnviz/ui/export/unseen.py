"""Panels and the whole window that are drawn without being on a screen, for pictures from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from rnnviz.engine.trace import Address
from rnnviz.scenario.errors import ScenarioError
from rnnviz.session.session import Session
from rnnviz.ui import panels, theme
from rnnviz.ui.panel import Panel
from rnnviz.ui.settings import Settings

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow

WINDOW_SIZE = 1280, 800
SMALLEST_WINDOW = 720, 480
# What a panel of each place measures in a window of that size.
SIZES = {"left": (212, 492), "centre": (768, 492), "right": (268, 346), "bottom": (276, 190)}


@contextmanager
def unseen_panel(
    session: Session, name: str, step: int | None, size: tuple[int, int] | None, look: str
) -> Iterator[Panel]:
    """A panel that was opened with the session and then went to the step, which tells where a table has scrolled to.

    Raises ScenarioError where there is no such panel, or it has nothing to show.
    """
    classes = panels.load()
    if name not in classes:
        raise ScenarioError(f'there is no panel "{name}"; there are {", ".join(classes)}')
    _choose(look)
    snapshot = session.snapshot
    assert snapshot is not None, "a scenario was opened"
    if not classes[name].applies(snapshot):
        raise ScenarioError(f'the panel "{name}" has nothing to show for this network')
    holder = _holder()
    panel = classes[name](session, holder)
    panel.resize(*(size or SIZES[panel.place]))
    holder.show()
    for _ in range(2):  # only what has been laid out can be scrolled to where the cursor is
        panel.redraw(session.snapshot)
        settle()
    if step is not None:
        session.seek(step)
    if name == "explain" and snapshot.selection is None:  # then the output, as Enter does
        session.select(Address(snapshot.trace.output_name, max(session.snapshot.cursor.step, 1)))
    if session.snapshot is not snapshot:
        panel.redraw(session.snapshot)
        settle()
    yield panel
    _give_back(holder)


@contextmanager
def unseen_window(file: str, size: tuple[int, int] | None, look: str) -> Iterator[MainWindow]:
    """The window as it opens on a file or a built-in scenario, with settings of its own. Raises ScenarioError."""
    from rnnviz.ui.main_window import MainWindow

    width, height = size or WINDOW_SIZE
    if width < SMALLEST_WINDOW[0] or height < SMALLEST_WINDOW[1]:
        raise ScenarioError("the window is at least {}x{} pixels".format(*SMALLEST_WINDOW))
    with TemporaryDirectory() as folder:
        _choose(look)
        holder = _holder()
        window = MainWindow(Session(), Settings(str(Path(folder) / "settings.ini")), holder)
        window.resize(width, height)
        holder.show()
        window.begin(file)
        settle()
        yield window
        window.session.mark_saved("")  # nobody is there to be asked
        window.close()
        _give_back(holder)


def _holder() -> QWidget:
    """What stands in it is as large as it is told to be, which a window of its own need not be."""
    holder = QWidget()
    holder.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    return holder


def _give_back(holder: QWidget) -> None:
    holder.close()
    holder.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _choose(look: str) -> None:
    switch = theme.switch()
    if (switch.choice, switch.text_scale) != (look, 1.0):
        switch.choose(look, 1.0)


def settle() -> None:
    """Lay out and draw all that waits for that."""
    for _ in range(3):
        QApplication.sendPostedEvents()
        QApplication.processEvents()
