"""A tensor of a file: what it says of itself at once, its numbers when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Precision

Array = NDArray[Any]

# What numbers are called -> how they lie in a file. NumPy has no bfloat16, which is the upper half of a float32.
DTYPES: Mapping[str, np.dtype[Any]] = {
    "float64": np.dtype("<f8"),
    "float32": np.dtype("<f4"),
    "float16": np.dtype("<f2"),
    "bfloat16": np.dtype("<u2"),
    "float8_e4m3fn": np.dtype("u1"),
    "float8_e5m2": np.dtype("u1"),
    "complex64": np.dtype("<c8"),
    "complex128": np.dtype("<c16"),
    "int64": np.dtype("<i8"),
    "int32": np.dtype("<i4"),
    "int16": np.dtype("<i2"),
    "int8": np.dtype("i1"),
    "uint64": np.dtype("<u8"),
    "uint32": np.dtype("<u4"),
    "uint16": np.dtype("<u2"),
    "uint8": np.dtype("u1"),
    "bool": np.dtype("?"),
}
# What NumPy calls those that it has, without the order of bytes: "f4" -> "float32".
NUMPY_KINDS: Mapping[str, str] = {
    dtype.str[1:]: kind for kind, dtype in DTYPES.items() if kind != "bfloat16" and not kind.startswith("float8")
}
# From the least exact on.
PRECISIONS: Mapping[str, Precision] = {
    "bfloat16": "bfloat16",
    "float16": "float16",
    "float32": "float32",
    "float64": "float64",
}


@dataclass(frozen=True, eq=False)
class Tensor:
    """
    kind : of its numbers, one of `DTYPES`
    numbers : reads them: float64, or float32 for what is not more exact; may be views of one array, and read-only
    """

    shape: tuple[int, ...]
    kind: str
    numbers: Callable[[], Array]

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def is_weight(self) -> bool:
        """Whether its numbers can be weights; others count batches, or are positions."""
        return self.kind in PRECISIONS


Tensors = Mapping[str, Tensor]


def least_exact(tensors: Iterable[Tensor]) -> Precision:
    """It decides how near to the framework's numbers ours can be."""
    kinds = {tensor.kind for tensor in tensors}
    return next(precision for kind, precision in PRECISIONS.items() if kind in kinds)


def widened(raw: Array, kind: str) -> Array:
    """Numbers as they lie in a file, as those that the engine takes. Exact."""
    if kind == "bfloat16":
        bits = raw.astype(np.uint32)
        bits <<= 16
        return bits.view(np.float32)
    if kind == "float16":
        with np.errstate(invalid="ignore"):  # NaN of some kinds counts as that
            return raw.astype(np.float32)
    return raw


def check_shape(shape: tuple[int, ...], where: str) -> None:
    """Raises ModelError where no array should be made of such a shape."""
    if len(shape) > limits.DIMENSIONS:
        raise ModelError(f"has {len(shape)} dimensions; at most {limits.DIMENSIONS} are read", where=where)
    if any(side < 0 for side in shape):
        raise ModelError(f"has the shape {shape}, with a side below 0", where=where)
    if max(shape, default=0) > limits.TENSOR_NUMBERS or math.prod(shape) > limits.TENSOR_NUMBERS:
        raise ModelError(f"has the shape {shape}; at most {limits.TENSOR_NUMBERS:,} numbers are read", where=where)
