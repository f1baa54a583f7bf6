"""Opening and saving: the unsaved question, files changed by others, errors that leave the open document as it is."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from rnnviz import fast
from rnnviz.engine.errors import EngineError
from rnnviz.scenario import builtin, read, write
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario, View
from rnnviz.session.edit_error import EditError
from rnnviz.session.session import Session
from rnnviz.ui import questions
from rnnviz.ui.settings import Settings

SUFFIX = ".rnnviz"


@contextmanager
def _waiting() -> Iterator[None]:
    """The pointer says that a large network takes its time."""
    QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QGuiApplication.restoreOverrideCursor()


class Documents(QObject):
    """Says `failed` with one line for the message bar; `opened` and `saved` after success."""

    failed = Signal(str)
    opened = Signal()
    saved = Signal(str)

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._settings, self._window = session, settings, window
        self._digest = b""  # of the file as it was opened or saved

    # --- open -------------------------------------------------------------------------------------------------------

    def ask_and_open(self) -> bool:
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open"), self.folder(), self._filter())
        return bool(path) and self.open_path(path)

    def open_path(self, path_or_name: str) -> bool:
        """Open a file, or a built-in scenario by its name. False when that failed or was cancelled."""
        if path_or_name in builtin.names() and not Path(path_or_name).exists():
            return self.open_builtin(path_or_name)
        path = str(Path(path_or_name).absolute())
        digest = _digest(path)
        if not self._open(path_or_name, lambda: read.load(path), path):
            return False
        self._digest = digest
        self._settings.add_recent(path)
        return True

    def open_builtin(self, name: str) -> bool:
        """A built-in scenario has no path: saving it asks where to."""
        return self._open(name, lambda: builtin.load(name), None)

    def open_scenario(self, scenario: Scenario, shown: str) -> bool:
        """Open one that is in no scenario file yet, such as an imported network; saving it asks where to."""
        return self._open(shown, lambda: scenario, None)

    def _open(self, shown: str, load: Callable[[], Scenario], path: str | None) -> bool:
        try:
            scenario = load()
        except (ScenarioError, EngineError) as error:
            self._say_failed(shown, str(error))
            return False
        if not self.may_leave():
            return False
        fast.take_up()
        try:
            with _waiting():
                self._session.open(scenario, path)
            if scenario.view == View() and len(scenario.inputs):
                self._session.seek(1)  # a file that does not say where to begin: where there are numbers
        except (ScenarioError, EngineError, EditError) as error:
            self._say_failed(shown, str(error))
            return False
        self._digest = b""
        self.opened.emit()
        return True

    def _say_failed(self, shown: str, why: str) -> None:
        untouched = self.tr("Your open document is unchanged.") if self._session.snapshot else ""
        said = why if shown in why else f"{shown}: {why}"
        self.failed.emit(f"{self.tr('Could not open')} {said}. {untouched}".strip())

    # --- save -------------------------------------------------------------------------------------------------------

    def save(self) -> bool:
        """False when it was cancelled or failed."""
        snapshot = self._session.snapshot
        if snapshot is None:
            return False
        if snapshot.path is None:
            return self.save_as()
        if self._was_changed_by_another(snapshot.path):
            answer = questions.about_changed_file(self._window, snapshot.path)
            if answer != "overwrite":
                return answer == "elsewhere" and self.save_as()
        return self._save_to(snapshot.path)

    def save_as(self) -> bool:
        snapshot = self._session.snapshot
        if snapshot is None:
            return False
        proposed = snapshot.path or str(Path(self.folder()) / f"{snapshot.scenario.name or 'scenario'}{SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save as"), proposed, self._filter())
        if not path:
            return False
        return self._save_to(path if Path(path).suffix else path + SUFFIX)

    def _save_to(self, path: str) -> bool:
        snapshot = self._session.snapshot
        assert snapshot is not None, "save and save_as have looked"
        try:
            write.save(snapshot.document, path)
        except ScenarioError as error:
            text = self.tr("Could not save {0}. Your document is still open and unsaved: save it under another name.")
            self.failed.emit(text.format(error))
            return False
        self._digest = _digest(path)
        self._session.mark_saved(path)
        self._settings.add_recent(path)
        self.saved.emit(path)
        return True

    def may_leave(self) -> bool:
        """Asks about training under way and unsaved changes; False when the person wants to stay."""
        if self._session.is_busy:
            if not questions.about_training(self._window):
                return False
            self._session.cancel_job()
        snapshot = self._session.snapshot
        if snapshot is None or not snapshot.is_modified:
            return True
        answer = questions.about_unsaved(self._window, title_of(snapshot.scenario))
        return answer == "discard" or (answer == "save" and self.save())

    def _was_changed_by_another(self, path: str) -> bool:
        now = _digest(path)
        return bool(now) and now != self._digest

    def folder(self) -> str:
        """Where a file dialog begins."""
        snapshot = self._session.snapshot
        if snapshot is not None and snapshot.path:
            return str(Path(snapshot.path).parent)
        recent = self._settings.recent
        return str(Path(recent[0]).parent) if recent else str(Path.cwd())

    def _filter(self) -> str:
        return self.tr("Scenarios (*{0});;All files (*)").format(SUFFIX)


def title_of(scenario: Scenario) -> str:
    return scenario.title or scenario.name


def _digest(path: str) -> bytes:
    """Of the content of a file; empty when it can't be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).digest()
    except (OSError, ValueError):
        return b""
