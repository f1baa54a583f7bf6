"""Fonts of one text size on the stage, and how wide texts are in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from rnnviz.ui import theme
from rnnviz.ui.stage.laws import Run

CENTRE = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip)


class TypeSetter:
    """`size` is in pixels of the screen, whatever the text scale of the window is."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.number = _sized(theme.mono(), size)
        self.number_bold = _sized(theme.mono(bold=True), size)
        self.low = _sized(theme.mono(), max(round(size * 0.78), 9))
        self.sans_low = _sized(theme.sans(), max(round(size * 0.78), 9))
        self.name = _sized(theme.sans(semibold=True), size + 1)
        self.sans = _sized(theme.sans(), size)
        self.letter = _sized(theme.sans(italic=True), size + 1)
        self._number_metrics = QFontMetricsF(self.number)
        self._low_metrics = QFontMetricsF(self.low)
        self._letter_metrics = QFontMetricsF(self.letter)
        self._name_metrics = QFontMetricsF(self.name)
        self._sans_low_metrics = QFontMetricsF(self.sans_low)
        self._sans_metrics = QFontMetricsF(self.sans)
        self.low_digit = self._low_metrics.horizontalAdvance("0")
        self.digit = self._number_metrics.horizontalAdvance("0")

    def pill_width(self, text: str) -> float:
        return max(len(text), 3) * self.digit + self.size * 1.1

    @property
    def pill_height(self) -> float:
        return round(self.size * 1.72)

    def name_width(self, text: str) -> float:
        return self._name_metrics.horizontalAdvance(text)

    def letter_width(self, text: str) -> float:
        return self._letter_metrics.horizontalAdvance(text)

    def sans_width(self, text: str) -> float:
        return self._sans_metrics.horizontalAdvance(text)

    def run_width(self, run: Run, in_sans: bool = False) -> float:
        if in_sans:
            return (self._sans_low_metrics if run.is_low else self._sans_metrics).horizontalAdvance(run.text)
        return len(run.text) * (self.low_digit if run.is_low else self.digit)

    def width(self, runs: Sequence[Run], in_sans: bool = False) -> float:
        return sum(self.run_width(run, in_sans) for run in runs)

    def draw_runs(
        self, painter: QPainter, left: float, middle: float, runs: Sequence[Run], in_sans: bool = False
    ) -> None:
        """One line of numbers and letters with subscripts, from the left, its middle at the given height."""
        baseline = middle + self.size * 0.36
        plain, low = (self.sans, self.sans_low) if in_sans else (self.number, self.low)
        for run in runs:
            painter.setFont(low if run.is_low else plain)
            painter.drawText(QPointF(left, baseline + (self.size * 0.24 if run.is_low else 0)), run.text)
            left += self.run_width(run, in_sans)


@lru_cache(maxsize=64)
def _cached(size: int, family: str) -> TypeSetter:
    return TypeSetter(size)


def of_size(size: int) -> TypeSetter:
    return _cached(size, theme.mono().family())


def text_in(painter: QPainter, rect: QRectF, text: str) -> None:
    painter.drawText(rect, CENTRE, text)


def _sized(font: QFont, size: int) -> QFont:
    font.setPixelSize(size)
    return font
