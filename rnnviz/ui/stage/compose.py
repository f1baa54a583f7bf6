"""Arranges the stage: the unrolled strip above, the opened cell in its frame, units and readout beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF

from rnnviz.engine.trace import Address
from rnnviz.ui import numbers
from rnnviz.ui.stage import readout, scene, units, unrolled
from rnnviz.ui.stage.diagram import Diagram
from rnnviz.ui.stage.items import AnyAddress, Item, Strip
from rnnviz.ui.stage.picture import Picture
from rnnviz.ui.stage.readout import Readout
from rnnviz.ui.stage.scene import Scene
from rnnviz.ui.stage.storeys import Storey
from rnnviz.ui.stage.type_setter import TypeSetter, of_size
from rnnviz.ui.stage.units import UnitGrid
from rnnviz.ui.stage.unrolled import Unrolled

_TALL_ENOUGH = 390.0  # from here on the strip shows outputs and inputs
_STRIP_ENOUGH = 230.0  # from here on there is a strip at all
_READOUT_WIDTH = 158.0
_LEAST_CELL = 430.0  # the cell keeps so much width before units and readout get theirs
_HEAD = 28.0


@dataclass(frozen=True)
class Tab:
    """The name of a storey that a click opens."""

    rect: QRectF
    storey: Storey
    is_open: bool


@dataclass(frozen=True, eq=False)
class Stage:
    picture: Picture
    cell: Scene
    frame: QRectF
    type: TypeSetter
    tabs: tuple[Tab, ...]
    note: str
    strip: Unrolled | None
    units: UnitGrid | None
    readout: Readout | None

    def items(self) -> Iterator[Item]:
        """Everything that has an address, the topmost last."""
        if self.strip is not None:
            yield from self.strip.items
        yield from self.cell.items
        if self.readout is not None:
            yield from self.readout.items

    def strips(self) -> Iterator[Strip]:
        if self.strip is not None:
            yield from self.strip.strips
        yield from self.cell.strips

    def address_at(self, point: QPointF) -> AnyAddress | None:
        for item in reversed(list(self.items())):
            if item.rect.contains(point):
                return item.address
        for strip in self.strips():
            if (address := strip.address_at(point)) is not None:
                return address
        return self.units.address_at(point) if self.units is not None else None

    def rect_of(self, address: AnyAddress) -> QRectF | None:
        """Where a number is: a place with a number rather than a mere part, the cell rather than the strip."""
        found = [item for item in self.items() if item.address == address]
        if found:
            return max(found, key=lambda item: (bool(item.text), item.kind == "pill")).rect
        for strip in self.strips():
            if (rect := strip.rect_of(address)) is not None:
                return rect
        grid = self.units
        if (
            grid is not None
            and isinstance(address, Address)
            and (address.quantity, address.step)
            == (
                grid.first.quantity,
                grid.first.step,
            )
        ):
            return grid.rect_at(address.unit)
        return None

    def storey_at(self, point: QPointF) -> Storey | None:
        """The storey whose name is under a point, as a tab or beside the strip."""
        tab = next((tab for tab in self.tabs if tab.rect.contains(point)), None)
        if tab is not None:
            return tab.storey
        line = self.strip.line_at(point) if self.strip is not None and len(self.strip.lines) > 1 else None
        return line.storey if line is not None else None


def composed(
    picture: Picture,
    storeys: tuple[Storey, ...],
    unit_of: dict[str, int],
    diagram: Diagram,
    room: QRectF,
    digits: int,
    text_scale: float,
) -> Stage:
    snapshot = picture.snapshot
    setter = of_size(max(round(11 * text_scale), 11))
    scale = setter.size / 11
    is_full = room.height() >= _TALL_ENOUGH * min(scale, 1.3)
    shown = tuple(storey for storey in storeys if not storey.is_readout) or storeys
    strip_height = unrolled.height_of(len(shown), scale, is_full=is_full)
    if room.height() < _STRIP_ENOUGH * scale or strip_height > room.height() * 0.45:
        shown, strip_height = (picture.storey,), unrolled.height_of(1, scale, is_full=False)
        is_full = False
    gap = 26 * scale if is_full else 12 * scale
    has_strip = room.height() >= _STRIP_ENOUGH
    top = room.top() + (strip_height + gap if has_strip else 0)
    body = QRectF(room.left(), top, room.width(), room.bottom() - top)
    columns = _columns(picture, storeys, body, scale)
    aside = sum(width + 16 * scale for width in columns.values())
    head = _HEAD * scale
    inner = QRectF(body.left(), body.top() + head, body.width() - aside, body.height() - head)
    cell = scene.placed(diagram, picture, inner, digits, text_scale)
    left = round(room.left() + (room.width() - cell.grid.rect.width() - aside) / 2)
    shift = left - cell.grid.rect.left()
    if abs(shift) >= 1:
        inner = QRectF(left, inner.top(), cell.grid.rect.width(), inner.height())
        cell = scene.placed(diagram, picture, inner, digits, text_scale)
    frame = QRectF(cell.grid.rect.left(), body.top(), cell.grid.rect.width(), head + cell.grid.rect.height())
    grid, out, right = _aside(picture, storeys, columns, frame, setter, scale)
    tabs, note = _head(picture, storeys, frame, setter, scale)
    strip = None
    if has_strip:
        wanted = max(right - frame.left(), min(room.width(), snapshot.trace.steps * 84 * scale + 120 * scale))
        rect = QRectF(round(room.center().x() - wanted / 2), room.top(), round(wanted), strip_height)
        strip = unrolled.placed(snapshot, shown, picture.storey, unit_of, rect, setter, is_full=is_full)
    return Stage(picture, cell, frame, setter, tabs, note, strip, grid, out)


def _columns(picture: Picture, storeys: tuple[Storey, ...], body: QRectF, scale: float) -> dict[str, float]:
    """Widths of what stands beside the cell, as far as there is room: units before the readout."""
    widths: dict[str, float] = {}
    spare = body.width() - _LEAST_CELL * scale
    if picture.units > 1:
        most = max(min(120 * scale, spare - 16 * scale), 24 * scale)
        columns, pitch = units.shape(picture.units, body.height() - _HEAD * scale, scale, most)
        widths["units"] = columns * pitch
        spare -= widths["units"] + 16 * scale
    if storeys[-1].is_readout and spare > (_READOUT_WIDTH + 16) * scale:
        widths["readout"] = min(max(_READOUT_WIDTH * scale, spare * 0.4), 240 * scale)
    return widths


def _aside(
    picture: Picture,
    storeys: tuple[Storey, ...],
    widths: dict[str, float],
    frame: QRectF,
    setter: TypeSetter,
    scale: float,
) -> tuple[UnitGrid | None, Readout | None, float]:
    right, grid, out = frame.right(), None, None
    if "units" in widths:
        columns, pitch = units.shape(picture.units, frame.height(), scale, widths["units"] + 1)
        values = picture.vector(picture.storey.memory)
        if len(values) != picture.units:
            values = picture.vector(picture.storey.per_unit)
        letter = (
            picture.storey.memory
            if len(picture.vector(picture.storey.memory)) == picture.units
            else picture.storey.per_unit
        )
        rows = -(-picture.units // columns)
        rect = QRectF(
            round(right + 16 * scale), round(frame.center().y() - rows * pitch / 2), columns * pitch, rows * pitch
        )
        grid = UnitGrid(rect, columns, pitch, values, picture.address(letter, 0), picture.unit)
        right = rect.right()
    if "readout" in widths:
        rect = QRectF(round(right + 16 * scale), frame.top(), widths["readout"], frame.height())
        out = readout.placed(picture.snapshot, storeys[-1].title, rect, setter)
        right = rect.right()
    return grid, out, right


def _head(
    picture: Picture, storeys: tuple[Storey, ...], frame: QRectF, setter: TypeSetter, scale: float
) -> tuple[tuple[Tab, ...], str]:
    """Tabs where there is more than one storey, and what is opened in words."""
    translate = QCoreApplication.translate
    of = translate("stage", "unit {0} of {1}").format(picture.unit, numbers.count(picture.units))
    note = translate("stage", "masked: state is held") if picture.is_masked else of if picture.units > 1 else ""
    if len(storeys) == 1:
        return (), note
    tabs, left = [], frame.left() + 10 * scale
    for storey in storeys:
        width = setter.name_width(storey.title) + 12 * scale
        rect = QRectF(left, frame.top() + 3, width, 22 * scale)
        tabs.append(Tab(rect, storey, storey.prefix == picture.storey.prefix))
        left += width + 2
    return tuple(tabs), note
