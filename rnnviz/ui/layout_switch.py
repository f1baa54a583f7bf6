"""The layouts by name in the top bar, the one in use in the accent colour: "Step · Train"."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from rnnviz.ui import theme
from rnnviz.ui.layouts import TITLES


class LayoutSwitch(QWidget):
    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: tuple[tuple[str, ...], str] = ((), "")
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for name, title in TITLES.items():
            text = QCoreApplication.translate("layouts", title)
            button = self.buttons[name] = QPushButton(text, self)
            button.setObjectName("layout-name")
            button.setFlat(True)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(self.tr("Layout {0}").format(text))
            button.clicked.connect(lambda _, name=name: self._choose(name))
            row.addWidget(button)
        self.restyle()

    def show_layouts(self, offered: Sequence[str], current: str) -> None:
        if (tuple(offered), current) == self._shown:
            return
        self._shown = (tuple(offered), current)
        for name, button in self.buttons.items():
            button.setVisible(name in offered)
            button.setChecked(name == current)

    def restyle(self) -> None:
        for button in self.buttons.values():
            button.setFont(theme.sans(theme.SMALL))

    def _choose(self, name: str) -> None:
        self.buttons[name].setChecked(name == self._shown[1])  # the window says which one is in use
        self.chosen.emit(name)
