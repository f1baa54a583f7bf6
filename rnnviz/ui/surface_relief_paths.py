"""Numbered paths over a relief: what lies behind the surface shines through, what leaves the box ends at its edge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from rnnviz.ui import surface_paint, theme
from rnnviz.ui.plots.relief import Path, View
from rnnviz.ui.plots.style import Style, draw_marker
from rnnviz.ui.surface_relief import HIDDEN, Relief, round_pen

Array = NDArray[np.floating[Any]]
CASING = QColor(12, 16, 22, 190)
APART = 5.0  # pixels between two marks of a path
MOST_PIECES = 24  # of a straight step, each hidden or not


@dataclass(frozen=True)
class Leaving:
    """Where a path leaves the box, with which step, and in which direction on the screen."""

    path: int
    step: int
    at: QPointF
    line: QLineF


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A path on the screen: its points (n, 2), NaN beside the box, and which of them are hidden."""

    path: Path
    places: Array
    hidden: NDArray[np.bool_]


def draw(
    painter: QPainter, style: Style, relief: Relief, view: View, paths: Sequence[Path], points: Sequence[Array]
) -> list[Leaving]:
    """`points` (n, 3) of each path are places in the box, or beside it."""
    leaving: list[Leaving] = []
    drawn: list[_Drawn] = []
    for index, (path, at) in enumerate(zip(paths, points, strict=True)):
        line, ends = _line(view, at)
        leaving += [Leaving(index, step, *_on_screen(view, *end)) for step, end in ends]
        relief.draw_line(painter, view, line, [round_pen(CASING, 4.0), round_pen(path.colour, 2.0)])
        beside = ((at[:, :2] < 0) | (at[:, :2] > 1)).any(axis=1)
        shown = np.where(beside[:, None], np.nan, at)
        drawn.append(_Drawn(path, view.project(shown)[:, :2], relief.is_hidden(view, shown)))
    for each in drawn:
        _draw_marks(painter, each)
    _draw_numbers(painter, style, drawn)
    painter.setOpacity(1.0)
    return leaving


def _line(view: View, at: Array) -> tuple[Array, list[tuple[int, tuple[Array, Array]]]]:
    """What of the path is over the floor, broken by NaN; the steps that leave it, from where and towards where."""
    parts, ends = [np.empty((0, 3))], []
    pixels = np.hypot(*np.diff(view.project(at)[:, :2], axis=0).T)
    for step, (a, b) in enumerate(pairwise(at), start=1):
        inside = _inside(a, b)
        if inside is None:
            continue
        count = min(max(int(pixels[step - 1] / 6), 2), MOST_PIECES)
        parts.append(a + np.linspace(*inside, count)[:, None] * (b - a))
        if inside[1] < 1:
            ends.append((step, (parts[-1][-1], b)))
        if inside != (0.0, 1.0):
            parts.append(np.full((1, 3), np.nan))
    return np.concatenate(parts), ends


def _on_screen(view: View, start: Array, end: Array) -> tuple[QPointF, QLineF]:
    first, last = (QPointF(*view.project(each)[:2].tolist()) for each in (start, end))
    return first, QLineF(first, last)


def _inside(a: Array, b: Array) -> tuple[float, float] | None:
    """Which part of the way from a to b lies over the floor of the box."""
    start, end = 0.0, 1.0
    for low, step in zip(a[:2].tolist(), (b - a)[:2].tolist(), strict=True):
        if step == 0:
            if not 0 <= low <= 1:
                return None
            continue
        ends = sorted(((0 - low) / step, (1 - low) / step))
        start, end = max(start, ends[0]), min(end, ends[1])
    return (start, end) if start < end else None


def _draw_marks(painter: QPainter, drawn: _Drawn) -> None:
    """A mark for each step as far as there is room between them; the last one is larger."""
    before: QPointF | None = None
    last = len(drawn.places) - 1
    for k, (x, y) in enumerate(drawn.places.tolist()):
        at = QPointF(x, y)
        if math.isnan(x + y) or (k < last and before is not None and QLineF(before, at).length() < APART):
            continue
        before = at
        painter.setOpacity(HIDDEN if drawn.hidden[k] else 1.0)
        painter.setPen(QPen(surface_paint.WHITE if k == last else surface_paint.BLACK, 1.5 if k == last else 1))
        painter.setBrush(drawn.path.colour)
        draw_marker(painter, drawn.path.marker, at, theme.px(5 if k == last else 3))


def _draw_numbers(painter: QPainter, style: Style, drawn: Sequence[_Drawn]) -> None:
    """The last ones first, then from the start on; a number for which there is no room is left out."""
    taken: list[QRectF] = []
    order = [(each, len(each.places) - 1) for each in drawn]
    longest = max((len(each.places) for each in drawn), default=1)
    order += [(each, k) for k in range(longest - 1) for each in drawn if k < len(each.places) - 1]
    for each, k in order:
        (x, y), text = each.places[k].tolist(), each.path.numbers[k]
        if not text or math.isnan(x + y):
            continue
        width, gap = style.width(text, strong=True) + 2.0, theme.px(6)
        rect = QRectF(x - width / 2, y - style.text_height - gap, width, style.text_height)
        if any(rect.intersects(other) for other in taken):
            continue
        taken.append(rect)
        painter.setOpacity(HIDDEN if each.hidden[k] else 1.0)
        _write(painter, style, rect, text)


def _write(painter: QPainter, style: Style, rect: QRectF, text: str) -> None:
    """Readable on every colour: with a dark edge."""
    letters = QPainterPath()
    baseline = rect.top() + (rect.height() + style.strong_metrics.capHeight()) / 2
    letters.addText(QPointF(rect.left() + 1, baseline), style.strong, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(surface_paint.BLACK, 3.0, j=Qt.PenJoinStyle.RoundJoin))
    painter.drawPath(letters)
    painter.fillPath(letters, surface_paint.WHITE)
