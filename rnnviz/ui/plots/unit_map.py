"""A heat map whose rows may stand in any order, with figures of each unit beside its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from rnnviz.ui.plots.heat_map import BARS_GAP, HeatMap, Range, Values
from rnnviz.ui.plots.pyramid import Codes, Pyramid, encode
from rnnviz.ui.plots.style import Style, pixel_ratio
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.track import Mark, Now, Place, Spot

STRETCH = 1 << 17  # values that are encoded at a time
COLUMN_GAP = 8
THIN = 15  # of a column of bars where rows are too low for texts
ROOMY = 300  # pixels that map, bars and figures need together to have texts
LITTLE = 180  # less, and there are no figures


@dataclass(frozen=True)
class Figures:
    """One column: a heading, for each unit a text, how much of a bar is filled (nan: no bar), whether it is marked.

    widest : a text for which there is room in any case
    """

    title: str
    texts: tuple[str, ...]
    shares: NDArray[np.float64]
    marked: NDArray[np.bool_]
    widest: str = ""


class UnitMap(HeatMap):
    """order : the unit of each row from the top; figures : columns right of the map

    Where it `is_lazy`, nothing is drawn before `prepare` has run to its end, unless a `pyramid` is given, made by an
    earlier map of the same values in the same order.
    """

    def __init__(
        self,
        values: Values,
        quantity: str,
        value_range: Range,
        *,
        order: NDArray[np.intp] | None = None,
        figures: Sequence[Figures] = (),
        is_lazy: bool = False,
        pyramid: Pyramid | None = None,
        **options: object,
    ) -> None:
        super().__init__(values, quantity, value_range, **options)  # type: ignore[arg-type]
        self.order = np.arange(values.shape[1]) if order is None else order
        self.row_of = np.empty_like(self.order)
        self.row_of[self.order] = np.arange(len(self.order))
        self.figures = tuple(figures)
        self.is_lazy = is_lazy
        self._columns: list[int] = []  # their widths, as they were laid out
        if pyramid is not None:
            self.__dict__["pyramid"] = pyramid

    # --- from units to rows ------------------------------------------------------------------------------------------

    def prepare(self) -> Iterator[None]:
        """Make the picture ready, a stretch of steps at a time."""
        codes = np.empty(self.values.shape, np.uint8)
        length = max(1, STRETCH // self.units)
        for start in range(0, len(codes), length):
            part = self.values[start : start + length][:, self.order]
            codes[start : start + length] = encode(part, self.range.low, self.range.high)
            yield
        self.__dict__["pyramid"] = Pyramid(codes, self._rest(codes))

    def _rest(self, codes: Codes) -> Codes:
        if self.range.is_signed or not len(codes):
            return np.full(self.units, self.range.zero_code, np.uint8)
        return np.median(codes[:: max(1, len(codes) // 500)], axis=0).astype(np.uint8)

    @property
    def is_ready(self) -> bool:
        if not self.is_lazy and not self.is_prepared:
            for _ in self.prepare():
                pass
        return self.is_prepared

    @property
    def is_prepared(self) -> bool:
        return "pyramid" in self.__dict__

    def spot(self, row: int, step: int) -> Spot:
        return Spot(self.quantity, step, int(self.order[row]))

    def hit(self, point: QPointF, place: Place, now: Now) -> Spot | None:
        found = super().hit(point, place, now)
        if found is None and self.rect_of_figures(place).contains(point.toPoint()) and now.step:
            row = int((point.y() - place.plot.top()) / place.plot.height() * self.units)
            found = Spot(self.quantity, now.step, min(max(row, 0), self.units - 1))
        return None if found is None else self.spot(found.unit, found.step)

    def rect_of(self, spot: Spot, place: Place) -> QRectF | None:
        if spot.quantity != self.quantity or not 0 <= spot.unit < self.units:
            return None
        return super().rect_of(spot._replace(unit=int(self.row_of[spot.unit])), place)

    def marks(self, now: Now, place: Place, style: Style) -> list[Mark]:
        if not self.is_ready:
            return []
        row = int(self.row_of[now.unit]) if now.unit < self.units else now.unit
        return super().marks(replace(now, unit=row), place, style)

    def _column(self, now: Now) -> Values | None:
        column = super()._column(now)
        return None if column is None else column[self.order]

    def _unit_word(self, unit: int) -> str:
        number = int(self.order[unit]) if unit < self.units else unit
        return QCoreApplication.translate("plots", "unit {number}").format(number=number)

    def _row_text(self, unit: int, place: Place, style: Style) -> str:
        if self.names:
            return super()._row_text(int(self.order[unit]), place, style)
        return self._unit_word(0) if unit == 0 else str(self.order[unit])

    def left_width(self, style: Style, height: int) -> int:
        if self.title or self.names:
            return super().left_width(style, height)
        widest = QCoreApplication.translate("plots", "unit {number}").format(number=self.units - 1)
        return style.width(widest) + 8

    # --- figures ----------------------------------------------------------------------------------------------------

    def right_width(self, style: Style, room: int, axis: TimeAxis) -> int:
        self._columns = self._widths(style, room)
        return super().right_width(style, room, axis) + sum(self._columns)

    def _widths(self, style: Style, room: int) -> list[int]:
        if room < LITTLE:
            return []
        if room < ROOMY or self.title:
            return [THIN + COLUMN_GAP // 2] * len(self.figures)
        return [
            max(style.width(text) for text in (column.title, column.widest, *column.texts)) + COLUMN_GAP
            for column in self.figures
        ]

    def _bars_rect(self, place: Place) -> QRect:
        whole = super()._bars_rect(place)
        taken = sum(self._columns)
        return whole if whole.width() - taken < 24 else whole.adjusted(0, 0, -taken - BARS_GAP // 2, 0)

    def rect_of_figures(self, place: Place) -> QRect:
        taken = sum(self._columns)
        right = place.right.right() + 1
        return QRect(right - taken, place.plot.top(), taken, place.plot.height())

    def paint(self, painter: QPainter, place: Place, style: Style) -> None:
        if self.is_ready:
            super().paint(painter, place, style)
            return
        painter.fillRect(place.plot, style.theme.raised)

    def paint_labels(self, painter: QPainter, place: Place, style: Style) -> None:
        super().paint_labels(painter, place, style)
        rect, left = self.rect_of_figures(place), float(self.rect_of_figures(place).left())
        for column, width in zip(self.figures, self._columns, strict=False):
            box = QRectF(left + COLUMN_GAP / 2, rect.top(), width - COLUMN_GAP / 2, rect.height())
            if rect.height() / self.units >= style.text_height and not self.title and width > THIN + COLUMN_GAP:
                self._paint_texts(painter, column, box, style)
            else:
                self._paint_shares(painter, column, box, style)
            if self.has_legend and not self.title and width > THIN + COLUMN_GAP:
                under = QRectF(box.left() - COLUMN_GAP, rect.bottom() + 5, box.width() + COLUMN_GAP, style.text_height)
                style.text(painter, under, Qt.AlignmentFlag.AlignRight, column.title)
            left += width

    def _paint_texts(self, painter: QPainter, column: Figures, box: QRectF, style: Style) -> None:
        height = box.height() / self.units
        for row, unit in enumerate(self.order.tolist()):
            line = QRectF(box.left(), box.top() + row * height, box.width(), height)
            is_marked = bool(column.marked[unit])
            colour = style.theme.error if is_marked else style.theme.ink
            style.text(painter, line, Qt.AlignmentFlag.AlignRight, column.texts[unit], colour, strong=is_marked)

    def _paint_shares(self, painter: QPainter, column: Figures, box: QRectF, style: Style) -> None:
        """A bar for each row, as one small image; where several rows share a pixel, the fullest of them."""
        ratio = pixel_ratio(painter)
        rows, width = max(1, round(box.height() * ratio)), max(1, round(box.width() * ratio))
        codes = np.rint(np.nan_to_num(column.shares[self.order]) * 254).clip(0, 254).astype(np.uint8)
        pooled = self._pooled(codes, rows)
        marked = self._pooled(column.marked[self.order].astype(np.uint8), rows) > 0
        filled = np.arange(width) < np.rint(pooled[:, None] / 254 * width)
        muted, error = np.uint32(style.theme.muted.rgb()), np.uint32(style.theme.error.rgb())
        colours = np.where(marked, error, muted)[:, None]
        pixels = np.where(filled, colours, np.uint32(style.theme.raised.rgb())).astype(np.uint32)
        image = QImage(pixels.tobytes(), width, rows, 4 * width, QImage.Format.Format_RGB32).copy()
        painter.drawImage(box, image)

    def _pooled(self, codes: Codes, rows: int) -> Codes:
        return Pyramid(codes[None], np.zeros(len(codes), np.uint8)).pool_rows(codes, rows)
