"""Numbers and arrays of NumPy inside of a pickle: plain ones alone, made from their bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnviz.interop.errors import ModelError
from rnnviz.interop.torch.pickle_machine import Known, Names
from rnnviz.interop.weights.tensor import DTYPES, NUMPY_KINDS, Array, Tensor, check_shape, widened

_UNCLEAR = "an array of NumPy in it is not written as NumPy writes it"


@dataclass(eq=False)
class Dtype:
    """The kind of numbers; how their bytes are ordered follows as its state."""

    kind: str
    is_little: bool = True

    def build(self, state: object) -> None:
        if type(state) is not tuple or len(state) < 2 or state[1] not in ("<", ">", "|", "="):
            raise ModelError(_UNCLEAR)
        self.is_little = state[1] != ">"

    def numbers(self, data: bytes) -> Array:
        raw = np.frombuffer(data, DTYPES[self.kind])
        return widened(raw if self.is_little else raw.byteswap(), self.kind)


@dataclass(eq=False)
class PickledArray:
    """An array, empty until its state follows."""

    shape: tuple[int, ...] = (0,)
    dtype: Dtype = field(default_factory=lambda: Dtype("float64"))
    data: bytes = b""
    is_column_major: bool = False

    def build(self, state: object) -> None:
        """state : version, shape, dtype, whether the first index runs fastest, bytes"""
        if type(state) is not tuple or len(state) != 5:
            raise ModelError(_UNCLEAR)
        _, shape, dtype, is_column_major, data = state
        if type(shape) is not tuple or not all(type(side) is int for side in shape) or not isinstance(dtype, Dtype):
            raise ModelError(_UNCLEAR)
        check_shape(shape, "")
        if not isinstance(data, bytes) or math.prod(shape) * DTYPES[dtype.kind].itemsize != len(data):
            raise ModelError(_UNCLEAR)
        self.shape, self.dtype, self.data, self.is_column_major = shape, dtype, data, is_column_major is True

    def as_tensor(self) -> Tensor:
        return Tensor(self.shape, self.dtype.kind, self._numbers)

    def _numbers(self) -> Array:
        return self.dtype.numbers(self.data).reshape(self.shape, order="F" if self.is_column_major else "C")


def _dtype(code: object, *_: object) -> Dtype:
    if not isinstance(code, str) or code not in NUMPY_KINDS:
        raise ModelError(f"it has an array of numpy.dtype({str(code)[:20]!a}), which is not read: it holds no numbers")
    return Dtype(NUMPY_KINDS[code])


def _array(type_: object, shape: object, code: object) -> PickledArray:
    if not isinstance(type_, Known) or type_.name != "numpy.ndarray":
        raise ModelError(_UNCLEAR)
    return PickledArray()


def _scalar(dtype: object, data: object = None) -> Any:
    if not isinstance(dtype, Dtype) or not isinstance(data, bytes) or len(data) != DTYPES[dtype.kind].itemsize:
        raise ModelError(_UNCLEAR)
    return dtype.numbers(data)[0].item()


def _encode(text: object, encoding: object) -> bytes:
    """How bytes are written in old pickles: as a text of characters below 256."""
    if not isinstance(text, str) or encoding != "latin1":
        raise ModelError(_UNCLEAR)
    return text.encode("latin1")


NUMPY: Names = {
    known.name: known
    for known in (
        Known("_codecs.encode", _encode),
        Known("numpy.dtype", _dtype),
        Known("numpy.ndarray"),
        *(
            Known(f"numpy.{core}.multiarray.{name}", make)
            for core in ("core", "_core")
            for name, make in (("_reconstruct", _array), ("scalar", _scalar))
        ),
    )
}
