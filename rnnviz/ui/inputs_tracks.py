"""How the columns of the table of steps share its width."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics

from rnnviz.ui import numbers, theme
from rnnviz.ui.inputs_rows import Block, Rows
from rnnviz.ui.theme import px

NARROWEST_STRIP_CELL, WIDEST_STRIP_CELL = 3, 24
_SAMPLED_ROWS = 160  # widths are measured on so many rows, however long the sequence is


@dataclass(frozen=True)
class Track:
    """Where a block stands: its first column begins at `left`, each is `width` wide."""

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

    def column_at(self, x: float) -> int:
        """The column under x, -1 where there is none."""
        return int((x - self.left) / self.width) if self.left <= x < self.right else -1


def tracks_of(rows: Rows, left: int, room: int) -> tuple[Track, ...]:
    """The blocks beside each other from `left` on, in `room` if they can be made to fit."""
    gap = px(10)
    tracks: list[Track] = []
    for block, width in zip(rows.blocks, _column_widths(rows, room - gap * (len(rows.blocks) - 1)), strict=True):
        tracks.append(Track(block, left, width))
        left = tracks[-1].right + gap
    return tuple(tracks)


def _column_widths(rows: Rows, room: float) -> list[float]:
    """The width of a column in each block: grown where there is room, shrunk to fewer digits where there is not."""
    counts = [len(block.names) for block in rows.blocks]
    natural = [_natural_width(rows, block) for block in rows.blocks]
    spare = room - sum(width * count for width, count in zip(natural, counts, strict=True))
    strips = sum(count for block, count in zip(rows.blocks, counts, strict=True) if block.is_strip)
    if spare < 0:
        least = [min(width, _least_width(rows, block)) for block, width in zip(rows.blocks, natural, strict=True)]
        slack = sum((w - m) * count for w, m, count in zip(natural, least, counts, strict=True))
        part = min(-spare / slack, 1.0) if slack else 0.0
        return [w - (w - m) * part for w, m in zip(natural, least, strict=True)]
    if strips:
        wider = min(spare / strips, px(WIDEST_STRIP_CELL) - NARROWEST_STRIP_CELL)
        return [w + wider if block.is_strip else w for block, w in zip(rows.blocks, natural, strict=True)]
    return [width + min(spare // sum(counts), px(36)) for width in natural]


def _natural_width(rows: Rows, block: Block) -> float:
    if block.is_strip:
        return NARROWEST_STRIP_CELL
    small = QFontMetrics(theme.mono(theme.SMALL))
    heading = max(small.horizontalAdvance(name) for name in block.names) + px(8)
    return min(max(_width_of_values(rows, block), min(heading, px(48))), px(132))


def _least_width(rows: Rows, block: Block) -> float:
    """Enough for two digits behind sign, point and zero; what is longer loses digits, or ends in an ellipsis."""
    if block.is_strip:
        return NARROWEST_STRIP_CELL
    two_digits = QFontMetrics(theme.mono(12)).horizontalAdvance(f"{numbers.MINUS}0.044") + px(10)
    return px(60) if rows.has_words(block) else min(_width_of_values(rows, block), two_digits)


def _width_of_values(rows: Rows, block: Block) -> float:
    metrics = QFontMetrics(theme.mono(12))
    chosen = np.linspace(0, len(block.values) - 1, min(len(block.values), _SAMPLED_ROWS)).astype(int)
    sample = np.unique(block.values[chosen])
    texts = [f"{rows.word_of(v)} {int(v)} " if rows.has_words(block) else numbers.text(v) for v in sample]
    longest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
    return max(longest + px(10), px(28))
