"""A loss surface as a picture, with the weights as a ring: hover reads it, click and drag move the weights there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import numbers, surface_paint, surface_path_paint, surface_plateau, surface_stairs, theme
from rnnviz.ui.plots.pills import draw_pill
from rnnviz.ui.plots.style import Style, pixel_ratio
from rnnviz.ui.surface_colours import Shade, ends_of, picture, shade_of
from rnnviz.ui.surface_contours import contours
from rnnviz.ui.surface_fixed import Curve, Staircase
from rnnviz.ui.surface_layout import Layout, layout
from rnnviz.ui.surface_path_paint import Exit
from rnnviz.ui.surface_paths import SurfacePath
from rnnviz.ui.surface_work import SurfaceWork
from rnnviz.ui.surface_zoom import Window

Array = NDArray[np.floating[Any]]
CONTOURS = 7
WHEEL = 0.8  # the range after one notch
LEAST_FRAME = 8  # pixels; less is a click


@dataclass(frozen=True, eq=False)
class Look:
    """How a surface is to be drawn.

    x_label, y_label : the axes in words
    dotted, dashed : lines over the map, of this kind; notes : what is written in its corner, line by line
    trail : the last training run
    stairs : the map of one unit at the point that is looked at
    is_beside : the weights are not on the plane, and the marker is where they are nearest to it
    paths : descents; exit_words : where those went that leave the picture at the same place
    plateau : the loss above which one of them has no gradient, None where there is no such loss
    shared, shared_stamp : of the panel: the losses that have the same colours, and when those of another change
    """

    is_log: bool
    cap: float | None
    slices: bool
    x_label: str
    y_label: str
    dotted: Curve | None = None
    dashed: Curve | None = None
    notes: tuple[str, ...] = ()
    trail: Curve | None = None
    stairs: Staircase | None = None
    is_beside: bool = False
    paths: tuple[SurfacePath, ...] = ()
    exit_words: Callable[[Sequence[Exit]], str] = lambda _: ""
    plateau: float | None = None
    shared: Callable[[list[Array]], Sequence[Array]] = list
    shared_stamp: int = 0


class SurfaceMap(QWidget):
    """`marker` is where the weights are, in values of the axes; `pointed` the keyboard's place in grid lines."""

    moved = Signal(float, float, object)  # to these values of x and y; the drag that all of them belong to
    framed = Signal(object)  # the window to zoom into
    turned = Signal(float, float, float)  # the wheel: a factor, and the point that stays where it is
    pointed_at = Signal()  # the mouse is somewhere else

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.work: SurfaceWork | None = None
        self.look: Look | None = None
        self.marker = (0.0, 0.0)
        self.pointed: tuple[int, int] | None = None
        self.hovered: tuple[int, int] | None = None
        self.shade = Shade(0, 1, False, False)
        self.frames = False  # a drag draws a frame to zoom into, and does not move the weights
        self._drag: object | None = None
        self._frame: QRect | None = None
        self._image: tuple[object, QImage] | None = None
        self._dead: tuple[object, QImage] | None = None
        self._version = 0
        self._segments: list[Array] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.restyle()

    def sizeHint(self) -> QSize:
        return QSize(640, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 90)

    def restyle(self) -> None:
        self._style = Style()
        self._image = self._dead = None
        self.update()

    def show_surface(self, work: SurfaceWork, look: Look, marker: tuple[float, float]) -> None:
        is_new = work is not self.work or self.look is None or _shades(look) != _shades(self.look)
        self.work, self.look, self.marker = work, look, marker
        if is_new:
            self.hovered = None
            self.refresh()
        self.update()

    def refresh(self) -> None:
        """More of the surface is known, or it is to be drawn in another way."""
        if self.work is not None and self.look is not None:
            losses = np.concatenate(self.look.shared([ends_of(self.work.loss)]))
            self.shade = shade_of(losses, self.look.is_log, self.look.cap)
        self._version += 1
        self._segments = None
        self.update()

    # --- what is where ----------------------------------------------------------------------------------------------

    @property
    def lines(self) -> tuple[int, int]:
        """How many grid lines across and up."""
        assert self.work is not None
        return len(self.work.plane.x), len(self.work.plane.y)

    def places(self) -> Layout:
        assert self.work is not None
        assert self.look is not None
        texts = [text for _, text in surface_paint.y_ticks(self.work.plane.y, self.height() - theme.px(60))]
        return layout(self.size(), self._style, texts, self.look.slices)

    def point_of(self, x: float, y: float, place: Layout) -> QPointF:
        """Where values of the axes are on the widget."""
        assert self.work is not None
        plane = self.work.plane
        column = (x - plane.x[0]) / (plane.x[-1] - plane.x[0]) * (len(plane.x) - 1)
        row = (y - plane.y[0]) / (plane.y[-1] - plane.y[0]) * (len(plane.y) - 1)
        return place.point(column, row, self.lines)

    def values_of(self, point: QPointF, place: Layout) -> tuple[float, float]:
        """The values of the axes at a point of the widget, also between and beyond the grid lines."""
        assert self.work is not None
        across, up = place.fields_at(point, self.lines)
        x, y = self.work.plane.x, self.work.plane.y
        return (
            float(x[0] + across / (len(x) - 1) * (x[-1] - x[0])),
            float(y[0] + up / (len(y) - 1) * (y[-1] - y[0])),
        )

    def nearest_known(self, column: int, row: int) -> tuple[int, int]:
        """The nearest crossing of grid lines that are worked out already."""
        assert self.work is not None
        found = []
        for at, lines in ((column, self.work.columns), (row, self.work.rows)):
            found.append(int(lines[np.abs(lines - at).argmin()]) if lines.size else at)
        return found[0], found[1]

    def values_at(self, column: int, row: int) -> tuple[float, float, float]:
        """x, y and the loss there, raw: not capped, NaN where it is not known yet."""
        assert self.work is not None
        plane = self.work.plane
        return float(plane.x[column]), float(plane.y[row]), float(self.work.loss[row, column])

    def marker_lines(self) -> tuple[int, int]:
        """The grid lines nearest to the weights."""
        assert self.work is not None
        plane = self.work.plane
        return int(np.abs(plane.x - self.marker[0]).argmin()), int(np.abs(plane.y - self.marker[1]).argmin())

    # --- mouse ------------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position())
        if self._frame is not None:
            self._frame.setBottomRight(event.position().toPoint())
            self.update()
        elif self._drag is not None:
            self._move()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position())
        if event.button() != Qt.MouseButton.LeftButton or self.hovered is None:
            return
        if self.frames or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._frame = QRect(event.position().toPoint(), QSize(1, 1))
        else:
            self._drag = object()
            self._move()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        frame, self._frame = self._frame, None
        self.update()
        if frame is None or self.work is None:
            return
        place = self.places()
        frame = frame.normalized().intersected(place.map)
        if min(frame.width(), frame.height()) >= LEAST_FRAME:
            (left, top), (right, bottom) = (
                self.values_of(QPointF(corner), place) for corner in (frame.topLeft(), frame.bottomRight())
            )
            self.framed.emit(Window((left, right), (bottom, top)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nearer and further around the mouse."""
        if self.work is None or not self.places().map.contains(event.position().toPoint()):
            event.ignore()
            return
        notches = event.angleDelta().y() / 120
        if notches:
            self.turned.emit(WHEEL**notches, *self.values_of(event.position(), self.places()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered = None
        self.pointed_at.emit()
        self.update()

    def _hover(self, point: QPointF) -> None:
        if self.work is None or not self.work.rows.size:
            return
        place = self.places()
        inside = place.map.contains(point.toPoint()) or self._drag is not None
        hovered = self.nearest_known(*place.lines_at(point, self.lines)) if inside else None
        self.setCursor(Qt.CursorShape.CrossCursor if inside else Qt.CursorShape.ArrowCursor)
        if hovered != self.hovered:
            self.hovered = hovered
            self.pointed_at.emit()
            self.update()

    def _move(self) -> None:
        if self.hovered is not None:
            x, y, _ = self.values_at(*self.hovered)
            self.moved.emit(x, y, self._drag)

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.work is None or self.look is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style, look, place, plane = self._style, self.look, self.places(), self.work.plane
        painter.drawImage(place.map, self._picture(place.map, pixel_ratio(painter)))
        if look.plateau is not None:
            painter.drawImage(place.map, self._plateau(place.map, pixel_ratio(painter), look.plateau))
        surface_paint.contours(painter, place, self.lines, self._contours())
        for curve, dashes in ((look.dashed, surface_paint.DASHED), (look.dotted, surface_paint.DOTTED)):
            if curve is not None:
                surface_paint.curve(painter, place, self._pieces(curve, place), dashes)
        surface_paint.x_axis(painter, style, place, plane.x, look.x_label)
        surface_paint.y_axis(painter, style, place, plane.y, look.y_label)
        at = self.point_of(*self.marker, place)
        self._paint_slices(painter, place, at)
        surface_paint.progress(painter, style, place.map, self.work.progress)
        if look.trail is not None:
            surface_paint.trail(painter, place, self._pieces(look.trail, place)[0])
        if look.stairs is not None and not place.corner.isEmpty():
            surface_stairs.paint(painter, style, place.corner, look.stairs)
        surface_paint.marker(painter, place, at, hollow=look.is_beside)
        ends = self._paint_descents(painter, place)
        if self._frame is not None:
            surface_paint.frame(painter, self._frame.normalized().intersected(place.map))
        pointed = self.hovered or self.pointed
        places = [at, *ends] if pointed is None else [at, place.point(*pointed, self.lines), *ends]
        surface_paint.notes(painter, style, place, look.notes, places)
        self._paint_pointed(painter, place, pointed)
        value = None if pointed is None else self.values_at(*pointed)[2]
        part = None if value is None or np.isnan(value) else float(self.shade.fraction(np.array(value)))
        surface_paint.key(painter, style, place, self.shade, part)

    def _paint_descents(self, painter: QPainter, place: Layout) -> list[QPointF]:
        """The descents; returns what the notes had better leave free."""
        assert self.look is not None
        area, paths = QRectF(place.map), self.look.paths
        if not paths:
            return []
        leaving = surface_path_paint.paint(painter, self._style, area, lambda x, y: self.point_of(x, y, place), paths)
        chips = surface_path_paint.paint_exits(painter, self._style, area, leaving, self.look.exit_words)
        marks = [
            self.point_of(x, y, place) for path in paths for x, y in zip(path.x.tolist(), path.y.tolist(), strict=True)
        ]
        return [*(point for point in marks if area.contains(point)), *(chip.center() for chip in chips)]

    def _paint_slices(self, painter: QPainter, place: Layout, at: QPointF) -> None:
        if self.work is None:
            return
        work = self.work
        column, row = self.nearest_known(*self.marker_lines())
        across, up = work.columns, work.rows
        if across.size and not place.below.isEmpty():
            points = [place.point(each, row, self.lines).x() for each in across.tolist()]
            surface_paint.slice_below(painter, self._style, place, points, work.loss[row, across], self.shade, at)
        if up.size and not place.beside.isEmpty():
            points = [place.point(column, each, self.lines).y() for each in up.tolist()]
            surface_paint.slice_beside(painter, self._style, place, points, work.loss[up, column], self.shade, at)

    def _paint_pointed(self, painter: QPainter, place: Layout, pointed: tuple[int, int] | None) -> None:
        """Hairlines through the point, its loss in a pill beside it, its values on the axes."""
        if pointed is None:
            return
        style, at = self._style, place.point(*pointed, self.lines)
        surface_paint.crosshair(painter, place, at, strong=self.hovered is None)
        x, y, loss = self.values_at(*pointed)
        text = "…" if np.isnan(loss) else numbers.text(loss, underflow=True)
        pill = QRect(0, 0, style.width(text) + 14, style.pill_height)
        pill.moveBottomLeft((at + QPointF(10, -9)).toPoint())
        if pill.right() > place.map.right():
            pill.moveRight(round(at.x()) - 10)
        if pill.top() < place.map.top():
            pill.moveTop(round(at.y()) + 9)
        draw_pill(painter, style, pill, text, style.theme.accent)
        x_text, y_text = (numbers.text(each, 5) for each in (x, y))
        across = QRect(0, place.x_ticks - 1, style.width(x_text) + 12, style.pill_height)
        across.moveLeft(min(max(round(at.x()) - across.width() // 2, 0), place.map.right() - across.width()))
        up = QRect(
            place.y_ticks - 6, round(at.y()) - style.pill_height // 2, style.width(y_text) + 12, style.pill_height
        )
        up.moveRight(min(up.right(), place.y_label.left() - 1))
        for rect, each in ((across, x_text), (up, y_text)):
            draw_pill(painter, style, rect, each, style.theme.line)

    def _pieces(self, curve: Curve, place: Layout) -> list[list[QPointF]]:
        """The unbroken parts of a curve on the widget."""
        breaks = np.flatnonzero(np.isnan(curve.x + curve.y))
        parts = zip(np.split(curve.x, breaks), np.split(curve.y, breaks), strict=True)
        pieces = [[(x, y) for x, y in zip(*part, strict=True) if x == x and y == y] for part in parts]
        return [[self.point_of(x, y, place) for x, y in piece] for piece in pieces if len(piece) > 1]

    def _picture(self, area: QRect, ratio: float) -> QImage:
        key = (self._version, area.size().toTuple(), ratio)
        if self._image is None or self._image[0] != key:
            assert self.work is not None
            width, height = round(area.width() * ratio), round(area.height() * ratio)
            self._image = key, picture(self.work.shown, self.shade, max(1, width), max(1, height), ratio)
        return self._image[1]

    def _plateau(self, area: QRect, ratio: float, cap: float) -> QImage:
        key = (self._version, area.size().toTuple(), ratio, cap)
        if self._dead is None or self._dead[0] != key:
            assert self.work is not None
            width, height = (max(1, round(side * ratio)) for side in area.size().toTuple())
            self._dead = key, surface_plateau.picture(self.work.shown, cap, width, height, ratio)
        return self._dead[1]

    def _contours(self) -> list[Array]:
        """Once the surface is known; even in the colours, so that they tell of them as well."""
        if self._segments is None:
            self._segments = []
            work, shade = self.work, self.shade
            if work is not None and work.is_done and min(work.loss.shape) > 3:
                part = shade.fraction(work.loss)
                levels = [k / (CONTOURS + 1) for k in range(1, CONTOURS + 1)]
                self._segments = contours(part, levels, 2 / (CONTOURS + 1))
        return self._segments

    def label_at(self, point: QPoint) -> int | None:
        """0 on the label of the x axis, 1 on that of the y axis."""
        if self.work is None:
            return None
        place = self.places()
        return 0 if place.x_label.contains(point) else 1 if place.y_label.contains(point) else None


def _shades(look: Look) -> tuple[bool, float | None, int]:
    return look.is_log, look.cap, look.shared_stamp
