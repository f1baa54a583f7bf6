"""What a time plot asks of the pictures in it: lines and heat maps are both tracks, stacked over one time axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QPainter

from rnnviz.ui.plots.style import Style
from rnnviz.ui.plots.time_axis import TimeAxis


class Spot(NamedTuple):
    """One number of a track: an address without its sequence."""

    quantity: str
    step: int
    unit: int


@dataclass(frozen=True)
class Place:
    """Where a track is drawn: the plot, the gutter left of it (ticks) and right of it (labels, the current column)."""

    plot: QRect
    left: QRect
    right: QRect
    axis: TimeAxis

    def x(self, step: float) -> float:
        return self.axis.position(step, self.plot.left(), self.plot.width())

    @property
    def cell_width(self) -> float:
        return self.plot.width() / self.axis.span


@dataclass(frozen=True)
class Now:
    """The moment to show: a step, the unit that is opened, and the quantities that this step has not worked out yet."""

    step: int = 0
    unit: int = 0
    pending: frozenset[str] = frozenset()


class Mark(NamedTuple):
    """Something drawn over the still picture, which changes with every step."""

    rect: QRect
    paint: Callable[[QPainter], None]


class Track(Protocol):
    weight: float

    @property
    def rows(self) -> int:
        """Lines or units: what the keyboard moves through from top to bottom."""
        ...

    def spot(self, row: int, step: int) -> Spot: ...

    def left_width(self, style: Style, height: int) -> int:
        """Room for the labels of the value axis."""
        ...

    def right_width(self, style: Style, room: int, axis: TimeAxis) -> int:
        """Room right of the plot, of the `room` that plot and right gutter have together."""
        ...

    def paint(self, painter: QPainter, place: Place, style: Style) -> None:
        """The still picture."""
        ...

    def paint_labels(self, painter: QPainter, place: Place, style: Style) -> None:
        """What is written beside it, over any hatching."""
        ...

    def marks(self, now: Now, place: Place, style: Style) -> list[Mark]:
        """What shows the current step: the fewer pixels the better."""
        ...

    def hit(self, point: QPointF, place: Place, now: Now) -> Spot | None: ...

    def rect_of(self, spot: Spot, place: Place) -> QRectF | None: ...
