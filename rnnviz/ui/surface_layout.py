"""Where the parts of a loss surface are: map, slices beside it, axes outside, key to the colours below."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QSize

from rnnviz.ui import theme
from rnnviz.ui.plots.style import Style

Array = NDArray[np.floating[Any]]
NOTHING = QRect()


@dataclass(frozen=True)
class Layout:
    """Rectangles of the canvas; `below` and `beside` are the slices, empty where there is no room or no wish.

    corner : below the one and beside the other
    """

    map: QRect
    below: QRect
    beside: QRect
    x_ticks: int  # the top of the row of numbers
    y_ticks: int  # the left of the column of numbers
    x_label: QRect
    y_label: QRect
    key: QRect
    corner: QRect

    def point(self, column: float, row: float, lines: tuple[int, int]) -> QPointF:
        """The middle of a field, counted in grid lines from the lower left; `lines`: how many across and up."""
        x = self.map.left() + (column + 0.5) * self.map.width() / lines[0]
        y = self.map.top() + (1 - (row + 0.5) / lines[1]) * self.map.height()
        return QPointF(x, y)

    def lines_at(self, point: QPointF, lines: tuple[int, int]) -> tuple[int, int]:
        """The column and row of the field under a point; the nearest one outside the map."""
        column, row = (math.floor(at + 0.5) for at in self.fields_at(point, lines))
        return min(max(column, 0), lines[0] - 1), min(max(row, 0), lines[1] - 1)

    def fields_at(self, point: QPointF, lines: tuple[int, int]) -> tuple[float, float]:
        """The other way round of `point`: columns and rows from the lower left, with fractions."""
        column = (point.x() - self.map.left()) / max(1, self.map.width()) * lines[0] - 0.5
        row = (1 - (point.y() - self.map.top()) / max(1, self.map.height())) * lines[1] - 0.5
        return column, row


def layout(size: QSize, style: Style, y_texts: list[str], wants_slices: bool) -> Layout:
    """Everything inside the canvas; small ones do without the key, tiny ones without labels."""
    text = style.text_height
    is_small = size.width() < theme.px(420) or size.height() < theme.px(240)
    has_beside = wants_slices and size.width() >= theme.px(560) and size.height() >= theme.px(140)
    has_below = has_beside and size.height() >= theme.px(240)
    slice_height, gap_below = (theme.px(62), theme.px(10)) if has_below else (0, 0)
    slice_width, gap = (theme.px(84), theme.px(10)) if has_beside else (0, 0)
    numbers = max((style.width(each) for each in y_texts), default=0)
    left = style.width("0.00000") + theme.px(8) if has_below else 1
    right = numbers + theme.px(16) + (text + theme.px(4))
    bottom = text + theme.px(3) + text + theme.px(2)
    area = QRect(left, 1, size.width() - left - right - slice_width - gap, size.height() - 1 - bottom)
    area.setHeight(area.height() - slice_height - gap_below)
    below = QRect(area.left(), area.bottom() + 1 + gap_below, area.width(), slice_height) if has_below else NOTHING
    beside = QRect(area.right() + 1 + gap, area.top(), slice_width, area.height()) if has_beside else NOTHING
    x_ticks = area.bottom() + 1 + slice_height + gap_below + theme.px(3)
    y_ticks = area.right() + 1 + slice_width + gap + theme.px(7)
    labels = x_ticks + text
    key = NOTHING if is_small else QRect(area.right() - theme.px(90), labels + 1, theme.px(90), text)
    x_label = QRect(area.left(), labels, area.width(), text + theme.px(2))
    y_label = QRect(size.width() - text - 1, area.top(), text + 1, area.height())
    corner = NOTHING
    if has_below:
        corner = QRect(
            beside.left(), below.top() + text, size.width() - beside.left(), size.height() - below.top() - text
        )
    return Layout(area, below, beside, x_ticks, y_ticks, x_label, y_label, key, corner)


def ticks(low: float, high: float, most: int) -> tuple[float, list[float]]:
    """The stride and the round values inside low..high, at most so many of them, at least one where there is any."""
    size = 10.0 ** math.floor(math.log10((high - low) / max(most, 1)))
    stride = next(size * m for m in (1, 2, 5, 10, 20) if (high - low) / (size * m) <= most)
    first, last = math.ceil(low / stride - 1e-9), math.floor(high / stride + 1e-9)
    return stride, [k * stride for k in range(first, last + 1)]
