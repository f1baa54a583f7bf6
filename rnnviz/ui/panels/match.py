"""Match: the units that are on in a stretch of steps, and the other places where the same units are on."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QEvent, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from rnnviz.engine.errors import EngineError
from rnnviz.engine.match import Chosen, Distribution, Matched, Matches, distributed, match
from rnnviz.engine.trace import Address, Trace
from rnnviz.scenario.inside_report import around
from rnnviz.session import Session, Snapshot
from rnnviz.session.cursor import Cursor
from rnnviz.session.edit_error import EditError
from rnnviz.ui import numbers, theme, words
from rnnviz.ui.cards.linked_text import LinkedText, Piece
from rnnviz.ui.idle_work import IdleWork
from rnnviz.ui.match_beginning import LENGTH, beginning
from rnnviz.ui.match_places import MatchPlaces, Place
from rnnviz.ui.match_plot import MatchMap, MatchPlot
from rnnviz.ui.number_field import Complaint
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import Now, Range, reading, signed_range
from rnnviz.ui.plots.tabs import Tabs
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.setting_field import SettingField
from rnnviz.ui.threshold_bar import ThresholdBar

LIGHT = 400_000  # values of all sequences that are looked through within a moment
SETTLED_MS = 120
MOST_UNITS = 24  # named


class MatchPanel(Panel):
    """The steps follow the cursor until a stretch is chosen; the threshold is the suggested one until it is moved."""

    name = "match"
    title = QT_TRANSLATE_NOOP("panel", "Match")
    subtitle = QT_TRANSLATE_NOOP("panel", "where else the same units are on")
    rests_in_training = True
    order = 84

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.matches: Matches | None = None
        self.spread: Distribution | None = None
        self._spread_of: tuple[Trace | None, str] = (None, "")
        self._stretch: tuple[int, int, int] | None = None  # sequence, first, last, where they were chosen
        self._threshold: float | None = None
        self._chosen = ""
        self._drawn: tuple[object, ...] = ()
        self.tabs = Tabs(self.tr("Of which quantity units are matched"), self)
        self.tabs.chosen.connect(self._choose)
        self.plot = MatchPlot(TimeAxis.of(session), self)
        self.plot.sought.connect(self.seek)
        self.plot.brushed.connect(self.choose_steps)
        self.watch(self.plot)
        self.bar = ThresholdBar(self.tr("Threshold from which on a unit is on"), self)
        self.bar.moved.connect(self.choose_threshold)
        self.bar.suggested.connect(self.take_suggestion)
        self.units = LinkedText(self.tr("Units that are on"), self)
        self.units.opened.connect(session.select)
        self.places = MatchPlaces(self.tr("Places where the same units are on"), self)
        self.places.opened.connect(self._go_to)
        self.field = SettingField(self._take_steps, self)
        self.field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.field.setAccessibleName(self.tr("Steps to match, such as 10-12"))
        self.field.setToolTip(
            self.tr("Steps to match, such as 10-12. In the map: drag with Shift; by keys: Shift with Left and Right.")
        )
        self.complaint = Complaint(self)
        self.field.refused.connect(self.complaint.say_or_hide)
        self.follow = self._follow_tool()
        self.work = IdleWork(self)
        self.work.finished.connect(self._match_now)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._match_now)
        self._lay_out()
        self.restyle()

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        self.caption = QLabel(self.tr("steps"), self)
        self.caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for widget, stretch in ((self.tabs, 1), (self.caption, 0), (self.field, 0)):
            above.addWidget(widget, stretch)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self.plot, 1)
        left.addWidget(self.bar)
        right.addWidget(self.units)
        right.addWidget(self.places, 1)
        self._halves = QHBoxLayout()
        self._halves.setSpacing(theme.GAP)
        self._halves.addLayout(left, 2)
        self._halves.addLayout(right, 3)
        self.body_layout.addLayout(above)
        self.body_layout.addWidget(self.complaint)
        self.body_layout.addLayout(self._halves, 1)
        self.body_layout.setSpacing(4)

    def _follow_tool(self) -> QToolButton:
        button = QToolButton()
        button.setText(self.tr("follow"))
        button.setCheckable(True)
        button.setChecked(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(self.tr("Match the steps up to the cursor, wherever it is"))
        button.setAccessibleName(self.tr("Match: follow the cursor"))
        button.clicked.connect(self._set_follow)
        self.add_tool(button)
        return button

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return bool(reading.directions(snapshot))

    # --- what is matched --------------------------------------------------------------------------------------------

    def chosen(self, snapshot: Snapshot) -> Chosen | None:
        """The stretch, quantity and threshold; None as long as no distribution is known."""
        if self.spread is None or not snapshot.trace.steps:
            return None
        sequence, first, last, threshold = self._begun(snapshot)
        return None if threshold is None else Chosen(self._chosen, first, last, threshold, sequence)

    def _begun(self, snapshot: Snapshot) -> tuple[int, int, int, float | None]:
        """Sequence, first and last step, threshold: what a person chose; else what there is something to see with."""
        is_known = self.spread is not None and self._spread_of == (snapshot.trace, self._chosen)
        suggested = self.spread.suggested if self.spread is not None and is_known else None
        threshold = suggested if self._threshold is None else self._threshold
        steps, batch = snapshot.trace.steps, snapshot.trace.batch
        if self._stretch is not None and self._stretch[0] < batch and self._stretch[2] <= steps:
            return (*self._stretch, threshold)
        last, sequence = min(max(1, snapshot.cursor.step), steps), snapshot.cursor.sequence
        if self._threshold is not None or suggested is None:
            return sequence, max(1, last - LENGTH + 1), last, threshold
        first, threshold = beginning(snapshot.trace[self._chosen][:, sequence], last, suggested)
        return sequence, first, last, threshold

    def _keep(self, snapshot: Snapshot) -> None:
        """Let steps and threshold be as they are, wherever the cursor goes."""
        *stretch, threshold = self._begun(snapshot)
        self._stretch = (stretch[0], stretch[1], stretch[2])
        if self.spread is not None and threshold != self.spread.suggested:
            self._threshold = threshold

    def choose_steps(self, first: int, last: int) -> None:
        """Match this stretch of the sequence that is looked at."""
        snapshot = self.snapshot
        if snapshot is not None and snapshot.trace.steps:
            first, last = (min(max(1, step), snapshot.trace.steps) for step in (first, last))
            self._stretch = (snapshot.cursor.sequence, first, last)
            self.follow.setChecked(False)
            self.redraw()

    def choose_threshold(self, value: float) -> None:
        self._threshold = value
        self.redraw()

    def take_suggestion(self) -> None:
        self._threshold = None
        self.redraw()

    def _take_steps(self, text: str) -> None:
        """From the field: "10-12", "10–12" or "10"."""
        snapshot = self.snapshot
        steps = snapshot.trace.steps if snapshot is not None else 0
        ends = [part.strip() for part in text.replace("–", "-").split("-")]
        if not 1 <= len(ends) <= 2 or not all(end.isdecimal() for end in ends):
            raise EditError(self.tr("“{0}” is no stretch of steps; write it as 10-12").format(text))
        first, last = int(ends[0]), int(ends[-1])
        if not 1 <= first <= last <= steps:
            raise EditError(self.tr("there are steps 1 to {0}, and the first comes first").format(steps))
        self.choose_steps(first, last)

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        if not snapshot.trace.steps:
            self._timer.stop()
            self.show_empty(self.tr("No steps yet. Feed an input, and the units that are on appear here."))
            return
        self.show_content()
        self._draw_tabs(snapshot)
        self._draw_map(snapshot)
        self._show_stretch(*self._begun(snapshot)[:3])
        is_light = snapshot.trace[self._chosen].size <= LIGHT
        if self._is_matched(snapshot):
            self._show(snapshot)
        elif is_light or not self.is_watched:
            self._match(snapshot)
        else:
            self._timer.start(SETTLED_MS)

    def _draw_tabs(self, snapshot: Snapshot) -> None:
        quantities = self._quantities(snapshot)
        if self._chosen not in quantities:
            self._chosen, self._threshold = quantities[0], None
        titles = tuple(reading.short_name(snapshot, name) for name in quantities)
        self.tabs.show_titles(titles, titles, quantities.index(self._chosen))

    def _quantities(self, snapshot: Snapshot) -> list[str]:
        """States first, then gates; the layer that is opened before the others."""
        lanes = sorted(reading.directions(snapshot), key=lambda lane: lane.layer.name != snapshot.opened_layer)
        found = []
        for lane in lanes:
            states = [lane.hidden, *(lane.prefix + name for name in lane.memories)]
            found += [*states, *(lane.prefix + gate for gate in lane.cell.gates)]
        return list(dict.fromkeys(found))

    def _draw_map(self, snapshot: Snapshot) -> None:
        sequence = snapshot.cursor.sequence
        drawn = (snapshot.trace, self._chosen, sequence, self.shared_stamp)
        if drawn != self._drawn:
            self._drawn = drawn
            values = reading.series(snapshot, self._chosen)
            lane = next(d for d in reading.directions(snapshot) if d.holds(self._chosen))
            letter = self._chosen.removeprefix(lane.prefix)
            is_gate = letter in lane.cell.gates
            hue = self.plot.style_now().gate_colour(letter, lane.cell.gates.index(letter)) if is_gate else None
            limits = Range(0, 1) if is_gate else signed_range(*self.shared([values]))
            self.plot.axis.set_steps(snapshot.trace.steps)
            track = MatchMap(values, self._chosen, limits, hue=hue)
            track.stretch = self.plot.stretch
            self.plot.show_tracks([track], sequence, reading.masked(snapshot))
        place = snapshot.selection
        unit = place.unit if isinstance(place, Address) and place.quantity == self._chosen else 0
        self.plot.show_now(Now(snapshot.cursor.step, unit))

    def _is_matched(self, snapshot: Snapshot) -> bool:
        return (
            self._spread_of == (snapshot.trace, self._chosen)
            and self.matches is not None
            and self.matches.chosen == self.chosen(snapshot)
        )

    def _match_now(self) -> None:
        """After a while, or when the values have been counted."""
        snapshot = self.snapshot
        if snapshot is None or not snapshot.trace.steps:
            return
        if self._spread_of != (snapshot.trace, self._chosen):
            self.set_subtitle(self.tr("counting values…"))
            self.work.begin(self._counting(snapshot.trace, self._chosen))
            return
        self._match(snapshot)
        self.setAccessibleDescription(self.describe(snapshot))

    def _counting(self, trace: Trace, quantity: str) -> Iterator[None]:
        for found in distributed(trace, quantity):
            if found is not None:
                self.spread, self._spread_of = found, (trace, quantity)
            yield

    def _match(self, snapshot: Snapshot) -> None:
        if self._spread_of != (snapshot.trace, self._chosen):
            self.work.begin(self._counting(snapshot.trace, self._chosen))
            self.work.finish_now(is_silent=True)
        chosen = self.chosen(snapshot)
        assert chosen is not None, "there are steps, and a distribution"
        try:
            self.matches = match(snapshot.trace, chosen)
        except EngineError as error:
            self.show_empty(self.tr("These steps cannot be matched: {why}.").format(why=error))
            return
        self._show(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        matches = self.matches
        assert matches is not None
        assert self.spread is not None
        chosen = matches.chosen
        self._show_stretch(chosen.sequence, chosen.first, chosen.last)
        self.bar.show_threshold(self.spread, chosen.threshold)
        self.units.show_pieces(self._pieces(snapshot, matches))
        self.places.show_places([self._place(found, snapshot) for found in matches.places])
        self.set_subtitle(self._said(matches))

    def _show_stretch(self, sequence: int, first: int, last: int) -> None:
        self.field.show_value(str(first) if first == last else f"{first}-{last}")
        is_here = self.snapshot is not None and sequence == self.snapshot.cursor.sequence
        self.plot.show_stretch(first, last) if is_here else self.plot.show_stretch(0, 0)

    def _said(self, matches: Matches) -> str:
        chosen = matches.chosen
        if not matches.units:
            return self.tr("no unit is on at all of these steps")
        count = len(matches.units)
        said = self.tr("1 unit on") if count == 1 else self.tr("{count} units on").format(count=count)
        if chosen.length == 1:
            said += " " + self.tr("at step {step}").format(step=chosen.first)
        else:
            said += " " + self.tr("all through steps {first} to {last}").format(first=chosen.first, last=chosen.last)
        return f"{said}; {self.tr('{0} places like it').format(len(matches.places))}"

    def _pieces(self, snapshot: Snapshot, matches: Matches) -> list[Piece]:
        chosen = matches.chosen
        if not matches.units:
            strongest = float(matches.weakest.max() if chosen.threshold > 0 else matches.weakest.min())
            if strongest * chosen.threshold <= 0:
                return [Piece(self.tr("No unit. "))]
            text = self.tr("No unit; one is up to a threshold of {value}.")
            return [Piece(f"{word} ") for word in text.format(value=numbers.text(strongest, 3)).split()]
        step = min(max(snapshot.cursor.step, chosen.first), chosen.last)
        pieces = [Piece(self.tr("On: "))]
        for unit in matches.units[:MOST_UNITS]:
            address = Address(chosen.quantity, step, chosen.sequence, unit)
            tip = self.tr("{place}; at least {value} in the stretch")
            weakest = numbers.text(float(matches.weakest[unit]), 3)
            pieces += [Piece(str(unit), address, tip.format(place=words.of_place(address, snapshot), value=weakest))]
            pieces.append(Piece(" "))
        if len(matches.units) > MOST_UNITS:
            pieces.append(Piece(self.tr("and {count} more").format(count=len(matches.units) - MOST_UNITS)))
        return pieces

    def _place(self, found: Matched, snapshot: Snapshot) -> Place:
        steps = str(found.first) if found.first == found.last else f"{found.first}–{found.last}"
        if snapshot.trace.batch == 1:
            where = self.tr("step {steps}").format(steps=steps)
        else:
            where = self.tr("{n}: {steps}").format(n=found.sequence + 1, steps=steps)
        return Place(found, where, *around(snapshot.scenario, found.sequence, found.first, found.last))

    def _go_to(self, place: Place) -> None:
        """The stretch stays where it was chosen: else the next place would be another one."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        if self._stretch is None:
            self._keep(snapshot)
            self.follow.setChecked(False)
        self.session.look(Cursor(place.match.last, 0, place.match.sequence, snapshot.cursor.is_backward))

    # --- in words and as a table ------------------------------------------------------------------------------------

    def describe(self, snapshot: Snapshot) -> str:
        matches = self.matches
        if matches is None:
            return self.translated(self.subtitle)
        said = self.tr("Match of {name}, threshold {value}: {what}. {units}")
        value = numbers.text(matches.chosen.threshold, 3)
        text = said.format(name=self._chosen, value=value, what=self._said(matches), units=self.units.text)
        return f"{text} " + "; ".join(place.text for place in self.places.places[:5])

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each place."""
        head = ["score", "sequence", "first step", "last step", "units in common", "units on", "before", "at", "after"]
        rows: list[list[str | float]] = [list(head)]
        for place in self.places.places:
            m = place.match
            rows.append([m.score, m.sequence, m.first, m.last, m.common, m.on, place.before, place.middle, place.after])
        return rows

    # --- its numbers ------------------------------------------------------------------------------------------------

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.plot.address_at(self.plot.mapFrom(self, point))

    def rect_of(self, address: AnyAddress) -> QRect | None:
        rect = self.plot.rect_of(address)
        return None if rect is None else rect.translated(self.plot.mapTo(self, QPoint()))

    def cells(self) -> Grid | None:
        if self.snapshot is None or not self.plot.tracks:
            return None
        return Grid(self.plot.rows, self.snapshot.trace.steps, self.plot.address_in)

    # --- keys and choices -------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._stretches(event):
            event.accept()  # here Shift with an arrow key widens the stretch
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._stretches(event):
            self._widen(-1 if event.key() == Qt.Key.Key_Left else 1)
        elif not self.plot.tracks or not self.plot.zoom_by_key(event):
            super().keyPressEvent(event)

    def _stretches(self, event: QKeyEvent) -> bool:
        is_arrow = event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        return is_arrow and event.modifiers() == Qt.KeyboardModifier.ShiftModifier and self.hasFocus()

    def _widen(self, by: int) -> None:
        """Move the end of the stretch; the first step stays."""
        if self.snapshot is not None and self.snapshot.trace.steps:
            self._keep(self.snapshot)
            _, first, last, _ = self._begun(self.snapshot)
            self.choose_steps(first, max(first, last + by))

    def _choose(self, index: int) -> None:
        if self.snapshot is not None:
            self._chosen, self._threshold = self._quantities(self.snapshot)[index], None
            self.redraw()

    def _set_follow(self, follows: bool) -> None:
        if follows or self.snapshot is None:
            self._stretch = None
        else:
            self._keep(self.snapshot)
        self.redraw()

    def restyle(self) -> None:
        self._drawn = ()
        for widget in (self.tabs, self.plot, self.bar, self.units):
            widget.restyle()
        self.caption.setFont(theme.sans(theme.SMALL))
        self.caption.setStyleSheet(f"color: {theme.current().muted.name()};")
        self.field.setFont(theme.mono(theme.SMALL))
        self.field.setFixedWidth(theme.px(84))

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        self.work.cancel()
