"""How well an imported network is proven, in a few words on the status line; a click says all of it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from rnnviz.interop.in_words import proof_in_words
from rnnviz.scenario.types import Imported
from rnnviz.ui import icons, numbers, theme


class ImportBadge(QToolButton):
    """Nothing where the network is not an imported one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import-badge")
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._shown: Imported | None = None
        self.hide()

    def draw(self, imported: Imported | None) -> None:
        if imported is self._shown:
            return
        self._shown = imported
        self.setVisible(imported is not None)
        if imported is None:
            return
        sentence = proof_in_words(imported)
        self.setText(self._in_short(imported))
        self.setToolTip(sentence)
        self.setAccessibleName(sentence)
        self.restyle()

    def restyle(self) -> None:
        self.setFont(theme.sans(theme.SMALL))
        self.setIconSize(QSize(theme.px(13), theme.px(13)))
        if self._shown is not None:
            colours = theme.current()
            is_good = self._shown.is_proven and not self._shown.edited
            colour = colours.accent if is_good else colours.error if self._shown.is_refuted else colours.muted
            self.setIcon(icons.icon("check" if is_good else "warning", colour))

    def _in_short(self, imported: Imported) -> str:
        """ "import proven, within 4.2e−7"."""
        if not imported.samples:
            said = self.tr("import not proven")
        elif imported.difference is None:
            said = self.tr("import not the same")
        else:
            said = self.tr("import proven, within {0}") if imported.is_proven else self.tr("import differs by {0}")
            said = said.format(numbers.text(imported.difference, 2))
        return self.tr("{0}, edited since").format(said) if imported.edited else said
