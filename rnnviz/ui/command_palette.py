"""Ctrl+K: every action by name, found by a few of its letters."""

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from rnnviz.ui.actions import key_text
from rnnviz.ui.finder import Finder, Item
from rnnviz.ui.panel import Panel


class CommandPalette(Finder):
    def __init__(self, actions: Sequence[QAction], window: QWidget) -> None:
        items = [
            Item(action.text().partition("\t")[0].replace("&", ""), action, key_text(action), action.icon())
            for action in actions
            if action.isEnabled()
        ]
        super().__init__(self.tr("Find any action"), items, window)
        self.chosen.connect(self._run)

    def _run(self, action: QAction) -> None:
        action.trigger()
        panel = QApplication.focusWidget()
        if isinstance(panel, Panel):
            panel.has_just_come = False  # no digit has led here: digits edit
