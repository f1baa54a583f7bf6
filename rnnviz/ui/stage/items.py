"""Numbers of the stage with their places on the screen: what the mouse, the keyboard and the tests find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from rnnviz.ui.stage.laws import Runs
from rnnviz.ui.stage.places import AnyAddress, OfUnits, at_unit, unit_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Item:
    """A number, or a part that stands for one, with the rectangle that answers to the mouse.

    kind : "pill", "box", "plain", "bar" and "law" show `text` as the number; "word" shows a word in its place; "part"
        is a shape
    """

    rect: QRectF
    address: AnyAddress
    text: str = ""
    value: float = 0.0
    digits: int = 0
    kind: str = "part"
    hue: str = ""
    of: str = ""
    prefix: Runs = ()


@dataclass(frozen=True)
class Strip:
    """A vector too long for numbers, as a row of colours; `first` is the address of its first number,
    `scale` the value of the fullest colour."""

    rect: QRectF
    values: Array
    first: OfUnits
    scale: float

    def address_at(self, point: QPointF) -> OfUnits | None:
        if not self.rect.contains(point):
            return None
        unit = int((point.x() - self.rect.left()) / self.rect.width() * len(self.values))
        return at_unit(self.first, min(unit, len(self.values) - 1))

    def rect_of(self, address: AnyAddress) -> QRectF | None:
        unit = unit_of(address, self.first)
        if unit is None:
            return None
        width = self.rect.width() / len(self.values)
        return QRectF(self.rect.left() + unit * width, self.rect.top(), max(width, 3), self.rect.height())
