"""Tracks over one time axis, drawn once; a step repaints the few pixels on which the cursor stood and stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from rnnviz.engine.trace import Address
from rnnviz.ui import numbers, theme
from rnnviz.ui.plots.style import Style, is_vector
from rnnviz.ui.plots.time_axis import TimeAxis
from rnnviz.ui.plots.track import Mark, Now, Place, Spot, Track

TOP = 8
TRACK_GAP = 7
MOST_GAP = 0.35  # of the room for a track, where they are many
LOWEST = 3  # pixels of one
ZOOM = 0.8  # of the steps stay in sight, a notch of the wheel or a key


class TimePlot(QWidget):
    """Wheel or + and − zoom, Shift with the wheel or the middle button moves, a double click or 0 shows all steps.

    A press on the row of step numbers asks for that step, `sought`; the panel passes it to the session.
    """

    sought = Signal(int)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis
        axis.listen(self._range_changed)
        self.now = Now()
        self.tracks: tuple[Track, ...] = ()
        self._sequence = 0
        self._masked: NDArray[np.bool_] | None = None
        self._steps: int | None = None  # of these tracks, where the axis goes on beyond them
        self._style: Style | None = None
        self._picture: QImage | None = None  # the still part, at the screen's resolution
        self._places: tuple[Place, ...] = ()
        self._marks: list[Mark] = []
        self._ticks: list[tuple[str, QRectF]] = []  # the numbers below the plots
        self._dragged_from: QPointF | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 60)

    # --- content ----------------------------------------------------------------------------------------------------

    def show_tracks(
        self,
        tracks: Sequence[Track],
        sequence: int = 0,
        masked: NDArray[np.bool_] | None = None,
        steps: int | None = None,
    ) -> None:
        """Draw these pictures; `masked` (T,) is True where a step is padding; `steps` they have, if not the axis's."""
        self.tracks = tuple(tracks)
        self._steps = steps
        self._sequence = sequence
        self._masked = masked if masked is not None and masked.any() else None
        self._forget()

    def show_now(self, now: Now) -> None:
        """Move the cursor; only what changes is painted again."""
        if now == self.now and self._marks:
            return
        self.now = now
        self.axis.follow(now.step)
        old, self._marks = self._marks, self._make_marks()
        same = {id(mark) for mark in old} & {id(mark) for mark in self._marks}
        self.update(_region_of(mark for mark in (*old, *self._marks) if id(mark) not in same))

    def show_again(self, track: Track) -> None:
        """One of the tracks has got its picture, or what stands beside it, only now; the others stay as they are."""
        if self._picture is not None and self.tracks:
            style, painter = self.style_now(), QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for shown, place in zip(self.tracks, self.places(), strict=True):
                if shown is track:
                    self._paint_anew(painter, track, place, style)
            painter.end()
        self._marks = self._make_marks()
        self.update()

    def restyle(self) -> None:
        """Take new colours and fonts."""
        self._style = None
        self._forget()

    def style_now(self) -> Style:
        if self._style is None:
            self._style = Style()
        return self._style

    def _range_changed(self) -> None:
        if isValid(self):
            self._forget()

    def _forget(self) -> None:
        self._picture = None
        self._places = ()
        self._marks = self._make_marks()
        self.update()

    # --- geometry ---------------------------------------------------------------------------------------------------

    def places(self) -> tuple[Place, ...]:
        if not self._places and self.tracks:
            self._places = self._lay_out()
            self._ticks = self._tick_boxes(self.style_now())
        return self._places

    def _lay_out(self) -> tuple[Place, ...]:
        style = self.style_now()
        bottom = self.height() - style.text_height - 7
        count = len(self.tracks)
        gap = min(TRACK_GAP, max(2, int((bottom - TOP) / count * MOST_GAP)))
        height = max(bottom - TOP - gap * (count - 1), LOWEST * count)
        left = max(track.left_width(style, height) for track in self.tracks)
        left = min(max(left, style.width(self._step_word()) + 8), self.width() // 2)
        room = max(self.width() - left, 8)
        right = max(track.right_width(style, room, self.axis) for track in self.tracks)
        width = max(room - right, 4)
        total = sum(track.weight for track in self.tracks)
        places, top = [], float(TOP)
        for track in self.tracks:
            size = height * track.weight / total
            plot = QRect(left, round(top), width, round(top + size) - round(top))
            sides = [QRect(x, plot.top(), w, plot.height()) for x, w in ((0, left), (left + width, room - width))]
            places.append(Place(plot, *sides, self.axis))
            top += size + gap
        return tuple(places)

    def _step_word(self) -> str:
        return QCoreApplication.translate("plots", "step")

    def _number(self, step: int) -> str:
        """What is written under a step."""
        return numbers.count(step)

    def _tick_row(self) -> QRect:
        last = self.places()[-1]
        return QRect(0, last.plot.bottom() + 5, self.width(), self.style_now().text_height)

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if (
            is_vector(painter) or painter.deviceTransform().m11() != self.devicePixelRatioF()
        ):  # for a file, not for the screen
            self._paint_still(painter)
        else:
            if self._picture is None:
                self._picture = self._draw_picture()
            painter.drawImage(0, 0, self._picture)  # only the event's region of it, to which Qt clips
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for mark in self._marks:
            if event.region().intersects(mark.rect):
                mark.paint(painter)

    def _paint_anew(self, painter: QPainter, track: Track, place: Place, style: Style) -> None:
        """With what was written beside it before taken away."""
        legend = QRect(place.right.left(), place.plot.bottom() + 4, place.right.width(), style.text_height + 2)
        for rect in (place.left, place.right, *[legend] * (place is self.places()[-1])):
            painter.fillRect(rect, theme.current().panel)
        track.paint(painter, place, style)
        self._paint_masked(painter, place, style)
        track.paint_labels(painter, place, style)

    def _draw_picture(self) -> QImage:
        ratio = self.devicePixelRatioF()
        picture = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(ratio)
        painter = QPainter(picture)
        self._paint_still(painter)
        painter.end()
        return picture

    def _paint_still(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), theme.current().panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.tracks:
            return
        style = self.style_now()
        for track, place in zip(self.tracks, self.places(), strict=True):
            track.paint(painter, place, style)
            self._paint_masked(painter, place, style)
            track.paint_labels(painter, place, style)
        self._paint_end(painter, style)
        self._paint_steps(painter, style)

    def _paint_end(self, painter: QPainter, style: Style) -> None:
        """Say where the sequence ends, when the axis goes on."""
        place = self.places()[0]
        if self._steps is None or self._steps >= min(self.axis.steps, self.axis.last):
            return
        text = QCoreApplication.translate("plots", "ends at step {step}").format(step=numbers.count(self._steps))
        x = max(place.x(self._steps + 0.5), float(place.plot.left()))
        painter.setPen(style.grid)
        painter.drawLine(QPointF(x, place.plot.top()), QPointF(x, self.places()[-1].plot.bottom() + 1))
        box = QRectF(x + 6, place.plot.top(), place.right.right() - x - 6, style.text_height)
        style.text(painter, box, Qt.AlignmentFlag.AlignRight, text)  # lines have their names on the left

    def _paint_masked(self, painter: QPainter, place: Place, style: Style) -> None:
        """Padding is washed out and hatched: the state is held there."""
        if self._masked is None:
            return
        edges = np.flatnonzero(np.diff(np.concatenate([[False], self._masked, [False]])))
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            band = QRectF(place.x(begin + 0.5), place.plot.top(), place.x(end + 0.5) - place.x(begin + 0.5), 0)
            band.setHeight(place.plot.height())
            band = band.intersected(QRectF(place.plot))
            wash = theme.mix(style.theme.panel, style.theme.muted, 0.12)
            wash.setAlphaF(0.72)
            painter.fillRect(band, wash)
            painter.fillRect(
                band, QBrush(theme.mix(style.theme.panel, style.theme.muted, 0.35), Qt.BrushStyle.BDiagPattern)
            )

    def _paint_steps(self, painter: QPainter, style: Style) -> None:
        row = self._tick_row()
        place = self.places()[-1]
        word = QRectF(row.left(), row.top(), place.left.width() - 8, row.height())
        style.text(painter, word, Qt.AlignmentFlag.AlignRight, self._step_word())
        for text, box in self._ticks:
            style.text(painter, box, Qt.AlignmentFlag.AlignHCenter, text)

    def _tick_boxes(self, style: Style) -> list[tuple[str, QRectF]]:
        if not self.axis.steps:
            return []
        place = self.places()[-1]
        widest = style.width(self._number(self.axis.steps))
        occupied = place.left.width() - 6.0  # the word "step" ends there
        boxes = []
        for step in self.axis.ticks(max(2, place.plot.width() // (widest + 12))):
            box = self._tick_box(step, style)
            if box.left() >= occupied:
                boxes.append((self._number(step), box))
                occupied = box.right() + 4
        return boxes

    def _tick_box(self, step: int, style: Style) -> QRectF:
        """Where a step's number stands: under it, but never over the edge."""
        row, place = self._tick_row(), self.places()[-1]
        width = style.width(self._number(step), strong=True) + 2
        x = place.x(step) if step else place.plot.left()
        left = min(max(x - width / 2, 0), self.width() - width)
        return QRectF(left, row.top(), width, row.height())

    def _make_marks(self) -> list[Mark]:
        if not self.tracks or (not self.isVisible() and not self.size().isValid()):
            return []
        style = self.style_now()
        marks = [
            mark
            for track, place in zip(self.tracks, self.places(), strict=True)
            for mark in track.marks(self.now, place, style)
        ]
        if self.axis.first <= max(self.now.step, 0.5) <= self.axis.last and self.axis.steps:
            box = self._tick_box(self.now.step, style)
            cover = box
            for _, other in self._ticks:  # a number that would stay half covered goes whole
                cover = cover.united(other) if other.intersects(box.adjusted(-5, 0, 5, 0)) else cover
            rect = cover.toAlignedRect()
            text = self._number(self.now.step)
            marks.append(Mark(rect, partial(_draw_step, rect=rect, box=box, text=text, style=style)))
        return marks

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._forget()

    # --- numbers under points ---------------------------------------------------------------------------------------

    def address_at(self, point: QPoint | QPointF) -> Address | None:
        """The number under a point of this widget."""
        for track, place in zip(self.tracks, self.places(), strict=True):
            spot = track.hit(QPointF(point), place, self.now)
            if spot is not None:
                return Address(spot.quantity, spot.step, self._sequence, spot.unit)
        return None

    def rect_of(self, address: object) -> QRect | None:
        """Where a number is drawn in this widget; None when it is not in sight."""
        if not isinstance(address, Address) or address.sequence != self._sequence:
            return None
        spot = Spot(address.quantity, address.step, address.unit)
        for track, place in zip(self.tracks, self.places(), strict=True):
            rect = track.rect_of(spot, place)
            if rect is not None:
                return rect.toAlignedRect()
        return None

    @property
    def rows(self) -> int:
        return sum(track.rows for track in self.tracks)

    def address_in(self, row: int, column: int) -> Address | None:
        """The number of a row, counted from the top over all tracks, in a column: step column + 1."""
        for track in self.tracks:
            if row < track.rows:
                spot = track.spot(row, column + 1)
                return Address(spot.quantity, spot.step, self._sequence, spot.unit)
            row -= track.rows
        return None

    # --- zoom, move, seek -------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta()
        if not self.tracks or (self.axis.shows_all and turn.y() < 0 and not turn.x()):
            event.ignore()
            return
        if turn.x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.axis.pan(-(turn.x() or turn.y()) / 120 * self.axis.span / 8)
        else:
            self.axis.zoom(self._time_at(event.position().x()), ZOOM ** (turn.y() / 120))
        event.accept()

    def _time_at(self, x: float) -> float:
        plot = self.places()[-1].plot
        return self.axis.first + min(max((x - plot.left()) / plot.width(), 0), 1) * self.axis.span

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self._dragged_from = event.position()
        elif event.button() == Qt.MouseButton.LeftButton and self._seeks(event.position()):
            self._seek(event)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged_from is not None:
            moved = event.position().x() - self._dragged_from.x()
            self._dragged_from = event.position()
            self.axis.pan(-moved / self.places()[-1].cell_width)
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event)
        else:
            self.setCursor(Qt.CursorShape.SizeHorCursor) if self._seeks(event.position()) else self.unsetCursor()
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged_from = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.axis.show_all()

    def _seeks(self, point: QPointF) -> bool:
        return bool(self.tracks) and self.axis.steps > 0 and point.y() >= self._tick_row().top() - 3

    def _seek(self, event: QMouseEvent) -> None:
        plot = self.places()[-1].plot
        step = self.axis.step_at(event.position().x(), plot.left(), plot.width())
        if step != self.now.step:
            self.sought.emit(step)

    def zoom_by_key(self, event: QKeyEvent) -> bool:
        """Whether this key zooms; then it has been done."""
        about = float(self.now.step) if self.axis.first <= self.now.step <= self.axis.last else self.axis.first
        if event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.axis.zoom(about, ZOOM)
        elif event.key() == Qt.Key.Key_Minus:
            self.axis.zoom(about, 1 / ZOOM)
        elif event.key() == Qt.Key.Key_0:
            self.axis.show_all()
        else:
            return False
        return True


def _region_of(marks: Iterable[Mark]) -> QRegion:
    region = QRegion()
    for mark in marks:
        region += mark.rect
    return region


def _draw_step(painter: QPainter, rect: QRect, box: QRectF, text: str, style: Style) -> None:
    painter.fillRect(rect, style.theme.panel)
    style.text(painter, box, Qt.AlignmentFlag.AlignHCenter, text, style.theme.accent, strong=True)
