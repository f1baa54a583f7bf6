"""Bringing in a model: the file is read in a worker process, what it does not say is asked, the network is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from rnnviz.interop.formats import FORMATS, SUFFIXES
from rnnviz.interop.vocabulary_file import read_vocabulary
from rnnviz.jobs import Worker
from rnnviz.jobs.importing import Outcome, import_job
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.tokens import with_vocabulary
from rnnviz.session.edit_error import EditError
from rnnviz.ui.import_cards import PartCard, QuestionCard, ReportCard

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow

_EVERY_MS = 33
_SAID_AFTER_MS = 300  # what takes no longer needs no word


def is_model(path: str) -> bool:
    """Whether a file is called as models are."""
    return path.lower().endswith(SUFFIXES)


class Importing(QObject):
    """One import at a time; a new one takes the place of the one before."""

    failed = Signal(str)
    busy = Signal(str)  # what is being done, said only where it takes a while
    done = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._worker = Worker()
        self._path = ""
        self._hints: dict[str, str] = {}
        self._clock = QTimer(self, interval=_EVERY_MS)
        self._clock.timeout.connect(self._look)
        self._patience = QTimer(self, interval=_SAID_AFTER_MS, singleShot=True)
        self._patience.timeout.connect(self._say)

    def ask_and_import(self) -> None:
        title, folder = self.tr("Import a model"), self._window.documents.folder()
        path, _ = QFileDialog.getOpenFileName(self._window, title, folder, self._filters())
        if path:
            self.import_path(path)

    def import_path(self, path: str) -> None:
        self._begin(path, {})

    def ask_for_vocabulary(self) -> None:
        """Read the tokens of the open network from a file: one edit."""
        snapshot = self._window.session.snapshot
        title, folder = self.tr("The vocabulary of this network"), self._window.documents.folder()
        filters = self.tr("Vocabularies (*.json *.txt);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self._window, title, folder, filters)
        if not path or snapshot is None:
            return
        try:
            scenario = with_vocabulary(snapshot.scenario, read_vocabulary(path))
            self._window.session.edit(self.tr("Read the vocabulary in {0}").format(Path(path).name), scenario)
        except (ScenarioError, EditError) as error:
            self.failed.emit(self.tr("No vocabulary was read. {0}").format(error))

    def show_report(self) -> None:
        """What was read and how well it is proven, of the open network."""
        snapshot = self._window.session.snapshot
        if snapshot is not None and snapshot.scenario.imported is not None:
            ReportCard(snapshot.scenario, self._window).open()

    def cancel(self) -> None:
        self._stop()

    def close(self) -> None:
        """End the work, and wait for its process."""
        self._stop()
        self._worker.close()

    @property
    def is_busy(self) -> bool:
        return self._worker.is_busy

    def _begin(self, path: str, hints: dict[str, str]) -> None:
        self._path, self._hints = path, hints
        self._worker.start(import_job(path, hints), 0)
        self._clock.start()
        self._patience.start()

    def _stop(self) -> None:
        self._worker.cancel()
        self._clock.stop()
        self._patience.stop()
        self.done.emit()

    def _say(self) -> None:
        self.busy.emit(self.tr("Reading {0}…").format(Path(self._path).name))

    def _look(self) -> None:
        for batch in self._worker.poll():
            outcomes = [result for result in batch.results if isinstance(result, Outcome)]
            if outcomes or batch.ended:
                self._stop()
                self._take(outcomes[0] if outcomes else Outcome(problem=f"{self._path}: {batch.error}"))
                return

    def _take(self, outcome: Outcome) -> None:
        if outcome.questions:
            card = QuestionCard(Path(self._path).name, outcome.questions, self._window)
            card.answered.connect(self._answered)
            card.open()
        elif outcome.offers_part and "part" not in self._hints:
            card = PartCard(outcome.problem, self._window)
            card.accepted.connect(self._take_part)
            card.open()
        elif outcome.problem:
            untouched = self.tr("Your open document is unchanged.") if self._window.session.snapshot else ""
            self.failed.emit(f"{self.tr('Could not import')} {outcome.problem}. {untouched}".strip())
        else:
            scenario = outcome.opened()
            assert scenario is not None, "an outcome is one of three"
            self._window.documents.open_scenario(scenario, self._path)

    def _answered(self, answers: dict[str, str]) -> None:
        self._begin(self._path, {**self._hints, **answers})

    def _take_part(self) -> None:
        self._begin(self._path, {**self._hints, "part": "recurrent"})

    def _filters(self) -> str:
        every = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        titles = {suffix: format_.title for format_ in reversed(FORMATS) for suffix in format_.suffixes}
        single = (f"{titles[suffix]} (*{suffix})" for suffix in SUFFIXES)
        return ";;".join((self.tr("Models ({0})").format(every), *single, self.tr("All files (*)")))
