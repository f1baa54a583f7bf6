"""The parameters, painted and edited in place: numbers where they fit, else a picture over the array."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.types import Scenario
from rnnviz.ui import numbers, theme
from rnnviz.ui.number_field import NumberField
from rnnviz.ui.parameters_layout import Heading, Label, Layout, Sizes, Tile, closed_at_first, lay_out
from rnnviz.ui.theme import px

FRAME_MS = 16  # a drag is handed on at most once a frame
_IMAGES_KEPT = 32


class ParameterGrid(QAbstractScrollArea):
    """`dragged(address, value, key)`: the same key for one drag, so that it becomes one entry of the history."""

    dragged = Signal(object, float, object)
    edit_asked = Signal(object)
    heading_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scenario: Scenario | None = None
        self._layout = Layout()
        self._selection: ParameterAddress | None = None
        self._images: dict[str, tuple[object, QImage]] = {}
        self.closed: set[str] = set()
        self.shared_scale: Callable[[int, float], float] = lambda number, scale: scale
        self._stamp = 0  # another one where the shared scales are others
        self._drag: _Drag | None = None
        self._frame = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._frame.timeout.connect(self._hand_on)
        self._edited: ParameterAddress | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(self.tr("Parameters"))
        self.field = NumberField(self.viewport())

    # --- content ----------------------------------------------------------------------------------------------------

    def show_parameters(self, scenario: Scenario, selection: ParameterAddress | None, stamp: int = 0) -> None:
        old = self._scenario
        is_other = old is None or (
            old.network is not scenario.network
            and (old.network.parameter_shapes() != scenario.network.parameter_shapes())
        )
        if is_other:
            self.closed = closed_at_first(scenario)
            self._images.clear()
        self._selection = selection
        if is_other or old is None or old.params is not scenario.params or stamp != self._stamp:
            self._scenario, self._stamp = scenario, stamp
            self._lay_out()
        self._scenario = scenario
        self._follow_field()
        self.viewport().update()

    def set_open(self, prefix: str, is_open: bool) -> None:
        (self.closed.discard if is_open else self.closed.add)(prefix)
        self._lay_out()
        self.viewport().update()

    @property
    def headings(self) -> list[Heading]:
        return self._layout.headings

    @property
    def tiles(self) -> list[Tile]:
        return self._layout.tiles

    def edit(self, address: ParameterAddress, text: str, name: str, take: Callable[[str], None], typed: str) -> None:
        self.ensure_visible(address)
        place = self.rect_of(address)
        if place is not None:
            self._edited = address
            self.field.open(place, text, name, take, typed)

    def restyle(self) -> None:
        self._images.clear()
        self._lay_out()

    # --- geometry ---------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        if self._scenario is None:
            return
        mono, small = QFontMetrics(theme.mono(12)), QFontMetrics(theme.mono(12))
        room = self.viewport().width() - px(2)
        sizes = Sizes(room, px, mono.horizontalAdvance, small.horizontalAdvance)
        self._layout = lay_out(self._scenario, sizes, self.closed, self.shared_scale)
        area = self.viewport().size()
        for bar, length, shown in (
            (self.verticalScrollBar(), self._content_height(), area.height()),
            (self.horizontalScrollBar(), round(self._layout.width) + px(2), area.width()),
        ):
            bar.setRange(0, max(0, length - shown))
            bar.setPageStep(max(shown, 1))
            bar.setSingleStep(px(24))

    def _content_height(self) -> int:
        return round(self._layout.height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _shift(self) -> QPoint:
        return QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def address_at(self, point: QPoint) -> ParameterAddress | None:
        place = point + self._shift()
        found = (tile.address_at(place.x(), place.y()) for tile in self._layout.tiles)
        return next((address for address in found if address is not None), None)

    def rect_of(self, address: ParameterAddress) -> QRect | None:
        rect = self._content_rect(address)
        if rect is None:
            return None
        shown = rect.translated(-self._shift())
        return shown if self.viewport().rect().intersects(shown) else None

    def _content_rect(self, address: ParameterAddress) -> QRect | None:
        tile = self._layout.tile_of(address)
        if tile is None or not (address.row < len(tile.values) and address.column < tile.values.shape[1]):
            return None
        left, top = tile.left + tile.width * address.column, tile.top + tile.height * address.row
        rect = QRectF(left, top, tile.width, tile.height).toAlignedRect()
        return rect.adjusted(0, 1, -2, -1) if tile.has_numbers else rect

    def ensure_visible(self, address: ParameterAddress) -> None:
        rect = self._content_rect(address)
        if rect is None:
            return
        for bar, low, high, room in (
            (self.verticalScrollBar(), rect.top() - px(20), rect.bottom() + px(2), self.viewport().height()),
            (self.horizontalScrollBar(), rect.left(), rect.right() + px(2), self.viewport().width()),
        ):
            if low < bar.value():
                bar.setValue(low)
            elif high > bar.value() + room:
                bar.setValue(high - room)

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self._shift())
        shown = QRectF(event.rect().translated(self._shift()))
        for heading in self._layout.headings:
            self._paint_heading(painter, heading)
        for label in self._layout.labels:
            if shown.top() - px(24) <= label.top <= shown.bottom():
                self._paint_label(painter, label)
        for tile in self._layout.tiles:
            if tile.top <= shown.bottom() and tile.bottom >= shown.top():
                self._paint_numbers(painter, tile, shown) if tile.has_numbers else self._paint_image(painter, tile)
        if self._layout.scale and self._layout.height + px(20) <= self.viewport().height():
            self._paint_legend(painter, self._layout.height + px(4), 0, self._layout.scale)
        self._paint_selected(painter)

    def _paint_heading(self, painter: QPainter, heading: Heading) -> None:
        look = theme.current()
        left = self.horizontalScrollBar().value()
        line = QRectF(left, heading.top, self.viewport().width(), px(18))
        middle = line.center().y()
        painter.setPen(QPen(look.muted, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        x, d = left + px(4), px(3)
        down, aside = [(-d / 2, -d / 2), (d / 2, d / 2), (d * 1.5, -d / 2)], [(0, -d), (d, 0), (0, d)]
        points = down if heading.is_open else aside
        painter.drawPolyline([QPoint(round(x + a), round(middle + b)) for a, b in points])
        painter.setFont(theme.sans(theme.SMALL, semibold=True))
        painter.setPen(look.ink)
        legend = self._legend_width(heading.scale) if heading.is_open else 0
        room = line.adjusted(px(14), 0, -legend - px(8), 0)
        text = painter.fontMetrics().elidedText(heading.text, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        if heading.is_open:
            self._paint_legend(painter, heading.top + px(1), self.viewport().width() - legend, heading.scale)

    def _legend_width(self, scale: float) -> int:
        return QFontMetrics(theme.mono(10)).horizontalAdvance(_to(scale)) + px(36)

    def _paint_legend(self, painter: QPainter, top: float, left: float, scale: float) -> None:
        """The colours from -scale over 0 to scale."""
        look = theme.current()
        painter.setFont(theme.mono(10))
        painter.setPen(look.muted)
        bar = QRectF(left + self.horizontalScrollBar().value(), top + px(5), px(32), px(6))
        colours = np.ascontiguousarray(look.diverging(np.linspace(-1, 1, 72)[np.newaxis], 1.0))
        painter.drawImage(bar, QImage(colours.data, 72, 1, 72 * 3, QImage.Format.Format_RGB888))
        beside = QRectF(bar.right() + px(4), top, px(80), px(16))
        painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, _to(scale))

    def _paint_label(self, painter: QPainter, label: Label) -> None:
        """ "W_i 28 × 28": the letter in the gate's colour, its index lowered, the shape muted."""
        look = theme.current()
        if label.kind == "column":
            painter.setFont(theme.mono(12))
            painter.setPen(look.muted)
            rect = QRectF(label.left, label.top, label.width, px(18))
            text = painter.fontMetrics().elidedText(label.text, Qt.TextElideMode.ElideRight, round(label.width) + px(6))
            painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            return
        height = px(26) if label.kind == "row" else px(16)
        name, _, shape = label.text.partition(" ")
        letter, _, index = name.partition("_")
        x = label.left + (px(4) if label.kind == "row" else 0)
        painter.setPen(look.gate_colour(label.letter) if label.letter else look.ink)
        for text, font, down in ((letter, theme.mono(12), 0), (index, theme.mono(10), px(3))):
            painter.setFont(font)
            rect = QRectF(x, label.top + down, label.width + px(20), height)
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            x += painter.fontMetrics().horizontalAdvance(text)
        if shape:
            painter.setFont(theme.mono(10))
            painter.setPen(look.muted)
            rect = QRectF(x + px(6), label.top, label.width, height)
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shape)

    def _paint_numbers(self, painter: QPainter, tile: Tile, shown: QRectF) -> None:
        look = theme.current()
        painter.setFont(theme.mono(12))
        rows, columns = tile.values.shape
        first = max(0, int((shown.top() - tile.top) / tile.height))
        last = min(rows, int((shown.bottom() - tile.top) / tile.height) + 1)
        is_vector = columns == 1 and tile.parameter.rpartition(".")[2].startswith("b")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row in range(first, last):
            for column in range(columns):
                rect = QRectF(
                    tile.left + tile.width * column, tile.top + tile.height * row + 1, tile.width - 2, tile.height - 2
                )
                value = float(tile.values[row, column])
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.tint(value, tile.scale))
                painter.drawRoundedRect(rect, px(3), px(3))
                painter.setPen(look.muted if is_vector else look.ink)
                painter.drawText(rect.adjusted(0, 0, -px(6), 0), right, _fitted(painter, value, tile.width - px(8)))

    def _paint_image(self, painter: QPainter, tile: Tile) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        target = QRectF(tile.left, tile.top, tile.right - tile.left, tile.bottom - tile.top)
        painter.drawImage(target, self._image(tile))
        painter.setPen(QPen(theme.current().line, theme.current().hairline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(target.adjusted(-0.5, -0.5, 0.5, 0.5))

    def _image(self, tile: Tile) -> QImage:
        """Colours of the whole matrix, one pixel for each number; made once for each array and scale."""
        key = (id(tile.values.base if tile.values.base is not None else tile.values), tile.scale)
        kept = self._images.get(tile.parameter)
        if kept is not None and kept[0] == key:
            return kept[1]
        colours = np.ascontiguousarray(theme.current().diverging(tile.values, tile.scale))
        rows, columns = tile.values.shape
        image = QImage(colours.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
        if len(self._images) >= _IMAGES_KEPT:
            self._images.pop(next(iter(self._images)))
        self._images[tile.parameter] = (key, image)
        return image

    def _paint_selected(self, painter: QPainter) -> None:
        rect = self._content_rect(self._selection) if self._selection is not None else None
        if rect is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.current().accent, 1.5))
            painter.drawRoundedRect(QRectF(rect).adjusted(-0.5, -0.5, 0.5, 0.5), px(3), px(3))

    # --- the mouse --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        heading = self._heading_at(point)
        address = self.address_at(point)
        if heading is not None:
            self.heading_clicked.emit(heading.prefix)
        elif address is not None:
            self._drag = _Drag(address, self._value(address), point.y(), self.step_of(address))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None or not event.buttons() & Qt.MouseButton.LeftButton:
            over = self._heading_at(event.position().toPoint()) is not None
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor) if over else self.viewport().unsetCursor()
            return
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._drag.move_to(event.position().toPoint().y(), fine):
            self.viewport().setCursor(Qt.CursorShape.SizeVerCursor)
            if not self._frame.isActive():
                self._frame.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._frame.isActive():
            self._frame.stop()
            self._hand_on()
        self._drag = None
        self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        address = self.address_at(event.position().toPoint())
        if address is not None:
            self._drag = None
            self.edit_asked.emit(address)

    def wheelEvent(self, event: QWheelEvent) -> None:
        address = self.address_at(event.position().toPoint())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and address is not None:
            notches = event.angleDelta().y() / 120
            self.dragged.emit(address, nudged(self._value(address), notches, self.step_of(address)), ("wheel", address))
            event.accept()
        else:
            super().wheelEvent(event)

    def step_of(self, address: ParameterAddress) -> float:
        """What a wheel notch, or two pixels of a drag, add to a number: a round hundredth of what is usual there."""
        tile = self._layout.tile_of(address)
        usual = max(abs(self._value(address)), (tile.scale if tile else 1.0) / 10)
        return float(10 ** np.floor(np.log10(usual / 20)))

    def _value(self, address: ParameterAddress) -> float:
        tile = self._layout.tile_of(address)
        return float(tile.values[address.row, address.column]) if tile is not None else 0.0

    def _heading_at(self, point: QPoint) -> Heading | None:
        y = (point + self._shift()).y()
        return next((each for each in self._layout.headings if each.top <= y < each.top + px(20)), None)

    def _hand_on(self) -> None:
        if self._drag is not None and self._drag.has_moved:
            self.dragged.emit(self._drag.address, self._drag.value, self._drag)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        self._follow_field()

    def _follow_field(self) -> None:
        if self.field.isVisible() and self._edited is not None:
            place = self.rect_of(self._edited)
            if place is not None:
                self.field.follow(place)


