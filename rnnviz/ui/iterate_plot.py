"""Plots over what counts from 0, the iterates of training and the steps of descents."""

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtWidgets import QWidget

from rnnviz.ui import numbers
from rnnviz.ui.plots import TimeAxis, TimePlot
from rnnviz.ui.plots.time_plot import TOP


class IterateAxis(TimeAxis):
    """Round numbers below the iterates, which count from 0."""

    def ticks(self, room: int) -> list[int]:
        first, last = self.steps_in_sight()
        if last - first < room:
            return list(range(first, last + 1))
        stride = next(
            size * factor
            for size in (10**power for power in range(12))
            for factor in (1, 2, 5)
            if (last - first) / (size * factor) <= max(room - 1, 1)
        )
        end = self.steps if first <= self.steps <= last else 0
        begin = stride * -(-(first - 1) // stride)
        round_ones = [number + 1 for number in range(begin, last, stride)]
        return sorted({*(step for step in round_ones if not end or end - step > 0.6 * stride), *([end] if end else [])})


class IteratePlot(TimePlot):
    """A click or a drag anywhere asks for the iterate there; iterate 0 is step 1 of the axis."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(IterateAxis(), parent)
        self.setMouseTracking(True)

    def _number(self, step: int) -> str:
        return numbers.count(step - 1)

    def _seeks(self, point: QPointF) -> bool:
        return bool(self.tracks) and self.axis.steps > 0 and point.y() >= TOP - 6

    def address_at(self, point: QPoint | QPointF) -> None:
        """Losses of iterates are no numbers of the trace."""
