"""The table of steps, painted: t, the inputs, the targets, the outputs; only the rows in view cost anything."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QWidget

from rnnviz.engine.trace import Address
from rnnviz.ui import numbers, theme
from rnnviz.ui.inputs_rows import Block, Rows
from rnnviz.ui.number_field import Complaint, NumberField
from rnnviz.ui.theme import mix, px

NARROWEST_STRIP_CELL = 3
_SAMPLED_ROWS = 160  # column widths are measured on so many rows, however long the sequence is


@dataclass(frozen=True)
class _Track:
    """Where a block stands: each number column `width` wide from `left`; a strip's columns `width` without gaps."""

    block: Block
    left: int
    width: float

    @property
    def right(self) -> int:
        return round(self.left + self.width * len(self.block.names))

    def column_rect(self, column: int, top: int, height: int) -> QRect:
        left = round(self.left + self.width * column)
        right = round(self.left + self.width * (column + 1))
        return QRect(left, top, right - left, height)


class StepTable(QAbstractScrollArea):
    """Shows `Rows`. A press on t goes to the step, a drag on t moves the row, a double click edits."""

    step_chosen = Signal(int)
    row_moved = Signal(int, int)  # this step, to become that step
    edit_asked = Signal(object)  # Address
    range_extended = Signal(object)  # Address under the mouse while it is held down

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: Rows | None = None
        self._step = 0
        self._selection: Address | None = None
        self._range: tuple[Address, Address] | None = None
        self._tracks: tuple[_Track, ...] = ()
        self._number_width = 0
        self._pressed_row = 0
        self._dragged_to = 0
        self._press_at = QPoint()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(self.tr("Table of steps"))
        self.field = NumberField(self.viewport())
        self.complaint = Complaint(self.viewport())
        self._edited: Address | None = None

    # --- content ----------------------------------------------------------------------------------------------------

    def show_rows(self, rows: Rows, step: int, selection: Address | None) -> None:
        """Show the table with this current step and selected number; the current step stays in view."""
        is_new = self.rows is None or not _same_layout(self.rows, rows)
        moved = step != self._step or is_new
        self.rows, self._step, self._selection = rows, step, selection
        self.complaint.hide()
        if is_new or any(not track.block.is_strip for track in self._tracks):
            self._lay_out()
        if moved and step:
            self._show_step(step)
        self._follow_field()
        self.viewport().update()

    def select_range(self, corners: tuple[Address, Address] | None) -> None:
        self._range = corners
        self.viewport().update()

    def edit(self, address: Address, text: str, name: str, take: object, typed: str = "") -> None:
        self.ensure_visible(address)
        place = self.rect_of(address)
        if place is not None:
            self._edited = address
            self.field.open(place, text, name, take, typed)  # type: ignore[arg-type]

    def complain(self, message: str, address: Address | None) -> None:
        """Say what is wrong under the number it is about, or at the end of the table."""
        place = self.rect_of(address) if address is not None else None
        self.complaint.say_at(place or QRect(0, self.viewport().height() - 1, 1, 1), message)

    # --- geometry ---------------------------------------------------------------------------------------------------

    @property
    def row_height(self) -> int:
        return px(26)

    def sizeHint(self) -> QSize:
        steps = self.rows.steps if self.rows else 1
        return QSize(px(188), self._head() + steps * self.row_height + self._scroll_bar_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(60), self._head() + self.row_height)

    def _head(self) -> int:
        return px(24)

    def _scroll_bar_height(self) -> int:
        return self.horizontalScrollBar().sizeHint().height() if self.horizontalScrollBar().maximum() else 0

    def _top(self, step: int) -> int:
        return self._head() + (step - 1) * self.row_height - self.verticalScrollBar().value()

    def _step_at(self, y: int) -> int:
        if self.rows is None or y < self._head():
            return 0
        step = (y - self._head() + self.verticalScrollBar().value()) // self.row_height + 1
        return step if step <= self.rows.steps else 0

    def _cell(self, track: _Track, step: int, column: int) -> QRect:
        shift = -self.horizontalScrollBar().value()
        rect = track.column_rect(column, self._top(step), self.row_height).translated(shift, 0)
        return rect if track.block.is_strip else rect.adjusted(0, 1, -2, -1)

    def rect_of(self, address: Address) -> QRect | None:
        """Where a number is on the viewport, None when it is scrolled out of it or not in the table."""
        found = self.rows.place_of(address) if self.rows else None
        if found is None:
            return None
        block, step, column = found
        track = next(t for t in self._tracks if t.block is block)
        rect = self._cell(track, step, column)
        area = self.viewport().rect().adjusted(self._number_width, self._head(), 0, 0)
        return rect if area.intersects(rect) and rect.top() >= self._head() - self.row_height // 2 else None

    def address_at(self, point: QPoint) -> Address | None:
        step = self._step_at(point.y())
        if not step or self.rows is None or point.x() < self._number_width:
            return None
        x = point.x() + self.horizontalScrollBar().value()
        for track in self._tracks:
            if track.left <= x < track.right:
                return track.block.address(step, int((x - track.left) / track.width), self.rows.sequence)
        return None

    def ensure_visible(self, address: Address) -> None:
        found = self.rows.place_of(address) if self.rows else None
        if found is None:
            return
        block, step, column = found
        self._show_step(step)
        rect = next(t for t in self._tracks if t.block is block).column_rect(column, 0, 1)
        bar, left = self.horizontalScrollBar(), rect.left() - self._number_width
        if left < bar.value():
            bar.setValue(left)
        elif rect.right() - self.viewport().width() + px(2) > bar.value():
            bar.setValue(rect.right() - self.viewport().width() + px(2))

    def _show_step(self, step: int) -> None:
        bar = self.verticalScrollBar()
        top = (step - 1) * self.row_height
        room = self.viewport().height() - self._head()
        if top < bar.value():
            bar.setValue(top)
        elif top + self.row_height > bar.value() + room:
            bar.setValue(top + self.row_height - room)

    # --- layout -----------------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        self._lay_out()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        if self.rows is None:
            return
        metrics = QFontMetrics(theme.mono(12))
        self._number_width = metrics.horizontalAdvance("0" * max(2, len(str(self.rows.steps)))) + px(6)
        room = self.viewport().width() - self._number_width - 1
        natural = [self._natural_width(block, metrics) for block in self.rows.blocks]
        gap = px(10)
        spare = room - gap * (len(natural) - 1)
        spare -= sum(
            width * len(block.names)
            for block, width in zip(self.rows.blocks, natural, strict=True)
            if not block.is_strip
        )
        strips = sum(len(block.names) for block in self.rows.blocks if block.is_strip)
        tracks, left = [], self._number_width
        for block, width in zip(self.rows.blocks, natural, strict=True):
            if block.is_strip:
                width = min(max(spare / strips, NARROWEST_STRIP_CELL), px(24))
            elif not strips and spare > 0:
                width += min(spare // sum(len(b.names) for b in self.rows.blocks), px(36))
            tracks.append(_Track(block, left, width))
            left = tracks[-1].right + gap
        self._tracks = tuple(tracks)
        self._set_ranges(left - gap)
        self.updateGeometry()

    def _set_ranges(self, width: int) -> None:
        assert self.rows is not None
        room = self.viewport().height() - self._head()
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        vertical.setRange(0, max(0, self.rows.steps * self.row_height - room))
        vertical.setPageStep(max(room, 1))
        vertical.setSingleStep(self.row_height)
        horizontal.setRange(0, max(0, width - self.viewport().width()))
        horizontal.setPageStep(self.viewport().width())
        horizontal.setSingleStep(px(30))

    def _natural_width(self, block: Block, metrics: QFontMetrics) -> float:
        if block.is_strip:
            return NARROWEST_STRIP_CELL
        rows = np.linspace(0, len(block.values) - 1, min(len(block.values), _SAMPLED_ROWS)).astype(int)
        texts = [numbers.text(value) for value in block.values[rows].ravel()]
        if block.quantity == "x" and self.rows is not None and self.rows.words:
            shown = {int(number) for number in block.values[rows].ravel()}
            texts = [_word_text(self.rows, number) for number in shown]
        longest = max((metrics.horizontalAdvance(text) for text in [*texts, *block.names]), default=0)
        return min(max(longest + px(12), px(28)), px(132))

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.rows is None:
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.viewport().rect()
        first = max(1, self._step_at(self._head()))
        last = min(self.rows.steps, first + (area.height() - self._head()) // self.row_height + 1)
        painter.setClipRect(area.adjusted(self._number_width, self._head(), 0, 0))
        for track in self._tracks:
            paint = self._paint_strip if track.block.is_strip else self._paint_numbers
            paint(painter, track, first, last)
        painter.setClipRect(area.adjusted(0, self._head(), 0, 0))
        for step in range(first, last + 1):
            self._paint_step_number(painter, step)
        painter.setClipping(False)
        self._paint_head(painter)
        if self._dragged_to:
            self._paint_insertion_mark(painter)

    def _paint_head(self, painter: QPainter) -> None:
        look = theme.current()
        painter.setPen(look.muted)
        painter.setFont(theme.mono(12))
        shift = self.horizontalScrollBar().value()
        line = QRect(0, 0, self._number_width - px(6), self._head() - px(2))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "t")
        painter.setClipRect(self.viewport().rect().adjusted(self._number_width, 0, 0, 0))
        for track in self._tracks:
            if track.block.is_strip:
                rect = QRect(track.left - shift, 0, track.right - track.left, line.height())
                names = track.block.names
                text = painter.fontMetrics().elidedText(
                    f"{names[0]} … {names[-1]}", Qt.TextElideMode.ElideRight, max(rect.width(), px(60))
                )
                rect.setWidth(max(rect.width(), px(60)))
                painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
                continue
            for column, name in enumerate(track.block.names):
                rect = track.column_rect(column, 0, line.height()).translated(-shift, 0).adjusted(0, 0, -px(8), 0)
                text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, rect.width() + px(6))
                painter.drawText(rect, self._alignment(track.block), text)
        painter.setClipping(False)

    def _alignment(self, block: Block) -> Qt.AlignmentFlag:
        is_word = block.quantity == "x" and self.rows is not None and bool(self.rows.words)
        side = Qt.AlignmentFlag.AlignLeft if is_word else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter

    def _paint_step_number(self, painter: QPainter, step: int) -> None:
        assert self.rows is not None
        look = theme.current()
        is_now = step == self._step
        painter.setFont(theme.mono(12, bold=is_now))
        painter.setPen(look.accent if is_now else self._faded(look.muted, step))
        rect = QRect(0, self._top(step), self._number_width - px(6), self.row_height)
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(step))

    def _paint_numbers(self, painter: QPainter, track: _Track, first: int, last: int) -> None:
        assert self.rows is not None
        block = track.block
        for step in range(max(first, block.first_step), min(last, block.first_step + len(block.values) - 1) + 1):
            for column in range(len(block.names)):
                self._paint_number(painter, track, step, column)

    def _paint_number(self, painter: QPainter, track: _Track, step: int, column: int) -> None:
        assert self.rows is not None
        look, block = theme.current(), track.block
        is_now = step == self._step
        rect = self._cell(track, step, column)
        value = block.value(step, column)
        address = block.address(step, column, self.rows.sequence)
        chosen = self._in_range(step, column, block)
        if block.can_edit:
            ground = look.accent_soft if is_now or chosen else look.raised
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mix(look.panel, ground, 0.5) if self.rows.is_held(step) else ground)
            painter.drawRoundedRect(rect, px(3), px(3))
            colour = look.ink
        else:
            colour = look.positive_ink if is_now else look.muted
        if not np.isfinite(value):
            colour = look.error
        painter.setFont(theme.mono(12, bold=is_now and not block.can_edit))
        painter.setPen(self._faded(colour, step))
        self._paint_text(painter, rect.adjusted(px(4), 0, -px(6), 0), block, step, value)
        if address is not None and address == self._selection:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.accent, 1.5))
            painter.drawRoundedRect(QRectF(rect).adjusted(0.75, 0.75, -0.75, -0.75), px(3), px(3))

    def _paint_text(self, painter: QPainter, rect: QRect, block: Block, step: int, value: float) -> None:
        assert self.rows is not None
        if block.quantity == "x" and self.rows.words:
            self._paint_word(painter, rect, int(value), step)
            return
        painter.drawText(rect.adjusted(-px(4), 0, 0, 0), self._alignment(block), fitted(value, painter, rect.width()))

    def _paint_word(self, painter: QPainter, rect: QRect, number: int, step: int) -> None:
        """The word in ink, its id small and muted at the right; an unknown word says so in colour and italics."""
        assert self.rows is not None
        look = theme.current()
        identity = str(number)
        painter.setFont(theme.mono(theme.SMALL))
        painter.setPen(self._faded(look.muted, step))
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, identity)
        room = rect.width() - painter.fontMetrics().horizontalAdvance(identity) - px(6)
        word = self.rows.word(step)
        is_unknown = is_unknown_word(word)
        painter.setFont(theme.sans(12, italic=is_unknown or self.rows.is_held(step)))
        colour = look.negative_ink if is_unknown else look.ink
        painter.setPen(self._faded(colour, step))
        text = painter.fontMetrics().elidedText(word_shown(word), Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_strip(self, painter: QPainter, track: _Track, first: int, last: int) -> None:
        assert self.rows is not None
        look, block = theme.current(), track.block
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        shift = self.horizontalScrollBar().value()
        low = max(first, block.first_step)
        high = min(last, block.first_step + len(block.values) - 1)
        if low > high:
            return
        shown = block.values[low - block.first_step : high - block.first_step + 1]
        colours = np.ascontiguousarray(look.diverging(shown, block.scale))
        image = QImage(colours.data, shown.shape[1], len(shown), 3 * shown.shape[1], QImage.Format.Format_RGB888)
        for step in range(low, high + 1):
            target = QRect(track.left - shift, self._top(step) + 1, track.right - track.left, self.row_height - 2)
            painter.fillRect(target, look.raised)
            painter.drawImage(target, image, QRect(0, step - low, shown.shape[1], 1))
            if self.rows.is_held(step):
                veil = QColor(look.panel)
                veil.setAlphaF(0.6)
                painter.fillRect(target, veil)
            if step == self._step:
                painter.setPen(QPen(look.accent, px(2)))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(target.adjusted(0, 0, -1, -1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_selected_in_strip(painter, track)

    def _paint_selected_in_strip(self, painter: QPainter, track: _Track) -> None:
        assert self.rows is not None
        found = self.rows.place_of(self._selection) if self._selection is not None else None
        if found is None or found[0] is not track.block:
            return
        rect = self._cell(track, found[1], found[2])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.current().accent, 1.5))
        painter.drawRect(QRectF(rect).adjusted(-1, 1, 1, -1))

    def _paint_insertion_mark(self, painter: QPainter) -> None:
        """A line where the dragged row would go, with the row's number on it."""
        look = theme.current()
        after = self._dragged_to > self._pressed_row
        y = self._top(self._dragged_to) + (self.row_height if after else 0)
        painter.setPen(QPen(look.accent, 2))
        painter.drawLine(self._number_width, y, self.viewport().width() - px(4), y)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.accent)
        chip = QRect(0, y - px(9), self._number_width, px(18))
        painter.drawRoundedRect(chip, px(4), px(4))
        painter.setPen(look.on_accent)
        painter.setFont(theme.mono(12, bold=True))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, str(self._pressed_row))

    def _faded(self, colour: QColor, step: int) -> QColor:
        """Padding is greyed: nothing is read there."""
        assert self.rows is not None
        return mix(theme.current().panel, colour, 0.45) if self.rows.is_held(step) else colour

    def _in_range(self, step: int, column: int, block: Block) -> bool:
        if self._range is None or self.rows is None or self._range[0] == self._range[1]:
            return False
        if block.quantity != self._range[0].quantity:
            return False
        steps = sorted(block.step_of(corner) for corner in self._range)
        columns = sorted(corner.unit for corner in self._range)
        return steps[0] <= step <= steps[1] and columns[0] <= column <= columns[1]

    # --- the mouse --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and point.x() < self._number_width:
            self._pressed_row, self._press_at = self._step_at(point.y()), point
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            on_number = point.x() < self._number_width and self._step_at(point.y()) > 0
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor) if on_number else self.viewport().unsetCursor()
            self.viewport().setToolTip(self.tr("Click to go to this step, drag to move it") if on_number else "")
        elif self._pressed_row:
            self._drag(point)
        elif (address := self.address_at(point)) is not None:
            self.range_extended.emit(address)

    def _drag(self, point: QPoint) -> None:
        assert self.rows is not None
        if not self._dragged_to and abs(point.y() - self._press_at.y()) < px(5):
            return
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        bar = self.verticalScrollBar()
        if point.y() < self._head():
            bar.setValue(bar.value() - self.row_height)
        elif point.y() > self.viewport().height():
            bar.setValue(bar.value() + self.row_height)
        row = (point.y() - self._head() + bar.value()) // self.row_height + 1
        self._dragged_to = max(1, min(row, self.rows.length))
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, dragged = self._pressed_row, self._dragged_to
        self._pressed_row = self._dragged_to = 0
        self.viewport().unsetCursor()
        self.viewport().update()
        if pressed and dragged and dragged != pressed:
            self.row_moved.emit(pressed, dragged)
        elif pressed and not dragged:
            self.step_chosen.emit(pressed)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        address = self.address_at(event.position().toPoint())
        if address is not None:
            self.edit_asked.emit(address)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        self.complaint.hide()
        self._follow_field()

    def _follow_field(self) -> None:
        if self.field.isVisible() and self._edited is not None:
            place = self.rect_of(self._edited)
            if place is not None:
                self.field.follow(place)


def fitted(value: float, painter: QPainter, room: int) -> str:
    """The number with as many digits as there is room for, at least two."""
    for digits in (numbers.DIGITS, 3, 2):
        text = numbers.text(value, digits)
        if painter.fontMetrics().horizontalAdvance(text) <= room:
            return text
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)


def is_unknown_word(word: str) -> bool:
    """Whether this entry of a vocabulary stands for all the words that are not in it."""
    return word.strip("[]<>").lower() in ("unk", "oov", "unknown")


def word_shown(word: str) -> str:
    return word or "–"


def _word_text(rows: Rows, number: int) -> str:
    word = rows.words[number] if 0 <= number < len(rows.words) else ""
    return f"{word} {number} "


def _same_layout(old: Rows, new: Rows) -> bool:
    return (
        old.steps == new.steps
        and old.sequence == new.sequence
        and [b.names for b in old.blocks] == [b.names for b in new.blocks]
    )
