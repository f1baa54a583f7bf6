"""Arrays in .npy and .npz files of strangers: never unpickled, sizes checked before memory is taken."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.weights.arena import Arena
from rnnviz.interop.zip_archive import ZipArchive

_SUFFIX = ".npy"
_HEADER_BYTES = 12 + 10_000
_MAGIC = b"\x93NUMPY"
_QUOTES = "'\""
_NO_ARRAY = "this is not an array as NumPy writes it"
# Whole numbers, real and complex ones; texts and objects are not read.
_DESCR = re.compile(r"""['"]([<>|=]?[biufc]\d{1,2})['"]""")
_ENTRIES = tuple(
    re.compile(rf"""['"]{key}['"]\s*:\s*{value}""")
    for key, value in (
        ("descr", r"""(['"][^'"]*['"]|\[)"""),
        ("fortran_order", "(True|False)"),
        ("shape", r"\(([^()]*)\)"),
    )
)


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
        headers = archive_headers(archive)
        if not headers:
            raise ModelError("there is no array in this file", os.fspath(path))
        _check_total(headers, most)
        return {name: npz_array(archive, name, header) for name, header in headers.items()}


def npz_headers(path: str | os.PathLike[str]) -> dict[str, Header]:
    """What the arrays of an .npz file say of themselves, by name, without reading them."""
    with ZipArchive(path) as archive:
        return archive_headers(archive)


def archive_headers(archive: ZipArchive) -> dict[str, Header]:
    """The same of a file that is open."""
    members = [name for name in archive.names if name.endswith(_SUFFIX)]
    if len(members) > limits.TENSORS:
        raise ModelError(f"there are {len(members):,} arrays; at most {limits.TENSORS:,} are read")
    return {member.removesuffix(_SUFFIX): _member_header(archive, member) for member in members}


def npz_array(archive: ZipArchive, name: str, header: Header, arena: Arena | None = None) -> NDArray[Any]:
    """One array of an .npz file, in memory from `arena`. Raises ModelError, naming it."""
    arena = arena or Arena(0)
    numbers = arena.array(header.dtype, header.count)
    archive.fill(numbers, name + _SUFFIX, arena, header.begin)
    return _shaped(numbers, header)


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
    return _header(archive.beginning(member, _HEADER_BYTES), size, member.removesuffix(_SUFFIX))


def _shaped(numbers: NDArray[Any], header: Header) -> NDArray[Any]:
    return numbers.reshape(header.shape, order="F" if header.is_column_major else "C")


def _header(data: bytes, size: int, where: str) -> Header:
    """The header at the beginning of `data`, of an array file of `size` bytes.

    It is the text of a Python dict, of which this reads the three entries that NumPy writes, and nothing else.
    """
    text, begin = _header_text(data, where)
    descr, order, shape = (found[1] if (found := entry.search(text)) else None for entry in _ENTRIES)
    if descr is None or order is None or shape is None:
        raise ModelError(f"{_NO_ARRAY}: descr, fortran_order or shape is missing", where=where)
    dtype, sides = _dtype(descr, where), _sides(shape, where)
    header = Header(sides, dtype, order == "True", begin)
    if header.count * dtype.itemsize != size - begin:
        takes = f"shape {sides} of {dtype} takes {header.count * dtype.itemsize:,} bytes"
        took = f"{takes}, and {size - begin:,} are there"
        raise ModelError(f"the array is larger or smaller than its record: {took}", where=where)
    if max(sides, default=0) > limits.TENSOR_NUMBERS:  # beside a side of 0
        raise ModelError(f"has shape {sides}; at most {limits.TENSOR_NUMBERS:,} numbers are read", where=where)
    return header


def _header_text(data: bytes, where: str) -> tuple[str, int]:
    """The text, and where the numbers begin: magic text, version, length of the text, the text."""
    if not data.startswith(_MAGIC) or len(data) < 12 or not 1 <= data[6] <= 3:
        raise ModelError(f"{_NO_ARRAY}: it does not begin as one", where=where)
    width = 2 if data[6] == 1 else 4
    begin = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    if begin > len(data):
        raise ModelError(f"{_NO_ARRAY}: its header would have {begin:,} bytes", where=where)
    return data[8 + width : begin].decode("latin1"), begin


def _dtype(descr: str, where: str) -> np.dtype[Any]:
    if descr.strip(_QUOTES + "<>|=").startswith("O"):
        raise ModelError(
            "holds objects, not numbers; object arrays are not read, since that would run code", where=where
        )
    found = _DESCR.fullmatch(descr)
    try:
        if found:
            return np.dtype(found[1])
    except TypeError:
        pass
    raise ModelError(f"holds {descr.strip(_QUOTES)[:40]!a}, not numbers", where=where)


def _sides(shape: str, where: str) -> tuple[int, ...]:
    sides = [side.strip().removesuffix("L") for side in shape.split(",") if side.strip()]
    if not all(side.isascii() and side.isdecimal() and len(side) < 20 for side in sides):
        raise ModelError(f"{_NO_ARRAY}: its shape is ({shape[:80]!a})", where=where)
    if len(sides) > limits.DIMENSIONS:
        raise ModelError(f"has {len(sides)} dimensions; at most {limits.DIMENSIONS} are read", where=where)
    return tuple(map(int, sides))
