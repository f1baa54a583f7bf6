"""Parts for the layers: a column and a channel for wires for each, a fine lattice of rows for the heights."""

from __future__ import annotations

import math

from rnnviz.engine.equations import Graph
from rnnviz.ui.stage.automatic.layers import layered, port
from rnnviz.ui.stage.automatic.nodes import Box, boxes_of
from rnnviz.ui.stage.diagram import (
    Column,
    Diagram,
    Law,
    Name,
    Part,
    Pill,
    Place,
    Row,
    Sign,
    Square,
    Stack,
    TimeName,
    Valve,
    Wire,
)

_LATTICE = 10.0  # units between two rows
_HEIGHTS = {
    "memory": 44.0,
    "input": 84.0,
    "sum": 92.0,
    "square": 48.0,
    "valve": 44.0,
    "sign": 36.0,
    "end": 44.0,
    "lane": 22.0,
}
_HALF = {"sum": 11.0, "square": 18.0, "valve": 15.0, "sign": 11.0}
_HUES = frozenset("ifgozrn")  # the letters that have a colour of their own
_NAME_ROOM = (76.0, 116.0, 126.0)  # by detail
_TRACK = 7.0  # between two upright wires of a channel
_SUM, _PRE = 30.0, 8.0  # from the sum's circle to its activation: units beside the pill of what goes in


def automatic(graph: Graph, output: str) -> tuple[Diagram, ...]:
    """Drawings of one cell with less and less detail: all; without sums before activations; without numbers between."""
    return tuple(_Drawing(graph, output, detail).diagram() for detail in (2, 1, 0))


