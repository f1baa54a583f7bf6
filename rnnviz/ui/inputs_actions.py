"""What one can do with the steps of the inputs, as actions of the window: the marked ones, or the one looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow
    from rnnviz.ui.panels.inputs import InputsPanel


class InputsActions:
    """While the inputs panel has the keys, its marked steps; else the step that one looks at."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def insert(self) -> None:
        self._table().insert()

    def delete(self) -> None:
        self._table().delete()

    def move(self, where: str) -> None:
        table = self._table()
        table.move_up() if where == "up" else table.move_down()

    def copy(self) -> None:
        self._table().copy()

    def paste(self) -> None:
        self._table().paste()

    def feed(self) -> None:
        self._table().feed_next.open()

    def _table(self) -> InputsPanel:
        """The inputs panel, brought into view, its keyboard cursor on the step in question."""
        workspace, snapshot = self._window.workspace, self._window.session.snapshot
        had_keys = workspace.panels["inputs"].hasFocus()
        panel = cast("InputsPanel", self._window.bring_up("inputs"))
        if snapshot is not None and not had_keys:
            panel.stand_at(max(snapshot.cursor.step, 1))
        return panel
