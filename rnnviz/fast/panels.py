"""Vectors and panels: in which order the numbers of a matrix lie for a compiled product.

A matrix is cut into panels of rows, four vectors high and, for what is left, one vector high; a panel lies column after
column, so that a product reads it from the first number to the last.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

VECTOR_BYTES = 64
HIGH = 4


def whole(size: int, lanes: int) -> int:
    """The numbers that `size` take when filled up to whole vectors."""
    return -(-size // lanes) * lanes


def filled(array: NDArray[Any], lanes: int, nothing: float = 0.0) -> NDArray[Any]:
    """The array with rows of `nothing` added, up to whole vectors."""
    rows: NDArray[Any] = np.full((whole(len(array), lanes), *array.shape[1:]), nothing, array.dtype)
    rows[: len(array)] = array
    return rows


def packed(matrix: NDArray[Any], lanes: int) -> NDArray[Any]:
    """The panels of a matrix, one after the other; its rows are whole vectors."""
    tall = len(matrix) - len(matrix) % (HIGH * lanes)
    heights = [HIGH * lanes] * (tall // (HIGH * lanes)) + [lanes] * ((len(matrix) - tall) // lanes)
    ends = np.cumsum(heights, dtype=np.intp)
    panels = [matrix[end - height : end].T.ravel() for end, height in zip(ends, heights, strict=True)]
    return np.concatenate(panels) if panels else np.zeros(0, matrix.dtype)


def aligned(size: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Room for `size` numbers that begins at a whole vector; zero."""
    spare = VECTOR_BYTES // dtype.itemsize
    return from_whole_vector(np.zeros(size + spare, dtype), size)


def from_whole_vector(memory: NDArray[Any], size: int) -> NDArray[Any]:
    """`size` numbers of some memory, of which there is a vector more, from the first whole vector on."""
    address = memory.__array_interface__["data"][0]  # of the ways to ask for it, the quick one
    first = -(address // memory.itemsize) % (VECTOR_BYTES // memory.itemsize)
    return memory[first : first + size]
