"""Arrays of numbers from .npy and .npz, read by `rnnviz.interop.numpy_file`: sizes first, nothing is unpickled."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.interop.data import limits
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.wording import listed, printable
from rnnviz.interop.errors import ModelError
from rnnviz.interop.numpy_file import npz_headers, read_npy, read_npz

AXES = 4
ALONE = "array"
# What arrays of inputs are called in small letters, the likeliest first.
INPUTS = ("x", "inputs", "input", "x_train", "data", "images", "x_test", ALONE)


@dataclass(frozen=True, eq=False)
class Arrays:
    """The arrays of a file by name; one in a file of its own is called "array"."""

    name: str
    arrays: Mapping[str, NDArray[Any]]

    @property
    def sentence(self) -> str:
        shapes = [f"{name} {written(array.shape)}" for name, array in self.arrays.items()]
        what = "One array" if len(shapes) == 1 else counted(len(shapes), "array")
        return f"{what}: {listed(shapes, 8)}."


def written(shape: tuple[int, ...]) -> str:
    """ "1,000 × 28 × 28" """
    return " × ".join(f"{size:,}" for size in shape) or "a single number"


def read_arrays(path: str | os.PathLike[str], name: str, *, is_archive: bool) -> Arrays:
    """Every array of a file. Raises DataError, naming the array."""
    try:
        if is_archive and len(npz_headers(path)) > limits.ARRAYS:
            raise DataError(f"more than {limits.ARRAYS} arrays", name)
        found = read_npz(path, limits.ARRAY_NUMBERS) if is_archive else {ALONE: read_npy(path, limits.ARRAY_NUMBERS)}
    except ModelError as error:
        raise DataError(error.message, name, printable(error.where[:60])) from None
    for title, array in found.items():
        _check(array, name, title)
    return Arrays(name, found)


def _check(array: NDArray[Any], name: str, title: str) -> None:
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise DataError(f"holds {array.dtype}; whole and real numbers are read", name, title)
    if not array.size:
        raise DataError(f"has shape {written(array.shape)}: there is nothing in it", name, title)
    if array.ndim > AXES:
        raise DataError(f"has {array.ndim} axes; steps, sequences and features are three", name, title)
    array.flags.writeable = False
