"""Lesion: each unit of a state or a gate is held at 0 or at its mean in turn, and what changes in the output."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QToolButton, QWidget

from rnnviz.engine.lesion import Lesions
from rnnviz.engine.trace import Address
from rnnviz.session import Change, Session, Snapshot
from rnnviz.ui import numbers, theme, words
from rnnviz.ui.lesion_outputs import OutputsMap, OutputsPlot
from rnnviz.ui.lesion_work import LesionWork
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import Now, Range, reading, signed_range
from rnnviz.ui.plots.tabs import Tabs
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.time_plot import TimePlot
from rnnviz.ui.plots.unit_map import Figures, UnitMap
from rnnviz.ui.stop_tool import StopTool

SETTLED_MS = 120  # after an edit that long, the work is begun
LONG_MS = 250
NEWS_MS = 100


class LesionPanel(Panel):
    """The units that matter most stand at the top."""

    name = "lesion"
    title = QT_TRANSLATE_NOOP("panel", "Lesion")
    subtitle = QT_TRANSLATE_NOOP("panel", "what the output loses with each unit")
    needs = Change.SCENARIO | Change.TRACE | Change.CURSOR | Change.SELECTION
    rests_in_training = True
    order = 82

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.work: LesionWork | None = None
        self._chosen = ""
        self._drawn: tuple[object, ...] = ()
        self.tabs = Tabs(self.tr("Of which quantity units are held"), self)
        self.tabs.chosen.connect(self._choose)
        self.by_step = TimePlot(TimeAxis.of(session), self)
        self.by_step.sought.connect(self.seek)
        self.by_output = OutputsPlot(self)
        for widget, stretch in ((self.tabs, 0), (self.by_step, 1), (self.by_output, 1)):
            self.body_layout.addWidget(widget, stretch)
        self.by_output.hide()
        self.watch(self.by_step)
        self.watch(self.by_output)
        self.mean = self._tool(self.tr("mean"), self.tr("Hold units at their own mean, not at 0"))
        self.outputs = self._tool(self.tr("outputs"), self.tr("Show the change of each output, not of each step"))
        self.stop = StopTool(self)
        self.stop.clicked.connect(self._stop_or_go_on)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._advance)
        self.restyle()

    def _tool(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(tip)
        button.setAccessibleName(self.tr("Lesion: {0}").format(tip))
        button.clicked.connect(self._chosen_otherwise)
        self.add_tool(button)
        return button

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return bool(reading.directions(snapshot))

    @property
    def plot(self) -> TimePlot:
        """The one that is shown."""
        return self.by_output if self.outputs.isChecked() else self.by_step

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        if not snapshot.trace.steps:
            self._drop()
            self.show_empty(self.tr("No steps yet. Feed an input, and what each unit is there for appears here."))
            return
        quantities = self._quantities(snapshot)
        if self._chosen not in quantities:
            self._chosen = self._main(snapshot)
        titles = tuple(reading.short_name(snapshot, name) for name in quantities)
        self.tabs.show_titles(titles, titles, quantities.index(self._chosen))
        asked = (self._chosen, snapshot.cursor.sequence, "mean" if self.mean.isChecked() else 0.0)
        if self.work is None or not self.work.is_of(snapshot.trace, snapshot.scenario, *asked):
            self._drop()
            self.work = LesionWork(snapshot.trace, snapshot.scenario, *asked)
        if not self.is_watched and not self.work.is_done:
            self.work.work_here()
        elif not self.work.is_done and not self.work.is_busy and not self.stop.isChecked():
            self._timer.start(SETTLED_MS if self.work.is_light else LONG_MS)
        self._show(snapshot)

    def _quantities(self, snapshot: Snapshot) -> list[str]:
        return [d.prefix + equation.name for d in reading.directions(snapshot) for equation in d.cell.graph.equations]

    def _main(self, snapshot: Snapshot) -> str:
        """What the last layer hands on."""
        last = reading.directions(snapshot)[-1]
        return last.prefix + last.cell.output

    def _show(self, snapshot: Snapshot) -> None:
        work = self.work
        assert work is not None
        if work.problem:
            self.show_empty(self.tr("Lesions cannot be worked out: {why}.").format(why=work.problem))
            return
        self.show_content()
        self.stop.offer(not work.is_done and not work.is_light)
        self.by_step.setVisible(not self.outputs.isChecked())
        self.by_output.setVisible(self.outputs.isChecked())
        self.set_subtitle(self._said())
        found = work.found
        self.by_output.step = max(1, snapshot.cursor.step)
        drawn = (work, work.share, self.outputs.isChecked(), self.shared_stamp)
        if found is not None and drawn != self._drawn:
            self._drawn = drawn
            self._show_found(snapshot, found)
        elif found is None and self._drawn:
            self._drawn = ()
            self.plot.show_tracks([])
        place = snapshot.selection
        unit = place.unit if isinstance(place, Address) and place.quantity == work.quantity else self._worst(found)
        self.by_step.show_now(Now(snapshot.cursor.step, unit))
        self.by_output.show_now(Now(0, unit))

    def _show_found(self, snapshot: Snapshot, found: Lesions) -> None:
        work = self.work
        assert work is not None
        steps, count = snapshot.trace.steps, work.units
        order = np.argsort(-self._weights(found, count), kind="stable")
        figures = self._figures(found, count)
        if self.outputs.isChecked():
            values = _filled(self._changes(found), found, count).T
            names = snapshot.scenario.output_names
            self.by_output.show_names(names, len(values))
            self.by_output.show_tracks([self._map(OutputsMap, values, order, figures)], work.sequence)
            return
        values = _filled(found.by_step, found, count).T
        shown = self._map(UnitMap, values, order, figures)
        self.by_step.axis.set_steps(steps)
        self.by_step.show_tracks([shown], work.sequence, reading.masked(snapshot))

    def _changes(self, found: Lesions) -> np.ndarray:
        """Of each output: at the last step where that is what counts, else over all steps."""
        return found.at_end if self._is_of_end() else found.by_output

    def _is_of_end(self) -> bool:
        loss = self.work.scenario.loss if self.work is not None else None
        return loss is not None and loss.at == "last step"

    def _map(self, kind: type[UnitMap], values: np.ndarray, order: np.ndarray, figures: Sequence[Figures]) -> UnitMap:
        """Sizes from the panel's colour to orange, the hue of what is positive; signed changes in both hues."""
        assert self.work is not None
        limits = signed_range(*self.shared([values]))
        is_signed = bool((values < 0).any())
        hue = None if is_signed else theme.current().positive
        limits = limits if is_signed else Range(0, limits.high)
        return kind(values, self.work.quantity, limits, order=order, figures=figures, hue=hue)

    @staticmethod
    def _weights(found: Lesions, count: int) -> np.ndarray:
        """How much each unit changes the output; those that are not done come last."""
        weights = np.full(count, -1.0)
        weights[found.units] = np.nan_to_num(np.sqrt(np.square(found.by_output).sum(axis=1)), posinf=np.inf)
        return weights

    def _worst(self, found: Lesions | None) -> int:
        return 0 if found is None or self.work is None else int(self._weights(found, self.work.units).argmax())

    def _figures(self, found: Lesions, count: int) -> list[Figures]:
        columns = []
        if np.isfinite(found.loss).any():
            loss = _filled(found.loss, found, count)
            largest = float(np.abs(loss[np.isfinite(loss)]).max(initial=0.0)) or 1.0
            texts = tuple(("+" if value > 0 else "") + numbers.text(value, 3) for value in loss)
            columns.append(Figures(self.tr("loss"), texts, np.abs(loss) / largest, loss > 0.5 * largest))
        if np.isfinite(found.decided).any():
            decided = _filled(found.decided, found, count)
            texts = tuple(f"{share * 100:.0f} %" for share in decided)
            columns.append(Figures(self.tr("flips"), texts, decided, np.zeros(count, bool)))
        return columns

    def _said(self) -> str:
        work = self.work
        assert work is not None
        at = self.tr("at its mean") if work.value == "mean" else self.tr("at 0")
        if not work.is_done:
            if self.stop.isChecked():
                share = round(100 * work.share)
                return self.tr("holding each unit {at}: stopped at {share} %").format(at=at, share=share)
            if work.left_s is None:
                return self.tr("holding each unit {at}: working…").format(at=at)
            text = self.tr("holding each unit {at}: {share} %, {left} s left")
            return text.format(at=at, share=round(100 * work.share), left=numbers.text(work.left_s, 2))
        if not self.outputs.isChecked():
            return self.tr("change of the output at each step, one unit held {at}").format(at=at)
        if self._is_of_end():
            return self.tr("change of each output at the last step, one unit held {at}").format(at=at)
        return self.tr("change of each output over all steps, one unit held {at}").format(at=at)

    # --- in words and as a table ------------------------------------------------------------------------------------

    def describe(self, snapshot: Snapshot) -> str:
        found = self.work.found if self.work is not None else None
        if found is None or self.work is None:
            return self.translated(self.subtitle)
        order = np.argsort(-self._weights(found, self.work.units), kind="stable")[:3]
        said = [self.tr("Lesion of {name}: {what}.").format(name=self.work.quantity, what=self._said())]
        return " ".join([*said, *(self._unit_in_words(int(unit), found) for unit in order)])

    def _unit_in_words(self, unit: int, found: Lesions) -> str:
        rows = np.flatnonzero(found.units == unit)
        if not len(rows):
            return ""
        row = int(rows[0])
        size = float(np.sqrt(np.square(found.by_output[row]).sum()))
        parts = [self.tr("unit {unit} changes the output by {size}").format(unit=unit, size=numbers.text(size))]
        if np.isfinite(found.loss[row]):
            parts.append(self.tr("the loss by {loss}").format(loss=numbers.text(float(found.loss[row]))))
        if np.isfinite(found.decided[row]):
            share = numbers.percent(float(found.decided[row]), 3)
            parts.append(self.tr("{share} of steps are decided otherwise").format(share=share))
        return ", ".join(parts) + "."

    def words_of(self, address: AnyAddress) -> str:
        work = self.work
        found = work.found if work is not None else None
        if work is None or found is None or not isinstance(address, Address) or address.quantity != work.quantity:
            return super().words_of(address)
        assert self.snapshot is not None
        held = self.tr("at its mean") if work.value == "mean" else self.tr("at 0")
        said = self.tr("{place} held {held}").format(place=words.of_place(address, self.snapshot), held=held)
        rows = np.flatnonzero(found.units == address.unit)
        if len(rows) and 1 <= address.step <= found.by_step.shape[1]:
            size = numbers.text(float(found.by_step[rows[0], address.step - 1]))
            said += self.tr(": the output changes by {size} at this step").format(size=size)
        return f"{said}\n{self._unit_in_words(address.unit, found)}"

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each unit: at what it was held, and the changes of the loss, of what is decided, of each output."""
        found = self.work.found if self.work is not None else None
        if found is None:
            return []
        count = found.by_output.shape[1]
        names = snapshot.scenario.output_names or tuple(str(k) for k in range(count))
        heads = [f"output {name}" for name in names], [f"output {name} at the end" for name in names]
        head = ["unit", "held at", "loss", "decided otherwise", *heads[0], *heads[1]]
        figures = np.column_stack([found.values, found.loss, found.decided, found.by_output, found.at_end]).tolist()
        return [head, *([int(unit), *row] for unit, row in zip(found.units, figures, strict=True))]

    # --- its numbers: a cell is the unit that is held there -----------------------------------------------------------

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.plot.address_at(self.plot.mapFrom(self, point))

    def rect_of(self, address: AnyAddress) -> QRect | None:
        rect = self.plot.rect_of(address)
        return None if rect is None else rect.translated(self.plot.mapTo(self, QPoint()))

    def cells(self) -> Grid | None:
        if self.work is None or self.work.found is None or not self.plot.tracks:
            return None
        columns = self.by_output.axis.steps if self.outputs.isChecked() else self.work.trace.steps
        return Grid(self.plot.rows, columns, self.plot.address_in)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.plot.tracks or not self.plot.zoom_by_key(event):
            super().keyPressEvent(event)

    # --- choices and work -------------------------------------------------------------------------------------------

    def _choose(self, index: int) -> None:
        if self.snapshot is not None:
            self._chosen = self._quantities(self.snapshot)[index]
            self.redraw()

    def _chosen_otherwise(self) -> None:
        self.redraw()

    def restyle(self) -> None:
        self._drawn = ()
        for widget in (self.tabs, self.by_step, self.by_output):
            widget.restyle()

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


def _filled(values: np.ndarray, found: Lesions, count: int) -> np.ndarray:
    """A row for every unit; 0 for those that are not done."""
    filled = np.zeros((count, *values.shape[1:]))
    filled[found.units] = values
    return filled
