"""Inputs that are the rows of a picture: the picture as far as it has been read, and what the network thinks of it."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.engine.trace import Address
from rnnviz.ui import theme
from rnnviz.ui.inputs_rows import Rows
from rnnviz.ui.inputs_sequences import ink_on_paper
from rnnviz.ui.theme import mix, px


class InputPicture(QWidget):
    """Row t is step t: the current one is marked, those not yet read are dimmed. A press on the edge goes there."""

    step_chosen = Signal(int)
    edit_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: NDArray[np.float64] = np.zeros((1, 1))
        self._image: QImage | None = None
        self._sequence = 0
        self._step = 0
        self._selection: Address | None = None
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Picture of the inputs"))

    def show_rows(self, rows: Rows, step: int, selection: Address | None) -> None:
        values = rows.blocks[0].values
        if self._image is None or values.base is not self._values.base or rows.sequence != self._sequence:
            self._image = ink_on_paper(values)
        if values.shape != self._values.shape:
            self.updateGeometry()
        self._values, self._sequence = values, rows.sequence
        self._step, self._selection = step, selection
        self.setAccessibleDescription(self.tr("row {step} of {rows}").format(step=step, rows=len(values)))
        self.update()

    def restyle(self) -> None:
        self._image = None

    def sizeHint(self) -> QSize:
        return QSize(px(188), self.heightForWidth(px(188)))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(84), px(40))

    def heightForWidth(self, width: int) -> int:
        rows, columns = self._values.shape
        return min(self._pixel(width, 10_000) * rows, width * rows // max(columns, 1)) + px(2)

    def _mark_room(self) -> int:
        return px(20)

    def _pixel(self, width: int, height: int) -> int:
        """A whole number of screen pixels for each number, so that all are equally large."""
        rows, columns = self._values.shape
        return max(1, min((width - self._mark_room()) // columns, height // rows, px(16)))

    def _picture_rect(self) -> QRect:
        rows, columns = self._values.shape
        pixel = self._pixel(self.width(), self.height())
        return QRect(self._mark_room(), 0, columns * pixel, rows * pixel)

    def address_at(self, point: QPoint) -> Address | None:
        area = self._picture_rect()
        if not area.contains(point):
            return None
        pixel = area.width() // self._values.shape[1]
        place = point - area.topLeft()
        return Address("x", place.y() // pixel + 1, self._sequence, place.x() // pixel)

    def rect_of(self, address: Address) -> QRect | None:
        rows, columns = self._values.shape
        if address.quantity != "x" or address.sequence != self._sequence:
            return None
        if not (1 <= address.step <= rows and 0 <= address.unit < columns):
            return None
        area = self._picture_rect()
        pixel = area.width() // columns
        return QRect(area.left() + address.unit * pixel, area.top() + (address.step - 1) * pixel, pixel, pixel)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            self._image = ink_on_paper(self._values)
        painter = QPainter(self)
        look, area = theme.current(), self._picture_rect()
        pixel = area.height() // len(self._values)
        painter.drawImage(area, self._image)
        unread = area.adjusted(0, self._step * pixel, 0, 0)
        if unread.height() > 0:
            veil = mix(look.panel, look.raised, 0.5)
            veil.setAlphaF(0.78)
            painter.fillRect(unread, veil)
        if self._step:
            self._paint_mark(painter, area, pixel)
        where = self.rect_of(self._selection) if isinstance(self._selection, Address) else None
        if where is not None:
            painter.setPen(QPen(look.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(where.adjusted(-1, -1, 1, 1))

    def _paint_mark(self, painter: QPainter, area: QRect, pixel: int) -> None:
        """The current row between two accent lines, its number at the edge."""
        look = theme.current()
        row = QRect(area.left(), area.top() + (self._step - 1) * pixel, area.width(), pixel)
        painter.setPen(QPen(look.accent, max(1, px(1.5))))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(row.adjusted(-1, -1, 0, 0))
        painter.setFont(theme.mono(12, bold=True))
        label = QRect(0, row.center().y() - px(9), self._mark_room() - px(4), px(18))
        label.moveTop(max(0, min(label.top(), self.height() - label.height())))
        painter.drawText(label, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(self._step))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go_to(event)
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        on_edge = event.position().x() < self._mark_room()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event)
        self.setToolTip(self.tr("Drag to go to a row") if on_edge else "")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        address = self.address_at(event.position().toPoint())
        if address is not None:
            self.edit_asked.emit(address)

    def _go_to(self, event: QMouseEvent) -> None:
        area, point = self._picture_rect(), event.position().toPoint()
        if point.x() < self._mark_room() and event.buttons() & Qt.MouseButton.LeftButton and area.height():
            row = (point.y() - area.top()) * len(self._values) // area.height() + 1
            self.step_chosen.emit(max(0, min(row, len(self._values))))


class ClassBars(QWidget):
    """The output after the current row: one bar for each class, the largest in strength, the true one with a mark."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: NDArray[np.float64] = np.zeros(0)
        self._names: tuple[str, ...] = ()
        self._address: Address | None = None
        self._true = -1
        self._selection: Address | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Probability of each class"))

    def show_values(
        self, values: NDArray[np.float64], names: tuple[str, ...], address: Address | None, true: int, selection: object
    ) -> None:
        """address : of the first value, None before the first step; true : the class that is right, -1 if not known"""
        if len(values) != len(self._values) or true != self._true:
            self.updateGeometry()
        self._values, self._names, self._address, self._true = values, names, address, true
        self._selection = selection if isinstance(selection, Address) else None
        self.setAccessibleDescription(self.describe())
        self.update()

    def describe(self) -> str:
        if self._address is None or not len(self._values):
            return self.tr("nothing has been read yet")
        best = int(np.argmax(self._values))
        said = self.tr("most likely {name}, {value}")
        return said.format(name=self._names[best], value=_in_percent(float(self._values[best])))

    def sizeHint(self) -> QSize:
        return QSize(px(188), px(15) * self._lines())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(84), 0)  # in a low panel they are hidden: see `least_height`

    def least_height(self) -> int:
        """What all lines together need."""
        return px(12) * self._lines()

    def _lines(self) -> int:
        """A line for each class, and one for the legend of the right answer."""
        return len(self._values) + (self._true >= 0)

    def _bar_height(self) -> int:
        return max(px(11), min(px(20), self.height() // max(self._lines(), 1)))

    def address_at(self, point: QPoint) -> Address | None:
        number = point.y() // self._bar_height()
        return self._of(number) if 0 <= number < len(self._values) else None

    def rect_of(self, address: Address) -> QRect | None:
        if self._address is None or self._of(address.unit) != address or address.unit >= len(self._values):
            return None
        return QRect(0, address.unit * self._bar_height(), self.width(), self._bar_height())

    def _of(self, number: int) -> Address | None:
        first = self._address
        return Address(first.quantity, first.step, first.sequence, number) if first is not None else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, height = theme.current(), self._bar_height()
        painter.setFont(theme.mono(theme.SMALL))
        metrics = painter.fontMetrics()
        left = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
        left = min(max(left + px(10), px(26)), self.width() // 2)
        room = self.width() - left - metrics.horizontalAdvance("> 99.9 %") - px(4)
        best = int(np.argmax(self._values)) if self._address is not None and len(self._values) else -1
        for number, value in enumerate(self._values):
            top = number * height
            is_best = number == best
            painter.setFont(theme.mono(theme.SMALL, bold=is_best))
            painter.setPen(look.ink if is_best else look.muted)
            name = metrics.elidedText(self._names[number], Qt.TextElideMode.ElideRight, left - px(8))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRect(0, top, left - px(6), height), right, name)
            track = QRect(left, top + (height - px(6)) // 2, room, px(6))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.raised)
            painter.drawRoundedRect(track, px(3), px(3))
            if self._address is None:
                continue  # nothing has been read yet
            painter.setBrush(look.positive if is_best else mix(look.panel, look.positive, 0.55))
            width = max(float(np.clip(np.nan_to_num(value), 0, 1)) * room, px(1))
            painter.drawRoundedRect(QRect(left, track.top(), round(width), track.height()), px(3), px(3))
            painter.setPen(look.ink if is_best else look.muted)
            painter.drawText(QRect(0, top, self.width(), height), right, _in_percent(float(value)))
        if self._true >= 0:
            self._paint_true_marks(painter, left)

    def _paint_true_marks(self, painter: QPainter, left: int) -> None:
        """A dot before the track of the class that is right, and what the dot means."""
        height = self._bar_height()
        painter.setBrush(theme.current().accent)
        painter.setPen(Qt.PenStyle.NoPen)
        for line in (self._true, len(self._values)):
            painter.drawEllipse(QPoint(left - px(4), line * height + height // 2), px(2), px(2))
        painter.setPen(theme.current().muted)
        painter.setFont(theme.sans(theme.SMALL))
        text = QRect(left + px(2), len(self._values) * height, self.width() - left, height)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.tr("the right answer"))


def _in_percent(share: float) -> str:
    """With one decimal, so that all stand under each other; never rounded to nothing or to certainty."""
    if 0 < share < 5e-4:
        return "< 0.1 %"
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"
