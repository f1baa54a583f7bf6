"""Operators that work on numbers: products and sums as dense layers, activations, pooling; the same on constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Pool, Recurrent
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Array
from rnnviz.interop.onnx import layout
from rnnviz.interop.onnx.cells import Function, plain_name, shortest
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.shapes import (
    arithmetic,
    as_sizes,
    check_room,
    entries,
    is_scalar,
    known,
)
from rnnviz.interop.onnx.signals import (
    activated,
    both_directions,
    cannot,
    closed,
    dense,
    floats,
    scaled,
    with_layer,
    with_units_last,
)
from rnnviz.interop.onnx.values import Filled, Signal, Sizes, Step, Value

Values = layout.Values

NUMPY: Mapping[str, Callable[[Any, Any], Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
}
POOLS = {"ReduceMean": "mean", "ReduceMax": "max", "ReduceSum": "sum"}


def matmul(node: Node, values: Values, reading: Reading) -> Value:
    left, right = two(node, values)
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        raise cannot(node, "it multiplies two constants")
    if not isinstance(left, Signal) or not isinstance(right, np.ndarray):
        raise cannot(node, "it multiplies what are not data and a constant matrix, in this order")
    reading.take(right.size if right.dtype == np.float16 else right.shape[-1], node)
    matrix = floats(_matrix(right, node), node).T
    return dense(left, matrix, np.zeros(len(matrix), matrix.dtype), node, reading)


def _matrix(array: NDArray[Any], node: Node) -> NDArray[Any]:
    if array.ndim != 2 or min(array.shape) < 1:
        raise ModelError(f"'{node.inputs[1]}' has the shape {array.shape}; a matrix is needed", where=node.where)
    return array


def gemm(node: Node, values: Values, reading: Reading) -> Value:
    left, right = two(node, values)
    if not isinstance(left, Signal) or not isinstance(right, np.ndarray) or node.integer("transA", 0):
        raise cannot(node, "it multiplies what are not data and a constant matrix, in this order")
    if len(left.groups) != 2:
        raise ModelError(f"'{node.inputs[0]}' has {len(left.groups)} dimensions; it must have 2", where=node.where)
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    reading.take(right.size if right.dtype == np.float16 or alpha != 1.0 else right.shape[0], node)
    matrix = floats(_matrix(right, node), node)
    matrix = matrix if node.integer("transB", 0) else matrix.T
    bias = _row(values[2], node) if len(values) > 2 and values[2] is not None else np.zeros(1, matrix.dtype)
    if len(bias) not in (1, len(matrix)):
        raise ModelError(f"'{node.inputs[2]}' has {len(bias)} numbers for {len(matrix)} units", where=node.where)
    bias = np.broadcast_to(bias if beta == 1.0 else bias * matrix.dtype.type(beta), len(matrix))
    return dense(left, matrix if alpha == 1.0 else matrix * matrix.dtype.type(alpha), bias, node, reading)


def _row(value: Value, node: Node) -> Array:
    """One number for each unit, or one for all."""
    if not isinstance(value, np.ndarray):
        raise cannot(node, "its numbers are worked out from the inputs")
    if value.size < 1 or value.size != (value.shape[-1] if value.ndim else 1):
        raise cannot(node, f"numbers of the shape {value.shape} differ from step to step, or from sequence to sequence")
    return floats(value, node).reshape(-1)


def binary(node: Node, values: Values, reading: Reading) -> Value:
    left, right = two(node, values)
    match left, right:
        case np.ndarray(), np.ndarray():
            check_room(known(node, lambda: np.broadcast_shapes(left.shape, right.shape)).tolist(), node, reading)
            return known(node, lambda: _on_constants(node, left, right))
        case (Sizes(), Sizes() | np.ndarray()) | (np.ndarray(), Sizes()):
            numbers = arithmetic(node, entries(left, node), entries(right, node))
            return as_sizes(numbers, is_scalar(left) and is_scalar(right))
        case (Filled(), np.ndarray()) | (np.ndarray(), Filled()):
            return _on_filled(node, left, right)
        case Signal(), Signal():
            return _merged(node, left, right)
        case Signal(), np.ndarray():
            return _with_constant(node, left, _row(right, node), False, reading)
        case np.ndarray(), Signal():
            return _with_constant(node, right, _row(left, node), True, reading)
    raise cannot(node, "it works on what are neither data nor constants")


def _on_constants(node: Node, left: NDArray[Any], right: NDArray[Any]) -> Any:
    if node.operator == "Div" and left.dtype.kind in "iu":
        return np.trunc(left / right).astype(left.dtype)
    return NUMPY[node.operator](left, right).astype(np.result_type(left, right))


def _on_filled(node: Node, left: Value, right: Value) -> Value:
    filled, other = (left, right) if isinstance(left, Filled) else (right, left)
    if isinstance(filled, Filled) and isinstance(other, np.ndarray) and other.size == 1:
        numbers = [part.value if isinstance(part, Filled) else float(np.ravel(part)[0]) for part in (left, right)]  # type: ignore[arg-type]
        return Filled(float(known(node, lambda: NUMPY[node.operator](*map(np.float64, numbers)))), filled.shape)
    raise cannot(node, "it works on constants of open sizes")


def _merged(node: Node, left: Signal, right: Signal) -> Value:
    kind: Any = {"Add": "sum", "Mul": "mul"}.get(node.operator)
    if kind is None or left.is_input or right.is_input or not isinstance(left.chain[-1].layer, Recurrent):
        raise cannot(node, "it joins two branches, such as a layer and what goes past it")
    first, second = (right, left) if right.lane == 0 else (left, right)
    return both_directions(first, second, kind, node)


def _with_constant(node: Node, signal: Signal, row: Array, is_first: bool, reading: Reading) -> Value:
    halved = _halved(signal) if (node.operator, *row.tolist()) in (("Mul", 0.5), ("Div", 2.0)) else None
    if halved is not None:
        return halved
    match node.operator:
        case "Add":
            return scaled(signal, None, row, node, reading)
        case "Sub" if is_first:
            return scaled(signal, -np.ones_like(row), row, node, reading)
        case "Sub":
            return scaled(signal, None, -row, node, reading)
        case "Mul":
            return scaled(signal, row, None, node, reading)
    if is_first or not row.all():
        raise cannot(node, "it divides by data, or by 0")
    return scaled(signal, row.dtype.type(1) / row, None, node, reading)


def _halved(signal: Signal) -> Signal | None:
    """Half the sum of two directions is their mean."""
    last = signal.chain[-1] if signal.chain else None
    if last is None or not isinstance(last.layer, Recurrent) or signal.lane is not None:
        return None
    if last.layer.direction != "both" or last.layer.merge != "sum":
        return None
    return replace(signal, chain=(*signal.chain[:-1], replace(last, layer=replace(last.layer, merge="mean"))))


def activation(name: str, node: Node, values: Values, reading: Reading) -> Value:
    value = values[0] if values else None
    if not isinstance(value, Signal):
        raise cannot(node, "it is applied to what is no data")
    return activated(value, name, node, reading)


def with_numbers(name: str, alpha: float, beta: float | None, node: Node, values: Values, reading: Reading) -> Value:
    """An activation with numbers of its own: one of the engine's, or a leaky one by two."""
    numbers = [node.number("alpha", alpha)] + ([] if beta is None else [node.number("beta", beta)])
    function = Function(name, *(shortest(number) for number in numbers))
    plain = plain_name(function)
    if not plain:
        raise cannot(node, f"after a layer, {node.operator} with alpha {numbers[0]:g} is not known")
    return activation(plain, node, values, reading)


