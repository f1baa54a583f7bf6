"""Operators that cut and join: Slice, Gather, Split and Concat, on constants, on shapes, on zeros, and on data."""

from __future__ import annotations

import numpy as np

from rnnviz.engine.network import Embedding
from rnnviz.interop.errors import ModelError
from rnnviz.interop.onnx.layout import Values, axis_of, there
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.shapes import (
    Entry,
    as_sizes,
    entries,
    integers,
    is_scalar,
    known,
    shape_of,
)
from rnnviz.interop.onnx.signals import both_directions, cannot, dimension_of, floats, selected, sliced
from rnnviz.interop.onnx.values import (
    Filled,
    Joined,
    Signal,
    Size,
    Sizes,
    Step,
    Value,
    count_of,
    number_of,
)

_FAR = 2**31 - 2  # Slice to the end is written as a bound that no dimension reaches


def slice_(node: Node, values: Values, reading: Reading) -> Value:
    value = there(values[0], node)
    rank = len(value.pieces[0].groups) if isinstance(value, Joined) else len(shape_of(value, node))
    if node.has("starts"):
        starts: tuple[Entry, ...] = node.integers("starts")
        stops: tuple[Entry, ...] = node.integers("ends")
        axes, steps = node.integers("axes") or None, None
    else:
        given = [*values, None, None, None, None][1:5]
        starts, stops = entries(given[0], node), entries(given[1], node)
        axes = None if given[2] is None else integers(given[2], node)
        steps = None if given[3] is None else integers(given[3], node)
    axes = tuple(range(len(starts))) if axes is None else axes
    steps = (1,) * len(starts) if steps is None else steps
    if not len(starts) == len(stops) == len(axes) == len(steps):
        raise ModelError("has starts, ends, axes and steps of different lengths", where=node.where)
    for start, stop, axis, step in zip(starts, stops, axes, steps, strict=True):
        value = _one_slice(value, axis_of(axis, rank, node), start, stop, step, node, reading)
    return value


def _one_slice(value: Value, axis: int, start: Entry, stop: Entry, step: int, node: Node, reading: Reading) -> Value:
    if isinstance(value, np.ndarray):
        if step == 0:
            raise ModelError("has a step of 0", where=node.where)
        first, last = integers(as_sizes([start, stop]), node)
        return value[(slice(None),) * axis + (slice(first, last, step),)]
    if step != 1:
        raise cannot(node, "it takes steps in another order, or not all of them")
    begin, end = _bounds(value, axis, start, stop, node)
    match value:
        case Signal():
            return sliced(value, axis, begin, end, node, reading)
        case Joined():
            return _pieces(value, axis, begin, end, node)
        case Filled():
            size = number_of(value.shape[axis])
            if size is None and (begin, end) == (0, None):
                return value
            if size is None:
                raise cannot(node, "it cuts a constant whose size is open")
            left = len(range(size)[begin:end])
            return Filled(value.value, (*value.shape[:axis], left, *value.shape[axis + 1 :]))
        case Sizes():
            return as_sizes(value.values[begin:end])
    raise cannot(node, "it cuts what was joined")


def _bounds(value: Value, axis: int, start: Entry, stop: Entry, node: Node) -> tuple[int, int | None]:
    """Where a slice begins and ends (None: at the end); a bound may be the size of the dimension itself, less some."""
    own = Size(value.groups[axis]) if isinstance(value, Signal) else None
    return _bound(start, own, node) or 0, _bound(stop, own, node)


def _bound(bound: Entry, own: Size | None, node: Node) -> int | None:
    if isinstance(bound, Size):
        if own is not None and bound.atoms == own.atoms and bound.plus <= 0:
            return bound.plus or None
        number = number_of(bound)
        if number is None:
            raise cannot(node, "it cuts at a place that depends on how long the inputs are")
        return number
    return None if bound >= _FAR else bound


def _pieces(joined: Joined, axis: int, start: int, stop: int | None, node: Node) -> Value:
    """The layers of which a slice of joined states consists."""
    if axis != joined.axis:
        raise cannot(node, "it cuts what was joined along another dimension")
    sizes = [count_of(piece.groups[axis]) or 1 for piece in joined.pieces]
    first, last, _ = slice(start, stop).indices(sum(sizes))
    at, left = 0, []
    for piece, size in zip(joined.pieces, sizes, strict=True):
        if first <= at and at + size <= last:
            left.append(piece)
        elif at < last and first < at + size:
            raise cannot(node, "it cuts through the states of one layer")
        at += size
    if not left:
        raise ModelError("takes nothing out of what was joined", where=node.where)
    return left[0] if len(left) == 1 else Joined(tuple(left), axis)


