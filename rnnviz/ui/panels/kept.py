"""Kept: the fraction of its state that a gate keeps at this step, and for how long a value lasts at that rate."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect
from PySide6.QtWidgets import QWidget

from rnnviz.engine.expression import Activation
from rnnviz.engine.trace import Address
from rnnviz.session import Session, Snapshot
from rnnviz.ui import numbers
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import Style, keeping, reading, sentences
from rnnviz.ui.plots.directions import DirectionTabs
from rnnviz.ui.plots.kept_canvas import Kept, KeptCanvas
from rnnviz.ui.plots.reading import Direction


class KeptPanel(Panel):
    name = "kept"
    title = QT_TRANSLATE_NOOP("panel", "Kept")
    subtitle = QT_TRANSLATE_NOOP("panel", "how long a value lasts")
    order = 50

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.tabs = DirectionTabs(self)
        self.canvas = KeptCanvas(self)
        self.body_layout.addWidget(self.tabs)
        self.body_layout.addWidget(self.canvas, 1)
        self.watch(self.canvas)
        self.restyle()

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return bool(_keeping(snapshot))

    def draw(self, snapshot: Snapshot) -> None:
        shown = self.tabs.direction(snapshot, _keeping(snapshot))
        gate = next(iter(shown.cell.keeps))
        quantity = shown.prefix + gate
        units = snapshot.trace[quantity].shape[2]
        unit = reading.opened_unit(snapshot, shown, units)
        self.set_subtitle(self._subtitle(units, unit))
        step = snapshot.cursor.step
        if step == 0 or quantity in reading.pending(snapshot):
            waits = self.tr("before the first step") if step == 0 else self.tr("not worked out yet")
            self.canvas.show_kept(Kept(percent="–", first=waits))
            return
        self.canvas.show_kept(self._kept(snapshot, shown, gate, unit))

    def _subtitle(self, units: int, unit: int) -> str:
        if units == 1:
            return self.translated(self.subtitle)
        return self.tr("unit {unit}, how long it lasts").format(unit=unit)

    def _kept(self, snapshot: Snapshot, shown: Direction, gate: str, unit: int) -> Kept:
        quantity, step, sequence = shown.prefix + gate, snapshot.cursor.step, snapshot.cursor.sequence
        column = reading.series(snapshot, quantity)[step - 1]
        fraction = float(column[unit])
        is_held = snapshot.trace.is_masked(step, sequence)
        second, strong = keeping.after_words(fraction)
        before, first = None, self.tr("per step:")
        if isinstance(shown.cell.graph.equation(gate).expression, Activation):
            before = Address(f"{quantity}.pre", step, sequence, unit)
            first = self.tr("per step at z = {value}:").format(value=numbers.text(snapshot.trace.number(before)))
        return Kept(
            percent=numbers.percent(fraction),
            percent_at=Address(quantity, step, sequence, unit),
            first=self.tr("this step is padding: all is held") if is_held else first,
            first_at=None if is_held else before,
            second=second,
            strong=strong,
            fractions=column if len(column) > 1 else None,
            fraction=fraction,
            hue=self._style.gate_colour(gate, 0),
            caption=self.tr("all {count} units").format(count=len(column)),
        )

    def describe(self, snapshot: Snapshot) -> str:
        shown = self.tabs.direction(snapshot, _keeping(snapshot))
        gate = next(iter(shown.cell.keeps))
        unit = reading.opened_unit(snapshot, shown, snapshot.trace[shown.prefix + gate].shape[2])
        return " ".join(
            [sentences.of_moment(self.tr("Kept"), snapshot), sentences.of_keeping(shown, gate, unit, snapshot)]
        ).strip()

    def restyle(self) -> None:
        self._style = Style()
        self.tabs.restyle()
        self.canvas.restyle()

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.canvas.address_at(self.canvas.mapFrom(self, point))

    def rect_of(self, address: AnyAddress) -> QRect | None:
        rect = self.canvas.rect_of(address)
        return None if rect is None else rect.translated(self.canvas.mapTo(self, QPoint()))

    def cells(self) -> Grid:
        shown = (self.canvas.kept.percent_at, self.canvas.kept.first_at)
        return Grid(len(shown), 1, lambda row, _: shown[row])


def _keeping(snapshot: Snapshot) -> list[Direction]:
    return [direction for direction in reading.directions(snapshot) if direction.cell.keeps]
