"""Memory cell: what a layer carries beside its output, before and after each step."""

from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect
from PySide6.QtWidgets import QWidget

from rnnviz.session import Session, Snapshot
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import HeatMap, Line, Lines, reading, sentences, signed_range
from rnnviz.ui.plots.log_tool import LogTool
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.plots.reading import Direction
from rnnviz.ui.plots.track import Track
from rnnviz.ui.plots.units_tool import UnitsTool


class MemoryCellPanel(Panel):
    name = "memory_cell"
    title = QT_TRANSLATE_NOOP("panel", "Memory cell")
    subtitle = QT_TRANSLATE_NOOP("panel", "before and after each step")
    order = 40

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.over_time = OverTime(self)
        self.units = UnitsTool(self)
        self.log = LogTool(self)

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return bool(_remembering(snapshot))

    def draw(self, snapshot: Snapshot) -> None:
        shown = self.over_time.tabs.direction(snapshot, _remembering(snapshot))
        units = _units(snapshot, shown)
        unit = reading.opened_unit(snapshot, shown, units)
        one = self.units.shows_one(units, unit)
        choice = (shown.prefix, unit if one else None, self.log.choice)
        self.over_time.show_snapshot(snapshot, choice, unit, lambda: self._tracks(snapshot, shown, unit, one))
        said = self._subtitle(units, unit, one)
        self.set_subtitle(self.tr("{what}, log axis").format(what=said) if self.log.isChecked() else said)

    def _subtitle(self, units: int, unit: int, one: bool) -> str:
        if units == 1:
            return self.translated(self.subtitle)
        if one:
            return self.tr("unit {unit}, before and after").format(unit=unit)
        return self.tr("{count} units, after each step").format(count=units)

    def _tracks(self, snapshot: Snapshot, shown: Direction, unit: int, one: bool) -> Sequence[Track]:
        quantities = [shown.prefix + name for name in shown.memories]
        if one:
            return [self._before_and_after(snapshot, shown, quantity, unit) for quantity in quantities]
        self.log.offer([])
        tracks = []
        for quantity in quantities:
            values = reading.series(snapshot, quantity)
            initial = reading.initial(snapshot, shown, quantity)
            span = signed_range(*self.shared([values], quantity.rpartition(".")[2]))
            tracks.append(HeatMap(values, quantity, span, initial=initial, shows_before=not shown.is_backward))
        return tracks

    def _before_and_after(self, snapshot: Snapshot, shown: Direction, quantity: str, unit: int) -> Lines:
        look = self.over_time.plot.style_now().theme
        values = reading.series(snapshot, quantity)
        ghost = reading.ghost_series(snapshot, quantity, values.shape[1])
        past = None if ghost is None else ghost[:, unit]
        initial = reading.initial(snapshot, shown, quantity)
        first = None if initial is None else float(initial[unit])
        after = Line(
            self.tr("after"), values[:, unit], look.positive, quantity, unit, ghost=past, initial=first, strong=True
        )
        before = Line(
            self.tr("before"),
            reading.before(snapshot, quantity)[:, unit],
            look.muted,
            quantity,
            unit,
            offset=1 if shown.is_backward else -1,
            dash=1,
        )
        shown_values = [line for line in (after.values, before.values, past) if line is not None]
        return Lines([before, after], self.log.scale(shown_values, quantity.rpartition(".")[2]))

    def describe(self, snapshot: Snapshot) -> str:
        shown = self.over_time.tabs.direction(snapshot, _remembering(snapshot))
        unit = reading.opened_unit(snapshot, shown, _units(snapshot, shown))
        parts = [sentences.of_change(shown.prefix + name, unit, snapshot) for name in shown.memories]
        return " ".join([sentences.of_moment(self.tr("Memory cell"), snapshot), *parts])

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


def _remembering(snapshot: Snapshot) -> list[Direction]:
    return [direction for direction in reading.directions(snapshot) if direction.memories]


def _units(snapshot: Snapshot, shown: Direction) -> int:
    return int(snapshot.trace[shown.prefix + shown.memories[0]].shape[2])
