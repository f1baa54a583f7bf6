"""PyTorch's files: a zip file of a pickle and its storages, or, before version 1.6, five pickles and the storages."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from rnnviz.engine.network import Embedding
from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Hints, Model
from rnnviz.interop.names import printable
from rnnviz.interop.torch.checkpoint import dicts_in, state_dict_of
from rnnviz.interop.torch.numpy_values import NUMPY
from rnnviz.interop.torch.pickle_machine import read_pickle
from rnnviz.interop.torch.storage import Storages
from rnnviz.interop.torch.tokens import tokens_among
from rnnviz.interop.torch.values import TORCH
from rnnviz.interop.weights.arena import Arena
from rnnviz.interop.weights.recognise import recognise
from rnnviz.interop.weights.tensor import Array
from rnnviz.interop.zip_archive import ZipArchive

FRAMEWORK = "PyTorch"
_NAMES = {**TORCH, **NUMPY}
_MAGIC = 0x1950A86A20F9469CFC6C
_OLD_PROTOCOL = 1001
_BEGINNINGS = (1024**2, limits.TEXT_BYTES)
_DATA = "data.pkl"
_PROGRAM = "this is a TorchScript program, which is not read; save model.state_dict() of the model behind it"


def read_torch(archive: ZipArchive, hints: Hints) -> Model:
    """A file of torch.save: data.pkl, data/KEY for each storage."""
    folder = _folder(archive)
    storages = Storages(
        partial(_check_record, archive, folder),
        partial(_fill_from_record, archive, folder),
        _is_little(archive, folder),
    )
    value, _ = read_pickle(archive.read(folder + _DATA), _NAMES, storages.of_zip)
    return _model(value, storages, hints)


def _model(value: object, storages: Storages, hints: Hints) -> Model:
    model = recognise(state_dict_of(value, storages, hints.get("weights")), hints, FRAMEWORK)
    tokens: tuple[str, ...] = ()
    if isinstance(first := model.network.layers[0], Embedding):
        tokens = tokens_among((entries for _, entries in dicts_in(value)), first.vocabulary)
    return replace(model, is_finite=storages.arena.is_finite, tokens=tokens)


def _folder(archive: ZipArchive) -> str:
    """What the names of all members begin with."""
    pickles = [name for name in archive.names if name == _DATA or name.endswith("/" + _DATA)]
    if len(pickles) != 1:
        raise ModelError(f"there are {len(pickles)} pickles called {_DATA} in it; PyTorch writes one")
    folder = pickles[0].removesuffix(_DATA)
    if folder + "constants.pkl" in archive or any(name.startswith(folder + "code/") for name in archive.names):
        raise ModelError(_PROGRAM)
    return folder


def _is_little(archive: ZipArchive, folder: str) -> bool:
    name = folder + "byteorder"
    order = archive.read(name, 16) if name in archive else b"little"
    if order not in (b"little", b"big"):
        raise ModelError("says neither little nor big", where=name)
    return order == b"little"


def _check_record(archive: ZipArchive, folder: str, key: str, size: int) -> None:
    name = f"{folder}data/{key}"
    if name not in archive:
        raise ModelError("this record of a storage is missing in the file", where=printable(name))
    if archive.size(name) < size:
        raise ModelError(f"has {archive.size(name):,} bytes; {size:,} are needed", where=printable(name))


def _fill_from_record(archive: ZipArchive, folder: str, key: str, array: Array, arena: Arena) -> None:
    archive.fill(array, f"{folder}data/{key}", arena)


def read_torch_old(path: Path, hints: Hints) -> Model:
    """A file of torch.save(..., _use_new_zipfile_serialization=False): magic number, protocol, the machine, the value
    with the storages by key, the keys; then for each key how many numbers it has (8 bytes), and the numbers."""
    size = path.stat().st_size
    if size > limits.FILE_BYTES:
        raise ModelError(f"{size:,} bytes; at most {limits.FILE_BYTES:,} are read")
    value, storages = _old(path, size)
    return _model(value, storages, hints)


def _old(path: Path, size: int) -> tuple[object, Storages]:
    """The pickles are short, and where they end is only known once they are read: more is read where they are not."""
    for most in _BEGINNINGS:
        with path.open("rb") as file:
            data = file.read(most)
        try:
            return _old_value(path, data, size)
        except ModelError:
            if len(data) < most or most == _BEGINNINGS[-1]:
                raise
    raise AssertionError


def _old_value(path: Path, data: bytes, size: int) -> tuple[object, Storages]:
    begin = _after_head(data)
    machine, begin = read_pickle(data, {}, None, begin)
    is_little = not (isinstance(machine, dict) and machine.get("little_endian") is False)
    places: dict[str, int] = {}
    storages = Storages(lambda key, size: None, partial(_fill_from_place, path, places), is_little)
    value, begin = read_pickle(data, _NAMES, storages.of_old, begin)
    keys, begin = read_pickle(data, {}, None, begin)
    places |= _places(path, size, keys, storages, begin)
    return value, storages


def _after_head(data: bytes) -> int:
    magic, begin = read_pickle(data, _NAMES)
    if magic != _MAGIC:
        raise ModelError("this is a pickle, but not one of PyTorch; save model.state_dict() by torch.save")
    protocol, begin = read_pickle(data, {}, None, begin)
    if protocol != _OLD_PROTOCOL:
        raise ModelError(f"it is of protocol {protocol if type(protocol) is int else '?'}; {_OLD_PROTOCOL} is read")
    return begin


def _places(path: Path, size: int, keys: object, storages: Storages, begin: int) -> dict[str, int]:
    """Key -> the byte at which the numbers of its storage begin; all are seen to lie inside of the file."""
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ModelError("its list of storages is not written as PyTorch writes it")
    places: dict[str, int] = {}
    with path.open("rb") as file:
        for key in keys:
            where = f"storage {printable(key)}"
            if key not in storages.found or key in places:
                raise ModelError("is no storage that a tensor needs, or comes twice", where=where)
            storage = storages.found[key]
            file.seek(begin)
            count = int.from_bytes(file.read(8), "little" if storages.is_little else "big")
            if count * storage.itemsize != storage.size:
                raise ModelError(f"has {count:,} numbers, where tensors need {storage.size:,} bytes", where=where)
            if begin + 8 + storage.size > size:
                raise ModelError("the file ends within it", where=where)
            places[key] = begin + 8
            begin += 8 + storage.size
    missing = next((key for key in storages.found if key not in places), None)
    if missing is not None:
        raise ModelError("is missing in the file", where=f"storage {printable(missing)}")
    return places


def _fill_from_place(path: Path, places: dict[str, int], key: str, array: Array, arena: Arena) -> None:
    with path.open("rb", buffering=0) as file:
        file.seek(places[key])
        if not arena.fill(array, file):
            raise ModelError("the file ends within it", where=f"storage {printable(key)}")
