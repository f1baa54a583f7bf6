"""Layers from left to right, an order with few crossings in each, and a height for every box (after Sugiyama 1981)."""

from __future__ import annotations

from collections.abc import Callable

from rnnviz.ui.stage.automatic.nodes import Box

_SWEEPS = 12


def layered(boxes: list[Box], height: Callable[[Box], float]) -> list[list[Box]]:
    """The boxes layer by layer from top to bottom, `y` set; wires that skip layers get lanes of their own.

    The wires of one source share its lanes. Every input of a box lies in the layer before it.
    """
    _set_layers(boxes)
    layers: list[list[Box]] = [[] for _ in range(max(box.layer for box in boxes) + 1)]
    for box in boxes:
        layers[box.layer].append(box)
    _add_lanes(boxes, layers)
    for sweep in range(_SWEEPS):
        order = layers[1:] if sweep % 2 == 0 else layers[-2::-1]
        for layer in order:
            _sort(layer, layers, to_left=sweep % 2 == 0)
    for layer in layers:
        _stack(layer, [0.0] * len(layer), height)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            _stack(layer, [_wanted(box, layers) for box in layer], height)
    _straighten(layers, height)
    top = min(box.y - height(box) / 2 for layer in layers for box in layer)
    for layer in layers:
        for box in layer:
            box.y -= top
    return layers


def _set_layers(boxes: list[Box]) -> None:
    """As far left as the inputs allow; the ends all in the last layer. Boxes come after their inputs in the list."""
    for box in boxes:
        box.layer = 1 + max((source.layer for source in box.inputs), default=-1) if box.inputs else 0
        if box.kind == "sum" and not box.inputs:
            box.layer = 1
    last = max(box.layer for box in boxes)
    for box in boxes:
        if box.kind == "end":
            box.layer = last


def _add_lanes(boxes: list[Box], layers: list[list[Box]]) -> None:
    lanes: dict[tuple[int, int], Box] = {}

    def reached(source: Box, layer: int) -> Box:
        """The source itself, or its lane in a layer further right."""
        if source.layer == layer:
            return source
        if (id(source), layer) not in lanes:
            lane = Box("lane", source.key, source.of, [reached(source, layer - 1)], layer=layer)
            lanes[id(source), layer] = lane
            layers[layer].append(lane)
        return lanes[id(source), layer]

    for box in boxes:
        box.inputs = [reached(source, box.layer - 1) for source in box.inputs]


def port(box: Box, index: int) -> float:
    """How far from the middle of a box's left side an input comes in: the main one in the middle, others beside it."""
    main = 0 if box.kind == "valve" else _main(box)
    if index == main:
        return 0.0
    y = box.inputs[index].y
    side = 1.0 if y >= box.inputs[main].y else -1.0
    others = [k for k in range(len(box.inputs)) if k != main and (box.inputs[k].y >= box.inputs[main].y) == (side > 0)]
    others.sort(key=lambda k: -abs(box.inputs[k].y - box.inputs[main].y))
    return side * 9.0 * (1 - others.index(index) / (len(others) + 1))


def _main(box: Box) -> int:
    """The input that runs straight into a box: the one nearest to its height."""
    return min(range(len(box.inputs)), key=lambda k: (round(abs(box.inputs[k].y - box.y)), k))


def _straighten(layers: list[list[Box]], height: Callable[[Box], float]) -> None:
    """Take out small bends: level with the main input, or with what it feeds, wherever the neighbours leave room."""
    for layer in [*layers[1:], *layers[::-1], *layers[1:]]:
        for k, box in enumerate(layer):
            fed = [other.y for other in _fed_by(box, layers) if other.inputs[_main(other)] is box]
            level = [box.inputs[_main(box)].y] if box.inputs else []
            low = layer[k - 1].y + (height(layer[k - 1]) + height(box)) / 2 if k else float("-inf")
            high = layer[k + 1].y - (height(layer[k + 1]) + height(box)) / 2 if k + 1 < len(layer) else float("inf")
            target = next((y for y in level + fed if low <= y <= high), None)
            if target is not None:
                box.y = target


def _sort(layer: list[Box], layers: list[list[Box]], *, to_left: bool) -> None:
    """By the middle of the neighbours on one side; boxes without any keep their place."""
    index = {id(box): k for other in layers for k, box in enumerate(other)}

    def middle(box: Box) -> float:
        near = box.inputs if to_left else _fed_by(box, layers)
        return sum(index[id(other)] for other in near) / len(near) if near else index[id(box)]

    layer.sort(key=middle)


def _fed_by(box: Box, layers: list[list[Box]]) -> list[Box]:
    following = layers[box.layer + 1] if box.layer + 1 < len(layers) else []
    return [other for other in following if any(source is box for source in other.inputs)]


def _wanted(box: Box, layers: list[list[Box]]) -> float:
    """Level with its neighbours, most of all with the first input: the flow runs straight."""
    left = [box.inputs[0].y] * 2 + [other.y for other in box.inputs[1:]] if box.inputs else []
    near = left + [other.y for other in _fed_by(box, layers)]
    return sum(near) / len(near) if near else box.y


def _stack(layer: list[Box], wanted: list[float], height: Callable[[Box], float]) -> None:
    """As near to the wanted heights as order and sizes allow: pushed down from the top, then up from the bottom."""
    down: list[float] = []
    for box, y in zip(layer, wanted, strict=True):
        least = down[-1] + (height(layer[len(down) - 1]) + height(box)) / 2 if down else y
        down.append(max(y, least))
    up: list[float] = []
    for box, y in zip(reversed(layer), reversed(wanted), strict=True):
        most = up[-1] - (height(layer[len(layer) - len(up)]) + height(box)) / 2 if up else y
        up.append(min(y, most))
    for box, a, b in zip(layer, down, reversed(up), strict=True):
        box.y = (a + b) / 2
