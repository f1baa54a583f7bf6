"""A loss surface drawn at an angle: the picture of it that is kept, and what lies over the surface."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from rnnviz.scenario.loss_plane import Plane
from rnnviz.ui import numbers, surface_paint, theme
from rnnviz.ui.plots import relief_axes
from rnnviz.ui.plots.pills import draw_pill
from rnnviz.ui.plots.relief import Camera, Field, View, field, fitted
from rnnviz.ui.plots.relief_axes import Edge
from rnnviz.ui.plots.relief_raster import Paint, Raster, render
from rnnviz.ui.plots.scale import SUPERSCRIPTS, tick_text
from rnnviz.ui.plots.style import Style
from rnnviz.ui.surface_colours import Shade
from rnnviz.ui.surface_layout import Layout, ticks

Array = NDArray[np.floating[Any]]

FEW_LINES, MOST_LINES = 128, 401  # of the grid that is drawn, each way: while it turns, when it rests
# How many pixels are worked out: while it turns, when it rests, and for print.
QUICK, FINE, PRINT = 160_000, 1_000_000, 5_000_000
LIFT = 0.008  # of lines above the surface, in heights of the box
SIDES, HARDLY, SMALL = (-35.0, 35.0, -60.0, 60.0), 0.05, (200, 130)
DRAPED = 257  # points of a line over the whole surface
BRINK = 0.006  # of the box
HIDDEN = 0.3  # how much of what lies behind the surface shines through


def first_camera(surface: Field) -> Camera:
    """From where most is seen, of four sides with x from left to right; the first of those that hardly differ."""
    rows, columns = surface.heights.shape
    y, x = np.mgrid[0 : 1 : rows * 1j, 0 : 1 : columns * 1j]
    points = np.nan_to_num(np.stack([x, y, surface.heights + LIFT], axis=-1))
    seen = []
    cameras = [Camera(azimuth, long_y=abs(azimuth) > 45) for azimuth in SIDES]
    for camera in cameras:
        view = fitted(camera, 0, 0, *SMALL)
        raster = render(surface, view, *SMALL, Paint(theme.current().sequential_table, theme.current().raised))
        seen.append(1 - raster.hides(view.project(points)).mean())
    return next(camera for camera, share in zip(cameras, seen, strict=True) if share >= max(seen) - HARDLY)


def edges_of(
    plane: Plane, shade: Shade, names: tuple[str, str, str], lengths: tuple[float, float, float]
) -> tuple[Edge, Edge, Edge]:
    """x, y and the loss, each with ticks for an edge of this many pixels."""
    made = []
    for line, name, length in zip((plane.x, plane.y), names[:2], lengths[:2], strict=True):
        low, high = float(line[0]), float(line[-1])
        stride, at = ticks(low, high, max(2, int(length / theme.px(64))))
        made.append(Edge(tuple(((v - low) / (high - low), tick_text(v, stride)) for v in at), name))
    return made[0], made[1], Edge(_loss_ticks(shade, max(3, int(lengths[2] / theme.px(30)))), names[2])


def _loss_ticks(shade: Shade, most: int) -> tuple[tuple[float, str], ...]:
    if not shade.is_log:
        stride, at = ticks(shade.low, shade.high, most)
        return tuple((float(shade.fraction(np.array(v))), tick_text(v, stride)) for v in at)
    powers = range(math.ceil(math.log10(shade.low) - 1e-9), math.floor(math.log10(shade.high) + 1e-9) + 1)
    if len(powers) < 2:
        return tuple((part, numbers.text(shade.value(part), 3)) for part in (0.0, 0.5, 1.0))
    shown = [power for power in powers if power % math.ceil(len(powers) / most) == 0]
    places = [float(shade.fraction(np.array(10.0**power))) for power in shown]
    return tuple((place, "10" + str(power).translate(SUPERSCRIPTS)) for place, power in zip(places, shown, strict=True))


class Relief:
    """`raster` is the surface as it was drawn last; it is worked out again only for another view, size or surface."""

    def __init__(self) -> None:
        self.raster: Raster | None = None
        self.fields: dict[int, Field] = {}  # by the most grid lines
        self._of: object = None
        self._key: object = None
        self._image = QImage()
        self._area = QRectF()
        self._ratio = 1.0

    def show(self, surface: object, shown: Array, shade: Shade) -> None:
        """`surface` is another value whenever the losses or their colours are others.

        The heights are as the colours, so that a logarithmic key has a logarithmic relief.
        """
        if surface != self._of:
            heights, above = shade.fraction(shown), shown > shade.high
            self._of = surface
            self.fields = {most: field(heights, above, most) for most in (FEW_LINES, MOST_LINES)}

    def draw(
        self, painter: QPainter, style: Style, view: View, area: QRect, pixels: int, dead: float = math.inf
    ) -> None:
        """The surface alone, in about so many pixels, with a veil above the height `dead`."""
        ratio = min(2.0 * painter.deviceTransform().m11(), math.sqrt(pixels / max(1, area.width() * area.height())))
        key = (self._of, view, area.getRect(), ratio, dead, style.theme.name)
        if key != self._key:
            self._key, self._area, self._ratio = key, QRectF(area), ratio
            there = replace(view, x=view.x - area.left(), y=view.y - area.top()).at_scale(ratio)
            paint = Paint(
                style.theme.sequential_table, theme.mix(style.theme.raised, style.theme.muted, 0.2), ratio, dead
            )
            surface = self.fields[FEW_LINES if pixels <= QUICK else MOST_LINES]
            width, height = (math.ceil(side * ratio) for side in (area.width(), area.height()))
            self.raster = render(surface, there, width, height, paint)
            self._image = self.raster.image()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._image.size().toSizeF() / self._ratio
        painter.drawImage(QRectF(self._area.topLeft(), size), self._image)

    def place_at(self, at: QPointF) -> tuple[float, float] | None:
        """x and y in the box of what is seen there."""
        if self.raster is None:
            return None
        inside = (at - self._area.topLeft()) * self._ratio
        return self.raster.place_at(inside.x(), inside.y())

    # --- what lies over it ------------------------------------------------------------------------------------------

    def draped(self, x: Array, y: Array, brink: float = 0.0) -> Array:
        """Points (n, 3) of the box just above the surface; not a number beside it.

        brink : how far around a point the surface counts, so that a line along a cliff keeps to its upper edge
        """
        inside = (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)
        around = [(dx, dy) for dx in (-brink, 0, brink) for dy in (-brink, 0, brink)] if brink else [(0, 0)]
        surface = self.fields[MOST_LINES]
        found = [
            surface.heights_at(*(np.clip(np.where(inside, each, 0), 0, 1) for each in (x + dx, y + dy)))
            for dx, dy in around
        ]
        return np.stack([x, y, np.where(inside, np.fmax.reduce(found) + LIFT, np.nan)], axis=-1)

    def draped_curve(self, x: Array, y: Array) -> Array:
        """A smooth curve over the surface: between its points as well, for the surface is rougher."""
        at, known = np.linspace(0, len(x) - 1, max(len(x), DRAPED)), np.arange(len(x))
        return self.draped(np.interp(at, known, x), np.interp(at, known, y), BRINK)

    def is_hidden(self, view: View, points: Array) -> NDArray[np.bool_]:
        """Which points of the box lie behind the surface."""
        if self.raster is None:
            return np.zeros(points.shape[:-1], bool)
        seen = view.project(points)
        seen[..., 0] = (seen[..., 0] - self._area.left()) * self._ratio
        seen[..., 1] = (seen[..., 1] - self._area.top()) * self._ratio
        return self.raster.hides(np.nan_to_num(seen, nan=-1.0))

    def pieces(self, view: View, points: Array) -> tuple[list[list[QPointF]], list[list[QPointF]]]:
        """The parts of a line of the box (n, 3) that are seen, and those that are hidden, on the widget."""
        seen, hidden = view.project(points), self.is_hidden(view, points)
        # What lies between two points: 0 is seen, 1 is hidden, 2 is broken.
        state = np.where(np.isnan(seen[:-1] + seen[1:]).any(axis=1), 2, hidden[:-1] & hidden[1:])
        ends = [0, *(np.flatnonzero(np.diff(state)) + 1).tolist(), len(state)]
        parts: tuple[list[list[QPointF]], list[list[QPointF]]] = ([], [])
        for start, end in itertools.pairwise(ends):
            if end > start and state[start] < 2:
                parts[int(state[start])].append([QPointF(x, y) for x, y, _ in seen[start : end + 1].tolist()])
        return parts

    def draw_line(self, painter: QPainter, view: View, points: Array, pens: Sequence[QPen]) -> None:
        for piece_list, opacity in zip(self.pieces(view, points), (1.0, HIDDEN), strict=True):
            painter.setOpacity(opacity)
            for pen in pens:
                painter.setPen(pen)
                for piece in piece_list:
                    painter.drawPolyline(QPolygonF(piece))
        painter.setOpacity(1.0)


def line_along(axis: int, at: float) -> tuple[Array, Array]:
    """A line over the whole surface along one axis, through a place on the other."""
    along, fixed = np.linspace(0, 1, DRAPED), np.full(DRAPED, at)
    return (along, fixed) if axis == 0 else (fixed, along)


def slice_pens() -> list[QPen]:
    return [round_pen(QColor(0, 0, 0, 110), 2.6), round_pen(QColor(255, 255, 255, 230), 1.2)]


def draw_value(painter: QPainter, style: Style, view: View, axis: int, part: float, text: str) -> None:
    """A value in a pill over the numbers of its axis."""
    rect = relief_axes.text_rect(style, view, axis, part, text, theme.px(5)).adjusted(-5, -1, 5, 1)
    draw_pill(painter, style, rect.toRect(), text, style.theme.line)


def draw_notes(painter: QPainter, style: Style, room: float, lines: tuple[str, ...]) -> None:
    """What is to be said about the surface, at the upper left beside the box, where there is room."""
    width = min(room - theme.px(14), theme.px(250))
    if width < theme.px(120):
        return
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.setFont(style.font)
    painter.setPen(style.theme.muted)
    painter.drawText(QRectF(theme.px(2), 0, width, 12 * style.text_height), flags, "\n".join(lines))


def draw_loss(painter: QPainter, style: Style, at: QPointF, loss: float, width: int) -> None:
    """A dot on the surface and its loss in a pill beside it."""
    painter.setPen(QPen(surface_paint.BLACK, 1))
    painter.setBrush(surface_paint.WHITE)
    painter.drawEllipse(at, theme.px(3), theme.px(3))
    text = "…" if math.isnan(loss) else numbers.text(loss, underflow=True)
    pill = QRect(0, 0, style.width(text) + 14, style.pill_height)
    pill.moveBottomLeft((at + QPointF(10, -9)).toPoint())
    pill.moveRight(min(pill.right(), width - 2))
    pill.moveTop(max(pill.top(), 1))
    draw_pill(painter, style, pill, text, style.theme.accent)


def within(place: Layout, area: QRect) -> Layout:
    """For what is painted as on the map: the map is all of this."""
    return replace(place, map=area)


def round_pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
