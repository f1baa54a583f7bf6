"""Which operator is read by what: a small function for each, from the values of its inputs to those of its outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from rnnviz.interop.errors import ModelError
from rnnviz.interop.onnx import layout, parts
from rnnviz.interop.onnx.arithmetic import (
    NUMPY,
    POOLS,
    activation,
    binary,
    clip,
    gemm,
    greater,
    matmul,
    pool,
    softmax,
    two,
    with_numbers,
)
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.recurrent import recurrent
from rnnviz.interop.onnx.shapes import (
    as_sizes,
    cast,
    constant,
    entries,
    integers,
)
from rnnviz.interop.onnx.signals import (
    cannot,
)
from rnnviz.interop.onnx.values import Refused, Signal, Value

Values = Sequence[Value | None]
Operator = Callable[[Node, list[Value | None], Reading], Value | list[Value]]

RECURRENT = ("RNN", "LSTM", "GRU")


def _same(node: Node, values: Values, reading: Reading) -> Value:
    return layout.there(values[0] if values else None, node)


def _dropout(node: Node, values: Values, reading: Reading) -> list[Value]:
    training = values[2] if len(values) > 2 else None
    if isinstance(training, np.ndarray) and training.any():
        reading.note(f"{node.where} is left out: it acts in training only.")
    value = _same(node, values, reading)
    return [value, Refused(cannot(node, "the mask of Dropout is not known"))]


def _cast(node: Node, values: Values, reading: Reading) -> Value:
    value = _same(node, values, reading)
    if isinstance(value, np.ndarray):
        reading.take(value.size, node)
        return cast(node, value)
    if isinstance(value, Signal) and not value.is_input and node.integer("to", 1) not in (1, 10, 11, 16):
        raise cannot(node, "it rounds what a layer has worked out")
    return value


def _constant(node: Node, values: Values, reading: Reading) -> Value:
    return constant(node)


def _range(node: Node, values: Values, reading: Reading) -> Value:
    start, stop, step = (integers(value, node)[0] for value in [*values, None, None, None][:3])
    if step == 0 or len(range(start, stop, step)) > 4_096:
        raise ModelError("counts too far", where=node.where)
    return np.arange(start, stop, step)


def _where(node: Node, values: Values, reading: Reading) -> Value:
    """On shapes, as exporters write Expand: where a size was left open, another is taken."""
    conditions, yes, no = (entries(value, node) for value in [*values, None, None, None][:3])
    if not len(conditions) == len(yes) == len(no):
        raise cannot(node, "it chooses between data")
    return as_sizes([one if condition else other for condition, one, other in zip(conditions, yes, no, strict=True)])


def _equal(node: Node, values: Values, reading: Reading) -> Value:
    left, right = (entries(value, node) for value in two(node, values))
    right = right * len(left) if len(right) == 1 else right
    if len(left) != len(right):
        raise ModelError("compares different shapes", where=node.where)
    return np.array([one == other for one, other in zip(left, right, strict=True)])


OPERATORS: Mapping[str, Operator] = {
    **dict.fromkeys(RECURRENT, recurrent),
    **dict.fromkeys(NUMPY, binary),
    **dict.fromkeys(POOLS, pool),
    "Identity": _same,
    **{
        name: partial(activation, function)
        for name, function in {
            "Relu": "relu",
            "Sigmoid": "sigmoid",
            "Tanh": "tanh",
            "Softplus": "softplus",
            "Softsign": "softsign",
            "Exp": "exponential",
        }.items()
    },
    "Elu": partial(with_numbers, "elu", 1.0, None),
    "HardSigmoid": partial(with_numbers, "hardsigmoid", 0.2, 0.5),
    "Clip": clip,
    "Greater": greater,
    "Softmax": softmax,
    "LogSoftmax": softmax,
    "MatMul": matmul,
    "Gemm": gemm,
    "Transpose": layout.transpose,
    "Squeeze": layout.squeeze,
    "Unsqueeze": layout.unsqueeze,
    "Reshape": layout.reshape,
    "Flatten": layout.flatten,
    "Slice": parts.slice_,
    "Gather": parts.gather,
    "Concat": parts.concat,
    "Split": parts.split,
    "Expand": layout.expand,
    "Shape": layout.shape,
    "ConstantOfShape": layout.filled,
    "Constant": _constant,
    "Range": _range,
    "Where": _where,
    "Equal": _equal,
    "Cast": _cast,
    "Dropout": _dropout,
}
