"""The bytes of a file, and bytes to text: UTF-8 and UTF-16 by their marks, other encodings only when they are named."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from rnnviz.interop.data import limits
from rnnviz.interop.data.errors import DataError

# What a file can be said to be written in; "" is to look.
ENCODINGS = {"": "", "utf-8": "utf-8", "utf-16": "utf-16", "latin-1": "cp1252"}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def beginning(path: str | os.PathLike[str]) -> bytes:
    """The first bytes of a file, which say what it is."""
    return _read(path, 64)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """All bytes of a file that is not too large."""
    data = _read(path, limits.FILE_BYTES + 1)
    if len(data) > limits.FILE_BYTES:
        raise DataError(f"is larger than {limits.FILE_BYTES // 1024**2} MB; give a part of it", os.fspath(path))
    return data


def _read(path: str | os.PathLike[str], most: int) -> bytes:
    name = os.fspath(path)
    try:
        if Path(name).is_dir():
            raise DataError("is a folder; give a file", name)
        with Path(name).open("rb") as file:
            return file.read(most)
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        if isinstance(error, DataError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot be read: {reason}", name) from None


def decoded(data: bytes, encoding: str = "") -> str:
    """The text in these bytes. Raises DataError with the line that is not text in this encoding."""
    if encoding not in ENCODINGS:
        raise DataError(f"there is no encoding {encoding!r} here; take {', '.join(filter(None, ENCODINGS))}")
    if len(data) > limits.TEXT_BYTES:
        raise DataError(f"more than {limits.TEXT_BYTES // 1024**2} MB of text; give a part of it")
    name = ENCODINGS[encoding]
    for mark, marked in _MARKS:
        if data.startswith(mark) and name in ("", "utf-16" if "16" in marked else marked):
            data, name = data[len(mark) :], marked
    try:
        text = data.decode(name or "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(_not_text(data, error, name or "utf-8"), where="encoding") from None
    nowhere = text.find("\0")
    if nowhere >= 0:
        line = text.count("\n", 0, nowhere) + 1
        raise DataError(f"line {line:,} has a null character: this is not text", where="encoding")
    return text


def _not_text(data: bytes, error: UnicodeDecodeError, name: str) -> str:
    line = data.count(b"\n", 0, error.start) + 1
    if name.startswith("utf-8"):
        found = f"byte 0x{data[error.start]:02X} in line {line:,} is not UTF-8"
        return f"{found}; save the file as UTF-8, or, if it comes from an older program, choose the encoding latin-1"
    return f"line {line:,} is not {name}; choose another encoding"
