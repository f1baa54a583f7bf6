"""The opened cell in pixels: where every number, law and strip of its diagram stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF

from rnnviz.ui import numbers
from rnnviz.ui.stage.diagram import Bus, Pill, Place, Sign, Square, Stack, Valve
from rnnviz.ui.stage.grid import Grid
from rnnviz.ui.stage.items import Item, Strip
from rnnviz.ui.stage.laws import Run, Runs, element_name, in_numbers, named
from rnnviz.ui.stage.picture import Picture
from rnnviz.ui.stage.plan import Plan, PlannedLaw
from rnnviz.ui.stage.type_setter import TypeSetter

_MOST_PILLS = 8
_FORMS = (0, 1, 2)  # of a law in letters, from wide to narrow
_MOST_STACKED = 3
_WIDEST_CELL = 24.0  # of a strip of colours, in units


@dataclass(frozen=True)
class PlacedLaw:
    left: float
    middle: float
    runs: Runs
    of: str
    in_sans: bool


@dataclass(frozen=True)
class Scene:
    plan: Plan
    picture: Picture
    items: list[Item] = field(default_factory=list)
    strips: list[Strip] = field(default_factory=list)
    laws: list[PlacedLaw] = field(default_factory=list)

    @property
    def grid(self) -> Grid:
        return self.plan.grid

    @property
    def type(self) -> TypeSetter:
        return self.plan.type


def placed(plan: Plan, picture: Picture) -> Scene:
    """Everything on the diagram that has a number, at its place."""
    scene = Scene(plan, picture)
    for part in plan.diagram.parts:
        match part:
            case Square(at=at, key=key, before=before, of=of) if isinstance(key or before, str):
                _add_part(scene, at, key or str(before), of, 18)
            case Valve(at=at, key=key, of=of):
                _add_part(scene, at, key, of, 15)
            case Sign(at=at, key=key, of=of) if isinstance(key, str) and key:
                _add_part(scene, at, key, of, 11)
            case Bus():
                _place_bus(scene, part)
            case Stack():
                _place_stack(scene, part)
            case Pill():
                _place_pill(scene, part)
            case _:
                pass
    _place_laws(scene)
    return scene


def _add_part(scene: Scene, at: Place, key: str, of: str, radius: float) -> None:
    centre, r = scene.grid.point(at), radius * scene.grid.unit
    if scene.picture.has_number(key):
        rect = QRectF(centre.x() - r, centre.y() - r, 2 * r, 2 * r)
        scene.items.append(Item(rect, scene.picture.address(key), of=of))


def _place_pill(scene: Scene, pill: Pill) -> None:
    if pill.at.row in scene.grid.dropped or not scene.picture.has_number(pill.key):
        return
    shown = scene.picture.shown(pill.key)
    text, digits = fitting(shown.value, scene.grid.digits, scene.grid.pill, scene.type)
    rect = pill_rect(scene.grid.point(pill.at), scene.type.pill_width(text), scene.type)
    scene.items.append(Item(rect, shown.address, text, shown.value, digits, "pill", pill.hue, pill.of))


def fitting(value: float, digits: int, room: float, type_setter: TypeSetter) -> tuple[str, int]:
    """The number with as many digits as there is room for, at least one."""
    text = numbers.text(value, digits)
    while digits > 1 and type_setter.pill_width(text) > room + 1:
        digits -= 1
        text = numbers.text(value, digits)
    return text, digits


def pill_rect(centre: QPointF, width: float, type_setter: TypeSetter) -> QRectF:
    height = type_setter.pill_height
    return QRectF(round(centre.x() - width / 2), round(centre.y() - height / 2), round(width), height)


def _place_bus(scene: Scene, bus: Bus) -> None:
    """Pills between the stubs where they all fit, if need be with fewer digits, else one strip of colours."""
    picture, grid, setter = scene.picture, scene.grid, scene.type
    if picture.gradients is not None and not picture.has_number(bus.vector):
        return
    values = picture.shown_vector(bus.vector)
    slots = _slots(grid, bus)
    prefixes = [_prefix(bus, unit, len(values), picture) for unit in range(min(len(values), _MOST_PILLS))]
    prefix_width = max((setter.width(prefix) for prefix in prefixes), default=0.0)
    for digits in range(grid.digits, 0, -1) if len(values) <= _MOST_PILLS else ():
        longest = picture.widest(bus.vector, digits)
        width = prefix_width + setter.pill_width("0" * longest)
        places = _shared(slots, len(values), width, 8 * grid.unit, bus.starts_outside)
        if places is not None:
            break
    else:
        scene.strips.append(_strip(scene, bus, slots))
        return
    for unit, (value, x, prefix) in enumerate(zip(values.tolist(), places, prefixes, strict=True)):
        text = numbers.text(value, digits)
        rect = pill_rect(QPointF(x, grid.y[bus.row]), setter.pill_width(text) + setter.width(prefix), setter)
        address = picture.address(bus.vector, unit)
        scene.items.append(Item(rect, address, text, value, digits, "pill", "bus", "", prefix))


def _place_stack(scene: Scene, stack: Stack) -> None:
    picture, grid, setter = scene.picture, scene.grid, scene.type
    if picture.gradients is not None and not picture.has_number(stack.vector):
        return
    values = picture.shown_vector(stack.vector)
    centre = grid.point(stack.at)
    if len(values) > _MOST_STACKED:
        rect = QRectF(centre.x() - grid.pill / 2, centre.y() - 7 * grid.unit, grid.pill, 14 * grid.unit)
        scene.strips.append(Strip(rect, values, picture.address(stack.vector, 0), picture.scale(stack.vector)))
        return
    for unit, value in enumerate(values.tolist()):
        prefix = (*element_name(stack.vector, unit, picture), Run(" "))
        if setter.width(prefix) > 24 * grid.unit:  # it would not leave the number its room
            prefix = (*named(stack.vector, str(unit)), Run(" "))
        text, digits = fitting(value, grid.digits, grid.pill + 20 * grid.unit - setter.width(prefix), setter)
        middle = QPointF(centre.x(), centre.y() + (unit - (len(values) - 1) / 2) * (setter.pill_height + 4))
        rect = pill_rect(middle, setter.pill_width(text) + setter.width(prefix), setter)
        address = picture.address(stack.vector, unit)
        scene.items.append(Item(rect, address, text, value, digits, "pill", "bus", "", prefix))


def _prefix(bus: Bus, unit: int, count: int, picture: Picture) -> Runs:
    if bus.vector == "x":
        return (*element_name("x", unit, picture), Run(" "))
    return (Run(str(unit), is_low=True), Run(" ")) if count > 1 else ()


def _slots(grid: Grid, bus: Bus) -> list[tuple[float, float]]:
    """The free stretches of a bus, left to right."""
    stubs = [grid.x[stub] for stub in bus.stubs]
    edge, gap = 10 * grid.unit, 8 * grid.unit
    ends = [grid.x[bus.start] - gap + edge if bus.starts_outside else grid.x[bus.start], *stubs]
    if grid.x[bus.end] > max(stubs):
        ends.append(grid.x[bus.end])
    stretches = [(a + gap, b - gap) for a, b in zip(sorted(ends), sorted(ends)[1:], strict=False)]
    return [(a, b) for a, b in stretches if b - a > gap]


def _shared(
    slots: list[tuple[float, float]], count: int, width: float, gap: float, is_from_left: bool
) -> list[float] | None:
    """Centres for `count` pills of one width in the slots, spread evenly; None where they don't fit."""
    room = [int((b - a + gap) // (width + gap)) for a, b in slots]
    if sum(room) < count:
        return None
    taken = [0] * len(slots)
    if is_from_left:
        taken[0], count = min(1, room[0]), count - min(1, room[0])
    for _ in range(count):  # always where there is most air left
        air = [
            (b - a - n * width) / (n + 1) if n < most else -1.0
            for (a, b), n, most in zip(slots, taken, room, strict=True)
        ]
        taken[air.index(max(air))] += 1
    centres = []
    for (a, b), n in zip(slots, taken, strict=True):
        step = (b - a) / n if n else 0.0
        centres += [a + step * (k + 0.5) for k in range(n)]
    return centres


def _strip(scene: Scene, bus: Bus, slots: list[tuple[float, float]]) -> Strip:
    grid, height = scene.grid, round(14 * scene.grid.unit)
    if bus.starts_outside:  # stubs pass through this bus: only its free beginning can hold the strip
        left, right = slots[0] if slots else (grid.x[bus.start], grid.x[bus.end])
        signs = [part.at for part in scene.plan.diagram.parts if isinstance(part, Sign)]
        if any(at.row == bus.row and at.column == bus.stubs[0] for at in signs):
            right -= 8 * grid.unit  # where it ends in a sign, and not in a wire
    else:
        edge = 20 * grid.unit
        left, right = max(grid.x[bus.start], grid.rect.left() + edge), min(grid.x[bus.end], grid.rect.right() - edge)
    values = scene.picture.shown_vector(bus.vector)
    width = min(right - left, _WIDEST_CELL * grid.unit * len(values))
    rect = QRectF(round((left + right - width) / 2), round(grid.y[bus.row] - height / 2), round(width), height)
    return Strip(rect, values, scene.picture.address(bus.vector, 0), scene.picture.scale(bus.vector))


def _place_laws(scene: Scene) -> None:
    """Each law as numbers, else as letters, else not at all: whatever is clear of wires and of its neighbours.

    Where one law has no room for subscripts or spaces, all go without: the column says which gate's weights they are.
    """
    grid, setter, picture = scene.grid, scene.type, scene.picture
    if "law" in grid.dropped:
        return
    in_letter_form: list[PlannedLaw] = []
    for plan in scene.plan.laws:
        runs, at = in_numbers(plan.law.terms, picture, grid.digits), grid.point(plan.law.at)
        if runs and setter.width(runs) <= plan.room:
            left = round(at.x() - setter.width(runs) / 2)
            scene.laws.append(PlacedLaw(left, at.y(), runs, plan.law.quantity, in_sans=False))
            _add_law_numbers(scene, runs, left, at.y(), plan.law.quantity)
        else:
            in_letter_form.append(plan)
    tight = len(_FORMS) - 1
    form = next((k for k in _FORMS if all(plan.letters[k][1] <= plan.room for plan in in_letter_form)), tight)
    for plan in in_letter_form:
        runs, width = plan.letters[form]
        if width <= plan.room:
            at = grid.point(plan.law.at)
            scene.laws.append(PlacedLaw(round(at.x() - width / 2), at.y(), runs, plan.law.quantity, in_sans=True))


def _add_law_numbers(scene: Scene, runs: Runs, left: float, middle: float, of: str) -> None:
    height = scene.type.pill_height - 4
    for run in runs:
        width = scene.type.run_width(run)
        if run.address is not None:
            rect = QRectF(left, round(middle - height / 2), width, height)
            scene.items.append(Item(rect, run.address, run.text, run.value, scene.grid.digits, "law", of=of))
        left += width
