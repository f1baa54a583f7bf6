"""Takes the pictures of a film, one for each snapshot, into a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from rnnviz.scenario.errors import ScenarioError
from rnnviz.session.session import Session
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import picture
from rnnviz.ui.export.still import still
from rnnviz.ui.panel import Panel

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow

Shoot = Callable[[Snapshot], QImage]
_QUALITY = 80  # of a PNG that lives for seconds: quick rather than small


def of_shown(shown: Panel | MainWindow, session: Session, scale: int) -> Shoot:
    """Of what is on the screen. Nobody sees it move: it shows what it showed before when Qt next paints."""

    def shoot(snapshot: Snapshot) -> QImage:
        with session.showing(snapshot), still(shown):
            return picture.image(shown, scale)

    return shoot


def of_unseen(panel: Panel, scale: int) -> Shoot:
    """Of a panel without a window."""

    def shoot(snapshot: Snapshot) -> QImage:
        panel.redraw(snapshot)
        with still(panel):
            return picture.image(panel, scale)

    return shoot


def take(shoot: Shoot, snapshots: Iterable[Snapshot], folder: Path) -> Iterator[Path]:
    """Each picture's file, when it is written. Raises ScenarioError where the size changes on the way, and OSError."""
    size = None
    for number, snapshot in enumerate(snapshots):
        image = shoot(snapshot)
        if size is not None and image.size() != size:
            raise ScenarioError("the size of what is filmed has changed; the film was not written")
        size = image.size()
        path = folder / f"{number:05}.png"
        if not image.save(str(path), "PNG", _QUALITY):
            raise OSError(None, "there is no room for its pictures", str(folder))
        yield path
