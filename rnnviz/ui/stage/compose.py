"""The stage at one moment: the unrolled strip, the opened cell, units and readout, and where their numbers are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF

from rnnviz.engine.trace import GradientAddress
from rnnviz.session.gradient_place import followed_weight
from rnnviz.ui import numbers, surface_words
from rnnviz.ui.stage import readout, scene, unrolled
from rnnviz.ui.stage.arrange import Arrangement, Tab
from rnnviz.ui.stage.items import Item, Strip
from rnnviz.ui.stage.picture import Picture
from rnnviz.ui.stage.places import AnyAddress, unit_of
from rnnviz.ui.stage.readout import Readout
from rnnviz.ui.stage.scene import Scene
from rnnviz.ui.stage.storeys import Storey
from rnnviz.ui.stage.type_setter import TypeSetter
from rnnviz.ui.stage.units import UnitGrid
from rnnviz.ui.stage.unrolled import Unrolled


@dataclass(frozen=True, eq=False)
class Stage:
    picture: Picture
    arrangement: Arrangement
    cell: Scene
    note: str
    strip: Unrolled | None
    units: UnitGrid | None
    readout: Readout | None

    @property
    def frame(self) -> QRectF:
        return self.arrangement.frame

    @property
    def type(self) -> TypeSetter:
        return self.arrangement.type

    @property
    def tabs(self) -> tuple[Tab, ...]:
        return self.arrangement.tabs

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

    def rect_at(self, point: QPointF, address: AnyAddress) -> QRectF | None:
        """Where a number is under a point: several places of the stage may show the same one."""
        return next((i.rect for i in self.items() if i.address == address and i.rect.contains(point)), None)

    def rect_of(self, address: AnyAddress) -> QRectF | None:
        """Where a number is: a place with a number rather than a mere part, the cell rather than the strip."""
        found = [item for item in self.items() if item.address == address]
        if found:
            return max(found, key=lambda item: (bool(item.text), item.kind == "pill")).rect
        for strip in self.strips():
            if (rect := strip.rect_of(address)) is not None:
                return rect
        unit = unit_of(address, self.units.first) if self.units is not None else None
        return self.units.rect_at(unit) if self.units is not None and unit is not None else None

    def storey_at(self, point: QPointF) -> Storey | None:
        """The storey whose name is under a point, as a tab or beside the strip."""
        tab = next((tab for tab in self.tabs if tab.rect.contains(point)), None)
        if tab is not None:
            return tab.storey
        line = self.strip.line_at(point) if self.strip is not None and len(self.strip.lines) > 1 else None
        return line.level if line is not None and isinstance(line.level, Storey) else None


def composed(arrangement: Arrangement, picture: Picture, title: str, units: dict[str, int]) -> Stage:
    """title : of the readout; units : prefix -> the unit that its strip shows"""
    rect = arrangement
    strip = grid = out = None
    if rect.strip is not None:
        strip = unrolled.placed(picture, rect.levels, units, rect.strip, rect.type, is_full=rect.is_full)
    if rect.units is not None:
        letter = picture.storey.memory
        if len(picture.vector(letter)) != picture.units:
            letter = picture.storey.per_unit
        values = picture.shown_vector(letter)
        first, scale = picture.address(letter, 0), picture.scale(letter)
        grid = UnitGrid(rect.units, rect.unit_columns, rect.unit_pitch, values, scale, first, picture.unit)
    if rect.readout is not None:
        out = readout.placed(picture, title, rect.readout, rect.type)
    return Stage(picture, rect, scene.placed(rect.plan, picture), _note(picture), strip, grid, out)


def _note(picture: Picture) -> str:
    """Which unit is opened, or why nothing moves."""
    translate = QCoreApplication.translate
    if picture.gradients is not None:
        return _sum_so_far(picture)
    if picture.is_masked:
        return translate("stage", "masked: state is held")
    if picture.units == 1:
        return ""
    return translate("stage", "unit {0} of {1}").format(picture.unit, numbers.count(picture.units))


def _sum_so_far(picture: Picture) -> str:
    """Backwards through time: what the steps from the last to this one have added to the followed derivative."""
    weight = followed_weight(picture.snapshot)
    if weight is None or picture.gradients is None:
        return ""
    letter = surface_words.short(weight, picture.snapshot.scenario)
    whole = picture.gradients.number(GradientAddress(weight))
    if picture.step == 1:
        return f"◀ ∂L/∂{letter} = {numbers.text(whole, 5)}"
    so_far = picture.gradients.sum_from(weight, picture.step)
    text = QCoreApplication.translate("stage", "◀ ∂L/∂{0} so far {1} of {2}")
    return text.format(letter, numbers.text(so_far, 5), numbers.text(whole, 5))
