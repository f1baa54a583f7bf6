"""Saliency: how one number depends on every input and every earlier state, over the sequence."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QToolButton, QWidget

from rnnviz.engine.errors import EngineError
from rnnviz.engine.saliency import PRE, activation_of, check
from rnnviz.engine.trace import Address, Trace
from rnnviz.scenario.inside_report import has_words, is_of_letters, word_at
from rnnviz.session import Session, Snapshot
from rnnviz.ui import numbers, words
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import HeatMap, Now, reading, signed_range
from rnnviz.ui.plots.tabs import Tabs
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.time_plot import TimePlot
from rnnviz.ui.saliency_words import SaliencyWords
from rnnviz.ui.saliency_work import SaliencyWork
from rnnviz.ui.stop_tool import StopTool

SETTLED_MS = 120  # after a step or an edit that long, a number is worth being differentiated
LONG_MS = 250
NEWS_MS = 33
MOST_WORDS = 2_000


class SaliencyPanel(Panel):
    """The number follows the selection; without one that depends on anything, it is the output at the cursor's step.

    A click on a number of this panel selects it everywhere else, and leaves this panel where it is.
    """

    name = "saliency"
    title = QT_TRANSLATE_NOOP("panel", "Saliency")
    subtitle = QT_TRANSLATE_NOOP("panel", "what a number depends on")
    rests_in_training = True
    order = 80

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.work: SaliencyWork | None = None
        self._pinned: Address | None = None
        self._own: Address | None = None  # selected here
        self._of: Address | None = None  # what a selection made here has left in place
        self._chosen = 0
        self._drawn: tuple[object, ...] = ()
        self._read: list[str] = []
        self._read_of: tuple[object, int] = (None, 0)  # trace and sequence
        self.tabs = Tabs(self.tr("By what the number is differentiated"), self)
        self.tabs.chosen.connect(self._choose)
        self.words = SaliencyWords(self.tr("Words by what they add to the number"), self)
        self.plot = TimePlot(TimeAxis.of(session), self)
        self.plot.sought.connect(self.seek)
        for widget, stretch in ((self.tabs, 0), (self.words, 0), (self.plot, 1)):
            self.body_layout.addWidget(widget, stretch)
        self.body_layout.setSpacing(4)
        self.watch(self.plot)
        self.watch(self.words)
        self.pin = self._tool(self.tr("pin"), self.tr("Stay with this number"), self._set_pin)
        self.logit = self._tool(
            self.tr("logit"),
            self.tr("Of the number before its activation, which no saturation hides"),
            self._set_logit,
        )
        self.stop = StopTool(self)
        self.stop.clicked.connect(self._stop_or_go_on)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._advance)
        self.restyle()

    def _tool(self, text: str, tip: str, handler: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(tip)
        button.setAccessibleName(self.tr("Saliency: {0}").format(tip))
        button.clicked.connect(handler)
        self.add_tool(button)
        return button

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return bool(reading.directions(snapshot))

    # --- which number -----------------------------------------------------------------------------------------------

    def number(self, snapshot: Snapshot) -> Address:
        """The number that is shown."""
        if self._pinned is not None and _is_there(self._pinned, snapshot):
            return self._pinned
        place = snapshot.selection
        if place is not None and place == self._own and self._of is not None and _is_there(self._of, snapshot):
            return self._of
        if isinstance(place, Address) and _is_there(place, snapshot):
            return place
        return _output_at(snapshot)

    def _asked(self, snapshot: Snapshot) -> Address:
        """With its activation taken away, where that is wanted and there is one."""
        number = self.number(snapshot)
        before = replace(number, quantity=number.quantity.removesuffix(PRE) + PRE)
        can_be = activation_of(snapshot.trace, number.quantity.removesuffix(PRE)) != "linear" and _is_there(
            before, snapshot
        )
        self.logit.setVisible(can_be)
        return before if can_be and self.logit.isChecked() else number

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        if not snapshot.trace.steps:
            self._drop()
            self.show_empty(self.tr("No steps yet. Feed an input, and what the output depends on appears here."))
            return
        asked = self._asked(snapshot)
        self._of = self.number(snapshot)
        if self.work is None or (self.work.trace, self.work.address) != (snapshot.trace, asked):
            self._drop()
            self.work = SaliencyWork(snapshot.trace, asked)
        if not self.is_watched and not self.work.is_done:
            self.work.work_here()
        elif not self.work.is_done and not self.work.is_busy and not self.stop.isChecked():
            self._timer.start(SETTLED_MS if self.work.is_light else LONG_MS)
        self._show(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        work = self.work
        assert work is not None
        if work.problem:
            self.show_empty(self.tr("This number cannot be differentiated: {why}.").format(why=work.problem))
            return
        self.show_content()
        self.stop.offer(not work.is_done and not work.is_light)
        titles = tuple(self._title_of(name, snapshot) for name in work.names)
        self._chosen = min(self._chosen, len(titles) - 1)
        short = (titles[0], *(reading.short_name(snapshot, name) for name in work.names[1:]))
        self.tabs.show_titles(titles, short, self._chosen)
        self.set_subtitle(self._said(snapshot))
        if not work.gradients:  # the first are on their way; what was there before stays until then
            if not self.plot.tracks or self.plot.axis.steps != snapshot.trace.steps:
                self.plot.show_tracks([])
            self.plot.show_now(Now(snapshot.cursor.step))
            return
        self._show_map(snapshot)
        self._show_words(snapshot)

    def _show_map(self, snapshot: Snapshot) -> None:
        work = self.work
        assert work is not None
        name = work.names[self._chosen]
        drawn = (work, work.known_from, name, self.shared_stamp)
        if drawn != self._drawn:
            self._drawn = drawn
            values = work.gradients[name]
            names = snapshot.scenario.input_names if name == "x" and values.shape[1] > 1 else ()
            found = HeatMap(values, name, signed_range(*self.shared([values])), names=names)
            self.plot.axis.set_steps(snapshot.trace.steps)
            masked = reading.masked(replace_sequence(snapshot, work.address.sequence))
            self.plot.show_tracks([found], work.address.sequence, masked)
        place = snapshot.selection
        unit = place.unit if isinstance(place, Address) and place.quantity == name else 0
        self.plot.show_now(Now(snapshot.cursor.step, unit))

    def _show_words(self, snapshot: Snapshot) -> None:
        """Gradient times value of each step: to first order, what the word adds to the number."""
        work = self.work
        assert work is not None
        sequence = work.address.sequence
        if self._read_of != (snapshot.trace, sequence):
            self._read_of, self._read = (snapshot.trace, sequence), _read(snapshot, sequence)
        read = self._read
        self.words.setVisible(any(read))
        if not any(read):
            return
        name = work.names[0]
        weights = np.vecdot(work.gradients[name], snapshot.trace[name][:, sequence])
        letters = is_of_letters(snapshot.scenario)
        shown = [" " if letters and len(word) > 1 else word for word in read]
        self.words.show_words(shown, weights, work.address.step, snapshot.cursor.step, letters)

    def _title_of(self, name: str, snapshot: Snapshot) -> str:
        return self.tr("inputs") if name in ("x", f"{snapshot.scenario.network.layers[0].name}.e") else name

    def _said(self, snapshot: Snapshot) -> str:
        """ "∂ output "a" at step 12 / ∂ lstm.c" and how far it is."""
        work = self.work
        assert work is not None
        number = words.of_place(work.address, snapshot)
        said = self.tr("of {number}").format(number=number)
        if self._pinned is not None:
            said += self.tr(", pinned")
        if not work.is_done:
            if self.stop.isChecked():
                share = round(100 * work.share)
                return self.tr("{said}: stopped at {share} %").format(said=said, share=share)
            if not work.is_busy or work.left_s is None:
                return self.tr("{said}: working…").format(said=said)
            left = numbers.text(work.left_s, 2)
            share = round(100 * work.share)
            return self.tr("{said}: {share} %, {left} s left").format(said=said, share=share, left=left)
        return said

    # --- in words and as a table ------------------------------------------------------------------------------------

    def describe(self, snapshot: Snapshot) -> str:
        work = self.work
        if work is None or not work.gradients:
            return self.translated(self.subtitle)
        said = [self.tr("Saliency {0}.").format(self._said(snapshot))]
        for name in work.names:
            lengths = np.linalg.norm(work.gradients[name], axis=1)
            if lengths.size and np.isfinite(lengths).all() and lengths.any():
                step = int(lengths.argmax()) + 1
                read = word_at(snapshot.scenario, step, work.address.sequence) if name == work.names[0] else ""
                text = self.tr("By {name} it depends most on step {step} {word}: length {length}.")
                length = numbers.text(float(lengths[step - 1]))
                said.append(text.format(name=self._title_of(name, snapshot), step=step, word=read, length=length))
        return " ".join(said).replace(" :", ":")

    def words_of(self, address: AnyAddress) -> str:
        said, work = super().words_of(address), self.work
        if work is None or not isinstance(address, Address) or self.snapshot is None or not work.gradients:
            return said
        name = work.names[0] if address.quantity == "x" and "x" not in work.names else address.quantity
        if name not in work.gradients or not 1 <= address.step <= len(work.gradients[name]):
            return said
        row = work.gradients[name][address.step - 1]
        if name != address.quantity:  # a word: all numbers that it stands for
            product = float(np.vecdot(row, self.snapshot.trace[name][address.step - 1, address.sequence]))
            read = word_at(self.snapshot.scenario, address.step, address.sequence)
            text = self.tr("step {step}, “{word}”: gradient × value {product}, length of the gradient {length}")
            length = numbers.text(float(np.linalg.norm(row)))
            return text.format(step=address.step, word=read, product=numbers.text(product), length=length)
        slope = self.tr("derivative of the number by this: {0}").format(numbers.text(float(row[address.unit])))
        return f"{said}\n{slope}"

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each step; the derivatives by every number of the chosen quantity, then their length."""
        work = self.work
        if work is None or not work.gradients:
            return []
        name = work.names[self._chosen]
        values = work.gradients[name]
        products = np.vecdot(values, snapshot.trace[name][:, work.address.sequence])
        heads = [f"d{work.address.quantity}[{work.address.unit}]/d{name}[{unit}]" for unit in range(values.shape[1])]
        rows = np.column_stack([values, np.linalg.norm(values, axis=1), products]).tolist()
        read = [word_at(snapshot.scenario, step, work.address.sequence) for step in range(1, len(values) + 1)]
        return [
            ["step", "word", *heads, "length", "gradient x value"],
            *([step, word, *row] for step, (word, row) in enumerate(zip(read, rows, strict=True), start=1)),
        ]

    # --- its numbers ------------------------------------------------------------------------------------------------

    def address_at(self, point: QPoint) -> AnyAddress | None:
        if self.work is None:
            return None
        word = self.words.word_at(self.words.mapFrom(self, point)) if self.words.isVisible() else None
        if word is not None:
            return Address("x", word, self.work.address.sequence)
        return self.plot.address_at(self.plot.mapFrom(self, point))

    def rect_of(self, address: AnyAddress) -> QRect | None:
        if isinstance(address, Address) and address.quantity == "x" and self.words.isVisible():
            rect = self.words.rect_of(address.step)
            return None if rect is None else rect.translated(self.words.mapTo(self, QPoint()))
        rect = self.plot.rect_of(address)
        return None if rect is None else rect.translated(self.plot.mapTo(self, QPoint()))

    def cells(self) -> Grid | None:
        if self.snapshot is None or not self.plot.tracks:
            return None
        return Grid(self.plot.rows, self.snapshot.trace.steps, self.plot.address_in)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click here selects, and this panel stays with its number."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            if isinstance(watched, QWidget):
                self._keep(self.address_at(watched.mapTo(self, event.position().toPoint())))
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._keep(self.address)
        if not self.plot.tracks or not self.plot.zoom_by_key(event):
            super().keyPressEvent(event)

    def _keep(self, address: AnyAddress | None) -> None:
        if isinstance(address, Address):
            self._own = address

    # --- choices ----------------------------------------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        self._chosen = index
        self.redraw()

    def _set_pin(self, is_pinned: bool) -> None:
        self._pinned = self._of if is_pinned else None
        self.redraw()

    def _set_logit(self, _is_wanted: bool) -> None:
        self.redraw()

    def restyle(self) -> None:
        self._drawn = ()
        for widget in (self.tabs, self.words, self.plot):
            widget.restyle()

    # --- work -------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        work = self.work
        if work is None or work.is_done or self.snapshot is None:
            return
        is_new = True
        if work.is_light:
            work.work_here()
        elif not work.is_busy:
            work.begin()
        else:
            is_new = work.advance()
        if is_new:
            self._show(self.snapshot)
            self.settle()
            self.setAccessibleDescription(self.describe(self.snapshot))
        if not work.is_done:
            self._timer.start(NEWS_MS)

    def _stop_or_go_on(self, is_stopped: bool) -> None:
        self._timer.stop()
        if self.work is not None and is_stopped:
            self.work.cancel()
        elif self.work is not None:
            self._timer.start(0)
        if self.snapshot is not None:
            self._show(self.snapshot)

    def _drop(self) -> None:
        self._timer.stop()
        self.stop.setChecked(False)
        if self.work is not None:
            self.work.cancel()
        self.work = None

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        if self.work is not None:
            self.work.cancel()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.work is not None and not self.work.is_done and not self.stop.isChecked():
            self._timer.start(SETTLED_MS)


