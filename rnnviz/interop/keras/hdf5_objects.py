"""What is in an HDF5 file, object by object, each checked before it is looked into. For `hdf5_child`.

Hard links, groups, and arrays of floating-point numbers in the file itself, plain or in gzip: what Keras writes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5s, h5t, h5z
from numpy.typing import NDArray

from rnnviz.interop import limits

NAME_BYTES = 1_000
CHUNKS = 100_000
OBJECTS = 2_000
SMALL_CHUNK_BYTES = 1024**2

# What Keras keeps of its optimiser is not looked at.
LEFT_OUT = ("optimizer", "optimizer_weights")
TEXTS = ("model_config", "keras_version", "backend", "layer_names", "weight_names", "name", "dtype")
NUMBERED = ("layer_names", "weight_names")  # long lists are in parts: weight_names0, weight_names1, ...


class RefusedError(Exception):
    """`said` of the object at `where`."""

    def __init__(self, said: str, where: str = "") -> None:
        self.said, self.where = said, where
        super().__init__(said)


def listing(file: Any, size: int) -> dict[str, Any]:
    """Groups, arrays and texts of a file of `size` bytes by their paths. Raises RefusedError."""
    return _Listing(file, size).told()


def numbers_of(file: Any, path: str) -> NDArray[np.uint8]:
    """The bytes of an array. Raises RefusedError."""
    dataset = h5o.open(file.id, path.encode())
    shape, dtype = _checked(dataset, path)
    numbers: NDArray[Any] = np.empty(shape, dtype)
    if numbers.size:
        dataset.read(h5s.ALL, h5s.ALL, numbers, mtype=h5t.py_create(dtype) if dtype.kind == "f" else dataset.get_type())
    return numbers.reshape(-1).view(np.uint8)


class _Listing:
    """Groups, arrays and texts of a file by their paths, each checked before it is looked into."""

    def __init__(self, file: Any, size: int) -> None:
        self._file = file
        self._size = size
        self._stored = 0
        self._unpacked = 0
        self._text = 0
        self._seen: set[int] = set()
        self.groups: list[str] = []
        self.arrays: dict[str, tuple[list[int], str]] = {}
        self.texts: dict[str, dict[str, list[str]]] = {}

    def told(self) -> dict[str, Any]:
        self._group(h5g.open(self._file.id, b"/"), "", 0)
        return {"groups": self.groups, "arrays": self.arrays, "texts": self.texts}

    def _group(self, group: Any, path: str, depth: int) -> None:
        if depth > limits.DEPTH:
            raise RefusedError(f"groups lie more than {limits.DEPTH} deep in each other", path)
        self._note(group, path)
        self.groups.append(path)
        self._texts(group, path)
        for name, kind in self._links(group, path):
            if not path and name in LEFT_OUT:
                continue
            where = f"{path}/{name}" if path else name
            if kind != h5l.TYPE_HARD:
                raise RefusedError("this is a link to another place or file, which is not followed", where)
            member = h5o.open(group, name.encode())
            match member:
                case h5g.GroupID():
                    self._group(member, where, depth + 1)
                case h5d.DatasetID():
                    self._array(member, where)
                case _:
                    raise RefusedError("this is neither a group nor an array", where)

    def _links(self, group: Any, path: str) -> list[tuple[str, int]]:
        found: list[tuple[bytes, int]] = []

        def note(name: bytes, info: Any) -> bool | None:
            found.append((name, info.type))
            return True if len(found) > OBJECTS else None

        group.links.iterate(note, info=True)
        if len(found) + len(self._seen) > OBJECTS:
            raise RefusedError(f"there are more than {OBJECTS:,} groups and arrays", path)
        return [(_name(name, path), kind) for name, kind in found]

    def _note(self, member: Any, path: str) -> None:
        """Each object once: what is there twice may also be in itself."""
        address = h5o.get_info(member).addr
        if address in self._seen:
            raise RefusedError("this is the same as another group or array of the file", path)
        self._seen.add(address)

    def _array(self, dataset: Any, path: str) -> None:
        self._note(dataset, path)
        shape, dtype = _checked(dataset, path)
        if dtype.kind in "iu":
            return  # counters, and seeds of random numbers
        self._texts(dataset, path)
        if dtype.kind == "V" and self.texts.get(path, {}).get("dtype") != ["bfloat16"]:
            raise RefusedError("holds no numbers", path)
        self._stored += dataset.get_storage_size()
        if self._stored > self._size:
            raise RefusedError(f"arrays take more than the {self._size:,} bytes of the file: they overlap", path)
        self._unpacked += math.prod(shape) * dtype.itemsize
        if self._unpacked > max(limits.ALWAYS_UNPACKED, self._size * limits.USUAL_RATIO):
            unpacked = f"{self._size:,} bytes of the file would unpack to {self._unpacked:,} or more"
            raise RefusedError(f"{unpacked}, which no model does", path)
        self.arrays[path] = (list(shape), "bfloat16" if dtype.kind == "V" else dtype.str)

    def _texts(self, member: Any, path: str) -> None:
        texts = {name: text for name, text in self._known_texts(member, path) if text is not None}
        if texts:
            self.texts[path] = texts

    def _known_texts(self, member: Any, path: str) -> Iterator[tuple[str, list[str] | None]]:
        if h5a.get_num_attrs(member) == 0:
            return
        for name in TEXTS:
            yield name, self._text_of(member, path, name)
        for name in NUMBERED:
            part = 0
            while (text := self._text_of(member, path, f"{name}{part}")) is not None:
                yield f"{name}{part}", text
                part += 1

    def _text_of(self, member: Any, path: str, name: str) -> list[str] | None:
        if not h5a.exists(member, name.encode()):
            return None
        attribute = h5a.open(member, name.encode())
        where = f"{path}, attribute {name}" if path else f"attribute {name}"
        shape = attribute.shape
        if shape is None or len(shape) > 1 or math.prod(shape) > limits.TENSORS:
            raise RefusedError("is not a text, nor a list of texts", where)
        if math.prod(shape) == 0:
            return []
        kind = attribute.get_type()
        if kind.get_class() != h5t.STRING:
            raise RefusedError("is not a text, nor a list of texts", where)
        if math.prod(shape) * kind.get_size() > limits.TEXT_BYTES:
            raise RefusedError("the text is too long", where)
        values = np.empty(shape, attribute.dtype)
        attribute.read(values)
        return [self._counted(text, where) for text in values.ravel().tolist()]

    def _counted(self, text: bytes | str, where: str) -> str:
        text = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        self._text += len(text)
        if self._text > limits.TEXT_BYTES:
            raise RefusedError("the text is too long", where)
        try:
            return text.decode()
        except UnicodeDecodeError:
            raise RefusedError("is not a text in UTF-8", where) from None


def _name(name: bytes, path: str) -> str:
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raise RefusedError("holds a name that is not UTF-8", path) from None
    if not text or len(name) > NAME_BYTES or "\0" in text:
        raise RefusedError(f"holds a name of {len(name):,} bytes", path)
    return text


def _checked(dataset: Any, path: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array. Nothing of its numbers has been read by then."""
    kind = dataset.get_type()
    if kind.get_class() not in (h5t.FLOAT, h5t.INTEGER, h5t.OPAQUE):
        raise RefusedError("holds texts, objects or references, not numbers", path)
    shape, dtype = dataset.shape, kind.dtype
    is_number = dtype.kind in "fiu" and dtype.itemsize <= 8
    if shape is None or not (is_number or dtype.str == "|V2"):
        raise RefusedError("holds no numbers", path)
    if len(shape) > limits.DIMENSIONS:
        raise RefusedError(f"has {len(shape)} dimensions; at most {limits.DIMENSIONS} are read", path)
    count = math.prod(shape)
    if count > limits.PARAMETERS:
        raise RefusedError(f"has shape {shape}, {count:,} numbers; at most {limits.PARAMETERS:,} are read", path)
    _check_storage(dataset, count * kind.get_size(), path)
    return shape, dtype.newbyteorder("<")


