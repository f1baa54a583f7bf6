"""A button in a panel's header that stops its long work, and lets it go on; there only while there is some."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from rnnviz.ui.panel import Panel


class StopTool(QToolButton):
    """`isChecked()` while work is stopped: other numbers are another piece of work, and begin anew."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._title = panel.translated(panel.title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        panel.add_tool(self)
        self.toggled.connect(self._say)
        self._say(False)
        self.hide()

    def offer(self, is_long: bool) -> None:
        """Show it while there is something to stop."""
        self.setVisible(is_long)
        if not is_long:
            self.setChecked(False)

    def _say(self, is_stopped: bool) -> None:
        self.setText(self.tr("go on") if is_stopped else self.tr("stop"))
        tip = self.tr("Begin again with what was stopped") if is_stopped else self.tr("Stop working it out")
        self.setToolTip(tip)
        self.setAccessibleName(f"{self._title}: {tip}")
