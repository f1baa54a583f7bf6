"""Shapes that are the same at every step, drawn once into a small picture and put down from there.

On the screen that is several times cheaper than drawing them. Into a vector file they are drawn as what they are.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPaintEngine, QPainter

_MOST = 512
_stamps: OrderedDict[Hashable, QImage] = OrderedDict()


def stamp(painter: QPainter, rect: QRectF, look: Hashable, draw: Callable[[QPainter], None]) -> None:
    """Draw what `draw` paints within `rect`. `look` says all that it depends on beside the place and size."""
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:
        draw(painter)
        return
    left, top = math.floor(rect.left()), math.floor(rect.top())
    ratio = painter.deviceTransform().m11()
    key = (look, rect.left() - left, rect.top() - top, rect.width(), rect.height(), ratio)
    picture = _stamps.get(key)
    if picture is None:
        width, height = math.ceil(rect.right()) - left, math.ceil(rect.bottom()) - top
        picture = _drawn(QPointF(-left, -top), width, height, ratio, draw)
        _stamps[key] = picture
        if len(_stamps) > _MOST:
            _stamps.popitem(last=False)
    else:
        _stamps.move_to_end(key)
    painter.drawImage(QPointF(left, top), picture)


def _drawn(shift: QPointF, width: int, height: int, ratio: float, draw: Callable[[QPainter], None]) -> QImage:
    size = QSize(math.ceil(width * ratio), math.ceil(height * ratio))
    picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(shift)
    draw(painter)
    painter.end()
    return picture