class _Drawing:
    def __init__(self, graph: Graph, output: str, detail: int) -> None:
        self.graph, self.detail = graph, detail
        self.layers = layered(boxes_of(graph, output), self._height)
        self.channels = [_tracks(layer, self.layers) for layer in self.layers]
        self.rows = math.ceil(max(b.y + self._height(b) / 2 for layer in self.layers for b in layer) / _LATTICE)

    def _height(self, box: Box) -> float:
        if box.kind == "sum" and self.detail == 0:
            return _HEIGHTS["sum"] - 28
        return _HEIGHTS[box.kind]

    def diagram(self) -> Diagram:
        rows = (Row("y0", 14, 0), *(Row(f"y{k}", _LATTICE) for k in range(1, self.rows + 1)), Row("bottom", 14, 0))
        wires: list[Part] = []
        parts: list[Part] = []
        for layer in self.layers:
            for box in layer:
                wires += self._wires(box)
                parts += self._parts(box)
        return Diagram(self._columns(), rows, (*wires, *parts))

    def _columns(self) -> tuple[Column, ...]:
        columns = [Column("left", 0, stretch=0), Column("c0", 20, 0.5, 0.2)]
        tail, tail_pills = 8.0, 0.5
        for k, layer in enumerate(self.layers[1:], start=1):
            is_last = k == len(self.layers) - 1
            channel = 10 + _TRACK * len(set(self.channels[k].values()))
            columns.append(Column(f"w{k}", tail + 6, tail_pills))
            head, head_pills, tail, tail_pills = self._extent(layer)
            if not is_last:
                columns.append(Column(f"c{k}", channel + head, head_pills))
            else:
                columns += [Column(f"c{k}", channel, 0.5, 0.2), Column("right", 20, 0.5, 0)]
        return tuple(columns)

    def _extent(self, layer: list[Box]) -> tuple[float, float, float, float]:
        """Room left of the layer's middle and right of it: units and pills each."""
        left = max((_half(box) for box in layer), default=0.0)
        right, right_pills = left, 0.0
        for box in layer:
            half = _half(box)
            if box.kind == "sum" and box.slot:
                pre = 1.0 if self.detail == 2 else 0.0
                right, right_pills = max(right, _SUM + _PRE * 2 * pre + 18), max(right_pills, pre)
            elif box.kind == "sum":
                right = max(right, 30)
            right = max(right, half)
        if self.detail and any(self._has_pill(box) for box in layer):
            right, right_pills = right + 14, right_pills + 1
        return left, 0.0, right, right_pills

    def _has_pill(self, box: Box) -> bool:
        """A quantity's number stands behind its box unless it stands at the right edge anyway."""
        return bool(box.root) and box.root not in {end.key for end in self.layers[-1] if end.kind == "end"}

    def _is_rail(self, box: Box, source: Box) -> bool:
        """A state's way to the right edge, and from the left edge into its own equation, also by lanes."""
        if box.kind == "end" or source.key == f"{box.of}_prev" != "_prev":
            return True
        following = self.layers[box.layer + 1] if box.kind == "lane" else []
        return any(self._is_rail(other, box) for other in following if box in other.inputs)

    # --- parts ------------------------------------------------------------------------------------------------------

    def _at(self, box: Box, dx: float = 0.0, dy: float = 0.0, column: str = "") -> Place:
        row = min(max(round(box.y / _LATTICE), 0), self.rows)
        return Place(column or f"c{box.layer}", f"y{row}", dx, box.y - row * _LATTICE + dy)

    def _parts(self, box: Box) -> list[Part]:
        hue = box.root if box.root in _HUES else ""
        match box.kind:
            case "memory":
                letter = str(box.key).removesuffix("_prev")
                return [
                    Pill(self._at(box), f"{letter}_prev", ""),
                    TimeName(self._at(box, 8, -18, "left"), letter, True, -1),
                ]
            case "input":
                return [Stack(self._at(box), "x")]
            case "end":
                name = str(box.key)
                return [Pill(self._at(box), name, name), TimeName(self._at(box, -8, -18, "right"), name, False, 1)]
            case "valve":
                flow = box.inputs[0].key
                return [Valve(self._at(box), box.gate, flow, box.of, box.gate), *self._value(box, 15)]
            case "sign":
                return [Sign(self._at(box), box.symbol, box.of, box.key), *self._value(box, _half(box))]
            case "square":
                before = box.inputs[0].key
                return [Square(self._at(box), box.slot, before, box.of, hue, box.root), *self._value(box, 18)]
            case "sum":
                return self._sum(box, hue)
        return []

    def _sum(self, box: Box, hue: str) -> list[Part]:
        parts: list[Part] = [Sign(self._at(box), "+", box.of)]
        middle, half = 0.0, 11.0
        if box.slot:
            dx, pills = self._activation(box)
            before = f"{box.root}.pre" if box.root else box.before
            at = self._at(box, dx)
            parts.append(Square(_shifted(at, pills), box.slot, before, box.of, hue, box.root))
            if self.detail == 2 and box.root:
                parts.append(Pill(_shifted(self._at(box, 11 + _PRE), 0.5), f"{box.root}.pre", box.of, hue))
            middle, half = dx / 2, dx + 18
        name_at, law_at = self._at(box, middle, -28), self._at(box, middle, 29)
        shift = 0.5 if self.detail == 2 and box.slot and box.root else 0.0
        if box.root:
            parts.append(Name(_shifted(name_at, shift), box.root, hue, _NAME_ROOM[self.detail]))
        if box.terms and self.detail:
            parts.append(Law(_shifted(law_at, shift), box.of, box.terms))
        return [*parts, *self._value(box, half)]

    def _activation(self, box: Box) -> tuple[float, float]:
        """How far right of the sum its activation stands: units, pills."""
        return (_SUM + _PRE * 2 - 8, 1.0) if self.detail == 2 and box.root else (_SUM + 8, 0.0)

    def _value(self, box: Box, half: float) -> list[Part]:
        """The number of a quantity behind its box."""
        if not self.detail or not self._has_pill(box):
            return []
        hue = box.root if box.root in _HUES else ""
        pills = 1.0 if box.kind == "sum" and box.slot and self.detail == 2 else 0.0
        return [Pill(_shifted(self._at(box, half + 7), pills + 0.5), box.root, box.of, hue)]

    # --- wires ------------------------------------------------------------------------------------------------------

    def _wires(self, box: Box) -> list[Part]:
        """From each input to the left side, by the track of its source; inside a sum on to the activation."""
        wires: list[Part] = []
        for k, source in enumerate(box.inputs):
            dy = port(box, k)
            track = self.channels[box.layer].get((id(source)), 0)
            x = 6 + _TRACK * track
            start, end = self._at(source), self._at(box, 0, dy)
            bend = f"w{box.layer}"
            points = (
                start,
                Place(bend, start.row, x, start.dy),
                Place(bend, end.row, x, end.dy),
                end,
            )
            is_level = abs(source.y - box.y - dy) < 0.5
            of = box.of if box.kind != "lane" else ""
            hue = _hue(source)
            is_rail = self._is_rail(box, source)
            wires.append(Wire((start, end) if is_level else points, source.key, of, hue, is_rail))
        if box.kind == "sum" and box.slot:
            dx, pills = self._activation(box)
            before = f"{box.root}.pre" if box.root else box.before
            wires.append(Wire((self._at(box), _shifted(self._at(box, dx), pills)), before, box.of, "bus"))
        return wires


def _half(box: Box) -> float:
    return max(_HALF.get(box.kind, 0.0), 4.0 * len(box.symbol) + 2 if box.symbol else 0.0)


def _hue(source: Box) -> str:
    """Gates and candidates keep their hue on the wires that carry them; memories take the colour of their sign."""
    return str(source.key) if source.key in _HUES else ""


def _tracks(layer: list[Box], layers: list[list[Box]]) -> dict[int, int]:
    """The upright track of each source in the channel before a layer: sources whose wires keep apart share one."""
    spans: dict[int, list[float]] = {}
    for box in layer:
        for k, source in enumerate(box.inputs):
            spans.setdefault(id(source), [source.y]).append(box.y + port(box, k))
    tracks: dict[int, int] = {}
    free: list[list[tuple[float, float]]] = []
    for name, heights in sorted(spans.items(), key=lambda item: min(item[1])):
        low, high = min(heights) - 6, max(heights) + 6
        track = next((k for k, taken in enumerate(free) if all(high < a or low > b for a, b in taken)), len(free))
        if track == len(free):
            free.append([])
        free[track].append((low, high))
        tracks[name] = track
    return tracks


def _shifted(place: Place, pills: float) -> Place:
    return Place(place.column, place.row, place.dx, place.dy, pills)
