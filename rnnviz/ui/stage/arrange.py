"""Shares out the room of the stage: strip above, the opened cell in its frame, units and readout beside it.

Nothing here depends on the step, so an arrangement serves until the panel, the text size or what is opened changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF

from rnnviz.ui.stage import units, unrolled
from rnnviz.ui.stage.diagram import Diagram
from rnnviz.ui.stage.plan import Plan, least_width, planned
from rnnviz.ui.stage.storeys import Level, Storey, has_readout, storeys
from rnnviz.ui.stage.type_setter import TypeSetter, of_size

_TALL_ENOUGH = 390.0  # from here on the strip shows outputs and inputs
_STRIP_ENOUGH = 230.0  # from here on there is a strip at all
_STRIP_BACKWARD = 180.0  # and backwards through time, where it shows what has come back
_READOUT_WIDTH = 150.0
_LEAST_CELL = 430.0  # the cell keeps so much width, or what its drawing needs, before units and readout get theirs
_HEAD = 28.0
_GAP = 16.0


@dataclass(frozen=True)
class Tab:
    """The name of a storey that a click opens."""

    rect: QRectF
    storey: Storey
    is_open: bool


@dataclass(frozen=True, eq=False)
class Arrangement:
    """`levels` are those with a row in the strip. Rectangles are None for what has no room."""

    type: TypeSetter
    plan: Plan
    frame: QRectF
    tabs: tuple[Tab, ...]
    strip: QRectF | None
    is_full: bool
    levels: tuple[Level, ...]
    units: QRectF | None
    unit_columns: int
    unit_pitch: float
    readout: QRectF | None


def arranged(
    levels: tuple[Level, ...],
    opened: Storey,
    diagrams: tuple[Diagram, ...],
    count: int,
    steps: int,
    room: QRectF,
    digits: int,
    text_scale: float,
    is_backward: bool = False,
) -> Arrangement:
    """count : units of the opened storey; steps : of the sequence; is_backward : through time"""
    setter = of_size(max(round(11 * text_scale), 11))
    scale = setter.size / 11
    shown, is_full, strip_height = _strip(
        levels, opened, room.height(), scale, _STRIP_BACKWARD if is_backward else _STRIP_ENOUGH
    )
    top = room.top() + (strip_height + (26 if is_full else 12) * scale if strip_height else 0)
    body = QRectF(room.left(), top, room.width(), room.bottom() - top)
    head = _HEAD * scale
    needed = max(_LEAST_CELL * scale, least_width(diagrams))
    columns, pitch, readout_width = _aside(
        needed, has_readout(levels), count, body.width(), body.height() - head, scale
    )
    aside = sum(width + _GAP * scale for width in (columns * pitch, readout_width) if width)
    plan = planned(
        diagrams, QRectF(body.left(), top + head, body.width() - aside, body.height() - head), digits, text_scale
    )
    left = round(room.left() + (room.width() - plan.grid.rect.width() - aside) / 2)
    spare = max(body.bottom() - top - head - plan.grid.rect.height(), 0)
    plan = replace(plan, grid=plan.grid.moved(left - plan.grid.rect.left(), round(spare * 0.45)))
    frame = QRectF(left, top, plan.grid.rect.width(), body.height())
    right = frame.right()
    unit_rect = readout_rect = strip_rect = None
    if columns:
        height = -(-count // columns) * pitch
        unit_rect = QRectF(round(right + _GAP * scale), round(frame.center().y() - height / 2), columns * pitch, height)
        right = unit_rect.right()
    if readout_width:
        readout_rect = QRectF(round(right + _GAP * scale), frame.top(), readout_width, frame.height())
        right = readout_rect.right()
    if strip_height:
        width = max(right - frame.left(), min(room.width(), (steps * 84 + 120) * scale))
        strip_rect = QRectF(round(room.center().x() - width / 2), room.top(), round(width), strip_height)
    tabs = _tabs(storeys(levels), opened, frame, setter, scale)
    return Arrangement(
        setter, plan, frame, tabs, strip_rect, is_full, shown, unit_rect, columns, pitch, readout_rect
    )  # fmt: skip


def _strip(
    levels: tuple[Level, ...], opened: Storey, height: float, scale: float, enough: float
) -> tuple[tuple[Level, ...], bool, float]:
    """The levels in the strip, whether it shows outputs and inputs, and its height: 0 when there is no room for it."""
    is_full = height >= _TALL_ENOUGH * min(scale, 1.3)
    shown = tuple(level for level in levels if not (isinstance(level, Storey) and level.is_readout)) or levels
    needed = unrolled.height_of(len(shown), scale, is_full=is_full)
    if height >= enough * scale and needed <= height * 0.4:
        return shown, is_full, needed
    few: tuple[Level, ...] = (opened,)
    return few, False, unrolled.height_of(1, scale, is_full=False) if height >= enough else 0.0


def _aside(
    needed: float, has_output: bool, count: int, width: float, height: float, scale: float
) -> tuple[int, float, float]:
    """Columns and pitch of the units' dots, and the readout's width, as far as there is room; 0 for none.

    needed : the width that the cell gets first
    """
    spare = width - needed
    columns, pitch, readout = 0, 0.0, 0.0
    if count > 1:
        most = max(min(120 * scale, spare - _GAP * scale), 24 * scale)
        columns, pitch = units.shape(count, height, scale, most)
        spare -= columns * pitch + _GAP * scale
    if has_output and spare > (_READOUT_WIDTH + _GAP) * scale:
        readout = min(max(_READOUT_WIDTH * scale, spare * 0.4), 240 * scale)
    return columns, pitch, readout


def _tabs(
    doors: tuple[Storey, ...], opened: Storey, frame: QRectF, setter: TypeSetter, scale: float
) -> tuple[Tab, ...]:
    """One for each storey where there are several; where they are too many, the opened one and the readout."""
    if len(doors) == 1:
        return ()
    room = frame.width() - 120 * scale
    if sum(setter.name_width(storey.title) + 14 * scale for storey in doors) > room:
        doors = tuple(storey for storey in doors if storey is opened or storey.is_readout)
    tabs, left = [], frame.left() + 10 * scale
    for storey in doors:
        width = min(setter.name_width(storey.title) + 12 * scale, room / len(doors))
        tabs.append(Tab(QRectF(left, frame.top() + 3, width, 22 * scale), storey, storey is opened))
        left += width + 2 * scale
    return tuple(tabs)
