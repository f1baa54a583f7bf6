"""The body of a panel over time: tabs where there is something to choose, and a plot that is rebuilt only when it must be."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
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
        self.plot.sought.connect(panel.session.seek)
        self.restyle()

    def show_snapshot(
        self, snapshot: Snapshot, choice: Hashable, unit: int, make: Callable[[], Sequence[Track]]
    ) -> None:
        """Draw the snapshot; `choice` is all that, beside trace and ghost, decides what `make` gives."""
        sequence = snapshot.cursor.sequence
        shown = (id(snapshot.trace), id(snapshot.ghost), sequence, choice)
        if shown != self._shown:
            self._shown, self._traces = shown, (snapshot.trace, snapshot.ghost)
            self.plot.axis.set_steps(snapshot.trace.steps)
            self.plot.show_tracks(make(), sequence, reading.masked(snapshot))
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
        return Grid(self.plot.rows, self.plot.axis.steps, self.plot.address_in)

    def table(self, snapshot: Snapshot) -> list[list[str | float]]:
        """A row for each step, a column for each line or unit, headed by its name in the trace."""
        plot, trace = self.plot, snapshot.trace
        rows = range(plot.rows)
        heads = [plot.address_in(row, 0) for row in rows]
        names = [f"{at.quantity}[{at.unit}]" + (" before" if at.step != 1 else "") for at in heads if at]
        steps = range(trace.steps)
        values = [[trace.number(at) for row in rows if (at := plot.address_in(row, step))] for step in steps]
        return [["step", *names], *([step + 1, *values[step]] for step in steps)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or not self.plot.isVisible() or not self.plot.tracks:
            return False
        if event.type() == QEvent.Type.KeyPress:
            return self.plot.zoom_by_key(event)
        if event.type() == QEvent.Type.KeyRelease and isinstance(self._panel.address, Address):
            self.plot.axis.follow(self._panel.address.step)  # an arrow key may have led out of sight
        return False
