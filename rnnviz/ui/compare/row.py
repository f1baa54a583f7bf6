"""Two panels of one kind side by side, on one time axis and one scale."""

from collections.abc import Callable, Sequence
from itertools import permutations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from rnnviz.session import Change, Session, Snapshot
from rnnviz.ui import theme
from rnnviz.ui.card import Card
from rnnviz.ui.compare.beside import Beside
from rnnviz.ui.panel import Panel
from rnnviz.ui.panel_overlay import EmptyState
from rnnviz.ui.plots.tabs import Tabs
from rnnviz.ui.plots.units_tool import UnitsTool
from rnnviz.ui.surface_view import SurfaceView


class Row(QWidget):
    """One panel for each session; where a network has nothing to show in it, a sentence says so."""

    maximise_asked = Signal()
    export_asked = Signal(object, str)
    close_asked = Signal()

    def __init__(
        self, kind: type[Panel], sessions: Sequence[Session], seek: Callable[[int], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self.panels = [kind(session) for session in sessions]
        self.beside = Beside(self.panels, seek, self._align)
        self._empty: list[EmptyState] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        for panel in self.panels:
            card = Card(self)
            empty = EmptyState(self.tr("{0}: this network has none.").format(panel.translated(panel.title)))
            card.layout().addWidget(panel)
            card.layout().addWidget(empty)
            empty.hide()
            self._empty.append(empty)
            layout.addWidget(card, 1)
            panel.maximise_asked.connect(self.maximise_asked)
            panel.export_asked.connect(self.export_asked)
            panel.close_asked.connect(self.close_asked)
            panel.header.window_tools[1].hide()  # a pane has no window of its own
        for one, other in permutations(self.panels, 2):
            for mine, theirs in zip(one.findChildren(SurfaceView), other.findChildren(SurfaceView), strict=True):
                mine.looked_from.connect(theirs.look_from)  # both surfaces are turned together
        self._is_switching = False
        self._switches = [_switches(panel) for panel in self.panels]
        for switches in self._switches:
            for switch in switches:
                switch.clicked.connect(self._switched)

    @property
    def name(self) -> str:
        return self.kind.name

    def shown_panels(self) -> list[Panel]:
        return [panel for panel, empty in zip(self.panels, self._empty, strict=True) if empty.isHidden()]

    def present(self, index: int, snapshot: Snapshot, change: Change) -> None:
        """Give a snapshot of one of the sessions to its panel."""
        panel, applies = self.panels[index], self.kind.applies(snapshot)
        self._empty[index].setVisible(not applies)
        panel.setVisible(applies)
        if applies:
            panel.present(snapshot, change)
        else:
            self.beside.forget(panel)
            self.beside.settle()

    def show_state(self, *, is_alone: bool) -> None:
        for panel in self.panels:
            panel.header.show_state(maximised=is_alone, floating=False)

    def showEvent(self, event: QShowEvent) -> None:
        """The style sheet takes hold of a label when it is first shown, and of its font."""
        super().showEvent(event)
        for panel in self.panels:
            panel.header.restyle()

    def _align(self) -> None:
        """A plot below tabs and one without them begin at the same height, so that equal values are level."""
        heights = [sum(tabs.sizeHint().height() + 2 for tabs in _shown_tabs(panel)) for panel in self.panels]
        for panel, height in zip(self.panels, heights, strict=True):
            panel.body_layout.setContentsMargins(0, max(heights) - height, 0, 0)

    def _switched(self) -> None:
        """Log or linear, one unit or all: what one panel shows, the other shows too."""
        if self._is_switching:
            return
        self._is_switching = True
        switch = self.sender()
        place = next(mine.index(switch) for mine in self._switches if switch in mine)
        for other in (switches[place] for switches in self._switches):
            if (other.isChecked(), other.text()) != (switch.isChecked(), switch.text()):
                other.click()
        self._is_switching = False


def _shown_tabs(panel: Panel) -> list[Tabs]:
    return [] if panel.isHidden() else [tabs for tabs in panel.findChildren(Tabs) if not tabs.isHidden()]


def _switches(panel: Panel) -> list[QToolButton]:
    """In the header of a panel: what chooses how it is drawn."""
    tools = panel.header.findChildren(QToolButton)
    return [tool for tool in tools if tool.isCheckable() or isinstance(tool, UnitsTool)]
