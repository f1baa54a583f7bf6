"""A thousand steps: what a weight makes of a number that is handed on, and beside it what a forget gate makes of it."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from rnnviz.engine.trace import Address
from rnnviz.session import Session, Snapshot
from rnnviz.session.edit_error import EditError
from rnnviz.ui import numbers, theme
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import Lines
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.thousand_curve import Course, linear, logarithmic
from rnnviz.ui.thousand_dial import Dial
from rnnviz.ui.thousand_paths import (
    GatePath,
    WeightPath,
    address_of,
    gate_path,
    gate_path_beside,
    kind_of,
    weight_path,
    weight_path_beside,
    written_by,
)
from rnnviz.ui.thousand_words import gate_figures, gate_note, weight_figures, weight_note
from rnnviz.ui.value_slider import ValueSlider

T = TypeVar("T")
W, Z = 0.99, 5.0  # of the network beside the document, at first


class Latest(Generic[T]):
    """The last result, for as long as it is asked for with the same objects and numbers."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[Any, ...], T] | None = None

    def of(self, make: Callable[[], T], *depends_on: Any) -> T:
        if self._kept is None or not _are_same(self._kept[0], depends_on):
            self._kept = depends_on, make()
        return self._kept[1]


class ThousandStepsPanel(Panel):
    name = "thousand_steps"
    title = QT_TRANSLATE_NOOP("panel", "A thousand steps")
    subtitle = QT_TRANSLATE_NOOP("panel", "what is left at the end")
    place = "centre"
    order = 5
    weight = 1.9

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._w, self._z = W, Z
        self._weight, self._gate = Latest[WeightPath](), Latest[GatePath]()
        self._is_log = True
        self.weight_dial = Dial("w", (0.01, 0.99, 1.0, 1.01), ValueSlider(0.0, 2.0, 0.001, self, fine_around=1.0), self)
        self.gate_dial = Dial("z_f", (1.0, 5.0, 10.0), ValueSlider(-5.0, 15.0, 0.1, self), self)
        self.weight_dial.asked.connect(self._ask_weight)
        self.gate_dial.asked.connect(self._ask_gate)
        self.log = QToolButton(self)
        self.log.setText(self.tr("log"))
        self.log.setCheckable(True)
        self.log.setChecked(True)
        self.log.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.log.setToolTip(self.tr("Logarithmic axis; it goes on where the numbers of a computer end"))
        self.log.setAccessibleName(self.tr("Logarithmic axis in A thousand steps"))
        self.log.clicked.connect(self._choose_log)
        self.add_tool(self.log)
        self.over_time = OverTime(self)
        self.note = WrappedLabel("", self)
        self.note.hide()
        self._lay_out()
        self.restyle()

    def _lay_out(self) -> None:
        dials = QWidget()
        self._dials = QBoxLayout(QBoxLayout.Direction.TopToBottom, dials)
        self._dials.setContentsMargins(0, 0, theme.GAP, 0)
        self._dials.setSpacing(theme.PADDING)
        self._dials.addWidget(self.weight_dial, 1)
        self._dials.addWidget(self.gate_dial, 1)
        self._view = QScrollArea(self)
        self._view.setWidget(dials)
        self._view.setWidgetResizable(True)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._halves.setSpacing(theme.PADDING)
        self.body_layout.removeWidget(self.over_time)
        right = QVBoxLayout()
        right.addWidget(self.over_time, 1)
        self._halves.addWidget(self._view, 4)
        self._halves.addLayout(right, 4)
        self.body_layout.addLayout(self._halves, 1)
        self.body_layout.addWidget(self.note)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Dials beside the curve, or above it where the panel is narrow; beside each other where it is low."""
        super().resizeEvent(event)
        is_wide, is_low = self.width() > theme.px(520), self.height() < theme.px(440)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._halves.setDirection(across if is_wide else down)
        self._dials.setDirection(across if is_low else down)
        self._halves.setStretch(0, 7 if is_wide and is_low else 4)

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return kind_of(snapshot.scenario) is not None

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        weight, gate = self._worked_out(snapshot)
        self._w, self._z = weight.w, gate.z
        is_weight = kind_of(snapshot.scenario) == "weight"
        self.weight_dial.say(self.tr("One unit: h = w · h′ + x"), self._aside(is_weight))
        self.gate_dial.say(self.tr("LSTM memory: c = f · c′ + i · g"), self._aside(not is_weight))
        self.weight_dial.show_value(weight.w, weight_figures(weight))
        self.gate_dial.show_value(gate.z, gate_figures(gate))
        notes = (weight_note(weight), gate_note(gate))
        self.note.setText(" ".join(note for note in notes if note))
        self.note.setVisible(any(notes))
        choice = (self._is_log, weight.w, gate.z)
        self.over_time.show_snapshot(snapshot, choice, 0, lambda: [self._lines(snapshot, weight, gate)])
        steps = numbers.count(len(weight.values))
        axis = self.tr("log axis") if self._is_log else self.tr("linear axis")
        self.set_subtitle(self.tr("what is left after {0} steps, {1}").format(steps, axis))

    def _aside(self, is_document: bool) -> str:
        if is_document:
            return self.tr("the network of this file")
        return self.tr("beside it, not in the file; same inputs")

    def _worked_out(self, snapshot: Snapshot) -> tuple[WeightPath, GatePath]:
        scenario, trace, sequence = snapshot.scenario, snapshot.trace, snapshot.cursor.sequence
        read = (scenario.inputs, scenario.lengths, *written_by(scenario), sequence)
        if kind_of(scenario) == "weight":
            weight = self._weight.of(lambda: weight_path(trace, sequence), trace, sequence)
            gate = self._gate.of(lambda: gate_path_beside(scenario, sequence, self._z), *read, self._z)
        else:
            weight = self._weight.of(lambda: weight_path_beside(scenario, sequence, self._w), *read, self._w)
            gate = self._gate.of(lambda: gate_path(trace, sequence), trace, sequence)
        return weight, gate

    def _lines(self, snapshot: Snapshot, weight: WeightPath, gate: GatePath) -> Lines:
        style = self.over_time.plot.style_now()
        courses = [
            Course("y", weight.quantity, weight.values, weight.logs, style.theme.positive),
            Course("c", gate.quantity, gate.values, gate.logs, style.gate_colour("f", 0), dash=1),
        ]
        if (
            kind_of(snapshot.scenario) == "gate"
        ):  # the numbers of the document come first: they are the ones that can be opened
            courses.reverse()
        return logarithmic(courses) if self._is_log else linear(courses)

    def describe(self, snapshot: Snapshot) -> str:
        return f"{self.weight_dial.text()} {self.gate_dial.text()} {self.note.text()}".strip()

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        weight, gate = self._worked_out(snapshot)
        columns = (weight.values, weight.logs, gate.values, gate.logs)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [["step", "y", "log10 |y|", "c", "log10 |c|"], *([step, *row] for step, row in enumerate(rows, 1))]

    def restyle(self) -> None:
        self.over_time.restyle()
        self.weight_dial.restyle()
        self.gate_dial.restyle()
        self.note.setFont(theme.sans(theme.SMALL))
        self.note.setStyleSheet(f"color: {theme.current().error.name()};")

    # --- what is asked for ------------------------------------------------------------------------------------------

    def _ask_weight(self, value: float, key: object) -> None:
        self._ask(self.weight_dial, value, key)

    def _ask_gate(self, value: float, key: object) -> None:
        self._ask(self.gate_dial, value, key)

    def _ask(self, dial: Dial, value: float, key: object) -> None:
        """An edit of the document, or only of what stands beside it."""
        snapshot = self.snapshot
        if snapshot is None:
            return
        is_weight = dial is self.weight_dial
        address = address_of(snapshot.scenario)
        if (kind_of(snapshot.scenario) == "weight") == is_weight and address is not None:
            try:
                self.session.edit_number(address, value, merge=key)
            except EditError as error:
                dial.refuse(error.message)
            return
        if is_weight:
            self._w = value
        else:
            self._z = value
        self.redraw()

    def _choose_log(self, is_log: bool) -> None:
        self._is_log = is_log
        self.redraw()

    # --- the numbers of the document --------------------------------------------------------------------------------

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self._of_document(self.over_time.address_at(point))

    def rect_of(self, address: AnyAddress) -> QRect | None:
        return self.over_time.rect_of(address)

    def cells(self) -> Grid:
        """A row of the steps of the document; what stands beside it cannot be opened."""
        plot = self.over_time.plot
        return Grid(1, plot.axis.steps, lambda row, column: self._of_document(plot.address_in(row, column)))

    def _of_document(self, address: Address | None) -> Address | None:
        snapshot = self.snapshot
        return address if address is not None and snapshot is not None and address.quantity in snapshot.trace else None


def _are_same(before: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    pairs = zip(before, now, strict=False)
    return len(before) == len(now) and all(a is b or (isinstance(a, float | int) and a == b) for a, b in pairs)
