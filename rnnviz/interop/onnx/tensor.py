"""A tensor of an ONNX file -> an array, which is a view of the file's bytes wherever these are its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Precision
from rnnviz.interop.onnx.wire import BYTES, FIXED_32, FIXED_64, VARINT, Field, fields, shortened, signed, text, varints

_BFLOAT16 = 16
# By the number of the type: what an element is, and in which field it stands where not in raw_data.
_FLOATS, _INTS, _LONGS, _DOUBLES, _UNSIGNED = 4, 5, 7, 10, 11
_TYPES = {
    1: ("<f4", _FLOATS),
    2: ("u1", _INTS),
    3: ("i1", _INTS),
    4: ("<u2", _INTS),
    5: ("<i2", _INTS),
    6: ("<i4", _INTS),
    7: ("<i8", _LONGS),
    9: ("?", _INTS),
    10: ("<f2", _INTS),
    11: ("<f8", _DOUBLES),
    12: ("<u4", _UNSIGNED),
    13: ("<u8", _UNSIGNED),
    _BFLOAT16: ("<u2", _INTS),
}
_NAMES = {8: "texts", 14: "complex numbers", 15: "complex numbers"}
_ELSEWHERE = "its numbers lie in another file, which is not opened; export with external_data=False"
_FIXED = {_FLOATS: "<f4", _DOUBLES: "<f8"}

PRECISIONS: dict[int, Precision] = {_BFLOAT16: "bfloat16", 10: "float16", 1: "float32", 11: "float64"}


@dataclass(frozen=True, eq=False)
class Tensor:
    """kind : the number of the type in the file; bfloat16 is widened to float32, which NumPy has"""

    name: str
    kind: int
    array: NDArray[Any]


def read_tensor(data: bytes, message: Field, where: str, most: int) -> Tensor:
    """A TensorProto, of at most `most` numbers.

    Raises ModelError, naming the tensor, for data outside of the file, numbers that do not fill the shape, and types
    that are not read.
    """
    if message.wire != BYTES:
        raise ModelError("is broken: a number stands where a tensor should", where=where)
    name, kind = "", 0
    shape: list[int] = []
    raw: Field | None = None
    typed: list[Field] = []
    for found in fields(data, message.start, message.stop, where):
        match found.number:
            case 1:
                shape += _integers(data, found, where)
                if len(shape) > limits.DIMENSIONS:
                    raise ModelError(f"has more than {limits.DIMENSIONS} dimensions", where=shortened(name) or where)
            case 2:
                kind = found.value
            case 4 | 5 | 7 | 10 | 11:
                typed.append(found)
                if len(typed) > limits.TENSORS:
                    said = f"more than {limits.TENSORS:,} numbers stand one by one; they are not read"
                    raise ModelError(said, where=shortened(name) or where)
            case 8:
                name = text(data, found, where)
            case 9:
                raw = found
            case 13 | 14 if found.number == 13 or found.value:
                raise ModelError(_ELSEWHERE, where=shortened(name) or where)
    where = shortened(name) or where
    count = _count(shape, where, most)
    return Tensor(name, kind, _numbers(data, kind, raw, typed, count, where).reshape(shape))


def _count(shape: list[int], where: str, most: int) -> int:
    if any(size < 0 for size in shape):
        raise ModelError(f"has the shape {tuple(shape)}", where=where)
    count = math.prod(shape)
    if max(shape, default=0) > most or count > most:
        raise ModelError(f"has {count:,} numbers, shape {tuple(shape)}; at most {most:,} are read", where=where)
    return count


def _numbers(data: bytes, kind: int, raw: Field | None, typed: list[Field], count: int, where: str) -> NDArray[Any]:
    if kind not in _TYPES:
        raise ModelError(f"holds {_NAMES.get(kind, f'numbers of type {kind}')}, which are not read", where=where)
    dtype, field = _TYPES[kind]
    if raw is not None:
        array = _raw(data, raw, np.dtype(dtype), count, where)
    else:
        array = _typed(data, [found for found in typed if found.number == field], field, count, where)
        array = array if field in _FIXED else _narrowed(array, dtype)
    return _widened(array) if kind == _BFLOAT16 else array


def _raw(data: bytes, raw: Field, dtype: np.dtype[Any], count: int, where: str) -> NDArray[Any]:
    if raw.wire != BYTES or raw.stop - raw.start != count * dtype.itemsize:
        there = raw.stop - raw.start
        raise ModelError(f"{count:,} numbers take {count * dtype.itemsize:,} bytes; {there:,} are there", where=where)
    return np.frombuffer(data, dtype, count, raw.start)


def _typed(data: bytes, typed: list[Field], field: int, count: int, where: str) -> NDArray[Any]:
    """The numbers of the field of a type, packed or one by one."""
    if sum(found.stop - found.start for found in typed) < count:  # each number takes a byte at least
        raise ModelError(f"the shape asks for {count:,} numbers; fewer are there", where=where)
    if len(typed) == 1 and typed[0].wire == BYTES:
        array = _packed(data, typed[0], field, where)
    else:
        parts = [_packed(data, found, field, where) for found in typed]
        array = np.concatenate(parts) if parts else np.empty(0, _FIXED.get(field, np.uint64))
    if len(array) != count:
        raise ModelError(f"the shape asks for {count:,} numbers; {len(array):,} are there", where=where)
    return array


def _packed(data: bytes, found: Field, field: int, where: str) -> NDArray[Any]:
    wire = {_FLOATS: FIXED_32, _DOUBLES: FIXED_64}.get(field, VARINT)
    if found.wire not in (BYTES, wire):
        raise ModelError("its numbers are not of its type", where=where)
    if field not in _FIXED:
        return varints(data, found.start, found.stop, where)
    dtype = np.dtype(_FIXED[field])
    if (found.stop - found.start) % dtype.itemsize:
        raise ModelError("its last number is cut off", where=where)
    return np.frombuffer(data, dtype, (found.stop - found.start) // dtype.itemsize, found.start)


def _narrowed(values: NDArray[np.uint64], dtype: str) -> NDArray[Any]:
    """Whole numbers as they stand in int32_data, int64_data and uint64_data, as the type that they are of."""
    if dtype == "<f2":
        return values.astype(np.uint16).view(np.float16)
    if dtype in ("<u8", "<u4"):
        return values.astype(dtype)
    return values.view(np.int64).astype(dtype)


def _widened(halves: NDArray[np.uint16]) -> NDArray[Any]:
    """bfloat16 is the upper half of float32."""
    return (halves.astype(np.uint32) << np.uint32(16)).view(np.float32)


def _integers(data: bytes, found: Field, where: str) -> list[int]:
    if found.wire == BYTES:
        if found.stop - found.start > 10 * limits.DIMENSIONS:
            raise ModelError(f"has more than {limits.DIMENSIONS} dimensions", where=where)
        sizes: list[int] = varints(data, found.start, found.stop, where).view(np.int64).tolist()
        return sizes
    if found.wire != VARINT:
        raise ModelError("is broken: its shape is missing", where=where)
    return [signed(found.value)]
