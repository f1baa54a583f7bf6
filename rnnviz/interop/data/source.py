"""What is in a file or a pasted text, before anything is decided: a table, arrays, a text, a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rnnviz.engine.digits import counted
from rnnviz.interop.data.arrays import INPUTS, Arrays, read_arrays
from rnnviz.interop.data.bytes import beginning, decoded, read_bytes
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.pictures import Picture, read_png
from rnnviz.interop.data.table import Table, reading_table
from rnnviz.interop.errors import ModelError
from rnnviz.interop.numpy_file import npz_headers

SUFFIXES = (".csv", ".tsv", ".npy", ".npz", ".txt", ".png")


@dataclass(frozen=True)
class PlainText:
    """A text that is no table."""

    name: str
    text: str

    @property
    def sentence(self) -> str:
        return f"A text of {counted(len(self.text.splitlines()), 'line')}, {counted(len(self.text), 'character')}."


_PNG, _NPY, _ZIP = b"\x89PNG", b"\x93NUMPY", b"PK\x03\x04"
_TEXTS = (".txt", ".text", ".md")
_OTHERS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"<!DOCTYPE html", "a web page: the download went wrong"),
)

Source = Table | Arrays | Picture | PlainText


@dataclass(frozen=True, kw_only=True)
class Format:
    """What a person says about how a file is written; what is left empty is looked at.

    separator : of cells, one of `rnnviz.interop.data.dialect.SEPARATORS`
    header : the first row names the columns
    """

    encoding: str = ""
    separator: str = ""
    header: bool | None = None


def open_source(path: str | os.PathLike[str], how: Format = Format()) -> Source:
    """What is in a file. Raises DataError."""
    return _last(reading(path, how))


def open_text(text: str, name: str = "pasted table", how: Format = Format()) -> Source:
    """What is in a text, such as a table from a spreadsheet. Raises DataError."""
    return _last(reading_table(text, name, how.separator, how.header))


def reading(path: str | os.PathLike[str], how: Format = Format()) -> Iterator[float | Source]:
    """The share of the work that is done, again and again, and last the source. A generator for a worker process."""
    name, suffix = Path(path).name, Path(path).suffix.lower()
    yield 0.0
    try:
        head = beginning(path)
        if head.startswith((_NPY, _ZIP)):
            yield read_arrays(path, name, is_archive=head.startswith(_ZIP))
            return
        data = read_bytes(path)
        if head.startswith(_PNG):
            yield read_png(data, name)
            return
        _refuse_others(head, suffix)
        text = decoded(data, how.encoding)
        if suffix in _TEXTS:
            yield PlainText(name, _not_empty(text))
        else:
            yield from reading_table(text, name, how.separator, how.header)
    except DataError as error:
        raise error.of(name) from None
    except MemoryError:
        raise DataError("there is not enough memory for this; give a part of it", name) from None


def is_data(path: str) -> bool:
    """A file that holds data, by the end of its name; of archives of arrays, which may be the weights of a network, one
    with arrays that are called as data are."""
    suffix = Path(path).suffix.lower()
    if suffix != ".npz":
        return suffix in SUFFIXES
    try:
        names = {name.lower() for name in npz_headers(path)}
    except (ModelError, OSError, ValueError):
        return False
    return not names.isdisjoint(INPUTS)


def _refuse_others(head: bytes, suffix: str) -> None:
    """Files that are known to be something else are told by name; all others have a chance to be text."""
    if suffix in (".npy", ".npz", ".png"):
        raise DataError(f"does not begin as a {suffix} file does; it is damaged, or something else")
    for mark, what in _OTHERS:
        if head.startswith(mark):
            raise DataError(f"is {what}; tables (.csv, .tsv), arrays (.npy, .npz), texts (.txt) and PNG are read")


def _not_empty(text: str) -> str:
    if not text.strip():
        raise DataError("there is no text in it")
    return text


def _last(results: Iterator[float | Source]) -> Source:
    *_, last = results
    assert not isinstance(last, float), "the last thing that comes is the source"
    return last
