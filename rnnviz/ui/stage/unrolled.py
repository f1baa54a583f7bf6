"""The network unrolled over time: a box for each step and storey, outputs above, inputs below, around the cursor."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from rnnviz.engine.network import Dense
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.session.gradient_place import followed_weight
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import numbers, words
from rnnviz.ui.stage.items import Item, Strip
from rnnviz.ui.stage.measures import Measures
from rnnviz.ui.stage.picture import Picture
from rnnviz.ui.stage.places import AnyAddress
from rnnviz.ui.stage.storeys import Level, embedding_of
from rnnviz.ui.stage.type_setter import TypeSetter

BOX_CHARACTERS = 8
_GAP = 14.0  # between two boxes, in units
_MOST_SIDE_BY_SIDE = 4


@dataclass(frozen=True)
class Line:
    """A level's row of boxes."""

    level: Level
    middle: float
    height: float
    is_open: bool


@dataclass(frozen=True, eq=False)
class Unrolled:
    """Where the steps stand. `steps` are those in the window; `before` and `after` count the ones outside.

    weight : backwards through time, the one whose derivative is added up under the steps
    """

    snapshot: Snapshot
    measures: Measures
    rect: QRectF
    type: TypeSetter
    unit: float
    steps: range
    pitch: float
    left: float
    box: float
    lines: tuple[Line, ...]
    y_middle: float | None
    x_middle: float | None
    weight: ParameterAddress | None = None
    items: list[Item] = field(default_factory=list)
    strips: list[Strip] = field(default_factory=list)

    @property
    def before(self) -> int:
        return self.steps.start - 1

    @property
    def after(self) -> int:
        return self.snapshot.trace.steps - self.steps.stop + 1

    def x(self, step: float) -> float:
        """The middle of a step's column; a fraction lies between two."""
        return self.left + (step - self.steps.start + 0.5) * self.pitch

    def box_of(self, line: Line, step: float) -> QRectF:
        x = self.x(step)
        return QRectF(round(x - self.box / 2), round(line.middle - line.height / 2), round(self.box), line.height)

    def step_at(self, point: QPointF) -> int | None:
        """The step whose column is under a point."""
        step = self.steps.start + int((point.x() - self.left) // self.pitch)
        return step if self.rect.contains(point) and step in self.steps else None

    def line_at(self, point: QPointF) -> Line | None:
        """The level whose name, left of the boxes, is under a point."""
        is_left = self.rect.left() <= point.x() < self.x(self.steps.start) - self.box / 2
        return next((k for k in self.lines if is_left and abs(point.y() - k.middle) <= k.height / 2), None)


def height_of(count: int, unit: float, *, is_full: bool) -> float:
    """How high the strip of `count` storeys is, with outputs and inputs or without."""
    boxes = 36 * unit if count == 1 and is_full else count * 26 * unit + (count - 1) * 6 * unit
    return boxes + (44 * unit if is_full else 2 * unit)


def placed(
    picture: Picture,
    lines: tuple[Level, ...],
    unit_of: dict[str, int],
    rect: QRectF,
    setter: TypeSetter,
    *,
    is_full: bool,
) -> Unrolled:
    """unit_of : prefix -> the unit of that storey whose memory is shown, 0 where missing"""
    snapshot = picture.snapshot
    unit = setter.size / 11
    label = _label_width(lines, setter, unit) + (26 * unit if snapshot.is_backward and len(lines) == 1 else 0)
    end = setter.name_width(f"t = {snapshot.trace.steps} of {snapshot.trace.steps}") + 14 * unit
    box = setter.pill_width("0" * BOX_CHARACTERS) + 2
    steps, pitch, left = _window(snapshot, rect.left() + label, rect.right() - end, box + _GAP * unit, unit)
    tall = 36 * unit if len(lines) == 1 and is_full else 26 * unit
    top = rect.top() + (22 * unit if is_full else 1)
    placed_lines = tuple(
        Line(level, top + tall / 2 + k * (tall + 6 * unit), round(tall), level.prefix == picture.storey.prefix)
        for k, level in enumerate(reversed(lines))
    )
    bottom = placed_lines[-1].middle + tall / 2
    strip = Unrolled(
        snapshot, picture.measures, rect, setter, unit, steps, pitch, left, box, placed_lines,
        rect.top() + 10 * unit if is_full else None,
        bottom + 14 * unit if is_full else None,
        followed_weight(snapshot) if snapshot.is_backward else None,
    )  # fmt: skip
    cursor = snapshot.cursor
    for step in steps:
        is_half_done = step == cursor.step and cursor.substep > 0
        for line in placed_lines:
            if not (is_half_done and line.is_open and line.level.memory not in picture.done):
                _add_box(strip, line, step, unit_of.get(line.level.shows_unit_of, 0))
        if is_full and strip.weight is not None:
            _add_part(strip, step, strip.weight)
        elif is_full:
            _add_input(strip, step)
        if is_full and not is_half_done:
            _add_output(strip, step)
    return strip


def _label_width(lines: tuple[Level, ...], setter: TypeSetter, unit: float) -> float:
    if len(lines) == 1:
        return 26 * unit
    return max(setter.sans_width(level.title) for level in lines) + 24 * unit


def _window(snapshot: Snapshot, left: float, right: float, least: float, unit: float) -> tuple[range, float, float]:
    """The steps that are shown, their distance, and where the first one begins."""
    count = snapshot.trace.steps
    ellipsis = 46 * unit
    fitting = max(int((right - left) // least), 1)
    if count <= fitting:
        pitch = min((right - left) / count, 120 * unit)
        return range(1, count + 1), pitch, left + ((right - left) - pitch * count) / 2 if count > 1 else left
    shown = max(int((right - left - 2 * ellipsis) // least), 1)
    first = min(max(snapshot.cursor.step - shown // 2, 1), count - shown + 1)
    return range(first, first + shown), (right - left - 2 * ellipsis) / shown, left + ellipsis


def _add_box(strip: Unrolled, line: Line, step: int, unit: int) -> None:
    quantity = f"{line.level.prefix}.{line.level.memory}"
    size = strip.snapshot.trace[quantity].shape[2]
    place = Address(quantity, step, strip.snapshot.cursor.sequence, unit if unit < size else 0)
    address = GradientAddress(place) if strip.snapshot.is_backward else place
    _add_number(strip, address, strip.box_of(line, step), "box", line.level.memory)


def _add_part(strip: Unrolled, step: int, weight: ParameterAddress) -> None:
    """What the use of the weight at this step adds to its derivative, below the step."""
    assert strip.x_middle is not None
    _add_number(strip, GradientAddress(weight, step), _column(strip, step, strip.x_middle), "part")


def _add_number(strip: Unrolled, address: AnyAddress, rect: QRectF, kind: str, of: str = "", chars: int = 0) -> None:
    value = words.value(address, strip.snapshot)
    digits, most = numbers.DIGITS, chars or BOX_CHARACTERS + 1
    text = numbers.text(value, digits)
    while len(text) > most and digits > 1:
        digits -= 1
        text = numbers.text(value, digits)
    strip.items.append(Item(rect, address, text, value, digits, kind, of=of))


def _add_output(strip: Unrolled, step: int) -> None:
    """The network's output above its step: numbers, a class by name, or a strip of colours."""
    trace = strip.snapshot.trace
    last = strip.snapshot.scenario.network.layers[-1]
    values = trace.output[step - 1, strip.snapshot.cursor.sequence]
    assert strip.y_middle is not None
    if isinstance(last, Dense) and last.activation == "softmax" and len(values) > 1:
        best = int(np.argmax(values))
        names = strip.snapshot.scenario.output_names
        word = names[best] if best < len(names) else str(best)
        address = Address(trace.output_name, step, strip.snapshot.cursor.sequence, best)
        rect = _column(strip, step, strip.y_middle)
        strip.items.append(Item(rect, address, word, float(values[best]), kind="word"))
        return
    _add_vector(strip, trace.output_name, step, values, strip.y_middle)


def _add_input(strip: Unrolled, step: int) -> None:
    """The input below its step: a word, numbers, or a strip of colours."""
    assert strip.x_middle is not None
    scenario, sequence = strip.snapshot.scenario, strip.snapshot.cursor.sequence
    values = strip.snapshot.trace["x"][step - 1, sequence]
    if embedding_of(scenario.network) is not None and scenario.tokens:
        token = int(values[0])
        word = scenario.tokens[token] if 0 <= token < len(scenario.tokens) else str(token)
        address = Address("x", step, sequence, 0)
        strip.items.append(Item(_column(strip, step, strip.x_middle), address, word, float(token), kind="word"))
        return
    _add_vector(strip, "x", step, values, strip.x_middle)


def _add_vector(strip: Unrolled, quantity: str, step: int, values: NDArray[np.float64], middle: float) -> None:
    """Numbers side by side where all of them fit, with as many digits as fit; else a strip."""
    first = Address(quantity, step, strip.snapshot.cursor.sequence, 0)
    room = strip.pitch - 8 * strip.unit
    digits = 4 if len(values) == 1 else 2
    few = values.tolist() if len(values) <= _MOST_SIDE_BY_SIDE else []
    texts = [numbers.text(value, digits) for value in few]
    gap = strip.type.digit
    widths = [len(text) * gap for text in texts]
    if not few or (len(few) > 1 and sum(widths) + gap * (len(few) - 1) > room):
        width = min(room, 60 * strip.unit)
        height = round(10 * strip.unit)
        rect = QRectF(round(strip.x(step) - width / 2), round(middle - 5 * strip.unit), round(width), height)
        scale = strip.measures.scale(strip.snapshot.trace, quantity, first.sequence)
        strip.strips.append(Strip(rect, values, first, scale))
        return
    left = strip.x(step) - (sum(widths) + gap * (len(values) - 1)) / 2
    for unit, (value, text, width) in enumerate(zip(few, texts, widths, strict=True)):
        address = Address(quantity, step, first.sequence, unit)
        rect = QRectF(left - 2, round(middle - 8 * strip.unit), width + 4, 16 * strip.unit)
        strip.items.append(Item(rect, address, text, value, digits, "plain"))
        left += width + gap


def _column(strip: Unrolled, step: int, middle: float) -> QRectF:
    width = strip.pitch - 6
    return QRectF(strip.x(step) - width / 2, round(middle - 8 * strip.unit), width, 16 * strip.unit)
