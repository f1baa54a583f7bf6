"""Units over outputs in place of steps: the same heat map, on an axis of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from rnnviz.engine.trace import Address
from rnnviz.ui import numbers
from rnnviz.ui.plots.style import Style
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.time_plot import TimePlot
from rnnviz.ui.plots.track import Mark, Now, Place, Spot
from rnnviz.ui.plots.unit_map import UnitMap


class OutputsMap(UnitMap):
    """No cursor walks over outputs."""

    def _cursor_mark(self, x: float, now: Now, place: Place, style: Style) -> Mark:
        return Mark(QRect(), _draw_nothing)


class OutputsPlot(TimePlot):
    """Column k belongs to output k - 1; a cell is the unit of its row at the step that is looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.names: tuple[str, ...] = ()
        self.step = 1
        super().__init__(TimeAxis(), parent)

    def show_names(self, names: Sequence[str], count: int) -> None:
        self.names = tuple(names) if names else tuple(numbers.count(k) for k in range(count))
        self.axis.set_steps(count)

    def _step_word(self) -> str:
        return self.tr("output")

    def _number(self, step: int) -> str:
        return self.names[step - 1] if 1 <= step <= len(self.names) else ""

    def _seeks(self, point: QPointF) -> bool:
        return False

    def output_at(self, point: QPoint) -> int | None:
        """The output of the column under a point."""
        found = super().address_at(point)
        return None if found is None else found.step - 1

    def address_at(self, point: QPoint | QPointF) -> Address | None:
        found = super().address_at(point)
        return None if found is None else Address(found.quantity, self.step, found.sequence, found.unit)

    def address_in(self, row: int, column: int) -> Address | None:
        found = super().address_in(row, 0)
        return None if found is None else Address(found.quantity, self.step, found.sequence, found.unit)

    def rect_of(self, address: object) -> QRect | None:
        """The row of the unit, over all outputs."""
        if not isinstance(address, Address) or address.step != self.step or address.sequence != self._sequence:
            return None
        for track, place in zip(self.tracks, self.places(), strict=True):
            first, last = place.axis.steps_in_sight()
            ends = [track.rect_of(Spot(address.quantity, step, address.unit), place) for step in (first, last)]
            if ends[0] is not None and ends[1] is not None:
                return ends[0].united(ends[1]).toAlignedRect()
        return None


def _draw_nothing(painter: QPainter) -> None:
    pass
