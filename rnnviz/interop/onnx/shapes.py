"""Operators on what is known without any data: constants, shapes, and tensors of one number.

Shapes are worked out as far as exporters need it, with the sizes that are open kept as such.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.signals import cannot
from rnnviz.interop.onnx.values import Filled, Signal, Size, Sizes, Value, count_of, number_of

Entry = int | Size
_TYPES = {1: "f4", 2: "u1", 3: "i1", 4: "u2", 5: "i2", 6: "i4", 7: "i8", 9: "?", 10: "f4", 11: "f8", 16: "f4"}


def shape_of(value: Value, node: Node) -> tuple[Entry, ...]:
    """The shape of a tensor; sizes that may change from run to run are kept as such."""
    match value:
        case np.ndarray():
            return value.shape
        case Filled():
            return value.shape
        case Sizes():
            return () if value.is_scalar else (len(value.values),)
        case Signal():
            return tuple(_size_of(group, value) for group in value.groups)
    raise cannot(node, "it asks for the shape of what was joined")


def _size_of(group: Any, signal: Signal) -> Entry:
    """Units are a number; steps and sequences are left open, whatever the file says."""
    if not group:
        return 1
    is_units = signal.features is not None and set(group) <= set(signal.features)
    number = count_of(group) if is_units else None
    return Size(group) if number is None else number


def as_sizes(values: Sequence[Entry], is_scalar: bool = False) -> Value:
    """A shape as a tensor: a plain array where all of it is known."""
    if all(isinstance(value, int) for value in values):
        array = np.array(values, np.int64)
        return array.reshape(()) if is_scalar else array
    return Sizes(tuple(values), is_scalar)


def entries(value: Value | None, node: Node) -> tuple[Entry, ...]:
    """A tensor of whole numbers, such as a shape, as its numbers."""
    match value:
        case Sizes():
            return value.values
        case np.ndarray() if value.dtype.kind in "iub" and value.ndim <= 1:
            if value.size > limits.DIMENSIONS * 8:
                raise ModelError(f"{value.size:,} numbers where a shape is needed", where=node.where)
            return tuple(int(number) for number in np.ravel(value))
    raise cannot(node, "it depends on numbers that are worked out from the inputs")


def integers(value: Value | None, node: Node) -> tuple[int, ...]:
    """The same, where every number must be known."""
    numbers = tuple(number_of(entry) for entry in entries(value, node))
    if None in numbers:
        raise cannot(node, "it depends on how long the inputs are")
    return tuple(number for number in numbers if number is not None)


def is_scalar(value: Value | None) -> bool:
    return value.is_scalar if isinstance(value, Sizes) else getattr(value, "ndim", 1) == 0


def check_room(shape: Sequence[int], node: Node, reading: Reading) -> None:
    """Before memory is taken for a constant."""
    if any(size < 0 for size in shape) or len(shape) > limits.DIMENSIONS:
        raise ModelError(f"gives the shape {tuple(shape)}", where=node.where)
    reading.take(math.prod(shape), node)


def known(node: Node, work: Callable[[], Any]) -> NDArray[Any]:
    """A constant by NumPy; what NumPy refuses is an operator that does not fit its inputs."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(work())
    except (ValueError, IndexError, TypeError, OverflowError, ZeroDivisionError, MemoryError) as error:
        raise ModelError(f"does not fit its inputs: {error}", where=node.where) from None


def constant(node: Node) -> Value:
    if len(node.attributes) != 1:
        raise ModelError("needs one value", where=node.where)
    for name, single in (("value_float", node.number), ("value_int", node.integer)):
        if node.has(name):
            return np.asarray(single(name, 0), np.float32 if name == "value_float" else np.int64)
    for name, several in (("value_floats", node.numbers), ("value_ints", node.integers)):
        if node.has(name):
            return np.asarray(several(name), np.float32 if name == "value_floats" else np.int64)
    array = node.tensor("value")
    if array is None:
        raise ModelError(f"the value is a {next(iter(node.attributes))}, which is not read", where=node.where)
    return array


def constant_of_shape(node: Node, shape: tuple[Entry, ...]) -> Value:
    filling = node.tensor("value")
    if filling is not None and filling.size != 1:
        raise ModelError(f"is filled with {filling.size} numbers; it must be one", where=node.where)
    if filling is not None and filling.dtype.kind in "iub":
        numbers = [number_of(size) for size in shape]
        if len(shape) == 1 and numbers[0] is not None and 0 <= numbers[0] <= limits.DIMENSIONS * 8:
            return np.full(numbers[0], filling.reshape(()))  # a shape is made of it
    return Filled(0.0 if filling is None else float(filling.reshape(())), shape)


def cast(node: Node, array: NDArray[Any]) -> NDArray[Any]:
    kind = node.integer("to", 0)
    if kind not in _TYPES:
        raise ModelError(f"casts to type {kind}, which is not read", where=node.where)
    return known(node, lambda: array.astype(_TYPES[kind]))


def arithmetic(node: Node, left: tuple[Entry, ...], right: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Add, Sub, Mul and Div on shapes."""
    if len(left) != len(right) and 1 not in (len(left), len(right)):
        raise ModelError(f"{len(left)} and {len(right)} numbers do not fit", where=node.where)
    count = max(len(left), len(right))
    left, right = left * (count // len(left) if len(left) == 1 else 1), right * (count if len(right) == 1 else 1)
    return tuple(_worked_out(node, one, other) for one, other in zip(left, right, strict=False))


def _worked_out(node: Node, one: Entry, other: Entry) -> Entry:
    match node.operator, one, other:
        case "Add", int(), int():
            return one + other
        case "Sub", int(), int():
            return one - other
        case "Mul", int(), int():
            return one * other
        case "Div", int(), int() if other:
            return int(one / other) if abs(one) < 2**53 else one // other
        case "Add", Size(), int():
            return Size(one.atoms, one.plus + other)
        case "Add", int(), Size():
            return Size(other.atoms, other.plus + one)
        case "Sub", Size(), int():
            return Size(one.atoms, one.plus - other)
        case "Mul", Size(plus=0), Size(plus=0):
            return Size(one.atoms + other.atoms)
        case (("Mul" | "Div"), Size(), 1):
            return one
        case "Mul", 1, Size():
            return other
    raise cannot(node, "it works out a shape in a way that is not known here")
