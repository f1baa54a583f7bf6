"""Many units over time as a heat map, with the current column beside it as bars that also serve as the colour scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rnnviz.ui import numbers
from rnnviz.ui.plots.column_bars import ColumnBars
from rnnviz.ui.plots.pills import pill_marks
from rnnviz.ui.plots.pyramid import Pyramid, encode
from rnnviz.ui.plots.scale import LARGEST, SMALLEST, finite_range, tick_text
from rnnviz.ui.plots.style import Pixels, Style, pixel_ratio
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.track import Mark, Now, Place, Spot

Values = NDArray[np.float64]
GAP_FROM = 9  # pixels a cell must have for a gap to be left around it
BARS_GAP = 8  # between the map and the bars


@dataclass(frozen=True)
class Range:
    """What the colours mean: `low` to `high`; with `low` negative the map diverges around 0."""

    low: float
    high: float

    @property
    def is_signed(self) -> bool:
        return self.low < 0

    @property
    def zero_code(self) -> int:
        return 127 if self.is_signed else 0

    @property
    def text(self) -> str:
        high = tick_text(self.high, self.high)
        return f"±{high}" if self.is_signed else f"{tick_text(self.low, self.high)}–{high}"


def signed_range(*values: Values) -> Range:
    """Symmetric around 0, up to a round number above the largest magnitude of all these values."""
    low, high = finite_range(values)
    largest = max(-low, high)
    if largest < SMALLEST:
        return Range(-1, 1)
    size = 10.0 ** math.floor(math.log10(largest))
    rounded = next(size * m for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if largest <= size * m * 1.0001)
    rounded = min(rounded, LARGEST)
    return Range(-rounded, rounded)


class HeatMap:
    """`values` (T, units): row u, step t is the number (quantity, t, u).

    hue : the colour of a gate, whose map runs from the panel's colour to it; else diverging or cividis by the range
    title : written in the gutter where maps are stacked, in place of the unit numbers
    names : of the rows, where they have any (classes)
    initial : the column before the first step
    shows_before : the bars also mark the value of the step before
    """

    def __init__(
        self,
        values: Values,
        quantity: str,
        value_range: Range,
        *,
        hue: QColor | None = None,
        title: str = "",
        names: Sequence[str] = (),
        initial: Values | None = None,
        shows_before: bool = False,
        has_legend: bool = True,
        weight: float = 1.0,
    ) -> None:
        self.values = values
        self.quantity = quantity
        self.range = value_range
        self.hue = hue
        self.title = title
        self.names = tuple(names)
        self.initial = initial
        self.shows_before = shows_before
        self.has_legend = has_legend
        self.weight = weight
        self._bars: ColumnBars | None = None
        self._marked: tuple[int, Place | None, Style | None, list[Mark]] = (-1, None, None, [])

    @property
    def units(self) -> int:
        return self.values.shape[1]

    @cached_property
    def pyramid(self) -> Pyramid:
        codes = encode(self.values, self.range.low, self.range.high)
        if self.range.is_signed or not len(codes):
            rest = np.full(self.units, self.range.zero_code, np.uint8)
        else:  # a gate rests open or shut: what leaves that rest is what must not vanish
            rest = np.median(codes[:: max(1, len(codes) // 500)], axis=0).astype(np.uint8)
        return Pyramid(codes, rest)

    def colour_map(self, style: Style) -> Pixels:
        if self.hue is not None:
            return style.hue_map(self.hue)
        return style.signed_map if self.range.is_signed else style.magnitude_map

    @property
    def rows(self) -> int:
        return self.units

    def spot(self, row: int, step: int) -> Spot:
        return Spot(self.quantity, step, row)

    # --- room -------------------------------------------------------------------------------------------------------

    def left_width(self, style: Style, height: int) -> int:
        if self.title:
            return style.width(self.title, strong=True) + 8
        if self.names:
            return min(max(style.width(name) for name in self.names), 96) + 8
        return max(style.width(self._unit_word(0)), style.width(str(self.units - 1))) + 8

    def right_width(self, style: Style, room: int, axis: TimeAxis) -> int:
        return 0 if room < 110 else min(120, max(32, int(room * 0.24))) + BARS_GAP

    def _unit_word(self, unit: int) -> str:
        return QCoreApplication.translate("plots", "unit {number}").format(number=unit)

    # --- the still picture ------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, place: Place, style: Style) -> None:
        known = QRectF(place.plot)
        known.setWidth(min(known.width(), place.x(len(self.values) + 0.5) - known.left()))
        if known.width() > 0:
            painter.drawImage(known, self._image(known, place.axis, style, pixel_ratio(painter)))

    def paint_labels(self, painter: QPainter, place: Place, style: Style) -> None:
        if self.title:
            self._paint_title(painter, place, style)
        else:
            self._paint_rows(painter, place, style)
        if self.has_legend and self._bars_rect(place).width() > 0:
            self._paint_legend(painter, place, style)

    def _image(self, area: QRectF, axis: TimeAxis, style: Style, ratio: float) -> QImage:
        """The steps in sight, up to the last of these values where the axis goes on."""
        width, height = round(area.width() * ratio), round(area.height() * ratio)
        if not len(self.values) or width < 1 or height < 1:
            return QImage()
        last = min(axis.last, len(self.values) + 0.5)
        codes = self.pyramid.columns(axis.first, last, width, height)
        pixels = self.colour_map(style)[codes]
        gap = max(1, round(ratio))
        if area.height() / self.units >= GAP_FROM:
            pixels[_edges(height, 0, self.units, gap), :] = style.background
        if area.width() / (last - axis.first) >= GAP_FROM:
            pixels[:, _edges(width, axis.first - 0.5, last - 0.5, gap)] = style.background
        return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGB32).copy()

    def _paint_title(self, painter: QPainter, place: Place, style: Style) -> None:
        box = QRectF(place.left.left(), place.plot.top(), place.left.width() - 8, place.plot.height())
        style.text(painter, box, Qt.AlignmentFlag.AlignRight, self.title, self.hue, strong=True)

    def _paint_rows(self, painter: QPainter, place: Place, style: Style) -> None:
        for unit, box in self._row_labels(place, style):
            text = self._row_text(unit, place, style)
            style.text(painter, box, Qt.AlignmentFlag.AlignRight, text)

    def _row_labels(self, place: Place, style: Style) -> list[tuple[int, QRectF]]:
        """The units that are numbered: round ones, the first and the last, so far apart that they can be read."""
        height = place.plot.height() / self.units
        stride = max(1, math.ceil(style.text_height * (1 if self.names else 1.6) / height))
        if stride > 1:
            size = 10.0 ** math.floor(math.log10(stride))
            stride = int(next(size * m for m in (1, 2, 5, 10) if size * m >= stride))
        units = list(range(0, self.units, stride))
        last = self.units - 1
        if last - units[-1] >= stride * 0.7:
            units.append(last)
        elif units[-1] != last and len(units) > 1:
            units[-1] = last
        return [(unit, self._label_box(unit, place, style)) for unit in units]

    def _label_box(self, unit: int, place: Place, style: Style) -> QRectF:
        """Level with the row, and inside the plot's height."""
        centre = place.plot.top() + (unit + 0.5) * place.plot.height() / self.units
        half = style.text_height / 2
        top = min(max(centre - half, place.plot.top() - 3), place.plot.bottom() + 4 - 2 * half)
        return QRectF(place.left.left(), top, place.left.width() - 8, 2 * half)

    def _row_text(self, unit: int, place: Place, style: Style) -> str:
        if unit < len(self.names):
            return style.metrics.elidedText(self.names[unit], Qt.TextElideMode.ElideMiddle, place.left.width() - 8)
        return self._unit_word(0) if unit == 0 else str(unit)

    def _paint_legend(self, painter: QPainter, place: Place, style: Style) -> None:
        """Below the bars, how far they reach; the bars carry the map's colours."""
        bars = self._bars_rect(place)
        box = QRectF(bars.left(), place.plot.bottom() + 5, self._bars_width(place), style.text_height)
        fits = style.width(self.range.text) <= box.width()
        align = Qt.AlignmentFlag.AlignHCenter if fits else Qt.AlignmentFlag.AlignRight
        style.text(painter, box, align, self.range.text)

    # --- the current step -------------------------------------------------------------------------------------------

    def marks(self, now: Now, place: Place, style: Style) -> list[Mark]:
        marks = self._row_marks(now, place, style)
        bars = self._bars_rect(place)
        if bars.width() > 0 and self._column(now) is not None:
            marks.append(Mark(bars.adjusted(0, -4, 0, 4), partial(self._draw_bars, now=now, place=place, style=style)))
        x = place.x(now.step) if now.step else float(place.plot.left())
        if place.plot.left() - 1 <= x <= place.plot.right() + 2:
            marks.append(self._cursor_mark(x, now, place, style))
            value = self._value(now)
            if value is not None and not self.title:
                y = place.plot.top() + (now.unit + 0.5) * place.plot.height() / self.units
                beside_bars = place.plot.right() + BARS_GAP
                marks += pill_marks([(y, numbers.text(value), style.theme.accent)], now.step, place, beside_bars, style)
        return marks

    def _cursor_mark(self, x: float, now: Now, place: Place, style: Style) -> Mark:
        """A line; where a step is wide enough, a frame around its column, which leaves the colours in sight."""
        wide = place.cell_width if now.step and place.cell_width >= GAP_FROM else 0.0
        rect = QRect(math.floor(x - wide / 2) - 2, place.plot.top() - 3, math.ceil(wide) + 5, place.plot.height() + 6)
        return Mark(rect, partial(_draw_cursor, x=x, wide=wide, rect=rect, style=style))

    def _row_marks(self, now: Now, place: Place, style: Style) -> list[Mark]:
        """The same objects as long as the unit is the same, so that a step leaves them alone."""
        if self._marked[:3] != (now.unit, place, style):
            self._marked = (now.unit, place, style, self._make_row_marks(now, place, style))
        return list(self._marked[3])

    def _make_row_marks(self, now: Now, place: Place, style: Style) -> list[Mark]:
        if now.unit >= self.units or self.title or self.units == 1:
            return []
        box = self._label_box(now.unit, place, style)
        text = self._row_text(now.unit, place, style)
        cover = box
        for _, other in self._row_labels(place, style):  # a number that would stay half covered goes whole
            cover = cover.united(other) if other.intersects(box) else cover
        marks = [Mark(cover.toAlignedRect(), partial(_draw_row_label, cover=cover, box=box, text=text, style=style))]
        height = place.plot.height() / self.units
        if height >= 3:
            top = place.plot.top() + now.unit * height
            row = QRectF(place.plot.left(), top, place.plot.width(), height).toAlignedRect()
            marks.append(Mark(row.adjusted(-1, -1, 1, 1), partial(_draw_row, rect=row, style=style)))
        return marks

    def _value(self, now: Now) -> float | None:
        column = self._column(now)
        return None if column is None or now.unit >= self.units else float(column[now.unit])

    def _column(self, now: Now) -> Values | None:
        if self.quantity in now.pending or now.step > len(self.values):
            return None
        return self.values[now.step - 1] if now.step else self.initial

    def _draw_bars(self, painter: QPainter, now: Now, place: Place, style: Style) -> None:
        rect = QRect(self._bars_rect(place).topLeft(), place.plot.size())
        rect.setWidth(self._bars_width(place))
        ratio = pixel_ratio(painter)
        key = (rect, ratio, style)
        if self._bars is None or self._bars.key != key:
            self._bars = ColumnBars(key, self.pyramid, self.range.zero_code, self.colour_map(style))
        column = self._column(now)
        assert column is not None
        before = self._column(Now(now.step - 1)) if self.shows_before and now.step else None
        encoded = [None if v is None else encode(v, self.range.low, self.range.high) for v in (column, before)]
        self._bars.paint(painter, *encoded)
        self._draw_bar_values(painter, column, rect, place, style)

    def _draw_bar_values(self, painter: QPainter, column: Values, rect: QRect, place: Place, style: Style) -> None:
        height = place.plot.height() / self.units
        room = self._bars_rect(place).right() - rect.right() - 6
        if height < style.text_height or room < 30:
            return
        for unit, value in enumerate(column.tolist()):
            top = place.plot.top() + (unit + 0.5) * height - style.text_height / 2
            box = QRectF(rect.right() + 6, top, room, style.text_height)
            style.text(painter, box, Qt.AlignmentFlag.AlignRight, numbers.text(value, 3), style.theme.ink)

    def _bars_rect(self, place: Place) -> QRect:
        """Bars and the values written beside them."""
        if place.right.width() < 28 + BARS_GAP:
            return QRect()
        return QRect(
            place.right.left() + BARS_GAP, place.plot.top(), place.right.width() - BARS_GAP, place.plot.height()
        )

    def _bars_width(self, place: Place) -> int:
        """Of the bars alone: half of the room where rows are high enough for their values."""
        whole = self._bars_rect(place).width()
        return whole // 2 if place.plot.height() / self.units >= 14 and whole >= 84 else whole

    # --- the mouse --------------------------------------------------------------------------------------------------

    def hit(self, point: QPointF, place: Place, now: Now) -> Spot | None:
        plot = place.plot
        if not plot.top() <= point.y() < plot.bottom() + 1 or not place.axis.steps:
            return None
        unit = min(int((point.y() - plot.top()) / plot.height() * self.units), self.units - 1)
        if plot.left() <= point.x() < plot.right() + 1:
            step = place.axis.step_at(point.x(), plot.left(), plot.width())
            return Spot(self.quantity, step, unit) if step <= len(self.values) else None
        if self._bars_rect(place).contains(point.toPoint()) and self._column(now) is not None:
            return Spot(self.quantity, now.step, unit)
        return None

    def rect_of(self, spot: Spot, place: Place) -> QRectF | None:
        if spot.quantity != self.quantity or not 0 <= spot.unit < self.units:
            return None
        first, last = place.axis.steps_in_sight()
        if not first <= spot.step <= last:
            return None
        plot, height = place.plot, place.plot.height() / self.units
        cell = QRectF(place.x(spot.step - 0.5), plot.top() + spot.unit * height, place.cell_width, height)
        grown = cell.adjusted(min(0, (cell.width() - 5) / 2), min(0, (height - 5) / 2), 0, 0)
        grown.setSize(QRectF(0, 0, max(cell.width(), 5), max(height, 5)).size())
        return grown.intersected(QRectF(plot).adjusted(-2, -2, 2, 2))


