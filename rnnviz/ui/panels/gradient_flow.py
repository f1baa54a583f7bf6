"""Gradient flow: how much the loss depends on the state of each step, and how that adds up to a weight's derivative."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QToolButton, QWidget

from rnnviz.engine.trace import Address, GradientAddress
from rnnviz.session import Change, Session, Snapshot
from rnnviz.session.gradient_place import followed_weight
from rnnviz.ui import numbers, surface_words, theme
from rnnviz.ui.cards.linked_text import LinkedText, Piece
from rnnviz.ui.gradient_picture import GradientPicture
from rnnviz.ui.gradient_shown import NOTHING, Flowing, lost
from rnnviz.ui.gradient_work import GradientWork
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots.tabs import Tabs
from rnnviz.ui.stage.places import step_of

SETTLED_MS = 250  # after an edit that long, a worker process is worth its start
NEWS_MS = 33
LOW = 300  # a panel's height below which the sum ends with the derivative
QWIDGETSIZE_MAX = 16_777_215


class GradientFlowPanel(Panel):
    """`work` may go on while nothing is shown yet of it; what was there before stays until then."""

    name = "gradient_flow"
    title = QT_TRANSLATE_NOOP("panel", "Gradient flow")
    subtitle = QT_TRANSLATE_NOOP("panel", "length of ∂L/∂state at each step")
    needs = Change.SCENARIO | Change.TRACE | Change.CURSOR | Change.SELECTION | Change.TRAINING
    order = 70

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.work: GradientWork | None = None
        self._chosen = 0  # the states in their order, then the weight
        self._drawn: tuple[object, int] = (None, -1)  # what `_found` was made of
        self._found: Flowing | None = None
        self.tabs = Tabs(self.tr("What gradient flow is shown of"), self)
        self.tabs.chosen.connect(self._choose)
        self.picture = GradientPicture(self)
        self.picture.sought.connect(self.seek)
        self.watch(self.picture)
        self.sum = LinkedText(self.tr("Derivative by the weight"), self)
        self.sum.opened.connect(session.select)
        for widget, stretch in ((self.tabs, 0), (self.picture, 1), (self.sum, 0)):
            self.body_layout.addWidget(widget, stretch)
        self.body_layout.setSpacing(2)
        self.log_button = self._log_button()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._advance)
        self.restyle()

    def _log_button(self) -> QToolButton:
        button = QToolButton()
        button.setText(self.tr("log"))
        button.setCheckable(True)
        button.setChecked(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(self.tr("Logarithmic axis and colours"))
        button.setAccessibleName(self.tr("Logarithmic axis in Gradient flow"))
        button.clicked.connect(self._set_log)
        self.add_tool(button)
        return button

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        scenario = snapshot.scenario
        return scenario.targets is not None and scenario.loss is not None and bool(snapshot.trace.carried)

    # --- drawing ----------------------------------------------------------------------------------------------------

    def present(self, snapshot: Snapshot, change: Change) -> None:
        """Mere news of training, many a second, matter only to work that has waited for its end."""
        waits = self.work is not None and not self.work.is_done and not _is_trained(snapshot)
        if change != Change.TRAINING or waits:
            super().present(snapshot, change)

    def draw(self, snapshot: Snapshot) -> None:
        trace, sequence = snapshot.trace, snapshot.cursor.sequence
        if not trace.steps:
            self._drop()
            self.show_empty(self.tr("No steps yet. Feed an input, and it appears here."))
            return
        self.show_content()
        if self.work is None or not self.work.is_of(trace, snapshot.scenario, sequence):
            self._drop()
            self.work = GradientWork(trace, snapshot.scenario, sequence)
        self.work.ask(followed_weight(snapshot))
        if not self.work.is_done and (self.work.is_light or not self.is_watched):
            self.work.work_here()
        elif not self.work.is_done and not self.work.is_busy and not _is_trained(snapshot):
            self._timer.start(SETTLED_MS)
        self._show(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        work = self.work
        assert work is not None
        if work.problem:
            self.show_empty(self.tr("Gradient flow cannot be worked out: {why}.").format(why=work.problem))
            return
        titles = self._titles(snapshot)
        self._chosen = min(self._chosen, len(titles) - 1)
        self.tabs.show_titles(titles, titles, self._chosen)
        self.set_subtitle(self._said_above(snapshot))
        source = work.flow if self._chosen < len(snapshot.trace.carried) else work.parts
        if self._drawn[0] is not source or self._drawn[1] != self._chosen:
            self._drawn, self._found = (source, self._chosen), self._flowing(snapshot)
        found = self._found
        if found is None and len(self.picture.flowing.values) != snapshot.trace.steps:
            found = NOTHING
        if found is not None:
            scales = self.shared([found.values]), self.shared([found.matrix], "matrix")
            self.picture.show_flow(found, *scales)
        self.picture.show_step(snapshot.cursor.step, snapshot.is_backward)
        self.sum.show_pieces(self._sum(snapshot))
        self.sum.setToolTip(self.sum.text)
        self._fit_sum()

    def _titles(self, snapshot: Snapshot) -> tuple[str, ...]:
        weight = followed_weight(snapshot)
        of_weight = [f"∂L/∂{surface_words.short(weight, snapshot.scenario)}"] if weight is not None else []
        return (*snapshot.trace.carried, *of_weight)

    def _said_above(self, snapshot: Snapshot) -> str:
        if self.work is not None and not self.work.is_done:
            return self.tr("working…")
        if self._chosen < len(snapshot.trace.carried):
            state = snapshot.trace.carried[self._chosen].rpartition(".")[2]
            return self.tr("length of ∂L/∂{state} at each step").format(state=state)
        return self.tr("what its use at each step adds to {derivative}").format(derivative=self.tabs.titles[-1])

    def _flowing(self, snapshot: Snapshot) -> Flowing | None:
        """What the chosen tab shows, None as long as it is not known."""
        work, states = self.work, snapshot.trace.carried
        assert work is not None
        if self._chosen < len(states):
            if work.flow is None:
                return None
            state = states[self._chosen]
            return Flowing(work.flow.state_norms[state][:, 0], work.flow.matrices[state], *lost(work.flow, state))
        if work.parts is None:
            return None
        pairs = work.parts.pairs
        return Flowing(work.parts.by_use, pairs, np.zeros(len(pairs), bool), np.zeros(pairs.shape, bool), True)

    def _sum(self, snapshot: Snapshot) -> list[Piece]:
        """ "∂L/∂U = 75.125 · finite difference 75.125, relative 2.7e−10"; a low panel ends after 75.125."""
        parts = self.work.parts if self.work is not None else None
        if parts is None:
            return []
        tip = self.tr("Open the derivative: the sum of what each step adds")
        pieces = [Piece(f"{self._titles(snapshot)[-1]} = ")]
        pieces += [Piece(numbers.text(parts.derivative, 6), GradientAddress(parts.number), tip), Piece(" ")]
        if snapshot.is_backward and snapshot.cursor.step > 1:
            so_far = float(parts.by_use[snapshot.cursor.step - 1 :].sum())
            pieces.append(Piece(self.tr("· so far {so_far} ").format(so_far=numbers.text(so_far, 6))))
        difference = parts.difference
        apart = numbers.text(difference.relative_to(parts.derivative), 2)
        pieces.append(Piece(self.tr("· finite difference {slope}, ").format(slope=numbers.text(difference.slope, 6))))
        return [*pieces, Piece(self.tr("relative {apart}").format(apart=apart))]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_sum()

    def _fit_sum(self) -> None:
        """Where there is little height the picture needs it more."""
        is_low = self.height() < theme.px(LOW)
        height = self.sum.height_to_link(self.sum.width())
        self.sum.setMinimumHeight(height)
        self.sum.setMaximumHeight(height if is_low else QWIDGETSIZE_MAX)

    # --- in words and as a table ------------------------------------------------------------------------------------

    def describe(self, snapshot: Snapshot) -> str:
        if self.work is None:
            return self.translated(self.subtitle)
        said = []
        for name, lengths in (self.work.flow.state_norms if self.work.flow else {}).items():
            listed = ", ".join(numbers.text(float(value)) for value in lengths[:100, 0])
            said.append(self.tr("Length of ∂L/∂{state} from step 1: {values}.").format(state=name, values=listed))
        if self.work.parts is not None:
            listed = ", ".join(numbers.text(float(value), 6) for value in self.work.parts.by_use[:100])
            said.append(self.tr("What each step adds to the derivative: {values}.").format(values=listed))
        return " ".join([*said, self.sum.text]).strip() or self.tr("Being worked out.")

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each step; then what the loss of each step sends to what is shown."""
        flow, shown = self.work.flow if self.work else None, self.picture.flowing
        if flow is None or not shown.values.size:
            return []
        of = self.tabs.titles[self._chosen].removeprefix("∂L/∂")
        heads = [f"dL/d{name}" for name in flow.state_norms] + ([f"part of dL/d{of}"] if shown.is_signed else [])
        sent = [f"dL_{t + 1}/d{of}" for t in range(snapshot.trace.steps)]
        columns = [lengths[:, 0] for lengths in flow.state_norms.values()] + ([shown.values] * shown.is_signed)
        rows = np.concatenate([np.stack(columns, axis=1), shown.matrix.T], axis=1).tolist()
        return [["step", *heads, *sent], *([step, *row] for step, row in enumerate(rows, start=1))]

    # --- its numbers: of the weight, or of a state of one unit; a length of several derivatives is none ---------------

    def _address_of(self, step: int) -> GradientAddress | None:
        """What the bar of a step is."""
        snapshot, parts = self.snapshot, self.work.parts if self.work is not None else None
        if snapshot is None or self._chosen >= len(snapshot.trace.carried):
            return None if parts is None else GradientAddress(parts.number, step)
        state = snapshot.trace.carried[self._chosen]
        if snapshot.trace[state].shape[2] > 1:
            return None
        return GradientAddress(Address(state, step, snapshot.cursor.sequence))

    def cells(self) -> Grid | None:
        if self.work is None:
            return None
        count = len(self.picture.flowing.values) if self._address_of(1) is not None else 0
        return Grid(min(count, 1), count, lambda _row, column: self._address_of(column + 1))

    def address_at(self, point: QPoint) -> AnyAddress | None:
        found = self.picture.at(self.picture.mapFrom(self, point))
        return self._address_of(found[0]) if found is not None and not found[1] else None

    def rect_of(self, address: AnyAddress) -> QRect | None:
        step = step_of(address)
        if not 1 <= step <= len(self.picture.flowing.values) or self._address_of(step) != address:
            return None
        return self.picture.bar_rect(step).toAlignedRect().translated(self.picture.mapTo(self, QPoint()))

    def restyle(self) -> None:
        self.tabs.restyle()
        self.picture.restyle()
        self.sum.restyle()
        self._fit_sum()

    # --- work -------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        work = self.work
        if work is None or work.is_done or self.snapshot is None:
            return
        if not work.is_busy:
            work.begin()
        elif work.advance():
            self._show(self.snapshot)
            self.settle()
            self.setAccessibleDescription(self.describe(self.snapshot))
        if not work.is_done:
            self._timer.start(NEWS_MS)

    def _drop(self) -> None:
        self._timer.stop()
        if self.work is not None:
            self.work.cancel()
        self.work = None

    def _choose(self, index: int) -> None:
        self._chosen = index
        self.redraw()

    def _set_log(self, is_log: bool) -> None:
        self.picture.is_log = is_log
        self.picture.update()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        if self.work is not None:
            self.work.cancel()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.work is not None and not self.work.is_done:
            self._timer.start(SETTLED_MS)


def _is_trained(snapshot: Snapshot) -> bool:
    """While every iterate is shown as it comes, heavy work would never end."""
    run = snapshot.training
    return run is not None and run.state == "running" and run.cursor is None