def gather(node: Node, values: Values, reading: Reading) -> Value:
    value, index = there(values[0], node), there(values[1] if len(values) > 1 else None, node)
    if isinstance(index, Signal):
        return _embedded(value, index, node, reading)
    if isinstance(value, np.ndarray):
        axis = axis_of(node.integer("axis", 0), value.ndim, node)
        places = integers(index, node)
        shaped = np.asarray(places, np.int64).reshape(() if is_scalar(index) else (len(places),))
        reading.take(len(places) * (value.size // max(1, value.shape[axis])), node)
        return known(node, lambda: value.take(shaped, axis))
    rank = len(value.pieces[0].groups) if isinstance(value, Joined) else len(shape_of(value, node))
    axis = axis_of(node.integer("axis", 0), rank, node)
    places_or_sizes = entries(index, node)
    if isinstance(value, Sizes):
        found = [_entry(value, place, node) for place in integers(index, node)]
        return as_sizes(found, is_scalar(index))
    if len(places_or_sizes) != 1:
        raise cannot(node, "it takes several steps, sequences or units out, or puts them in another order")
    return _one_index(value, axis, places_or_sizes[0], not is_scalar(index), node, reading)


def _entry(sizes: Sizes, place: int, node: Node) -> Entry:
    if not -len(sizes.values) <= place < len(sizes.values):
        raise ModelError(f"index {place} lies outside of {len(sizes.values)} numbers", where=node.where)
    return sizes.values[place]


def _one_index(value: Value, axis: int, index: Entry, keeps: bool, node: Node, reading: Reading) -> Value:
    match value:
        case Signal():
            place = _bound(index, Size(value.groups[axis]), node)
            if place is None:
                raise ModelError("its index lies outside of the dimension", where=node.where)
            return selected(value, axis, place, keeps, node, reading)
        case Joined():
            return _joined_index(value, axis, index, keeps, node, reading)
        case Filled():
            return Filled(value.value, (*value.shape[:axis], *([1] if keeps else []), *value.shape[axis + 1 :]))
    raise cannot(node, "it takes a part out of a constant")


def _joined_index(joined: Joined, axis: int, index: Entry, keeps: bool, node: Node, reading: Reading) -> Value:
    if axis != joined.axis or not isinstance(index, int):
        raise cannot(node, "it takes a part out of what was joined")
    sizes = [count_of(piece.groups[axis]) or 1 for piece in joined.pieces]
    place = index + sum(sizes) if index < 0 else index
    for piece, size in zip(joined.pieces, sizes, strict=True):
        if 0 <= place < size:
            return selected(piece, axis, place, keeps, node, reading)
        place -= size
    raise ModelError(f"index {index} lies outside of {sum(sizes)} states", where=node.where)


def _embedded(table: Value, ids: Signal, node: Node, reading: Reading) -> Signal:
    if not ids.is_input:
        raise cannot(node, "it looks ids up that a layer has worked out")
    if not isinstance(table, np.ndarray) or table.ndim != 2 or node.integer("axis", 0) != 0:
        raise cannot(node, "its indices are worked out from the inputs")
    if min(table.shape) < 1:
        raise ModelError(f"the table '{node.inputs[0]}' has the shape {table.shape}", where=node.where)
    layer = Embedding(reading.name(node, "embedding"), *table.shape)
    units = dimension_of(layer.size)
    step = Step(layer, {"E": floats(table, node)})
    return Signal(ids.source, (step,), (*ids.groups, units), units)


def concat(node: Node, values: Values, reading: Reading) -> Value:
    parts = [there(value, node) for value in values]
    if not parts:
        raise ModelError("joins nothing", where=node.where)
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(part, np.ndarray) for part in parts):
        arrays = [part for part in parts if isinstance(part, np.ndarray)]
        reading.take(sum(array.size for array in arrays), node)
        axis = axis_of(node.integer("axis", 0), max(array.ndim for array in arrays), node)
        return known(node, lambda: np.concatenate(arrays, axis))
    if all(isinstance(part, np.ndarray | Sizes) for part in parts):
        return as_sizes([entry for part in parts for entry in entries(part, node)][:64])
    if all(isinstance(part, Filled) for part in parts):
        return _filled_joined([part for part in parts if isinstance(part, Filled)], node)
    signals = [part for part in parts if isinstance(part, Signal)]
    if len(signals) != len(parts):
        raise cannot(node, "it joins data and constants, or more than two layers")
    return _signals_joined(signals, node)


def _filled_joined(parts: list[Filled], node: Node) -> Value:
    axis = axis_of(node.integer("axis", 0), len(parts[0].shape), node)
    sizes = [number_of(part.shape[axis]) if axis < len(part.shape) else None for part in parts]
    if len({part.value for part in parts}) > 1 or None in sizes:
        raise cannot(node, "it joins constants of different numbers or of open sizes")
    first = parts[0]
    return Filled(first.value, (*first.shape[:axis], sum(sizes), *first.shape[axis + 1 :]))  # type: ignore[arg-type]


def _signals_joined(signals: list[Signal], node: Node) -> Value:
    rank = len(signals[0].groups)
    if any(len(signal.groups) != rank for signal in signals):
        raise ModelError("joins tensors of different dimensions", where=node.where)
    axis = axis_of(node.integer("axis", 0), rank, node)
    if len(signals) == 2 and axis == rank - 1:
        return both_directions(signals[0], signals[1], "concat", node)
    if all(signal.features is not None and signal.groups[-1] == signal.features for signal in signals) and axis == 0:
        return Joined(tuple(signals), axis)
    if axis < rank - 1 and all(signal.at == "final" for signal in signals):
        return Joined(tuple(signals), axis)
    raise cannot(node, "it joins data of several layers")


def split(node: Node, values: Values, reading: Reading) -> list[Value]:
    value = there(values[0], node)
    rank = len(value.pieces[0].groups) if isinstance(value, Joined) else len(shape_of(value, node))
    axis = axis_of(node.integer("axis", 0), rank, node)
    sizes = _split_sizes(node, values, value, axis)
    found, at = [], 0
    for size in sizes:
        found.append(_one_slice(value, axis, at, at + size, 1, node, reading))
        at += size
    return found


def _split_sizes(node: Node, values: Values, value: Value, axis: int) -> tuple[int, ...]:
    if node.has("split"):
        return node.integers("split")
    if len(values) > 1 and values[1] is not None:
        return integers(values[1], node)
    if isinstance(value, Joined):
        total: int | None = sum(count_of(piece.groups[value.axis]) or 1 for piece in value.pieces)
    else:
        total = number_of(shape_of(value, node)[axis])
    count = len(node.outputs)
    if total is None or count < 1 or total % count:
        raise cannot(node, "it cuts a dimension into parts of open sizes")
    return (total // count,) * count