def _edges(pixels: int, first: float, last: float, gap: int) -> NDArray[np.intp]:
    """The pixels of the gaps between cells `first`..`last` over a length of `pixels`."""
    inner = np.arange(math.ceil(first), math.floor(last) + 1)
    places = np.rint((inner - first) / (last - first) * pixels).astype(np.intp)
    spread = (places[:, None] - np.arange(1, gap + 1)).reshape(-1)
    return spread[(spread >= 0) & (spread < pixels)]


def _draw_cursor(painter: QPainter, x: float, wide: float, rect: QRect, style: Style) -> None:
    if wide:
        painter.setPen(style.cursor)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(x - wide / 2 - 1, rect.top() + 1.5, wide + 1, rect.height() - 3), 3, 3)
        return
    # a rim in the panel's colour keeps the line apart from whatever colour it crosses
    painter.fillRect(QRectF(x - 1.75, rect.top(), 3.5, rect.height()), style.theme.panel)
    painter.fillRect(QRectF(x - 0.75, rect.top(), 1.5, rect.height()), style.theme.accent)


def _draw_row_label(painter: QPainter, cover: QRectF, box: QRectF, text: str, style: Style) -> None:
    painter.fillRect(cover, style.theme.panel)
    style.text(painter, box, Qt.AlignmentFlag.AlignRight, text, style.theme.accent, strong=True)


def _draw_row(painter: QPainter, rect: QRect, style: Style) -> None:
    painter.setPen(QPen(style.theme.accent, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(rect).adjusted(-0.5, -0.5, 0.5, 0.5))
