"""Begins and ends a comparison: asks what with, opens it beside the document, and gives the window back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from rnnviz.engine.errors import EngineError
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario
from rnnviz.session import Change, EditError, Session, Snapshot
from rnnviz.session.side_by_side import SideBySide
from rnnviz.ui.panel import Panel

if TYPE_CHECKING:
    from rnnviz.ui.compare.choices import Choice
    from rnnviz.ui.compare.view import CompareView


class Comparing(QObject):
    """`view` is made at the first comparison and kept, so that no widget ends while something still draws it.

    begun : show `view`; ended : show what was there before; stepped : B has moved; failed : one line for the person
    """

    begun = Signal()
    ended = Signal()
    stepped = Signal()
    failed = Signal(str)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.sessions = SideBySide(session, self._second_changed)
        self.view: CompareView | None = None

    @property
    def is_open(self) -> bool:
        return self.sessions.is_open

    # --- begin and end ----------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        if self.is_open:
            self.leave()
        else:
            self.ask()

    def ask(self) -> None:
        """Ask what to compare with."""
        from rnnviz.ui.compare.choices import Choice
        from rnnviz.ui.compare.chooser import Chooser

        file = Choice(self.tr("A file…"), self.tr("another scenario"), self._ask_for_file)
        chooser = Chooser(self._session, file, self._window)
        chooser.chosen.connect(self.open)
        chooser.open()

    def open_wanted(self) -> None:
        """Compare with what the scenario wants to be compared with; ask where it says nothing."""
        from rnnviz.ui.compare.choices import wanted_by

        choice = wanted_by(self._session)
        if choice is None:
            self.ask()
        else:
            self.open(choice)

    def open(self, choice: Choice) -> None:
        try:
            scenario = choice.load()
            if scenario is None:
                return
            self._make_view()
            self.sessions.open(scenario)
        except (ScenarioError, EngineError, EditError) as error:
            text = self.tr("Could not compare with “{0}”: {1}. Your document is unchanged.")
            self.failed.emit(text.format(choice.title, error))
            return
        assert self.view is not None
        title = choice.title if choice.name != scenario.name else scenario.title or scenario.name
        self.view.begin(title, choice.what)
        self._present_first(~Change(0))
        if self.sessions.second.snapshot is not None:
            self.view.present(1, self.sessions.second.snapshot, ~Change(0))
        self.begun.emit()

    def leave(self) -> None:
        if self.is_open:
            self.sessions.close()
            assert self.view is not None
            self.view.leave()
            self.ended.emit()

    def close(self) -> None:
        """Before the window goes."""
        self.sessions.close()

    def _make_view(self) -> None:
        if self.view is None:
            from rnnviz.ui.compare.view import CompareView

            self.view = CompareView(self.sessions, self._window)
            self.view.heads[1].change_asked.connect(self.ask)
            self.view.heads[1].close_asked.connect(self.leave)

    def _ask_for_file(self) -> Scenario | None:
        from rnnviz.scenario import read

        title, kinds = self.tr("Compare with"), self.tr("Scenarios (*.rnnviz);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self._window, title, "", kinds)
        return read.load(path) if path else None

    # --- while it is open -------------------------------------------------------------------------------------------

    def follow(self, change: Change) -> None:
        """The document has changed, or where one looks in it."""
        self.sessions.follow(change)
        if self.is_open:
            self._present_first(change)

    def _present_first(self, change: Change) -> None:
        snapshot = self._session.snapshot
        if self.view is None or snapshot is None:
            return
        if change & Change.SCENARIO:
            number = snapshot.training.cursor if snapshot.training is not None else None
            what = "" if number is None else self.tr("at iterate {0}").format(number)
            self.view.heads[0].show_name(snapshot.scenario.title or snapshot.scenario.name, what)
        self.view.present(0, snapshot, change)

    def _second_changed(self, snapshot: Snapshot, change: Change) -> None:
        if self.view is not None and self.is_open:
            self.view.present(1, snapshot, change)
            self.stepped.emit()

    def shown(self) -> list[Panel]:
        return self.view.shown_panels() if self.view is not None else []
