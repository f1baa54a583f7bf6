"""What of an opened cell's drawing stays the same from step to step: its grid, and how much room each law has."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QLineF, QRectF

from rnnviz.ui.stage.diagram import Diagram, Law, Wire
from rnnviz.ui.stage.grid import Grid, fit, fits
from rnnviz.ui.stage.grid import least_width as least_width_of
from rnnviz.ui.stage.laws import Runs, in_letters
from rnnviz.ui.stage.type_setter import TypeSetter, of_size

_WIDEST_TEXT = 4  # characters of a usual number beside its digits: sign, 0, point and one more digit


@dataclass(frozen=True, eq=False)
class Plan:
    diagram: Diagram
    grid: Grid
    type: TypeSetter
    laws: tuple[PlannedLaw, ...]


@dataclass(frozen=True, eq=False)
class PlannedLaw:
    """A law, its free width, and its letters from wide to narrow with their widths."""

    law: Law
    room: float
    letters: tuple[tuple[Runs, float], ...]


def planned(diagrams: tuple[Diagram, ...], room: QRectF, digits: int, text_scale: float) -> Plan:
    """The first drawing that fits, else the last."""
    diagram = next((each for each in diagrams if fits(each, room, _pill_width)), diagrams[-1])
    grid = fit(diagram, room, digits, text_scale, _pill_width)
    laws = [part for part in diagram.parts if isinstance(part, Law)]
    setter = of_size(grid.text)
    return Plan(diagram, grid, setter, tuple(_planned_law(law, laws, diagram, grid, setter) for law in laws))


def least_width(diagrams: tuple[Diagram, ...]) -> float:
    """What the narrowest drawing takes in the smallest text."""
    return min(least_width_of(diagram, _pill_width) for diagram in diagrams)


def _planned_law(law: Law, laws: list[Law], diagram: Diagram, grid: Grid, setter: TypeSetter) -> PlannedLaw:
    forms = [in_letters(law.terms, tightness) for tightness in range(3)]
    letters = tuple((runs, setter.width(runs, in_sans=True)) for runs in forms)
    return PlannedLaw(law, _room_of(law, laws, diagram, grid), letters)


def _pill_width(text: int, digits: int) -> float:
    return of_size(text).pill_width("0" * (digits + _WIDEST_TEXT))


def _room_of(law: Law, laws: list[Law], diagram: Diagram, grid: Grid) -> float:
    """The width that is free on both sides: up to the edges, wires across the row, half way to the next law."""
    x, y = grid.point(law.at).x(), grid.point(law.at).y()
    near = [grid.rect.left() + 2, grid.rect.right() - 2]
    near += [(x + grid.point(other.at).x()) / 2 for other in laws if other is not law]
    for part in diagram.parts:
        if isinstance(part, Wire):
            lines = [QLineF(a, b) for a, b in pairwise(grid.point(place) for place in part.points)]
            near += [a.x1() for a in lines if min(a.y1(), a.y2()) < y - 2 and max(a.y1(), a.y2()) > y + 2]
    return 2 * min(abs(place - x) for place in near if abs(place - x) > 1) - 8
