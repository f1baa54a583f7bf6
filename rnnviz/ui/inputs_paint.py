"""Paints the table of steps: heading, numbers, words, strips of colours; only what lies between two steps."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rnnviz.engine.trace import Address
from rnnviz.ui import numbers, theme
from rnnviz.ui.inputs_rows import Block, Rows, is_unknown_word
from rnnviz.ui.inputs_tracks import Track
from rnnviz.ui.theme import mix, px

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class View:
    """What is shown of the table: its rows and columns, how far they are scrolled, what is marked in them."""

    rows: Rows
    tracks: tuple[Track, ...]
    head: int
    row_height: int
    number_width: int
    across: int
    down: int
    width: int
    step: int
    has_outputs: bool  # whether those of that step are worked out
    selection: Address | None
    marked: tuple[Address, Address] | None

    def top(self, step: int) -> int:
        return self.head + (step - 1) * self.row_height - self.down

    def cell(self, track: Track, step: int, column: int) -> QRect:
        rect = track.column_rect(column, self.top(step), self.row_height).translated(-self.across, 0)
        return rect if track.block.is_strip else rect.adjusted(0, 1, -2, -1)

    def steps_within(self, top: int, bottom: int) -> range:
        """The steps whose rows touch these heights."""
        first = (max(top, self.head) - self.head + self.down) // self.row_height + 1
        last = (bottom - self.head + self.down) // self.row_height + 1
        return range(max(first, 1), min(last, self.rows.steps) + 1)

    def is_pending(self, block: Block, step: int) -> bool:
        """Whether the numbers of this row are what the present sub-step has not reached."""
        return step == self.step and not (self.has_outputs or block.can_edit)

    def is_marked(self, block: Block, step: int, column: int) -> bool:
        """Whether a number lies in the marked range."""
        if self.marked is None or self.marked[0] == self.marked[1] or block.quantity != self.marked[0].quantity:
            return False
        steps = sorted(block.step_of(corner) for corner in self.marked)
        columns = sorted(corner.unit for corner in self.marked)
        return steps[0] <= step <= steps[1] and columns[0] <= column <= columns[1]


class TablePainter:
    """One paint event: the colours, fonts and lengths in use are looked up once, not for every cell."""

    def __init__(self, painter: QPainter, view: View) -> None:
        self.painter, self.view, self.rows = painter, view, view.rows
        self.look = theme.current()
        self.plain, self.bold = theme.mono(12), theme.mono(12, bold=True)
        self.small = theme.mono(theme.SMALL)
        self.pad, self.radius = px(5), px(3)

    def paint(self, area: QRect) -> None:
        view, painter = self.view, self.painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        steps = view.steps_within(area.top(), area.bottom())
        below_head = QRect(0, view.head, view.width, area.bottom() - view.head + 1)
        painter.setClipRect(below_head.adjusted(view.number_width, 0, 0, 0))
        for track in view.tracks:
            first, end = track.block.first_step, track.block.first_step + len(track.block.values)
            shown = range(max(steps.start, first), min(steps.stop, end))
            if track.block.is_strip:
                self._paint_strip(track, shown)
            else:
                for step in shown:
                    self._paint_row(track, step)
        painter.setClipRect(below_head)
        for step in steps:
            self._paint_step_number(step)
        painter.setClipping(False)
        if area.top() < view.head:
            self._paint_head()

    def _faded(self, colour: QColor, step: int) -> QColor:
        """Padding is greyed: nothing is read there."""
        return mix(self.look.panel, colour, 0.45) if self.rows.is_held(step) else colour

    # --- heading ----------------------------------------------------------------------------------------------------

    def _paint_head(self) -> None:
        view, painter = self.view, self.painter
        painter.setPen(self.look.muted)
        painter.setFont(self.small)
        height = view.head - px(2)
        painter.drawText(QRect(0, 0, view.number_width - px(6), height), _RIGHT, "t")
        painter.setClipRect(QRect(view.number_width, 0, view.width, height))
        for track in view.tracks:
            if track.block.is_strip:
                self._paint_strip_head(track, QRect(track.left - view.across, 0, 0, height))
                continue
            side = _LEFT if self.rows.has_words(track.block) else _RIGHT
            for column, name in enumerate(track.block.names):
                rect = track.column_rect(column, 0, height).translated(-view.across, 0).adjusted(0, 0, -px(7), 0)
                rect.setLeft(rect.left() + (px(4) if side == _LEFT else -px(2)))
                text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, rect.width())
                painter.drawText(rect, side, text)
        painter.setClipping(False)

    def _paint_strip_head(self, track: Track, rect: QRect) -> None:
        """First and last name, or where that is too long how many columns there are."""
        rect.setWidth(track.right - track.left + px(8))
        names, letter = track.block.names, {"x": "x", "target": "*"}.get(track.block.quantity, "y")
        said = (f"{names[0]} … {names[-1]}", f"{letter} · {len(names)}", letter)
        fits = (text for text in said if self.painter.fontMetrics().horizontalAdvance(text) <= rect.width())
        self.painter.drawText(rect, _LEFT, next(fits, letter))

    def _paint_step_number(self, step: int) -> None:
        view, is_now = self.view, step == self.view.step
        self.painter.setFont(self.bold if is_now else self.plain)
        self.painter.setPen(self.look.accent if is_now else self._faded(self.look.muted, step))
        self.painter.drawText(QRect(0, view.top(step), view.number_width - px(6), view.row_height), _RIGHT, str(step))

    # --- numbers and words ------------------------------------------------------------------------------------------

    def _paint_row(self, track: Track, step: int) -> None:
        look, block, painter = self.look, track.block, self.painter
        is_now, is_held = step == self.view.step, self.rows.is_held(step)
        for column in range(len(block.names)):
            rect = self.view.cell(track, step, column)
            value = block.value(step, column)
            if block.can_edit:
                ground = look.accent_soft if is_now or self.view.is_marked(block, step, column) else look.raised
                has_edge = look.raised == look.panel  # where the ground alone doesn't show the cell
                painter.setPen(QPen(look.line, 1) if has_edge else Qt.PenStyle.NoPen)
                painter.setBrush(mix(look.panel, ground, 0.5) if is_held else ground)
                painter.drawRoundedRect(rect, self.radius, self.radius)
            colour = look.ink if block.can_edit else look.positive_ink if is_now else look.muted
            if not np.isfinite(value):
                colour = look.error
            painter.setFont(self.bold if is_now and not block.can_edit else self.plain)
            painter.setPen(self._faded(colour, step))
            if self.view.is_pending(block, step):
                painter.setPen(look.muted)
                painter.drawText(rect.adjusted(0, 0, -self.pad, 0), _RIGHT, "–")
            elif self.rows.has_words(block):
                self._paint_word(rect.adjusted(px(4), 0, -self.pad, 0), int(value), step)
            else:
                room = rect.adjusted(0, 0, -self.pad, 0)
                painter.drawText(room, _RIGHT, fitted(value, painter, room.width()))
            if block.address(step, column, self.rows.sequence) == self.view.selection:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(look.accent, 1.5))
                painter.drawRoundedRect(QRectF(rect).adjusted(0.75, 0.75, -0.75, -0.75), self.radius, self.radius)

    def _paint_word(self, rect: QRect, number: int, step: int) -> None:
        """The word, an unknown one in colour and italics; where there is room its id, small and muted at the right."""
        painter, look = self.painter, self.look
        identity, word = str(number), self.rows.word(step)
        is_unknown = is_unknown_word(word)
        painter.setFont(theme.sans(12, italic=is_unknown or self.rows.is_held(step)))
        painter.setPen(self._faded(look.negative_ink if is_unknown else look.ink, step))
        text = painter.fontMetrics().elidedText(word or "–", Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, _LEFT, text)
        used = painter.fontMetrics().horizontalAdvance(text)
        painter.setFont(self.small)
        if used + px(6) + painter.fontMetrics().horizontalAdvance(identity) <= rect.width():
            painter.setPen(self._faded(look.muted, step))
            painter.drawText(rect, _RIGHT, identity)

    # --- strips -----------------------------------------------------------------------------------------------------

    def _paint_strip(self, track: Track, steps: range) -> None:
        """Each row is one line of a picture made at once from the values in view."""
        if not steps:
            return
        view, look, block, painter = self.view, self.look, track.block, self.painter
        shown = block.values[steps.start - block.first_step : steps.stop - block.first_step]
        colours = np.ascontiguousarray(look.diverging(shown, block.scale))
        image = QImage(colours.data, shown.shape[1], len(shown), 3 * shown.shape[1], QImage.Format.Format_RGB888)
        veil = QColor(look.panel)
        veil.setAlphaF(0.6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for step in steps:
            target = QRect(track.left - view.across, view.top(step) + 1, track.right - track.left, view.row_height - 2)
            if not view.is_pending(block, step):
                painter.drawImage(target, image, QRect(0, step - steps.start, shown.shape[1], 1))
            if self.rows.is_held(step):
                painter.fillRect(target, veil)
            painter.setPen(QPen(look.accent, px(2)) if step == view.step else QPen(look.line, 1))
            painter.drawRect(target.adjusted(0, 0, -1, -1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_selected_in_strip(track)

    def _paint_selected_in_strip(self, track: Track) -> None:
        found = self.rows.place_of(self.view.selection) if self.view.selection is not None else None
        if found is not None and found[0] is track.block:
            rect = QRectF(self.view.cell(track, found[1], found[2]))
            self.painter.setPen(QPen(self.look.accent, 1.5))
            self.painter.drawRect(rect.adjusted(-1, 1, 1, -1))

    # --- a row on its way -------------------------------------------------------------------------------------------

    def paint_insertion_mark(self, dragged: int, to: int) -> None:
        """A line where the dragged row would go, with the row's number on it."""
        view, painter, look = self.view, self.painter, self.look
        y = view.top(to) + (view.row_height if to > dragged else 0)
        painter.setPen(QPen(look.accent, 2))
        painter.drawLine(view.number_width, y, view.width - px(4), y)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.accent)
        chip = QRect(0, y - px(9), view.number_width, px(18))
        painter.drawRoundedRect(chip, px(4), px(4))
        painter.setPen(look.on_accent)
        painter.setFont(self.bold)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, str(dragged))


def fitted(value: float, painter: QPainter, room: int) -> str:
    """The number with as many digits as there is room for, at least two."""
    for digits in (numbers.DIGITS, 3, 2):
        text = numbers.text(value, digits)
        if painter.fontMetrics().horizontalAdvance(text) <= room:
            return text
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
