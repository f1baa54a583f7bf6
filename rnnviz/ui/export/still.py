"""Panels and the window as they are put into a picture: complete, still, and as if nobody touched them.

So the command line, which has neither mouse nor focus, makes the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rnnviz.ui import picture
from rnnviz.ui.export.film_progress import FilmProgress
from rnnviz.ui.panel import Panel

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow


@contextmanager
def still(shown: Panel | MainWindow) -> Iterator[None]:
    """Of a window, all of its panels. What was under the mouse or had the focus has it again afterwards."""
    progress = shown.findChild(FilmProgress)
    panels = [shown] if isinstance(shown, Panel) else shown.shown_panels()
    with picture.untouched(shown), ExitStack() as stack:
        for panel in panels:
            stack.enter_context(panel.posed())
        if progress is not None and not progress.isHidden():
            progress.hide()
            stack.callback(progress.show)
        yield
