"""The little picture of a scenario in the gallery, painted from its own trace."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap, QPolygonF

from rnnviz.engine.trace import Trace
from rnnviz.scenario.types import Scenario
from rnnviz.ui import theme

_MOST_CURVES = 4
_MOST_COLUMNS = 200


@dataclass(frozen=True)
class Picture:
    """kind : "curves" or "strip" of values (T, units), "image" of values (rows, columns)"""

    kind: str
    values: NDArray[np.float64]


def picture(scenario: Scenario, trace: Trace) -> Picture:
    """An input image where the inputs are one; else the carried states of the first sequence over time."""
    if scenario.images:
        return Picture("image", np.array(scenario.inputs[:, 0, :]))
    states = scenario.network.state_sizes()
    name = next(reversed(list(states)), trace.output_name)
    preferred = [state for state in states if state.endswith(".c")]
    values = np.array(trace[preferred[0] if preferred else name][:, 0, :])
    if trace.output_name in trace and values.shape[1] == 1 and trace.output.shape[2] <= 2:
        values = np.concatenate([values, trace.output[:, 0, :]], axis=1)
    values = _without_repeats(values[:: max(1, len(values) // _MOST_COLUMNS)])
    return Picture("curves" if values.shape[1] <= _MOST_CURVES else "strip", np.nan_to_num(values))


def _without_repeats(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A few equal curves would only hide each other."""
    if values.shape[1] > _MOST_CURVES:
        return values
    _, first = np.unique(values, axis=1, return_index=True)
    return values[:, np.sort(first)]


def paint(shown: Picture, size: QSize, ratio: float) -> QPixmap:
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    room = QRectF(0, 0, size.width(), size.height())
    {"curves": _curves, "strip": _strip, "image": _image}[shown.kind](painter, room, shown.values)
    painter.end()
    return pixmap


def _curves(painter: QPainter, room: QRectF, values: NDArray[np.float64]) -> None:
    colours = theme.current()
    room = room.adjusted(14, 14, -14, -14)
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    steps, span = len(values), (high - low) or 1.0
    zero = room.bottom() - room.height() * (0 - low) / span
    painter.setPen(QPen(colours.line, 1))
    painter.drawLine(QPointF(room.left(), zero), QPointF(room.right(), zero))
    hues = [colours.positive, colours.negative, colours.gate_colour("i"), colours.gate_colour("f")]
    curves = []
    for unit in range(values.shape[1]):
        points = [
            QPointF(
                room.left() + room.width() * (t / max(steps - 1, 1)),
                room.bottom() - room.height() * (float(value) - low) / span,
            )
            for t, value in enumerate(values[:, unit])
        ]
        curves.append((hues[unit], points))
    for hue, points in curves:
        ends = [QPointF(points[-1].x(), zero), QPointF(points[0].x(), zero)]
        hue_over_panel = theme.mix(colours.panel, hue, 0.1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(hue_over_panel)
        painter.drawPolygon(QPolygonF([*points, *ends]))
    for hue, points in reversed(curves):
        painter.setPen(QPen(hue, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        if steps <= 16:
            painter.setBrush(hue)
            painter.setPen(Qt.PenStyle.NoPen)
            for point in points:
                painter.drawEllipse(point, 2.6, 2.6)


def _strip(painter: QPainter, room: QRectF, values: NDArray[np.float64]) -> None:
    """Units down, steps to the right, in the signed colours."""
    room = room.adjusted(14, 14, -14, -14)
    scale = float(np.abs(values).max()) or 1.0
    painter.drawImage(room, _as_image(theme.current().diverging(values.T, scale)))


def _image(painter: QPainter, room: QRectF, values: NDArray[np.float64]) -> None:
    """The inputs laid under each other, ink on the panel."""
    colours = theme.current()
    part = (np.clip(values, 0, values.max() or 1.0) / (values.max() or 1.0))[..., None]
    ground, ink = (np.array(colour.getRgb()[:3]) for colour in (colours.panel, colours.ink))
    rgb = np.rint(ground + (ink - ground) * part).astype(np.uint8)
    side = room.height() - 16
    painter.drawImage(QRectF(room.center().x() - side / 2, 8, side, side), _as_image(rgb))


def _as_image(rgb: NDArray[np.uint8]) -> QImage:
    rgb = np.ascontiguousarray(rgb)
    height, width, _ = rgb.shape
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
