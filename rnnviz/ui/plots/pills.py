"""Values in pills beside the cursor line, on the side with more room, never one over another."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from rnnviz.ui.plots.spread import spread
from rnnviz.ui.plots.style import Style
from rnnviz.ui.plots.track import Mark, Place

AWAY = 7  # from the cursor line, so that a marker on it stays visible
SHARE = 0.75  # of the height that pills may cover


def pill_marks(
    values: list[tuple[float, str, QColor]], step: int, place: Place, limit: int, style: Style
) -> list[Mark]:
    """Pills for (height in pixels, text, colour of the rim) at this step; as many as fit, the first ones first.

    They stay left of `limit` where the plot is wide enough, and inside the widget always.
    """
    height = style.pill_height
    top, bottom = place.plot.top() - 2 + height / 2, place.plot.bottom() + 3 - height / 2
    room = max(1, int(place.plot.height() * SHARE / height))
    values = sorted(values[:room], key=lambda value: value[0])
    heights = spread([y for y, _, _ in values], height + 1, top, max(bottom, top))
    widths = [style.width(text) + 10 for _, text, _ in values]
    x = place.x(step) if step else float(place.plot.left())
    lefts = _lefts(x, widths, place, limit)
    marks = []
    for y, left, width, (_, text, colour) in zip(heights, lefts, widths, values, strict=True):
        rect = QRect(left, round(y - height / 2), width, height)
        draw = partial(draw_pill, style=style, rect=rect, text=text, rim=colour)
        marks.append(Mark(rect.adjusted(-1, -1, 1, 1), draw))
    return marks


def _lefts(x: float, widths: list[int], place: Place, limit: int) -> list[int]:
    """All on one side of the cursor line at x; over it only where neither side has room."""
    widest = AWAY + max(widths, default=0)
    fits_left, fits_right = x - widest >= place.plot.left() - 4, x + widest <= limit
    if fits_left and (not fits_right or x > place.plot.center().x()):
        return [round(x - AWAY - width) for width in widths]
    return [min(round(x + AWAY), place.right.right() + 1 - width) for width in widths]


def draw_pill(painter: QPainter, style: Style, rect: QRect, text: str, rim: QColor) -> None:
    painter.setPen(QPen(rim, 1))
    painter.setBrush(style.theme.panel)
    radius = rect.height() / 2 - 0.5
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    style.text(painter, QRectF(rect), Qt.AlignmentFlag.AlignHCenter, text, style.theme.ink)
