"""A loss surface from above as a map, or at an angle: there a drag turns it, and a click moves the weights."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from rnnviz.ui import numbers, surface_paint, surface_path_paint, surface_relief, surface_relief_paths, theme
from rnnviz.ui.plots import relief_axes
from rnnviz.ui.plots.relief import Camera, Path, View, fitted
from rnnviz.ui.plots.relief_axes import Edge
from rnnviz.ui.plots.style import is_vector
from rnnviz.ui.surface_layout import Layout
from rnnviz.ui.surface_map import WHEEL, SurfaceMap
from rnnviz.ui.surface_path_paint import Exit
from rnnviz.ui.surface_relief import FEW_LINES, FINE, PRINT, QUICK, Relief

Array = NDArray[np.floating[Any]]

DEGREES = 0.45  # for each pixel of a drag
REST_MS = 160  # after which a surface that was turned is drawn in full
COLOURS = 17  # along the axis of heights


class SurfaceView(SurfaceMap):
    """The map, and with `in_3d` the same surface in relief: what is hovered, pointed at and marked is the same.

    paths : lines over the surface, in relief; the map has its own way to draw them
    """

    looked_from = Signal(object)  # a Camera, whenever it is another one
    came_to_rest = Signal()  # after it was turned, or more of the surface became known

    def __init__(self, parent: QWidget | None = None) -> None:
        self.in_3d = False
        self.camera: Camera | None = None  # until there is a surface to look at
        self.paths: tuple[Path, ...] = ()
        self._relief = Relief()
        self._rests = True
        self._turned_from: tuple[QPointF, Camera] | None = None
        self._has_turned = False
        super().__init__(parent)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._come_to_rest)

    def show_in_3d(self, in_3d: bool) -> None:
        self.in_3d, self.hovered = in_3d, None
        self._take_surface()
        self.update()

    def refresh(self) -> None:
        super().refresh()
        self._take_surface()
        if self.in_3d and self.isVisible():
            self._hurry()

    def _take_surface(self) -> None:
        """As it is known now; the first one says from where to look."""
        if not self.in_3d or self.work is None:
            return
        self._relief.show((self.work, self._version), self.work.shown, self.shade)
        if self.camera is None and self.work.has_picture:
            self.look_from(surface_relief.first_camera(self._relief.fields[FEW_LINES]))

    def turn(self, right: float, up: float) -> None:
        """By so many degrees."""
        self.look_from((self.camera or Camera()).turned(right, up))

    def turn_back(self) -> None:
        """Look from where one looked at first."""
        self.camera = None
        self._take_surface()
        self._hurry()

    def look_from(self, camera: Camera) -> None:
        if camera != self.camera:
            self.camera, self.hovered = camera, None
            self._hurry()
            self.looked_from.emit(camera)

    def _hurry(self) -> None:
        """Draw fewer pixels until nothing has changed for a while."""
        self._rests = False
        self._rest.start(REST_MS)
        self.update()

    def _come_to_rest(self) -> None:
        self._rests = True
        self.came_to_rest.emit()
        self.update()

    # --- what is where ----------------------------------------------------------------------------------------------

    def view(self) -> View:
        """As large as fits with the names of its axes."""
        style, camera = self._style, self.camera or Camera()
        side, top, below = style.width("0.00000") + theme.px(24), theme.px(8), style.text_height + theme.px(10)
        view = fitted(camera, side, top, self.width() - 2 * side, self.height() - top - below)
        edges, anywhere = self._edges(view), QRectF(-1e4, -1e4, 2e4, 2e4)
        labels = [relief_axes.label_rect(style, view, axis, edges[axis], anywhere) for axis in (0, 1)]
        top += max(0, math.ceil(-relief_axes.heights_rect(style, view, edges[2]).top()))
        below += max(0, *(math.ceil(label.bottom() - self.height()) for label in labels))
        return fitted(camera, side, top, self.width() - 2 * side, self.height() - top - below)

    def places(self) -> Layout:
        """The labels of the axes stand elsewhere in relief."""
        place = super().places()
        if not self.in_3d:
            return place
        view, inside = self.view(), QRectF(self.rect())
        edges = self._edges(view)
        labels = [relief_axes.label_rect(self._style, view, axis, edges[axis], inside).toRect() for axis in (0, 1)]
        return replace(place, x_label=labels[0], y_label=labels[1])

    def _edges(self, view: View) -> tuple[Edge, Edge, Edge]:
        assert self.work is not None
        assert self.look is not None
        lengths = (view.scale * view.wide * 0.8, view.scale * view.deep * 0.8, view.tilt[1])
        name = self.tr("loss, log") if self.shade.is_log else self.tr("loss")
        return surface_relief.edges_of(
            self.work.plane, self.shade, (self.look.x_label, self.look.y_label, name), lengths
        )

    def _part(self, x: float, y: float) -> tuple[float, float]:
        """Values of the axes as places in the box, from 0 to 1."""
        across, along = self._parts(np.array(x), np.array(y))
        return float(across), float(along)

    def _parts(self, x: Array, y: Array) -> tuple[Array, Array]:
        assert self.work is not None
        lines = (self.work.plane.x, self.work.plane.y)
        found = [(values - line[0]) / (line[-1] - line[0]) for values, line in zip((x, y), lines, strict=True)]
        return found[0], found[1]

    # --- mouse ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.in_3d:
            super().mousePressEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._turned_from, self._has_turned = (event.position(), self.camera or Camera()), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.in_3d:
            super().mouseMoveEvent(event)
            return
        if self._turned_from is None:
            self._hover_over(event.position())
            return
        start, camera = self._turned_from
        moved = event.position() - start
        self._has_turned |= moved.manhattanLength() >= QApplication.startDragDistance()
        if self._has_turned:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.look_from(camera.turned(moved.x() * DEGREES, moved.y() * DEGREES))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self.in_3d:
            super().mouseReleaseEvent(event)
            return
        is_click = self._turned_from is not None and not self._has_turned
        self._turned_from = None
        self._hover_over(event.position())
        if is_click and self.hovered is not None:
            x, y, _ = self.values_at(*self.hovered)
            self.moved.emit(x, y, object())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Beside the surface, where a click does nothing else."""
        if not self.in_3d:
            super().mouseDoubleClickEvent(event)
        elif self._relief.place_at(event.position()) is None:
            self.turn_back()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.in_3d:
            super().wheelEvent(event)
            return
        place = self._relief.place_at(event.position())
        notches = event.angleDelta().y() / 120
        if place is None or self.work is None:
            event.ignore()
            return
        lines = (self.work.plane.x, self.work.plane.y)
        if notches:
            values = (float(line[0] + part * (line[-1] - line[0])) for line, part in zip(lines, place, strict=True))
            self.turned.emit(WHEEL**notches, *values)
        event.accept()

    def _hover_over(self, at: QPointF) -> None:
        if self.work is None or not self.work.rows.size:
            return
        place = self._relief.place_at(at)
        hovered = None
        if place is not None:
            across, up = self.lines
            hovered = self.nearest_known(round(place[0] * (across - 1)), round(place[1] * (up - 1)))
        self.setCursor(Qt.CursorShape.OpenHandCursor if hovered is None else Qt.CursorShape.CrossCursor)
        if hovered != self.hovered:
            self.hovered = hovered
            self.pointed_at.emit()
            self.update()

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.in_3d or self.work is None or self.look is None:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style, view, whole = self._style, self.view(), self.rect()
        edges = self._edges(view)
        relief_axes.draw_behind(painter, style, view, edges)
        pixels = PRINT if is_vector(painter) else FINE if self._rests or not self.isVisible() else QUICK
        plateau = self.look.plateau
        dead = math.inf if plateau is None else float(self.shade.fraction(np.array(plateau)))
        self._relief.draw(painter, style, view, whole, pixels, dead)
        relief_axes.draw_before(painter, style, view, edges, QRectF(whole))
        self._paint_lines(painter, view, whole)
        place = surface_relief.within(super().places(), whole)
        self._paint_marker(painter, view, place)
        pointed = self.hovered or self.pointed
        part = self._paint_point(painter, view, pointed)
        colours = [self.shade.colour(k / (COLOURS - 1)) for k in range(COLOURS)]
        relief_axes.draw_heights(painter, style, view, edges[2], colours, part)
        room = relief_axes.heights_rect(style, view, edges[2]).left()
        surface_relief.draw_notes(painter, style, room, self.look.notes)
        surface_paint.progress(painter, style, whole, self.work.progress)

    def _paint_lines(self, painter: QPainter, view: View, whole: QRect) -> None:
        """Slices through the weights, lines of fixed points, paths."""
        assert self.look is not None
        x, y = self._part(*self.marker)
        if self.look.slices:
            for axis, at in ((0, y), (1, x)):
                line = self._relief.draped(*surface_relief.line_along(axis, at))
                self._relief.draw_line(painter, view, line, surface_relief.slice_pens())
        place = surface_relief.within(super().places(), whole)
        for curve, dashes in ((self.look.dashed, surface_paint.DASHED), (self.look.dotted, surface_paint.DOTTED)):
            if curve is not None:
                line = self._relief.draped_curve(*self._parts(curve.x, curve.y))
                for pieces, opacity in zip(self._relief.pieces(view, line), (1.0, surface_relief.HIDDEN), strict=True):
                    painter.setOpacity(opacity)
                    surface_paint.curve(painter, place, pieces, dashes)
        painter.setOpacity(1.0)
        self._draw_paths(painter, view, QRectF(whole))

    def _draw_paths(self, painter: QPainter, view: View, whole: QRectF) -> None:
        """And in words where those went that leave the box."""
        assert self.look is not None
        points = []
        for path in self.paths:
            heights = self.shade.fraction(path.loss) + surface_relief.LIFT
            points.append(np.stack([*self._parts(path.x, path.y), heights], axis=-1))
        left = surface_relief_paths.draw(painter, self._style, self._relief, view, self.paths, points)
        shown = self.look.paths
        exits = [Exit(each.at, each.line, shown[each.path], each.step) for each in left if each.path < len(shown)]
        surface_path_paint.paint_exits(painter, self._style, whole, exits, self.look.exit_words)

    def _paint_marker(self, painter: QPainter, view: View, place: Layout) -> None:
        """The ring of the weights on the surface, or an arrow at the edge of the floor towards them."""
        assert self.look is not None
        x, y = self._part(*self.marker)
        inside = min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
        if inside != (x, y):
            start = relief_axes.point(view, (*inside, 0.0))
            there = replace(place, map=QRect(start.toPoint(), start.toPoint()))
            surface_paint.marker(painter, there, relief_axes.point(view, (x, y, 0.0)))
            return
        points = self._relief.draped(np.array([x]), np.array([y]))
        if np.isnan(points).any():
            return
        painter.setOpacity(surface_relief.HIDDEN + 0.2 if self._relief.is_hidden(view, points)[0] else 1.0)
        surface_paint.marker(painter, place, relief_axes.point(view, tuple(points[0])), hollow=self.look.is_beside)
        painter.setOpacity(1.0)

    def _paint_point(self, painter: QPainter, view: View, pointed: tuple[int, int] | None) -> float | None:
        """The loss in a pill beside the point, its values on the axes; how high it is."""
        if pointed is None:
            return None
        style, (x, y, loss) = self._style, self.values_at(*pointed)
        part = self._part(x, y)
        height = None if np.isnan(loss) else float(self.shade.fraction(np.array(loss)))
        at = relief_axes.point(view, (*part, (height or 0.0) + surface_relief.LIFT))
        for axis in (0, 1):
            line = self._relief.draped(*surface_relief.line_along(axis, part[1 - axis]))
            self._relief.draw_line(painter, view, line, surface_relief.slice_pens()[1:])
            surface_relief.draw_value(painter, style, view, axis, part[axis], numbers.text((x, y)[axis], 5))
        surface_relief.draw_loss(painter, style, at, loss, self.width())
        return height