def replace_sequence(snapshot: Snapshot, sequence: int) -> Snapshot:
    """The snapshot as it is for another sequence."""
    return replace(snapshot, cursor=replace(snapshot.cursor, sequence=sequence))


def _read(snapshot: Snapshot, sequence: int) -> list[str]:
    """The words of a sequence, none where it has none."""
    if not has_words(snapshot.scenario):
        return []
    mask, steps = snapshot.trace.mask, snapshot.trace.steps
    length = steps if mask is None else int(mask[:, sequence].sum())
    return [word_at(snapshot.scenario, step, sequence) for step in range(1, min(length, MOST_WORDS) + 1)]


def _is_there(address: Address, snapshot: Snapshot) -> bool:
    """Whether the number exists, and depends on anything."""
    try:
        check(snapshot.trace, address)
    except EngineError:
        return False
    return True


def _output_at(snapshot: Snapshot) -> Address:
    """The output at the cursor's step; of several, the largest."""
    trace: Trace = snapshot.trace
    step, sequence = max(1, snapshot.cursor.step), snapshot.cursor.sequence
    row = trace.output[step - 1, sequence]
    unit = int(np.nan_to_num(row).argmax())
    if trace.output_name == "x" or not _is_there(Address(trace.output_name, step, sequence, unit), snapshot):
        return Address(reading.directions(snapshot)[-1].hidden, step, sequence, 0)
    return Address(trace.output_name, step, sequence, unit)
