"""A button in a panel's header that opens the derivative of the loss by the weight that is followed."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from rnnviz.engine.trace import GradientAddress
from rnnviz.session.gradient_place import followed_weight
from rnnviz.ui.panel import Panel


class DerivativeTool(QToolButton):
    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel = panel
        self.setText("∂L/∂w")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tip = self.tr("Open the derivative of the loss by the selected weight, as the sum over steps")
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.clicked.connect(self._open)
        panel.add_tool(self)

    def _open(self) -> None:
        snapshot = self._panel.session.snapshot
        weight = followed_weight(snapshot) if snapshot is not None else None
        if weight is not None:
            self._panel.session.select(GradientAddress(weight))
