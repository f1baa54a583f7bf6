"""The words of a sequence on grounds that say how much each has to do with a number: orange for, blue against it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import theme
from rnnviz.ui.theme import px

MOST_LINES = 4
STRONGEST = 0.62  # of the hue in the ground of the strongest word: ink stays readable


class SaliencyWords(QWidget):
    """Words flow over lines; where they are too many, those that end with `last` are shown."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words: tuple[str, ...] = ()
        self.weights: NDArray[np.float64] = np.zeros(0)
        self.last = 0
        self.step = 0
        self.is_of_letters = False
        self._boxes: dict[int, QRect] = {}
        self._laid_out: tuple[object, ...] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_words(
        self, words: Sequence[str], weights: NDArray[np.float64], last: int, step: int, is_of_letters: bool
    ) -> None:
        """weights : one for each word; last : the step of the number; step : the one that is looked at"""
        self.words, self.weights, self.last, self.step = tuple(words), weights, last, step
        self.is_of_letters = is_of_letters
        self.setFixedHeight(self._lay_out())
        self.update()

    def _lay_out(self) -> int:
        """Place the words, from the first that there is room for; returns the height."""
        key = (self.words, self.last, self.width(), self.is_of_letters, theme.switch().text_scale)
        line = self.fontMetrics().height() + px(5)
        if key != self._laid_out:
            self._laid_out = key
            first = 0
            self._boxes = self._placed(first, line)
            while self._lines(line) > MOST_LINES and first < self.last - 1:
                first += max(1, (self.last - first) // 8)
                self._boxes = self._placed(first, line)
        return max(1, min(MOST_LINES, self._lines(line))) * line

    def _lines(self, line: int) -> int:
        return max((box.top() // line + 1 for box in self._boxes.values()), default=0)

    def _placed(self, first: int, line: int) -> dict[int, QRect]:
        metrics, gap, pad = self.fontMetrics(), 0 if self.is_of_letters else px(3), 1 if self.is_of_letters else px(3)
        left, top, boxes = 0, 0, {}
        for index in range(first, len(self.words)):
            width = max(metrics.horizontalAdvance(self.words[index] or " "), px(4)) + 2 * pad
            if left and left + width > self.width():
                left, top = 0, top + line
            if top // line > MOST_LINES + 1:
                break
            boxes[index] = QRect(left, top, width, line - px(2))
            left += width + gap
        return boxes

    def resizeEvent(self, event: object) -> None:
        self.setFixedHeight(self._lay_out())

    def restyle(self) -> None:
        self.setFont(theme.sans(theme.BODY))
        self._laid_out = ()

    def sizeHint(self) -> QSize:
        return QSize(px(200), self._lay_out())

    def minimumSizeHint(self) -> QSize:
        return QSize(px(60), self.fontMetrics().height())

    def word_at(self, point: QPoint) -> int | None:
        """The step of the word under a point."""
        return next((index + 1 for index, box in self._boxes.items() if box.contains(point)), None)

    def rect_of(self, step: int) -> QRect | None:
        box = self._boxes.get(step - 1)
        return box if box is not None and box.bottom() < self.height() + 2 else None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme.current()
        finite = self.weights[np.isfinite(self.weights)]
        scale = float(np.abs(finite).max(initial=0.0)) or 1.0
        for index, box in self._boxes.items():
            weight = float(self.weights[index]) if index < len(self.weights) else 0.0
            if not np.isfinite(weight):
                ground = theme.mix(look.panel, look.error, 0.4)
            else:
                hue = look.positive if weight > 0 else look.negative
                ground = theme.mix(look.panel, hue, STRONGEST * abs(weight) / scale)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            radius = 0 if self.is_of_letters else px(3)
            painter.drawRoundedRect(QRectF(box), radius, radius)
            if index + 1 == self.step:
                painter.setPen(look.accent)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            painter.setPen(look.ink if index < self.last else look.muted)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.words[index])
