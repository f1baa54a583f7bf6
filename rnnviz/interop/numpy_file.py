"""Arrays in .npy and .npz files of strangers: never unpickled, sizes checked before memory is taken."""

from __future__ import annotations

import io
import math
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.zip_archive import ZipArchive

_HEADER_BYTES = 12 + 10_000
_KINDS = "biufc"  # whole numbers, real and complex ones; texts and objects are not read


@dataclass(frozen=True)
class Header:
    """What an array says of itself; `begin` is the byte of the file at which its numbers begin."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_column_major: bool
    begin: int

    @property
    def count(self) -> int:
        return math.prod(self.shape)


def read_npz(path: str | os.PathLike[str], most: int = limits.TENSOR_NUMBERS) -> dict[str, NDArray[Any]]:
    """Every array of an .npz file by its name. Raises ModelError, naming the array."""
    with ZipArchive(path) as archive:
        names = {name.removesuffix(".npy"): name for name in archive.names if name.endswith(".npy")}
        if not names:
            raise ModelError("there is no array in this file", os.fspath(path))
        headers = {name: _member_header(archive, member) for name, member in names.items()}
        _check_total(headers, most)
        return {name: _member_array(archive, names[name], header) for name, header in headers.items()}


def npz_headers(path: str | os.PathLike[str]) -> Mapping[str, Header]:
    """What the arrays of an .npz file say of themselves, without reading them."""
    with ZipArchive(path) as archive:
        return {
            name.removesuffix(".npy"): _member_header(archive, name) for name in archive.names if name.endswith(".npy")
        }


def read_npz_array(path: str | os.PathLike[str], name: str) -> NDArray[Any]:
    """One array of an .npz file. Raises ModelError, naming it."""
    with ZipArchive(path) as archive:
        return _member_array(archive, f"{name}.npy", _member_header(archive, f"{name}.npy"))


def read_npy(path: str | os.PathLike[str], most: int = limits.TENSOR_NUMBERS) -> NDArray[Any]:
    """The array of an .npy file. Raises ModelError."""
    with Path(path).open("rb") as file:
        header = _header(file.read(_HEADER_BYTES), Path(path).stat().st_size, "")
        _check_total({"": header}, most)
        file.seek(header.begin)
        return _shaped(np.fromfile(file, header.dtype, header.count), header)


def _check_total(headers: Mapping[str, Header], most: int) -> None:
    total = 0
    for name, header in headers.items():
        total += header.count
        if total > most:
            raise ModelError(f"with this array there are {total:,} numbers; at most {most:,} are read", where=name)


def _member_header(archive: ZipArchive, member: str) -> Header:
    size = archive.size(member)
    return _header(archive.beginning(member, _HEADER_BYTES), size, member.removesuffix(".npy"))


def _member_array(archive: ZipArchive, member: str, header: Header) -> NDArray[Any]:
    return _shaped(archive.array(member, header.dtype, header.begin, header.count), header)


def _shaped(numbers: NDArray[Any], header: Header) -> NDArray[Any]:
    return numbers.reshape(header.shape, order="F" if header.is_column_major else "C")


def _header(data: bytes, size: int, where: str) -> Header:
    """The header at the beginning of `data`, of an array file of `size` bytes."""
    stream = io.BytesIO(data)
    try:
        with warnings.catch_warnings(action="ignore"):
            version = npy.read_magic(stream)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, is_column_major, dtype = read(stream)
    except (ValueError, SyntaxError, TypeError, EOFError, RecursionError, MemoryError, OverflowError) as error:
        raise ModelError(f"this is not an array as NumPy writes it: {error}", where=where) from None
    if dtype.hasobject:
        raise ModelError(
            "holds objects, not numbers; object arrays are not read, since that would run code", where=where
        )
    if dtype.kind not in _KINDS or dtype.subdtype is not None:
        raise ModelError(f"holds {dtype}, not numbers", where=where)
    if len(shape) > limits.DIMENSIONS or any(side < 0 for side in shape):
        raise ModelError(f"has {len(shape)} dimensions; at most {limits.DIMENSIONS} are read", where=where)
    header = Header(tuple(shape), dtype, is_column_major, stream.tell())
    if header.count * dtype.itemsize != size - header.begin:
        takes = f"shape {shape} of {dtype} takes {header.count * dtype.itemsize:,} bytes"
        took = f"{takes}, and {size - header.begin:,} are there"
        raise ModelError(f"the array is larger or smaller than its record: {took}", where=where)
    return header
