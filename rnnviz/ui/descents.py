"""Actions on descents from anywhere in the window: running them brings up the panel, playing leaves all as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication, Qt

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow
    from rnnviz.ui.panels.descent import DescentPanel

NAME = "descent"


class Descents:
    """What the table of actions calls."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def run_or_stop(self) -> None:
        snapshot = self._window.session.snapshot
        if snapshot is not None and snapshot.scenario.surface is None:
            text = (
                "Descents are drawn on the loss surface, and there is none yet: draw that first (View, Loss surface)."
            )
            self._window.message_bar.show_note(QCoreApplication.translate("descent", text))
            return
        panel = cast("DescentPanel", self._window.bring_up(NAME))
        panel.run_or_stop()
        panel.setFocus(Qt.FocusReason.ShortcutFocusReason)  # its keys step through what runs now

    def forward(self) -> None:
        self._panel().player.move(1)

    def back(self) -> None:
        self._panel().player.move(-1)

    def play(self) -> None:
        self._panel().player.toggle()

    def _panel(self) -> DescentPanel:
        return cast("DescentPanel", self._window.workspace.panels[NAME])