def clip(node: Node, values: Values, reading: Reading) -> Value:
    bounds = [float(bound) if isinstance(bound, np.ndarray) and bound.size == 1 else None for bound in values[1:3]]
    if node.has("min") or node.has("max"):
        bounds = [node.number("min", -np.inf), node.number("max", np.inf)]
    if bounds != [-1.0, 1.0]:
        raise cannot(node, "it clips to other bounds than -1 and 1")
    return activation("hard_tanh", node, values, reading)


def greater(node: Node, values: Values, reading: Reading) -> Value:
    bound = values[1] if len(values) > 1 else None
    if not isinstance(bound, np.ndarray) or bound.any():
        raise cannot(node, "it compares with another number than 0")
    return activation("hard", node, values, reading)


def softmax(node: Node, values: Values, reading: Reading) -> Value:
    value = values[0] if values else None
    if not isinstance(value, Signal):
        raise cannot(node, "it is applied to what is no data")
    signal = with_units_last(value, node)
    rank = len(signal.groups)
    axis = layout.axis_of(node.integer("axis", -1 if reading.opset >= 13 else 1), rank, node)
    rest = signal.groups[axis:-1]
    if axis != rank - 1 and (reading.opset >= 13 or any(rest)):
        raise cannot(node, f"its axis {axis} is not that of the units")
    found = activated(signal, "softmax", node, reading)
    if node.operator == "LogSoftmax":
        reading.note(f"{node.where}: the file hands out logarithms of probabilities, here it is the probabilities.")
        return replace(found, is_logarithm=True)
    return found


def pool(node: Node, values: Values, reading: Reading) -> Value:
    signal = values[0] if values else None
    if not isinstance(signal, Signal) or signal.is_input:
        raise cannot(node, "it does not pool what a layer hands on")
    axes = layout.named_axes(node, values, len(signal.groups))
    if axes is None or len(axes) != 1 or not reading.is_time(signal.groups[axes[0]]) or signal.at != "steps":
        raise cannot(node, "it pools over something else than all steps")
    kind: Any = POOLS[node.operator]
    if signal.chain[-1].lengths is not None and kind != "sum":
        raise cannot(node, "it pools over padding too")
    keeps = node.integer("keepdims", 1) != 0
    groups = (*signal.groups[: axes[0]], *([()] if keeps else []), *signal.groups[axes[0] + 1 :])
    layer = Pool(reading.name(node, f"{kind}pool"), kind)
    chain = with_layer(closed(signal, node), Step(layer, {}), node)
    return replace(signal, chain=chain, groups=groups, at="answer", lane=None)


def two(node: Node, values: Values) -> tuple[Value, Value]:
    if len(values) < 2:
        raise ModelError("needs two inputs", where=node.where)
    return layout.there(values[0], node), layout.there(values[1], node)
