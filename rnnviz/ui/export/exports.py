"""What goes out of the window: a panel, the window, a film, the trace, the table of the opened cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from rnnviz.scenario import step_table, write_trace
from rnnviz.scenario.errors import ScenarioError
from rnnviz.session.shots import shots
from rnnviz.ui import kinds, panel_menu, picture
from rnnviz.ui.export import camera, where
from rnnviz.ui.export.film_card import FilmCard, FilmWish
from rnnviz.ui.export.film_progress import FilmProgress
from rnnviz.ui.export.filming import Filming, Order
from rnnviz.ui.export.still import still

if TYPE_CHECKING:
    from rnnviz.session.snapshot import Snapshot
    from rnnviz.ui.main_window import MainWindow
    from rnnviz.ui.panel import Panel

_SCALES = {"png 1x": 1}


class Exports(QObject):
    """Says `failed` or `done` with one line for the message bar."""

    failed = Signal(str)
    done = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.progress = FilmProgress(window)
        self.filming = Filming(self)
        self.progress.cancelled.connect(self.cancel_film)
        self.filming.progressed.connect(self.progress.show_share)
        self.filming.ended.connect(self.progress.hide)
        self.filming.failed.connect(self.failed)
        self.filming.done.connect(self._say_done)

    # --- pictures ---------------------------------------------------------------------------------------------------

    def panel(self) -> None:
        """The panel in use, else the first that is shown."""
        panel = self._window.current_panel() or next(iter(self._window.shown_panels()), None)
        if panel is not None:
            self.panel_as(panel)

    def panel_as(self, panel: Panel, kind: str = "") -> None:
        offered = dict(kinds.PANEL) if panel.cells() is not None else dict(kinds.PICTURES)
        title = self.tr("Export {panel}").format(panel=panel.translated(panel.title))
        asked = self._ask(where.Question("panel", title, f"{self._name()}-{panel.name}", offered, kind))
        if asked is not None:
            path, chosen = asked
            self._try(path, lambda: panel_menu.write(panel, path, _SCALES.get(chosen, 2)))

    def window(self) -> None:
        """Without the message bar, whose last message may be about another picture."""
        self._window.message_bar.clear()
        asked = self._ask(where.Question("window", self.tr("Export the window"), self._name(), kinds.PICTURES))
        if asked is not None:
            path, chosen = asked
            QApplication.sendPostedEvents()
            self._try(path, lambda: self._write_window(path, _SCALES.get(chosen, 2)))

    def _write_window(self, path: str, scale: int) -> None:
        with still(self._window):
            picture.write(self._window, path, scale=scale)

    # --- numbers ----------------------------------------------------------------------------------------------------

    def trace(self) -> None:
        snapshot = self._window.session.snapshot
        name = f"{self._name()}-trace"
        asked = self._ask(where.Question("trace", self.tr("Export every number of the run"), name, kinds.TRACE))
        if asked is not None and snapshot is not None:
            path = asked[0]
            self._try(path, lambda: write_trace.write(snapshot.trace, Path(path)))

    def table(self) -> None:
        """Every quantity of the opened cell at each step, of the sequence one looks at."""
        snapshot = self._window.session.snapshot
        title, name = self.tr("Export the table of the steps"), f"{self._name()}-steps"
        asked = self._ask(where.Question("table", title, name, kinds.TABLE))
        if asked is not None and snapshot is not None:
            path = asked[0]
            self._try(path, lambda: _write_table(snapshot, Path(path)))

    # --- film -------------------------------------------------------------------------------------------------------

    def film(self) -> None:
        self._window.player.stop()
        self._window.message_bar.clear()
        QApplication.sendPostedEvents()
        panel = self._window.current_panel() or next(iter(self._window.shown_panels()), None)
        card = FilmCard(self._window, panel)
        card.wished.connect(self._make_film)
        card.open()

    def _make_film(self, wish: FilmWish) -> None:
        session = self._window.session
        asked = self._ask(where.Question("film", self.tr("Export a film"), f"{self._name()}-film", kinds.FILM))
        if asked is None or session.snapshot is None:
            return
        shoot = camera.of_shown(wish.of, session, wish.scale)
        snapshots = shots(session.snapshot, wish.over, wish.numbers)
        self.filming.start(Order(shoot, snapshots, len(wish.numbers), Path(asked[0]), wish.fps, wish.loops))

    def cancel_film(self) -> None:
        if self.filming.is_busy:
            self.filming.cancel()
            self.done.emit(self.tr("The film was cancelled; nothing is left of it."))

    def close(self) -> None:
        self.filming.close()

    # --- common to all ----------------------------------------------------------------------------------------------

    def _ask(self, question: where.Question) -> tuple[str, str] | None:
        return where.ask(self._window, self._window.settings, self._window.documents.folder(), question)

    def _name(self) -> str:
        snapshot = self._window.session.snapshot
        return (snapshot.scenario.name if snapshot is not None else "") or "rnnviz"

    def _try(self, path: str, write: object) -> None:
        assert callable(write)
        try:
            write()
        except ScenarioError as error:
            self.failed.emit(self.tr("{0} was not written: {1}.").format(path, error))
        except OSError as error:
            text = self.tr("{0} could not be written: {1}. Choose another place.")
            self.failed.emit(text.format(path, error.strerror or error))
        else:
            self._say_done(path)

    def _say_done(self, path: str) -> None:
        self.done.emit(self.tr("Written to {0}").format(path))


def _write_table(snapshot: Snapshot, path: Path) -> None:
    layer = snapshot.opened_layer or snapshot.scenario.network.layers[-1].name
    table = step_table.step_table(snapshot.scenario, snapshot.trace, layer, snapshot.cursor.sequence)
    step_table.write(table, path)
