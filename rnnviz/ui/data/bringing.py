"""Bringing in data: by the menu, by dropping a file, by pasting a table; then the card decides with the person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from rnnviz.interop.data import DataError, open_text
from rnnviz.interop.data.source import SUFFIXES, Format
from rnnviz.jobs.reading import Found
from rnnviz.session.edit_error import EditError
from rnnviz.ui.data.card import DataCard
from rnnviz.ui.data.reader import Reader
from rnnviz.ui.data.state import State

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow


class Bringing(QObject):
    """One card at a time. The open document stays as it is until the person says what to do."""

    failed = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._card: DataCard | None = None
        self._path = ""
        self._text = ""
        self._reader = Reader(self)
        self._reader.found.connect(self._found)
        self._reader.progressed.connect(self._progressed)

    @property
    def card(self) -> DataCard | None:
        """The card that is open, if there is one."""
        return self._card if self._card is not None and isValid(self._card) and not self._card.isHidden() else None

    def ask_and_import(self) -> None:
        self._ask(is_new=False)

    def ask_for_new(self) -> None:
        """A new network for the data of a file."""
        self._ask(is_new=True)

    def import_path(self, path: str, is_new: bool = False) -> None:
        self._path, self._text = path, ""
        self._open(Path(path).name, is_new)
        self._reader.read(path, Format())

    def paste(self) -> None:
        """A table from the clipboard, as spreadsheets put it there."""
        self._path, self._text = "", QGuiApplication.clipboard().text()
        if not self._text.strip():
            self.failed.emit(self.tr("There is no text on the clipboard: copy a table in a spreadsheet first."))
            return
        self._open(self.tr("pasted table"), is_new=False)
        self._read_pasted(Format())

    def close(self) -> None:
        """End the work, and wait for its process."""
        self._reader.close()

    def _ask(self, is_new: bool) -> None:
        title = self.tr("New network for data") if is_new else self.tr("Import data")
        every = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        filters = ";;".join(
            (
                self.tr("Data ({0})").format(every),
                self.tr("Tables (*.csv *.tsv)"),
                self.tr("Arrays (*.npy *.npz)"),
                self.tr("Texts (*.txt)"),
                self.tr("Pictures (*.png)"),
                self.tr("All files (*)"),
            )
        )
        path, _ = QFileDialog.getOpenFileName(self._window, title, self._window.documents.folder(), filters)
        if path:
            self.import_path(path, is_new)

    def _open(self, name: str, is_new: bool) -> None:
        if self.card is not None:
            self.card.close()
        snapshot = self._window.session.snapshot
        scenario = snapshot.scenario if snapshot is not None else None
        card = DataCard(name, State(scenario=scenario, is_new=is_new or scenario is None), self._window)
        card.accepted.connect(self._accepted)
        card.reread.connect(self._read_again)
        card.destroyed.connect(self._reader.cancel)
        self._card = card
        card.open()

    def _read_again(self, how: Format) -> None:
        if self._path:
            self._reader.read(self._path, how)
        else:
            self._read_pasted(how)

    def _read_pasted(self, how: Format) -> None:
        try:
            self._found(Found(open_text(self._text, self.tr("pasted table"), how)))
        except DataError as error:
            self._found(Found(problem=str(error)))

    def _found(self, found: Found) -> None:
        if self.card is not None:
            self.card.show_found(found)

    def _progressed(self, share: float) -> None:
        if self.card is not None:
            self.card.show_progress(share)

    def _accepted(self, state: State) -> None:
        card = self.card
        if card is None or state.found is None or state.made is None:
            return
        if state.is_new:
            if self._window.documents.open_scenario(state.made, state.found.source):
                card.close()
            return
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)  # thousands of sequences take a while to run
        try:
            self._window.session.set_data(state.found)
        except EditError as error:
            card.refuse(str(error))
            return
        finally:
            QGuiApplication.restoreOverrideCursor()
        card.close()
        self._window.setFocus()
