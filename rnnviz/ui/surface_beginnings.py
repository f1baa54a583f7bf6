"""A loss surface panel without a surface: one sentence that says why, and the button that leads to one."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_surface import with_first_surface

if TYPE_CHECKING:
    from rnnviz.ui.panels.loss_surface import LossSurfacePanel


class Beginnings(QObject):
    """What cannot be done is said in the panel's second line."""

    def __init__(self, panel: LossSurfacePanel) -> None:
        super().__init__(panel)
        self._panel = panel

    def show_first(self) -> None:
        sentence = self.tr("The loss over two weights, or two directions, as a map.")
        self._panel.show_empty(sentence, self.tr("Draw the loss surface"), self.draw_first)

    def show_problem(self, why: str, *, wants_path: bool) -> None:
        """wants_path : only training is missing"""
        panel, snapshot = self._panel, self._panel.session.snapshot
        if not wants_path or snapshot is None:
            panel.show_empty(self.tr("There is no surface to show: {why}.").format(why=why))
        elif panel.session.is_busy:
            panel.show_empty(self.tr("Its axes are the main directions of the training path: it comes after training."))
        else:
            sentence = self.tr("Its axes are the main directions of a training path, and there is none yet.")
            button = self.tr("Train") if snapshot.scenario.training is not None else ""
            panel.show_empty(sentence, button, self._train)

    def draw_first(self) -> None:
        """Axes that suit the network, as one edit."""
        snapshot = self._panel.session.snapshot
        if snapshot is None:
            return
        try:
            scenario = with_first_surface(snapshot.scenario, snapshot.trace)
        except EditError as error:
            self._panel.set_subtitle(str(error))
        else:
            self.edit(self.tr("Draw the loss surface"), scenario)

    def edit(self, label: str, scenario: Scenario, merge: Hashable | None = None) -> None:
        try:
            self._panel.session.edit(label, scenario, merge=merge)
        except EditError as error:
            self._panel.set_subtitle(str(error))

    def _train(self) -> None:
        try:
            self._panel.session.start_training()
        except EditError as error:
            self._panel.set_subtitle(str(error))
