"""Hidden state: the units of a recurrent layer over time, as lines where they are few, else as a heat map."""

from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect
from PySide6.QtWidgets import QWidget

from rnnviz.session import Session, Snapshot
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import FEW, HeatMap, reading, sentences, signed_range
from rnnviz.ui.plots.log_tool import LogTool
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.plots.quantity_lines import unit_lines
from rnnviz.ui.plots.reading import Direction
from rnnviz.ui.plots.track import Track


class HiddenStatePanel(Panel):
    name = "hidden_state"
    title = QT_TRANSLATE_NOOP("panel", "Hidden state")
    subtitle = QT_TRANSLATE_NOOP("panel", "value of each unit over time")
    order = 20

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.over_time = OverTime(self)
        self.log = LogTool(self)

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return bool(reading.directions(snapshot))

    def _direction(self, snapshot: Snapshot) -> Direction:
        return self.over_time.tabs.direction(snapshot, reading.with_merged(reading.directions(snapshot)))

    def draw(self, snapshot: Snapshot) -> None:
        shown = self._direction(snapshot)
        size = snapshot.trace[shown.hidden].shape[2]
        unit = reading.opened_unit(snapshot, shown, size)
        choice = (shown.hidden, unit if size <= FEW else None, self.log.choice)
        self.over_time.show_snapshot(snapshot, choice, unit, lambda: self._tracks(snapshot, shown, unit))
        said = self.translated(self.subtitle)
        self.set_subtitle(self.tr("{what}, log axis").format(what=said) if self.log.isChecked() else said)

    def _tracks(self, snapshot: Snapshot, shown: Direction, unit: int) -> Sequence[Track]:
        values = reading.series(snapshot, shown.hidden)
        initial = reading.initial(snapshot, shown, shown.hidden)
        if values.shape[1] > FEW:
            self.log.offer([])
            return [HeatMap(values, shown.hidden, signed_range(*self.shared([values])), initial=initial)]
        style = self.over_time.plot.style_now()
        return [unit_lines(snapshot, shown.hidden, self.log, style, strong=unit, initial=initial)]

    def describe(self, snapshot: Snapshot) -> str:
        shown = self._direction(snapshot)
        unit = reading.opened_unit(snapshot, shown, snapshot.trace[shown.hidden].shape[2])
        return sentences.of_units(self.tr("Hidden state"), shown.hidden, unit, snapshot)

    def restyle(self) -> None:
        self.over_time.restyle()

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.over_time.address_at(point)

    def rect_of(self, address: AnyAddress) -> QRect | None:
        return self.over_time.rect_of(address)

    def cells(self) -> Grid:
        return self.over_time.cells()

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        return self.over_time.table(snapshot)