class _Drag:
    """A number being changed by moving up and down; the drag itself is the key under which its edits are one."""

    def __init__(self, address: ParameterAddress, value: float, y: int, step: float) -> None:
        self.address, self.value, self.has_moved = address, value, False
        self._start, self._y, self._step = value, y, step

    def move_to(self, y: int, fine: bool) -> bool:
        """Two pixels are one step, a tenth of it when `fine`. False until the mouse has really moved."""
        if not self.has_moved and abs(y - self._y) < px(4):
            return False
        self.has_moved = True
        self.value = nudged(self._start, (self._y - y) / 2, self._step * (0.1 if fine else 1.0))
        return True


def nudged(value: float, steps: float, step: float) -> float:
    """`value` moved by whole steps, without the dust of floating point."""
    decimals = int(max(0, 1 - np.floor(np.log10(step))))
    return round(value + round(steps) * step, decimals)


def _to(scale: float) -> str:
    return f"±{numbers.text(scale, 2)}"


def _fitted(painter: QPainter, value: float, room: float) -> str:
    """As many digits as there is room for; the tool tip has them all."""
    texts = (*(numbers.text(value, digits) for digits in (numbers.DIGITS, 3, 2)), f"{value:.0e}".replace("e-0", "e-"))
    fits = (text for text in texts if painter.fontMetrics().horizontalAdvance(text) <= room)
    return next(fits, "…").replace("-", numbers.MINUS)
