"""Linear or logarithmic: the plot's own choice by its values, until a person makes one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from rnnviz.ui.panel import Panel
from rnnviz.ui.plots import scale
from rnnviz.ui.plots.scale import Scale

Values = Sequence[NDArray[np.float64]]


class LogTool(QToolButton):
    """A switch in the panel's header, there only where values span decades."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.choice: bool | None = None  # None: as the values suggest
        self._panel = panel
        self.setText(self.tr("log"))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(self.tr("Logarithmic axis for values that span decades"))
        self.setAccessibleName(self.tr("Logarithmic axis in {panel}").format(panel=panel.translated(panel.title)))
        self.clicked.connect(self._choose)
        panel.add_tool(self)
        self.hide()

    def scale(self, values: Values, of: str = "") -> Scale:
        """The scale for these values; the switch shows which kind it is.

        of : what they are values of, where a panel has several scales; panels side by side share each of them
        """
        values = self._panel.shared(values, of)
        is_log = scale.suits_log(values) if self.choice is None else self.choice
        is_log = self.offer(values) and is_log
        self.setChecked(is_log)
        low, high = scale.finite_range(values)
        if not is_log:
            return scale.linear(low, high)
        return scale.logarithmic(scale.least_positive(values), high)

    def offer(self, values: Values) -> bool:
        """Show the switch where a log axis makes sense."""
        makes_sense = scale.spans_decades(values)
        self.setVisible(makes_sense)
        self.setChecked(self.isChecked() and makes_sense)
        return makes_sense

    def _choose(self, is_log: bool) -> None:
        self.choice = is_log
        self._panel.redraw()
