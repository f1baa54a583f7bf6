"""What the plots take from the theme: fonts and their metrics, pens, dashes, markers, colour maps as 32-bit pixels."""

from __future__ import annotations

from itertools import pairwise, starmap

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPaintEngine, QPainter, QPen, QPolygonF

from rnnviz.ui import theme
from rnnviz.ui.plots.pyramid import NOT_FINITE, TOP
from rnnviz.ui.plots.simplify import simplified

Pixels = NDArray[np.uint32]

DASHES: tuple[tuple[float, ...], ...] = ((), (3.2, 2.2), (0.6, 2.2), (5, 2, 0.6, 2), (7, 2.5), (2, 2))
LONG = 60  # points of a curve beyond which it is not drawn as one path
MARKERS = ("circle", "square", "diamond", "triangle", "circle", "square")


class Style:
    """One look at one text size; made anew when either changes, so that a step has nothing to look up."""

    def __init__(self) -> None:
        self.theme = theme.current()
        self.font = theme.sans(theme.SMALL)
        self.strong = theme.sans(theme.SMALL, semibold=True)
        self.metrics = QFontMetrics(self.font)
        self.strong_metrics = QFontMetrics(self.strong)
        self.text_height = self.metrics.height()
        self.pill_height = self.text_height + 2
        self.grid = QPen(theme.mix(self.theme.panel, self.theme.line, 0.75), 1)
        self.cursor = QPen(self.theme.accent, 1 + self.theme.hairline * 0.5)
        self.signed_map = _with_error(self.theme.diverging_table[1:], self.theme.error)
        resampled = np.rint(np.arange(TOP + 1) * 255 / TOP).astype(int)
        self.magnitude_map = _with_error(self.theme.sequential_table[resampled], self.theme.error)
        self.background = np.uint32(self.theme.panel.rgb())

    def width(self, text: str, strong: bool = False) -> int:
        return (self.strong_metrics if strong else self.metrics).horizontalAdvance(text)

    def hue_map(self, colour: QColor) -> Pixels:
        """From the panel's colour at 0 to this hue at 1."""
        ends = np.array([self.theme.panel.getRgb()[:3], colour.getRgb()[:3]], float)
        part = np.linspace(0, 1, TOP + 1)[:, None]
        table = np.rint(ends[0] + part * (ends[1] - ends[0])).astype(np.uint8)
        return _with_error(table, self.theme.error)

    def series_colour(self, index: int) -> QColor:
        """Well apart also without colour vision (Okabe-Ito hues as the theme has them), in the order of use."""
        look = self.theme
        hues = (look.positive, look.negative, *(look.gate_colour(letter) for letter in "iofr"))
        return hues[index % len(hues)]

    def gate_colour(self, letter: str, index: int) -> QColor:
        """The hue of a gate, the same everywhere; a gate that the theme does not know takes one of the series."""
        known = {name for name, _ in self.theme.gates}
        return self.theme.gate_colour(letter) if letter in known else self.series_colour(index)

    def faint(self, colour: QColor) -> QColor:
        return theme.mix(self.theme.panel, colour, 0.35)

    def pen(self, colour: QColor, dash: int, width: float) -> QPen:
        pen = QPen(colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if DASHES[dash % len(DASHES)]:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern(DASHES[dash % len(DASHES)])
        return pen

    def text(
        self,
        painter: QPainter,
        rect: QRectF,
        align: Qt.AlignmentFlag,
        text: str,
        colour: QColor | None = None,
        strong: bool = False,
    ) -> None:
        painter.setFont(self.strong if strong else self.font)
        painter.setPen(colour or self.theme.muted)
        painter.drawText(rect, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)


VECTOR = (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf, QPaintEngine.Type.Picture)


def is_vector(painter: QPainter) -> bool:
    """Whether this is drawn into a file of lines and texts."""
    return painter.paintEngine().type() in VECTOR


def pixel_ratio(painter: QPainter) -> float:
    """Pixels that an image needs for each pixel of the widget; in a vector file enough for print."""
    return 4.0 if is_vector(painter) else painter.deviceTransform().m11()


def draw_curve(painter: QPainter, pen: QPen, points: NDArray[np.float64]) -> None:
    """Points (n, 2), x growing. A smooth curve is one path, so that joins are clean and dashes run on.

    A restless one goes segment by segment and solid: Qt's stroker takes a second for a noisy path of 400 points, and
    4 ms for its segments.
    """
    smooth = simplified(points, LONG)
    if smooth is not None:
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(list(starmap(QPointF, smooth.tolist()))))
        return
    solid = QPen(pen)
    solid.setStyle(Qt.PenStyle.SolidLine)
    painter.setPen(solid)
    painter.drawLines([QLineF(*a, *b) for a, b in pairwise(points.tolist())])


def draw_marker(painter: QPainter, marker: int, centre: QPointF, radius: float) -> None:
    """With the painter's pen and brush."""
    x, y = centre.x(), centre.y()
    match MARKERS[marker % len(MARKERS)]:
        case "square":
            painter.drawRect(QRectF(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8))
        case "diamond":
            r = radius * 1.25
            painter.drawPolygon(QPolygonF([QPointF(x, y - r), QPointF(x + r, y), QPointF(x, y + r), QPointF(x - r, y)]))
        case "triangle":
            r = radius * 1.2
            painter.drawPolygon(
                QPolygonF([QPointF(x, y - r), QPointF(x + r, y + r * 0.8), QPointF(x - r, y + r * 0.8)])
            )
        case _:
            painter.drawEllipse(centre, radius, radius)


def _with_error(table: NDArray[np.uint8], error: QColor) -> Pixels:
    """RGB rows 0..254 as 0xffRRGGBB, and the error colour for what is not finite."""
    channels = table.astype(np.uint32)
    pixels = np.empty(NOT_FINITE + 1, np.uint32)
    pixels[: TOP + 1] = 0xFF000000 | channels[:, 0] << 16 | channels[:, 1] << 8 | channels[:, 2]
    pixels[NOT_FINITE] = error.rgb()
    return pixels
