"""ONNX's messages written byte by byte, with the field numbers of onnx.proto: what `rnnviz.interop.onnx.file` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 8
TYPES = {"<f4": 1, "<i4": 6, "<i8": 7, "|b1": 9, "<f2": 10, "<f8": 11}
_FLOAT, _INT, _TEXT, _TENSOR, _FLOATS, _INTS, _TEXTS = 1, 2, 3, 4, 6, 7, 8

# A number, a text, an array, or a list of one of the first two.
AttributeValue = float | int | str | NDArray[Any] | Sequence[float] | Sequence[int] | Sequence[str]


@dataclass(frozen=True, eq=False)
class NewNode:
    """An operator to be written; an input or output that is left out is ""."""

    operator: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    name: str = ""
    domain: str = ""


@dataclass(frozen=True)
class NewSlot:
    """An input or output to be written. shape : a name is a size that is open; dtype : as NumPy writes it"""

    name: str
    shape: tuple[int | str, ...]
    dtype: str = "<f4"


def model_bytes(
    nodes: Sequence[NewNode],
    tensors: Mapping[str, NDArray[Any]],
    inputs: Sequence[NewSlot],
    outputs: Sequence[NewSlot],
    opset: int = 17,
    producer: tuple[str, str] = ("rnnviz", ""),
    graph: str = "rnnviz",
) -> bytes:
    """A whole file."""
    parts = [delimited(1, _node(node)) for node in nodes] + [delimited(2, graph.encode())]
    parts += [delimited(5, tensor(array, name)) for name, array in tensors.items()]
    parts += [delimited(11, _slot(slot)) for slot in inputs] + [delimited(12, _slot(slot)) for slot in outputs]
    name, version = producer
    head = number(1, IR_VERSION) + delimited(2, name.encode()) + delimited(3, version.encode())
    return head + delimited(7, b"".join(parts)) + delimited(8, number(2, opset))


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(field_number: int, value: int) -> bytes:
    return varint(field_number << 3) + varint(value)


def delimited(field_number: int, value: bytes) -> bytes:
    """Bytes, a text, or a message within a message."""
    return varint(field_number << 3 | 2) + varint(len(value)) + value


def _single(field_number: int, value: float) -> bytes:
    return varint(field_number << 3 | 5) + np.float32(value).tobytes()


def tensor(array: NDArray[Any], name: str = "") -> bytes:
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    kind = TYPES[little.dtype.str]
    dims = b"".join(number(1, size) for size in array.shape)
    return dims + number(2, kind) + delimited(8, name.encode()) + delimited(9, little.tobytes())


def _node(node: NewNode) -> bytes:
    parts = [delimited(1, name.encode()) for name in node.inputs] + [
        delimited(2, name.encode()) for name in node.outputs
    ]
    parts += [delimited(3, node.name.encode()), delimited(4, node.operator.encode())]
    parts += [delimited(5, _attribute(name, value)) for name, value in node.attributes.items()]
    return b"".join(parts) + (delimited(7, node.domain.encode()) if node.domain else b"")


def _attribute(name: str, value: AttributeValue) -> bytes:
    begin = delimited(1, name.encode())
    match value:
        case np.ndarray():
            return begin + delimited(5, tensor(value)) + number(20, _TENSOR)
        case str():
            return begin + delimited(4, value.encode()) + number(20, _TEXT)
        case int():
            return begin + number(3, value) + number(20, _INT)
        case float():
            return begin + _single(2, value) + number(20, _FLOAT)
        case [str(), *_]:
            return begin + b"".join(delimited(9, str(text).encode()) for text in value) + number(20, _TEXTS)
        case [float(), *_]:
            return begin + b"".join(_single(7, float(one)) for one in value) + number(20, _FLOATS)
    return begin + b"".join(number(8, int(one)) for one in value) + number(20, _INTS)


def _slot(slot: NewSlot) -> bytes:
    dims = b"".join(
        delimited(1, number(1, size) if isinstance(size, int) else delimited(2, size.encode())) for size in slot.shape
    )
    of_tensor = number(1, TYPES[slot.dtype]) + delimited(2, dims)
    return delimited(1, slot.name.encode()) + delimited(2, delimited(1, of_tensor))
