"""Difference: hidden state or output of A minus those of B, unit by unit, over the steps that both have."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QPoint, QRect
from PySide6.QtWidgets import QWidget

from rnnviz.engine.trace import Address
from rnnviz.session import Session, Snapshot
from rnnviz.ui import numbers
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import FEW, HeatMap, Line, Lines, reading, scale, sentences, signed_range
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.plots.quantity_lines import unit_name
from rnnviz.ui.plots.tabs import Tabs
from rnnviz.ui.plots.track import Track


@dataclass(frozen=True)
class Pair:
    """A quantity of A and the one of B that it can be compared with."""

    title: str
    quantity: str
    other: str


class DifferencePanel(Panel):
    """`other` is the snapshot of B; whoever sets it draws the panel again."""

    name = "difference"
    title = QT_TRANSLATE_NOOP("panel", "Difference")
    subtitle = QT_TRANSLATE_NOOP("panel", "A − B")

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.other: Snapshot | None = None
        self._at = 0
        self._pairs: list[Pair] = []
        self.tabs = Tabs(self.tr("Difference of"), self)
        self.tabs.chosen.connect(self._choose)
        self.body_layout.addWidget(self.tabs)
        self.over_time = OverTime(self)
        self.restyle()

    def draw(self, snapshot: Snapshot) -> None:
        self._pairs = [] if self.other is None else pairs(snapshot, self.other)
        if self.other is None or not self._pairs:
            self.show_empty(self._why_not(snapshot))
            return
        self.show_content()
        titles = tuple(pair.title for pair in self._pairs)
        self.tabs.show_titles(titles, titles, min(self._at, len(titles) - 1))
        values, pair = self.values(), self.pair
        unit = self._unit(snapshot, pair, values.shape[1])
        choice = (id(self.other.trace), self.other.cursor.sequence, pair, unit)
        self.over_time.show_snapshot(snapshot, choice, unit, lambda: self._tracks(values, unit), len(values))
        self.set_subtitle(self._subtitle(snapshot))

    @property
    def pair(self) -> Pair:
        return self._pairs[min(self._at, len(self._pairs) - 1)]

    def values(self) -> NDArray[np.float64]:
        """(T, units): A minus B, T the steps that both have."""
        assert self.snapshot is not None
        assert self.other is not None
        own, other = reading.series(self.snapshot, self.pair.quantity), reading.series(self.other, self.pair.other)
        steps = min(len(own), len(other))
        with np.errstate(invalid="ignore"):
            difference: NDArray[np.float64] = np.subtract(own[:steps], other[:steps], dtype=np.float64)
        return difference

    def _tracks(self, values: NDArray[np.float64], unit: int) -> Sequence[Track]:
        quantity, units = self.pair.quantity, values.shape[1]
        if units > FEW:
            return [HeatMap(values, quantity, signed_range(values))]
        style, letter = self.over_time.plot.style_now(), quantity.rpartition(".")[2]
        lines = [
            Line(
                f"Δ{unit_name(letter, n, units)}",
                values[:, n],
                style.series_colour(n),
                quantity,
                n,
                dash=n,
                marker=n,
                strong=units > 1 and n == unit,
            )
            for n in range(units)
        ]
        return [Lines(lines, scale.linear(*scale.finite_range([values])))]

    def _unit(self, snapshot: Snapshot, pair: Pair, units: int) -> int:
        place = snapshot.selection
        is_there = isinstance(place, Address) and place.quantity == pair.quantity and place.unit < units
        return place.unit if is_there and isinstance(place, Address) else 0

    def _subtitle(self, snapshot: Snapshot) -> str:
        assert self.other is not None
        said = self.tr("A − B, unit by unit")
        one, other = snapshot.scenario, self.other.scenario
        if one.network != other.network and self.pair.quantity != snapshot.trace.output_name:
            said = self.tr("{0}; units of two networks need not mean the same").format(said)
        if not np.array_equal(one.inputs, other.inputs):
            said = self.tr("{0}; the inputs differ too").format(said)
        return said

    def _why_not(self, snapshot: Snapshot) -> str:
        if self.other is None or not snapshot.trace.steps or not self.other.trace.steps:
            return self.tr("No steps yet. Feed an input, and it appears here.")
        return self.tr("Hidden states and outputs have other sizes in A than in B: there is no difference to take.")

    def describe(self, snapshot: Snapshot) -> str:
        if not self._pairs or self.other is None:
            return self._why_not(snapshot)
        values, step = self.values(), snapshot.cursor.step
        said = [sentences.of_moment(self.tr("Difference A − B of {0}").format(self.pair.title), snapshot)]
        if 1 <= step <= len(values):
            listed = ", ".join(numbers.text(float(value)) for value in values[step - 1, :20])
            said.append(self.tr("By units: {0}.").format(listed))
        finite = np.where(np.isfinite(values), np.abs(values), 0.0)
        at, unit = np.unravel_index(finite.argmax(), finite.shape)
        largest = self.tr("Largest: {0} at step {1}, unit {2}.")
        said.append(largest.format(numbers.text(float(values[at, unit])), int(at) + 1, int(unit)))
        return " ".join(said)

    def words_of(self, address: AnyAddress) -> str:
        """ "step 2, hidden state, unit 0: A 6, B 4, A − B 2" """
        if not isinstance(address, Address) or self.snapshot is None or self.other is None:
            return super().words_of(address)
        difference = self.values()
        if not 1 <= address.step <= len(difference):
            return super().words_of(address)
        at = (address.step - 1, address.unit)
        own = float(reading.series(self.snapshot, self.pair.quantity)[at])
        other = float(reading.series(self.other, self.pair.other)[at])
        words = self.tr("step {0}, {1}, unit {2}: A {3}, B {4}, A − B {5}")
        values = [numbers.text(value) for value in (own, other, float(difference[at]))]
        return words.format(address.step, self.pair.title, address.unit, *values)

    def restyle(self) -> None:
        self.tabs.restyle()
        self.over_time.restyle()

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.over_time.address_at(point)

    def rect_of(self, address: AnyAddress) -> QRect | None:
        return self.over_time.rect_of(address)

    def cells(self) -> Grid | None:
        return self.over_time.cells() if self._pairs else None

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        if not self._pairs:
            return []
        values, pair = self.values(), self.pair
        names = [f"{pair.quantity}[{unit}] - {pair.other}[{unit}]" for unit in range(values.shape[1])]
        return [["step", *names], *([step, *row] for step, row in enumerate(values.tolist(), start=1))]

    def _choose(self, index: int) -> None:
        self._at = index
        self.redraw()


def pairs(one: Snapshot, other: Snapshot) -> list[Pair]:
    """The hidden states of the recurrent layers, first with first, and the outputs, where they have as many units."""
    if not one.trace.steps or not other.trace.steps:
        return []
    states = [[d.hidden for d in reading.with_merged(reading.directions(snapshot))] for snapshot in (one, other)]
    found = [
        Pair(a if len(states[0]) > 1 else _tr("hidden state"), a, b)
        for a, b in zip(*states, strict=False)
        if _size(one, a) == _size(other, b)
    ]
    outputs = one.trace.output_name, other.trace.output_name
    if one.trace.output.shape[2] == other.trace.output.shape[2] and outputs[0] not in states[0]:
        found.append(Pair(_tr("output"), *outputs))
    return found


def _tr(text: str) -> str:
    return QCoreApplication.translate("compare", text)


def _size(snapshot: Snapshot, quantity: str) -> int:
    return int(snapshot.trace[quantity].shape[2])
