"""What the network hands out at this step, beside the cell: a bar for each output, the largest where there are many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from rnnviz.engine.network import Dense
from rnnviz.engine.trace import Address, GradientAddress
from rnnviz.ui import numbers
from rnnviz.ui.stage import glyphs
from rnnviz.ui.stage.items import Item
from rnnviz.ui.stage.picture import Picture
from rnnviz.ui.stage.shades import mix
from rnnviz.ui.stage.type_setter import TypeSetter
from rnnviz.ui.theme import Theme

ROW = 20.0
_FOR_RING = 5  # right of a number, where the ring of a selected one runs


@dataclass(frozen=True, eq=False)
class Readout:
    rect: QRectF
    type: TypeSetter
    title: str
    names: tuple[str, ...]
    items: tuple[Item, ...]
    hidden: int
    scale: float
    is_signed: bool


def placed(picture: Picture, title: str, rect: QRectF, setter: TypeSetter) -> Readout:
    """One row for each output, in their order when all fit, else the largest ones."""
    snapshot = picture.snapshot
    sequence = snapshot.cursor.sequence
    last = snapshot.scenario.network.layers[-1]
    is_share = isinstance(last, Dense) and last.activation in ("softmax", "sigmoid")
    name = picture.trace.output_name
    scale = 1.0 if is_share else picture.measures.scale(picture.trace, name, sequence)
    values: NDArray[np.float64] = picture.trace.output[picture.step - 1, sequence]
    if picture.gradients is not None:
        title = f"∂L/∂{name.rpartition('.')[2]}"
        values = np.asarray(picture.gradients.of_units(name, picture.step, sequence), np.float64)
        scale = picture.measures.largest(f"d {name}", sequence, picture.gradients.over_time(name, sequence))
    row = ROW * setter.size / 11
    fits = max(int((rect.height() - 30) // row), 1)
    shown = list(range(len(values)))
    if len(shown) > fits:
        shown = sorted(np.argsort(-np.abs(values), kind="stable")[: fits - 1].tolist())
    top = rect.top() + 26
    items = tuple(
        _item(picture, unit, float(values[unit]), QRectF(rect.left(), top + k * row, rect.width(), row))
        for k, unit in enumerate(shown)
        if snapshot.cursor.step > 0 or snapshot.is_backward
    )
    names = snapshot.scenario.output_names
    return Readout(
        rect,
        setter,
        title,
        tuple(_name(unit, len(values), names) for unit in shown),
        items,
        len(values) - len(shown),
        scale,
        bool(np.any(values < 0)),
    )


def _name(unit: int, count: int, names: tuple[str, ...]) -> str:
    if unit < len(names):
        return names[unit]
    return "y" if count == 1 else str(unit)


def _item(picture: Picture, unit: int, value: float, rect: QRectF) -> Item:
    place = Address(picture.trace.output_name, picture.step, picture.sequence, unit)
    address = place if picture.gradients is None else GradientAddress(place)
    return Item(rect, address, numbers.text(value, 3), value, 3, "bar")


def paint(painter: QPainter, readout: Readout, selection: object, theme: Theme) -> None:
    setter, rect = readout.type, readout.rect
    painter.setPen(theme.muted)
    painter.setFont(setter.sans)
    left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    title = painter.fontMetrics().elidedText(readout.title, Qt.TextElideMode.ElideRight, int(rect.width()))
    painter.drawText(QRectF(rect.left(), rect.top(), rect.width(), 22), left, title)
    most = max((item.value for item in readout.items), default=0.0)
    name_width = min(max((setter.sans_width(name) for name in readout.names), default=0.0) + 8, rect.width() * 0.4)
    number_width = setter.digit * 9 + _FOR_RING
    for name, item in zip(readout.names, readout.items, strict=False):
        row = item.rect
        is_most = item.value == most and len(readout.items) > 1
        painter.setPen(theme.ink if is_most else theme.muted)
        painter.setFont(setter.sans)
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(name_width - 4))
        painter.drawText(row, left, text)
        track = QRectF(row.left() + name_width, row.center().y() - 3, row.width() - name_width - number_width, 6)
        _bar(painter, track, item.value / readout.scale, readout.is_signed, is_most, theme)
        painter.setPen(theme.ink if is_most else theme.muted)
        painter.setFont(setter.number)
        painter.drawText(row.adjusted(0, 0, -_FOR_RING, 0), right, item.text)
        if item.address == selection:
            glyphs.outline(painter, row.adjusted(-2, 2, -3, -2), theme)
    if readout.hidden and readout.items:
        last = readout.items[-1].rect
        painter.setPen(theme.muted)
        painter.setFont(setter.sans)
        painter.drawText(last.translated(0, last.height()), left, f"+ {numbers.count(readout.hidden)}")


def _bar(painter: QPainter, track: QRectF, share: float, is_signed: bool, is_most: bool, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mix(theme.panel, theme.ink, 0.09))
    painter.drawRoundedRect(track, 3, 3)
    colour = theme.value_colour(share)
    painter.setBrush(colour if is_most else mix(theme.panel, colour, 0.55))
    zero = track.center().x() if is_signed else track.left()
    full = track.width() / 2 if is_signed else track.width()
    length = full * (min(abs(share), 1.0) if share == share else 0.0)
    painter.drawRoundedRect(QRectF(zero - (length if share < 0 else 0), track.top(), length, track.height()), 3, 3)
