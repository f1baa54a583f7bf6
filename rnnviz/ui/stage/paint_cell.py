"""Paints an opened cell: wires by strength, junctions, activations, valves, and numbers on top."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from rnnviz.ui.stage import curves, glyphs
from rnnviz.ui.stage.diagram import Bus, Dot, Key, Name, Sign, Square, TimeName, Valve, Wire
from rnnviz.ui.stage.items import Item
from rnnviz.ui.stage.laws import Run
from rnnviz.ui.stage.picture import Picture
from rnnviz.ui.stage.scene import PlacedLaw, Scene
from rnnviz.ui.stage.shades import mix
from rnnviz.ui.stage.stamps import stamp
from rnnviz.ui.stage.type_setter import text_in
from rnnviz.ui.theme import Theme

_LEAST_FOR_NAMES = 0.75  # below this size of the parts a letter stands for the name
_FLOOR = 0.4  # no wire is ever fainter than this


class CellPainter:
    """One drawing of one scene. `openings` are the valves' openings now, while they move to their values."""

    def __init__(self, painter: QPainter, scene: Scene, theme: Theme, openings: Mapping[str, float]) -> None:
        self.painter, self.scene, self.theme, self.openings = painter, scene, theme, openings
        self.picture: Picture = scene.picture
        self.unit = scene.grid.unit
        self.selection = self.picture.snapshot.selection

    def paint(self) -> None:
        self.painter.setOpacity(0.45 if self.picture.is_masked else 1.0)
        parts = self.scene.plan.diagram.parts
        for part in parts:
            if isinstance(part, Bus):
                self._bus(part)
        # what is worked out at this sub-step lies above what is not
        for wire in sorted((p for p in parts if isinstance(p, Wire)), key=self._rank):
            self._wire(wire)
        for part in parts:
            match part:
                case Dot():
                    self._dot(part)
                case Square():
                    self._square(part)
                case Valve():
                    self._valve(part)
                case Sign():
                    self._sign(part)
                case Name():
                    self._name(part)
                case TimeName():
                    self._time_name(part)
                case _:
                    pass
        self._laws()
        glyphs.heat_strips(self.painter, self.scene.strips, self.theme)
        for item in self.scene.items:
            if item.kind == "pill":
                self._pill(item)
            elif item.address == self.selection and item.kind == "law":
                glyphs.outline(self.painter, item.rect, self.theme)
        self.painter.setOpacity(1.0)

    # --- strength and colour ----------------------------------------------------------------------------------------

    def _rank(self, wire: Wire) -> tuple[bool, bool, bool]:
        return (wire.of == self.picture.current != "", self.picture.is_lit(wire.of), wire.is_rail)

    def _strength(self, key: Key) -> float:
        """0 to 1: how much of a wire is seen."""
        value = abs(self.picture.value(key)) if self._is_known(key) else 0.0
        if isinstance(key, str) and key.endswith(".pre"):
            return 0.3  # a sum of any size: how much of it counts is what the activation says
        return value / (1 + value) * 2 if value < 1 else 1.0

    def _is_known(self, key: Key) -> bool:
        return self.picture.has_number(key) if isinstance(key, str) else True

    def _hue(self, hue: str, key: Key) -> QColor:
        if hue == "bus":
            return self.theme.muted
        if hue:
            return self.theme.gate_colour(hue)
        return self.theme.value_colour(self.picture.value(key)) if self._is_known(key) else self.theme.muted

    def _stroke(self, hue: str, key: Key, of: str) -> tuple[QColor, float]:
        """Colour and strength of what carries a number, as far as it is worked out."""
        if not self.picture.is_lit(of):
            return mix(self.theme.panel, self.theme.line, 0.9), 0.0
        if of and of == self.picture.current:
            return self.theme.accent, max(self._strength(key), 0.4)
        strength = self._strength(key)
        part = _FLOOR + (1 - _FLOOR) * strength
        return mix(self.theme.panel, self._hue(hue, key), part), strength

    # --- parts ------------------------------------------------------------------------------------------------------

    def _bus(self, bus: Bus) -> None:
        grid = self.scene.grid
        left, right = grid.x[bus.start], max(grid.x[name] for name in (*bus.stubs, bus.end))
        if not bus.starts_outside:  # it reaches a little further, but never to the frame
            edge = 14 * self.unit
            left, right = max(left - edge, grid.rect.left() + edge), min(right + edge, grid.rect.right() - edge)
        width = (2.5 if bus.starts_outside else 5) * self.unit
        y = round(grid.y[bus.row]) + 0.5
        colour = self.theme.line
        if bus.starts_outside and len(self.picture.vector(bus.vector)) == 1:
            colour, strength = self._stroke("", bus.vector, "")
            width = (1.2 + 2.4 * strength) * self.unit
        self.painter.setPen(_pen(colour, width))
        self.painter.drawLine(QPointF(left, y), QPointF(right, y))
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(mix(self.theme.panel, self.theme.muted, 0.7) if colour is self.theme.line else colour)
        for stub in bus.stubs:
            self.painter.drawEllipse(QPointF(round(grid.x[stub]) + 0.5, y), 2.5 * self.unit, 2.5 * self.unit)

    def _wire(self, wire: Wire) -> None:
        points = [self.scene.grid.point(place) for place in wire.points]
        colour, strength = self._stroke(wire.hue, wire.key, wire.of)
        thin, thick = (2.0, 5.0) if wire.is_rail else (1.2, 2.6)
        width = (thin + (thick - thin) * strength) * (0.6 + 0.4 * self.unit)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(_pen(colour, width))
        if len(points) == 2:
            self.painter.drawLine(points[0], points[1])
        else:
            self.painter.drawPath(_rounded(points, 8 * self.unit))

    def _dot(self, dot: Dot) -> None:
        colour, _ = self._stroke(dot.hue, dot.key, dot.of)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(colour)
        self.painter.drawEllipse(self.scene.grid.point(dot.at), 3.5 * self.unit, 3.5 * self.unit)

    def _square(self, square: Square) -> None:
        half = round(18 * self.unit)
        centre = self.scene.grid.point(square.at)
        rect = QRectF(centre.x() - half, centre.y() - half, 2 * half, 2 * half)
        is_lit = self.picture.is_lit(square.of)
        colour = self.theme.gate_colour(square.hue) if square.hue else self.theme.muted
        if square.of == self.picture.current and square.of:
            colour = self.theme.accent
        before = self.picture.value(square.before) if is_lit and self._is_known(square.before) else None
        function = self.picture.storey.functions.get(square.slot, "linear")
        curves.paint(self.painter, rect, function, before, colour if is_lit else self.theme.line, self.theme, self.unit)

    def _valve(self, valve: Valve) -> None:
        colour = self.theme.gate_colour(valve.hue)
        is_known = self.picture.has_number(valve.key) and self.picture.is_lit(valve.of)
        opening = self.openings.get(valve.key, self.picture.value(valve.key)) if is_known else 0.5
        opening = 1 - opening if valve.is_complement else opening
        glyphs.valve(
            self.painter,
            self.scene.grid.point(valve.at),
            15 * self.unit,
            opening,
            colour if is_known else self.theme.line,
            self._stroke("", valve.flow, valve.of),
            self.theme,
            valve.is_upright,
        )

    def _sign(self, sign: Sign) -> None:
        is_lit = self.picture.is_lit(sign.of)
        colour = self.theme.accent if sign.of == self.picture.current != "" else self.theme.ink
        glyphs.sign(
            self.painter, self.scene.grid.point(sign.at), sign.symbol, colour if is_lit else self.theme.line,
            self.theme, self.unit, self.scene.type,
        )  # fmt: skip

    def _name(self, name: Name) -> None:
        if name.at.row in self.scene.grid.dropped:
            return
        colour = self.theme.gate_colour(name.hue) if name.hue else self.theme.ink
        if not self.picture.is_lit(name.quantity):
            colour = mix(self.theme.panel, self.theme.muted, 0.6)
        setter, centre = self.scene.type, self.scene.grid.point(name.at)
        text = self.picture.storey.cell.meaning(name.quantity).partition(",")[0].partition(":")[0] or name.quantity
        is_long = bool(name.room) and setter.name_width(text) > name.room * self.unit
        if self.unit < _LEAST_FOR_NAMES or is_long:
            text = name.quantity
        half = math.ceil(setter.name_width(text) / 2) + 2
        rect = QRectF(centre.x() - half, centre.y() - setter.size, 2 * half, 2 * setter.size)

        def draw(on: QPainter) -> None:
            on.setPen(colour)
            on.setFont(setter.name)
            text_in(on, rect, text)

        stamp(self.painter, rect, ("name", text, colour.rgb(), setter.size), draw)

    def _time_name(self, name: TimeName) -> None:
        key = f"{name.quantity}_prev" if name.is_previous else name.quantity
        is_lit = name.is_previous or self.picture.is_lit(name.quantity)
        self.painter.setPen(self.theme.ink if is_lit else mix(self.theme.panel, self.theme.muted, 0.5))
        self.draw_letter(self.scene.grid.point(name.at), name.quantity, self.picture.place(key).step, name.align)

    def draw_letter(self, at: QPointF, letter: str, step: int, align: int) -> None:
        """A quantity's letter with the step below it."""
        setter, runs = self.scene.type, (Run(str(step), is_low=True),)
        low = setter.width(runs)
        width = setter.letter_width(letter) + setter.size * 0.12 + low
        left = at.x() if align < 0 else at.x() - width if align > 0 else at.x() - width / 2
        self.painter.setFont(setter.letter)
        self.painter.drawText(QPointF(left, at.y() + setter.size * 0.36), letter)
        setter.draw_runs(self.painter, left + width - low, at.y(), runs)

    def _laws(self) -> None:
        for law in self.scene.laws:
            is_lit = self.picture.is_lit(law.of)
            self._law(law, self.theme.muted if is_lit else mix(self.theme.panel, self.theme.muted, 0.5))

    def _law(self, law: PlacedLaw, colour: QColor) -> None:
        setter = self.scene.type
        width = setter.width(law.runs, law.in_sans)
        rect = QRectF(law.left - 1, law.middle - setter.size, math.ceil(width) + 3, 2 * setter.size)

        def draw(on: QPainter) -> None:
            on.setPen(colour)
            setter.draw_runs(on, law.left, law.middle, law.runs, law.in_sans)

        stamp(self.painter, rect, ("law", law.runs, law.in_sans, colour.rgb(), setter.size), draw)

    def _pill(self, item: Item) -> None:
        colour = self.theme.gate_colour(item.hue) if item.hue not in ("", "bus") else self.theme.ink
        border = colour if item.hue not in ("", "bus") else self.theme.line
        if item.of and item.of == self.picture.current:
            border = self.theme.accent
        glyphs.pill(self.painter, item.rect, border, self.theme, is_selected=item.address == self.selection)
        setter = self.scene.type
        left = item.rect.left()
        if item.prefix:
            left = item.rect.left() + setter.size * 0.5
            self.painter.setPen(self.theme.muted)
            setter.draw_runs(self.painter, left, item.rect.center().y(), item.prefix)
            left += setter.width(item.prefix) - setter.size * 0.5
        self.painter.setPen(colour)
        self.painter.setFont(setter.number)
        text_in(self.painter, QRectF(left, item.rect.top(), item.rect.right() - left, item.rect.height()), item.text)


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)


def _rounded(points: list[QPointF], radius: float) -> QPainterPath:
    """A path of straight pieces with round corners."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path.lineTo(_towards(corner, before, radius))
        path.quadTo(corner, _towards(corner, after, radius))
    path.lineTo(points[-1])
    return path


def _towards(start: QPointF, end: QPointF, length: float) -> QPointF:
    way = end - start
    full = abs(way.x()) + abs(way.y()) or 1.0
    return start + way * (min(length, full / 2) / full)
