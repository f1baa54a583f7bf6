"""Where the tokens of a text stand: words as chips, characters one after another, over as many lines as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QFontMetrics

from rnnviz.ui.theme import px

SHOWN = {" ": "·", "\n": "⏎", "\t": "⇥"}


@dataclass(frozen=True)
class Flow:
    """Rectangles of all tokens in a column of some width, and the height that they take."""

    places: tuple[QRect, ...]
    height: int

    def at(self, x: int, y: int) -> int | None:
        """The number of the token at a point, 0 the first."""
        return next((number for number, place in enumerate(self.places) if place.contains(x, y)), None)


def of_words(words: Sequence[str], font: QFont, width: int) -> Flow:
    metrics = QFontMetrics(font)
    line, gap, padding = metrics.height() + px(8), px(4), px(6)
    places, x, y = [], 0, 0
    for word in words:
        wide = min(metrics.horizontalAdvance(word) + 2 * padding, max(width, 1))
        if x and x + wide > width:
            x, y = 0, y + line + gap
        places.append(QRect(x, y, wide, line))
        x += wide + gap
    return Flow(tuple(places), y + line)


def of_characters(characters: Sequence[str], font: QFont, width: int) -> Flow:
    """In columns of one width; the line ends after a line end, and after a blank where the next word would not fit."""
    metrics = QFontMetrics(font)
    wide, line = metrics.horizontalAdvance("m"), metrics.height() + px(3)
    columns = max(width // max(wide, 1), 1)
    places, column, row = [], 0, 0
    for number, character in enumerate(characters):
        places.append(QRect(column * wide, row * line, wide, line))
        column += 1
        word = 0
        if character == " ":
            rest = characters[number + 1 : number + 1 + columns]
            word = next((n for n, one in enumerate(rest) if one in " \n"), len(rest))
        if character == "\n" or column >= columns or (word and column + word > columns):
            column, row = 0, row + 1
    return Flow(tuple(places), (row + 1) * line)
