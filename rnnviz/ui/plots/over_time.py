"""The body of a panel over time: tabs where there is a choice, and a plot that is rebuilt only when it must be."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rnnviz.engine.trace import Address, Trace
from rnnviz.session import Snapshot
from rnnviz.ui.panel import Grid, Panel
from rnnviz.ui.plots import reading
from rnnviz.ui.plots.directions import DirectionTabs
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.time_plot import TimePlot
from rnnviz.ui.plots.track import Now, Track


class OverTime(QWidget):
    """Tabs and plot of one panel; asks the panel for new tracks only when what they show has changed."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._shown: tuple[Hashable, ...] = ()
        self._steps = 0
        self._traces: tuple[Trace | None, ...] = ()  # kept, so that their identities stay taken
        self.tabs = DirectionTabs(panel)
        self.plot = TimePlot(TimeAxis.of(panel.session), self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.tabs)
        layout.addWidget(self.plot, 1)
        panel.body_layout.addWidget(self, 1)
        panel.watch(self.plot)
        panel.installEventFilter(self)  # the panel has the focus, and so the keys
        self.plot.sought.connect(panel.seek)
        self.restyle()

    def show_snapshot(
        self,
        snapshot: Snapshot,
        choice: Hashable,
        unit: int,
        make: Callable[[], Sequence[Track]],
        steps: int | None = None,
    ) -> None:
        """Draw the snapshot; `choice` is all that, beside trace and ghost, decides what `make` gives.

        steps : of the tracks, where they are not those of the trace
        """
        sequence = snapshot.cursor.sequence
        if not snapshot.trace.steps:
            self._panel.show_empty(
                QCoreApplication.translate("plots", "No steps yet. Feed an input, and it appears here.")
            )
            return
        self._panel.show_content()
        shown = (id(snapshot.trace), id(snapshot.ghost), sequence, choice, self._panel.shared_stamp)
        if shown != self._shown:
            self._shown, self._traces = shown, (snapshot.trace, snapshot.ghost)
            self.plot.axis.set_steps(snapshot.trace.steps)
            self._steps = snapshot.trace.steps if steps is None else steps
            self.plot.show_tracks(make(), sequence, reading.masked(snapshot), self._steps)
        self.plot.show_now(Now(snapshot.cursor.step, unit, reading.pending(snapshot)))

    def restyle(self) -> None:
        self._shown = ()
        self.tabs.restyle()
        self.plot.restyle()

    def address_at(self, point: QPoint) -> Address | None:
        """`point` and the rectangle of `rect_of` are the panel's."""
        return self.plot.address_at(self.plot.mapFrom(self._panel, point))

    def rect_of(self, address: object) -> QRect | None:
        rect = self.plot.rect_of(address)
        return None if rect is None else rect.translated(self.plot.mapTo(self._panel, QPoint()))

    def cells(self) -> Grid:
        """For the keyboard: a row for each line or unit, a column for each step."""
        return Grid(self.plot.rows, self._steps, self.plot.address_in)

    def table(self, snapshot: Snapshot) -> list[list[str | float]]:
        """A row for each step, a column for each line or unit, headed by its name in the trace."""
        names, columns = [], []
        for row in range(self.plot.rows):
            first = self.plot.address_in(row, 0)
            if first is None:
                continue
            is_before = first.step != 1
            names.append(f"{first.quantity}[{first.unit}]" + (" before" if is_before else ""))
            read = reading.before if is_before else reading.series
            columns.append(read(snapshot, first.quantity)[:, first.unit])
        rows = np.stack(columns, axis=1).tolist() if columns else []
        return [["step", *names], *([step, *row] for step, row in enumerate(rows, start=1))]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not self.plot.isVisible() or not self.plot.tracks:
            return False
        if event.type() == QEvent.Type.KeyPress:
            return self.plot.zoom_by_key(event)
        if event.type() == QEvent.Type.KeyRelease and isinstance(self._panel.address, Address):
            self.plot.axis.follow(self._panel.address.step)  # an arrow key may have led out of sight
        return False
