"""Units: all states and gates of all layers over time, with how often each unit is shut, open, and how large it is."""

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from rnnviz.engine.trace import Address, Trace
from rnnviz.engine.unit_statistics import UnitStatistics, ends_of, first_not_finite, gathered
from rnnviz.session import Session, Snapshot
from rnnviz.ui import numbers, words
from rnnviz.ui.cards.linked_text import LinkedText, Piece
from rnnviz.ui.idle_work import IdleWork
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import Range, reading, sentences, signed_range
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.plots.pyramid import Pyramid
from rnnviz.ui.plots.reading import Direction
from rnnviz.ui.plots.tabs import Tabs
from rnnviz.ui.plots.unit_map import Figures, UnitMap
from rnnviz.ui.unit_orders import OrderTabs

LIGHT = 1_500_000  # values that are read within a moment
MOST_NAMED = 12


class UnitsPanel(Panel):
    """`found` are the statistics of the trace as far as they are known; quantity -> those of its units."""

    name = "units"
    title = QT_TRANSLATE_NOOP("panel", "Units")
    subtitle = QT_TRANSLATE_NOOP("panel", "all states and gates over time")
    rests_in_training = True
    place = "centre"
    order = 15

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.found: dict[str, UnitStatistics] = {}
        self._trace: Trace | None = None
        self._names: dict[str, str] = {}  # of its quantities, in few letters
        self._chosen = ""  # the quantity that is shown alone
        self._waiting_maps: list[UnitMap] = []
        self._pyramids: dict[tuple[object, ...], Pyramid] = {}  # of the maps that are shown, where that took long
        self.first_bad: Address | None = None
        self.tabs = Tabs(self.tr("Which quantity is shown"), self)
        self.tabs.chosen.connect(self._choose)
        self.orders = OrderTabs(self.tr("Order of the units"), self)
        self.orders.chosen.connect(self._choose_order)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addWidget(self.tabs, 3)
        row.addWidget(self.orders, 2)
        self.body_layout.addLayout(row)
        self.over_time = OverTime(self)
        self.over_time.tabs.setVisible(False)
        self.notes = LinkedText(self.tr("Units that stand out"), self)
        self.notes.opened.connect(session.select)
        self.body_layout.addWidget(self.notes)
        self.body_layout.setSpacing(4)
        self.work = IdleWork(self)
        self.work.advanced.connect(self._advanced)
        self.work.finished.connect(self._advanced)
        self.restyle()

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return bool(reading.directions(snapshot))

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        quantities = self._quantities(snapshot)
        if self._trace is not snapshot.trace:
            self._trace, self.found, self.first_bad = snapshot.trace, {}, None
            self._pyramids = {}
            self._names = {name: reading.short_name(snapshot, name) for name in quantities}
            self.work.cancel()
        self._chosen = self._chosen if self._chosen in quantities else ""
        titles = (self.tr("all"), *(self._names[name] for name in quantities))
        self.tabs.show_titles(titles, titles, ("", *quantities).index(self._chosen))
        lead = self._lead(snapshot)
        self.orders.draw(snapshot, lead.hidden if not self._chosen else self._chosen)
        unit = reading.opened_unit(snapshot, lead, snapshot.trace[self._chosen or lead.hidden].shape[2])
        order = (self.orders.kind, self.orders.step, self.orders.output)
        self.over_time.show_snapshot(snapshot, (self._chosen, order), unit, lambda: self._tracks(snapshot, quantities))
        self._gather(snapshot, quantities)
        self._say(snapshot, quantities)

    def _quantities(self, snapshot: Snapshot) -> list[str]:
        """Of every layer and direction, in the order of its equations."""
        return [
            direction.prefix + equation.name
            for direction in reading.directions(snapshot)
            for equation in direction.cell.graph.equations
        ]

    def _lead(self, snapshot: Snapshot) -> Direction:
        """The direction whose unit is marked: that of the chosen quantity, else of the selected number."""
        options = reading.directions(snapshot)
        place = snapshot.selection
        wanted = self._chosen or (place.quantity if isinstance(place, Address) else "")
        return next((option for option in options if option.holds(wanted)), options[0])

    def _tracks(self, snapshot: Snapshot, quantities: Sequence[str]) -> Sequence[UnitMap]:
        shown = [self._chosen] if self._chosen else quantities
        is_lazy = sum(snapshot.trace[name][:, 0].size for name in shown) > LIGHT
        return [self._track(snapshot, name, is_lazy, name == shown[-1]) for name in shown]

    def _track(self, snapshot: Snapshot, quantity: str, is_lazy: bool, has_legend: bool) -> UnitMap:
        direction = next(d for d in reading.directions(snapshot) if d.holds(quantity))
        letter = quantity.removeprefix(direction.prefix)
        values = reading.series(snapshot, quantity)
        is_gate = letter in direction.cell.gates
        style = self.over_time.plot.style_now()
        gates = list(direction.cell.gates)
        hidden = direction.hidden if direction.hidden in snapshot.trace else quantity
        same = snapshot.trace[hidden].shape[2] == values.shape[1]
        order = self.orders.of(snapshot, self._chosen or (hidden if same else quantity))
        return UnitMap(
            values,
            quantity,
            Range(0, 1) if is_gate else signed_range(*self.shared([values], quantity)),
            order=order,
            figures=self._figures(snapshot.trace, quantity),
            is_lazy=is_lazy,
            pyramid=self._pyramids.get(self._key(snapshot, quantity, order)),
            hue=style.gate_colour(letter, gates.index(letter)) if is_gate else None,
            title="" if self._chosen else self._names[quantity],
            initial=reading.initial(snapshot, direction, quantity),
            has_legend=has_legend,
        )

    @staticmethod
    def _key(snapshot: Snapshot, quantity: str, order: np.ndarray) -> tuple[object, ...]:
        return quantity, snapshot.cursor.sequence, order.tobytes()

    def _figures(self, trace: Trace, quantity: str) -> list[Figures]:
        """Shut, open and size of each unit; as long as they are not known, room for them."""
        found, units = self.found.get(quantity), trace[quantity].shape[2]
        if found is None:
            titles = [] if ends_of(trace, quantity) is None else ["", ""]
            nothing = np.full(units, np.nan), np.zeros(units, bool)
            return [Figures(title, ("",) * units, *nothing, widest="0.0000") for title in (*titles, "")]
        columns = []
        if found.ends is not None:
            ends = (self.tr("shut"), self.tr("open")) if found.ends[0] == 0 else (self.tr("low"), self.tr("high"))
            for title, shares in zip(ends, (found.low, found.high), strict=True):
                texts = tuple(f"{share * 100:.0f} %" for share in shares)
                columns.append(Figures(title, texts, shares, found.saturated & (shares >= 0.5), widest="0.0000"))
        largest = float(found.size[np.isfinite(found.size)].max(initial=0.0)) or 1.0
        sizes = tuple(numbers.text(size, 3) for size in found.size)
        marked = found.dead | ~found.finite
        return [*columns, Figures(self.tr("rms"), sizes, found.size / largest, marked, widest="0.0000")]

    # --- statistics -------------------------------------------------------------------------------------------------

    def _gather(self, snapshot: Snapshot, quantities: Sequence[str]) -> None:
        """Read what is not known yet: now where that takes a moment, else in the pauses."""
        waits = [t for t in self.over_time.plot.tracks if isinstance(t, UnitMap) and t.is_lazy and not t.is_prepared]
        missing = [name for name in quantities if name not in self.found]
        if not snapshot.trace.steps or not (missing or waits) or (self.work.is_busy and waits == self._waiting_maps):
            return
        self._waiting_maps = waits
        self.work.begin(self._reading(snapshot, waits, missing))
        if not self.is_watched or sum(snapshot.trace[name].size for name in quantities) <= LIGHT:
            self.work.finish_now()

    def _reading(self, snapshot: Snapshot, waits: Sequence[UnitMap], missing: Sequence[str]) -> Iterator[None]:
        trace = snapshot.trace
        kept = {track.quantity for track in waits}
        self._pyramids = {key: pyramid for key, pyramid in self._pyramids.items() if key[0] not in kept}
        for track in waits:
            yield from track.prepare()
            self._pyramids[self._key(snapshot, track.quantity, track.order)] = track.pyramid
            self.over_time.plot.show_again(track)
            yield
        for name in missing:
            so_far: list[UnitStatistics] = []
            for statistics in gathered(trace, name):
                so_far = [statistics]
                yield
            self.found[name] = so_far[0]
            for track in self.over_time.plot.tracks:
                if isinstance(track, UnitMap) and track.quantity == name:
                    track.figures = tuple(self._figures(trace, name))
                    self.over_time.plot.show_again(track)
        if not all(found.finite.all() for found in self.found.values()):
            self.first_bad = first_not_finite(trace)
        yield

    def _advanced(self) -> None:
        snapshot = self.snapshot
        if snapshot is None or snapshot.trace is not self._trace:
            return
        if self.work.is_busy:
            self._say(snapshot, self._quantities(snapshot))
            return
        self._say(snapshot, self._quantities(snapshot))
        self.setAccessibleDescription(self.describe(snapshot))

    # --- what stands out --------------------------------------------------------------------------------------------

    def _say(self, snapshot: Snapshot, quantities: Sequence[str]) -> None:
        if self.work.is_busy:
            done = len(self.found) / max(1, len(quantities))
            self.set_subtitle(self.tr("reading all steps… {done} %").format(done=round(100 * done)))
            return
        said = [self.translated(self.subtitle)]
        if not self._chosen:
            said.append(self.tr("at the right how often shut, how often open, how large"))
        if snapshot.trace.batch > 1:
            said.append(self.tr("over {count} sequences").format(count=snapshot.trace.batch))
        self.set_subtitle("; ".join(said))
        self.notes.show_pieces(self._pieces(snapshot))
        self.notes.setVisible(bool(self.notes.pieces))

    def _pieces(self, snapshot: Snapshot) -> list[Piece]:
        """ "First NaN: h[2] at step 4. Never change: c 3, 7. Rest at one end: f 12."""
        pieces: list[Piece] = []
        if self.first_bad is not None:
            place = words.of_place(self.first_bad, snapshot)
            pieces += [Piece(self.tr("Not finite from: ")), Piece(place, self.first_bad, place), Piece("  ")]
        for title, marks in ((self.tr("Never change: "), "dead"), (self.tr("Rest at one end: "), "saturated")):
            named = [
                (name, int(unit))
                for name, found in self.found.items()
                for unit in np.flatnonzero(getattr(found, marks))
            ]
            if named:
                pieces += [Piece(title), *self._links(named, snapshot), Piece("  ")]
        return pieces

    def _links(self, named: Sequence[tuple[str, int]], snapshot: Snapshot) -> Iterator[Piece]:
        step = max(1, snapshot.cursor.step)
        last = ""
        for quantity, unit in named[:MOST_NAMED]:
            if quantity != last:
                yield Piece(f"{self._names[quantity]} ")
                last = quantity
            address = Address(quantity, step, snapshot.cursor.sequence, unit)
            yield Piece(str(unit), address, words.of_place(address, snapshot))
            yield Piece(" ")
        if len(named) > MOST_NAMED:
            yield Piece(self.tr("and {count} more").format(count=len(named) - MOST_NAMED))

    # --- in words and as a table ------------------------------------------------------------------------------------

    def describe(self, snapshot: Snapshot) -> str:
        said = [sentences.of_moment(self.tr("Units"), snapshot)]
        for name, found in self.found.items():
            if found.ends is not None:
                text = self.tr("{name}: shut at {low}, open at {high} of steps.")
                shares = (numbers.percent(float(values.mean()), 3) for values in (found.low, found.high))
                said.append(text.format(name=name, **dict(zip(("low", "high"), shares, strict=True))))
        return " ".join([*said, self.notes.text]).strip()

    def words_of(self, address: AnyAddress) -> str:
        said = super().words_of(address)
        found = self.found.get(address.quantity) if isinstance(address, Address) else None
        if found is None or not isinstance(address, Address):
            return said
        unit = address.unit
        parts = [self.tr("root mean square {size}").format(size=numbers.text(float(found.size[unit])))]
        if found.ends is not None:
            ends = (self.tr("shut"), self.tr("open")) if found.ends[0] == 0 else (self.tr("low"), self.tr("high"))
            for word, shares in zip(ends, (found.low, found.high), strict=True):
                share = numbers.percent(float(shares[unit]), 3)
                parts.append(self.tr("{word} at {share} of steps").format(word=word, share=share))
        for word, marks in ((self.tr("never changes"), found.dead), (self.tr("rests at one end"), found.saturated)):
            parts += [word] * bool(marks[unit])
        return f"{said}\n{', '.join(parts)}"

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each unit of each quantity."""
        names = ("low", "high", "size", "least", "greatest", "mean")
        rows: list[list[str | float]] = [["quantity", "unit", "shut", "open", "root mean square", *names[3:], "flags"]]
        for quantity, found in self.found.items():
            for unit in range(len(found.size)):
                flags = [w for w, marks in (("dead", found.dead), ("saturated", found.saturated)) if marks[unit]]
                values = [float(getattr(found, name)[unit]) for name in names]
                rows.append([quantity, unit, *values, " ".join(flags)])
        return rows

    # --- choices ----------------------------------------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        if self.snapshot is not None:
            self._chosen = ("", *self._quantities(self.snapshot))[index]
            self.redraw()

    def _choose_order(self, kind: int) -> None:
        if self.snapshot is not None:
            self.orders.choose(kind, self.snapshot)
            self.redraw()

    def restyle(self) -> None:
        for widget in (self.tabs, self.orders, self.over_time, self.notes):
            widget.restyle()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.work.pause()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.work.go_on()

    # --- its numbers ------------------------------------------------------------------------------------------------

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.over_time.address_at(point)

    def rect_of(self, address: AnyAddress) -> QRect | None:
        return self.over_time.rect_of(address)

    def cells(self) -> Grid:
        return self.over_time.cells()