def _check_storage(dataset: Any, size: int, path: str) -> None:
    settings = dataset.get_create_plist()
    layout = settings.get_layout()
    if settings.get_external_count():
        raise RefusedError("its numbers are in another file, which is not opened", path)
    if layout not in (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED):
        raise RefusedError("its numbers are put together from other arrays, which is not read", path)
    filters = [settings.get_filter(index)[0] for index in range(settings.get_nfilters())]
    if any(code not in (h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE) for code in filters):
        raise RefusedError("is packed in a way that is not read; gzip is", path)
    if layout == h5d.CHUNKED:
        _check_chunks(dataset, settings, size, path)
    elif dataset.get_storage_size() != size:
        raise RefusedError(f"should have {size:,} bytes, and {dataset.get_storage_size():,} are in the file", path)


def _check_chunks(dataset: Any, settings: Any, size: int, path: str) -> None:
    sides = settings.get_chunk()
    chunk = math.prod(sides) * dataset.get_type().get_size()
    if chunk > max(2 * size, SMALL_CHUNK_BYTES):
        raise RefusedError(f"is in chunks of {chunk:,} bytes, which is more than the array has", path)
    if math.prod(-(-side // part) for side, part in zip(dataset.shape, sides, strict=True)) > CHUNKS:
        raise RefusedError(f"is in more than {CHUNKS:,} chunks", path)
    if size > dataset.get_storage_size() * limits.DEFLATE_RATIO:
        raise RefusedError(f"{dataset.get_storage_size():,} bytes cannot unpack to {size:,}", path)
