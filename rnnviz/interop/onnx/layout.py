"""Operators that turn and regroup dimensions, on constants, on shapes, on tensors of one number, and on data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnviz.interop.errors import ModelError
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.shapes import (
    Entry,
    as_sizes,
    check_room,
    constant_of_shape,
    entries,
    integers,
    known,
    shape_of,
)
from rnnviz.interop.onnx.signals import cannot
from rnnviz.interop.onnx.values import (
    Dimension,
    Filled,
    Joined,
    Signal,
    Size,
    Sizes,
    Value,
    count_of,
    number_of,
    regrouped,
)

Values = Sequence[Value | None]


def axis_of(axis: int, rank: int, node: Node) -> int:
    if not -rank <= axis < max(rank, 1):
        raise ModelError(f"axis {axis} lies outside of {rank} dimensions", where=node.where)
    return axis + rank if axis < 0 else axis


def named_axes(node: Node, values: Values, rank: int) -> tuple[int, ...] | None:
    """The attribute `axes`, which newer operator sets have as an input; None where it is left out."""
    value = values[1] if len(values) > 1 else None
    if value is None and not node.has("axes"):
        return None
    axes = node.integers("axes") if value is None else integers(value, node)
    found = tuple(axis_of(axis, rank, node) for axis in axes)
    if len(set(found)) != len(found):
        raise ModelError(f"names an axis twice: {found}", where=node.where)
    return found


def transpose(node: Node, values: Values, reading: Reading) -> Value:
    value = values[0]
    rank = len(shape_of(there(value, node), node))
    order = node.integers("perm") or tuple(reversed(range(rank)))
    if sorted(order) != list(range(rank)):
        raise ModelError(f"perm is {order}; '{node.inputs[0]}' has {rank} dimensions", where=node.where)
    match value:
        case Signal():
            return replace(value, groups=tuple(value.groups[k] for k in order))
        case Filled():
            return Filled(value.value, tuple(value.shape[k] for k in order))
        case np.ndarray():
            return value.transpose(order)
    return there(value, node)


def squeeze(node: Node, values: Values, reading: Reading) -> Value:
    value = there(values[0], node)
    shape = shape_of(value, node)
    axes = named_axes(node, values, len(shape))
    if axes is None:
        axes = tuple(k for k, size in enumerate(shape) if number_of(size) == 1)
    if any(number_of(shape[k]) not in (1, None) for k in axes):
        raise ModelError(f"takes away dimensions {axes} of {len(shape)}, which are not all 1", where=node.where)
    if any(number_of(shape[k]) is None for k in axes):
        raise cannot(node, "it takes away a dimension whose size is open")
    return _kept(value, [k for k in range(len(shape)) if k not in axes], node)


def _kept(value: Value, axes: list[int], node: Node) -> Value:
    """The dimensions that are left where others, of size 1, are taken away."""
    match value:
        case Signal():
            return replace(value, groups=tuple(value.groups[k] for k in axes))
        case Filled():
            return Filled(value.value, tuple(value.shape[k] for k in axes))
        case Sizes():
            return Sizes(value.values, is_scalar=not axes)
        case np.ndarray():
            return value.reshape([value.shape[k] for k in axes])
    raise cannot(node, "it takes a dimension away from what was joined")


def unsqueeze(node: Node, values: Values, reading: Reading) -> Value:
    value = there(values[0], node)
    rank = len(shape_of(value, node))
    count = len(node.integers("axes")) if node.has("axes") else len(integers(values[1], node)) if values[1:] else 0
    axes = named_axes(node, values, rank + count) or ()
    if rank + count > 8:
        raise ModelError(f"gives {rank + count} dimensions; at most 8 are read", where=node.where)
    match value:
        case Signal():
            return replace(value, groups=_with_ones(value.groups, axes, ()))
        case Filled():
            return Filled(value.value, _with_ones(value.shape, axes, 1))
        case Sizes() if value.is_scalar and axes == (0,):
            return Sizes(value.values)
        case np.ndarray():
            return known(node, lambda: np.expand_dims(value, axes))
    raise cannot(node, "it gives a shape more dimensions")


def _with_ones(dimensions: tuple[Any, ...], axes: tuple[int, ...], one: Any) -> tuple[Any, ...]:
    rest = iter(dimensions)
    return tuple(one if k in axes else next(rest) for k in range(len(dimensions) + len(axes)))


def reshape(node: Node, values: Values, reading: Reading) -> Value:
    value = there(values[0], node)
    target = entries(values[1] if len(values) > 1 else None, node)
    if len(target) > 8 or target.count(-1) > 1:
        raise ModelError(f"asks for a shape of {len(target)} dimensions, {target.count(-1)} open", where=node.where)
    if isinstance(value, Joined):
        return _joined_reshaped(value, target, node)
    if not node.integer("allowzero", 0):
        shape = shape_of(value, node)
        target = tuple(_as_it_was(value, shape, k, size, node) for k, size in enumerate(target))
    match value:
        case Signal():
            return _reshaped(value, target, node)
        case Filled():
            if -1 in target:
                raise cannot(node, "it leaves the size of a constant open")
            return Filled(value.value, target)
        case np.ndarray():
            sizes = tuple(number_of(size) for size in target)
            reading.take(0 if value.flags.c_contiguous else value.size, node)
            return known(node, lambda: value.reshape([-1 if size is None else size for size in sizes]))
        case Sizes() if len(target) == 1:
            return Sizes(value.values)
    raise cannot(node, "it gives a shape more dimensions")


def _joined_reshaped(joined: Joined, target: tuple[Entry, ...], node: Node) -> Value:
    """The last states of all layers, (layers * directions, batch, units), to (layers, directions, batch, units)."""
    if joined.axis != 0 or not target or target[0] != len(joined.pieces) or 0 in target:
        raise cannot(node, "it reshapes the states of several layers")
    pieces = (_reshaped(piece, target[1:], node) for piece in joined.pieces)
    return Joined(tuple(replace(piece, groups=((), *piece.groups)) for piece in pieces), 0)


def _as_it_was(value: Value, shape: tuple[Entry, ...], k: int, size: Entry, node: Node) -> Entry:
    """A 0 stands for the size that a dimension has."""
    if size != 0:
        return size
    if k >= len(shape):
        raise ModelError(f"keeps dimension {k} of {len(shape)}", where=node.where)
    return Size(value.groups[k]) if isinstance(value, Signal) else shape[k]


def _reshaped(signal: Signal, target: tuple[Entry, ...], node: Node) -> Signal:
    atoms = tuple(atom for group in signal.groups for atom in group)
    groups = regrouped(atoms, target)
    if groups is None:
        there = tuple(count_of(group) for group in signal.groups)
        shown = ", ".join("?" if size is None else str(size) for size in there)
        wanted = ", ".join(str(number_of(size) or "?") for size in target)
        raise cannot(node, f"it reshapes ({shown}) to ({wanted}), and which axis becomes which is not clear")
    return replace(signal, groups=groups)


def flatten(node: Node, values: Values, reading: Reading) -> Value:
    value = there(values[0], node)
    if not isinstance(value, Signal):
        raise cannot(node, "it flattens a constant")
    axis = node.integer("axis", 1)
    axis = axis_of(axis, len(value.groups), node) if axis != len(value.groups) else axis
    return replace(value, groups=(_merged(value.groups[:axis]), _merged(value.groups[axis:])))


def _merged(groups: tuple[Dimension, ...]) -> Dimension:
    return tuple(atom for group in groups for atom in group)


def expand(node: Node, values: Values, reading: Reading) -> Value:
    value, target = there(values[0], node), entries(values[1] if len(values) > 1 else None, node)
    if len(target) > 8:
        raise ModelError(f"gives {len(target)} dimensions", where=node.where)
    if isinstance(value, np.ndarray):
        reading.take(value.size, node)
        if value.size and (value == value.flat[0]).all() and value.dtype.kind == "f":
            value = Filled(float(value.flat[0]), value.shape)
        else:
            shape = integers(as_sizes(target), node)
            check_room(shape, node, reading)
            return known(node, lambda: np.broadcast_to(value, np.broadcast_shapes(shape, value.shape)))
    if isinstance(value, Filled):
        rank = max(len(target), len(value.shape))
        own = (1,) * (rank - len(value.shape)) + value.shape
        wanted = (1,) * (rank - len(target)) + target
        return Filled(value.value, tuple(mine if size == 1 else size for mine, size in zip(own, wanted, strict=True)))
    if isinstance(value, Signal) and all(
        size == 1 or size == Size(group) for size, group in zip(target, value.groups, strict=False)
    ):
        return value
    raise cannot(node, "it repeats data")


def shape(node: Node, values: Values, reading: Reading) -> Value:
    sizes = shape_of(there(values[0], node), node)
    stop = node.integer("end", len(sizes))
    return as_sizes(sizes[node.integer("start", 0) : stop])


def filled(node: Node, values: Values, reading: Reading) -> Value:
    return constant_of_shape(node, entries(values[0], node))


def there(value: Value | None, node: Node) -> Value:
    if value is None:
        raise ModelError("an input is missing", where=node.where)
    return value
