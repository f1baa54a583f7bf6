"""Gates: how far each one is open over time; one unit as lines, many units as a heat map for each gate."""

from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect
from PySide6.QtWidgets import QWidget

from rnnviz.session import Session, Snapshot
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import HeatMap, Line, Lines, Range, reading, sentences
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.plots.reading import Direction
from rnnviz.ui.plots.scale import UNIT
from rnnviz.ui.plots.track import Track
from rnnviz.ui.plots.units_tool import UnitsTool


class GatesPanel(Panel):
    name = "gates"
    title = QT_TRANSLATE_NOOP("panel", "Gates")
    subtitle = QT_TRANSLATE_NOOP("panel", "opening, 0 shut to 1 open")
    order = 30

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.over_time = OverTime(self)
        self.units = UnitsTool(self)

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return bool(_gated(snapshot))

    def draw(self, snapshot: Snapshot) -> None:
        shown = self.over_time.tabs.direction(snapshot, _gated(snapshot))
        units = _units(snapshot, shown)
        unit = reading.opened_unit(snapshot, shown, units)
        one = self.units.shows_one(units, unit)
        self.set_subtitle(self._subtitle(units, unit, one))
        choice = (shown.prefix, unit if one else None)
        self.over_time.show_snapshot(snapshot, choice, unit, lambda: self._tracks(snapshot, shown, unit, one))

    def _subtitle(self, units: int, unit: int, one: bool) -> str:
        if units == 1:
            return self.translated(self.subtitle)
        if one:
            return self.tr("unit {unit}, 0 shut to 1 open").format(unit=unit)
        return self.tr("{count} units, 0 shut to 1 open").format(count=units)

    def _tracks(self, snapshot: Snapshot, shown: Direction, unit: int, one: bool) -> Sequence[Track]:
        style = self.over_time.plot.style_now()
        gates = shown.cell.gates
        names = {gate: shown.meaning(gate).removesuffix(" gate") for gate in gates}
        hues = {gate: style.gate_colour(gate, number) for number, gate in enumerate(gates)}
        if not one:
            return [
                HeatMap(
                    reading.series(snapshot, shown.prefix + gate),
                    shown.prefix + gate,
                    Range(0, 1),
                    hue=hues[gate],
                    title=names[gate],
                    has_legend=gate == gates[-1],
                )
                for gate in gates
            ]
        lines = []
        for number, gate in enumerate(gates):
            quantity = shown.prefix + gate
            values = reading.series(snapshot, quantity)
            ghost = reading.ghost_series(snapshot, quantity, values.shape[1])
            lines.append(
                Line(
                    names[gate],
                    values[:, unit],
                    hues[gate],
                    quantity,
                    unit,
                    dash=number,
                    marker=number,
                    letter=gate,
                    ghost=None if ghost is None else ghost[:, unit],
                )
            )
        return [Lines(lines, UNIT)]

    def describe(self, snapshot: Snapshot) -> str:
        shown = self.over_time.tabs.direction(snapshot, _gated(snapshot))
        unit = reading.opened_unit(snapshot, shown, _units(snapshot, shown))
        quantities = [shown.prefix + gate for gate in shown.cell.gates]
        parts = [sentences.of_moment(self.tr("Gates"), snapshot), *sentences.values(quantities, unit, snapshot)]
        parts += [sentences.of_keeping(shown, gate, unit, snapshot) for gate in shown.cell.keeps]
        return " ".join(part for part in parts if part)

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


def _gated(snapshot: Snapshot) -> list[Direction]:
    return [direction for direction in reading.directions(snapshot) if direction.cell.gates]


def _units(snapshot: Snapshot, shown: Direction) -> int:
    return int(snapshot.trace[shown.prefix + shown.cell.gates[0]].shape[2])
