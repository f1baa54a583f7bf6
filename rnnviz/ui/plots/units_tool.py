"""One unit or all of them: the plot's own choice by their number, until a person makes one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from rnnviz.ui.panel import Panel
from rnnviz.ui.plots.few import FEW


class UnitsTool(QToolButton):
    """A switch in the panel's header between the opened unit and all units, there only where there are several."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._choice: bool | None = None
        self._panel = panel
        self._shows_one = True
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._choose)
        panel.add_tool(self)
        self.hide()

    def shows_one(self, units: int, unit: int) -> bool:
        """Whether to draw the opened unit alone; the switch says what the other choice would be."""
        self._shows_one = units == 1 or (units <= FEW if self._choice is None else self._choice)
        self.setVisible(units > 1)
        self.setText(self.tr("all units") if self._shows_one else self.tr("unit {unit}").format(unit=unit))
        tip = self.tr("Show all units") if self._shows_one else self.tr("Show unit {unit} alone").format(unit=unit)
        self.setToolTip(tip)
        self.setAccessibleName(f"{self._panel.translated(self._panel.title)}: {tip}")
        return self._shows_one

    def _choose(self) -> None:
        self._choice = not self._shows_one
        self._panel.redraw()
