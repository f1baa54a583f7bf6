"""Which format a file has, told by its content and not by its name, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Hints, Model
from rnnviz.interop.zip_archive import ZipArchive


@dataclass(frozen=True)
class Format:
    """
    title : what people call it
    suffixes : how such files are usually called, for file dialogs
    reader : "module:function" of rnnviz.interop; the function takes a path, or a zip file that is open, and hints,
        and returns a `Model`
    """

    title: str
    suffixes: tuple[str, ...]
    reader: str

    def read(self, source: Path | ZipArchive, hints: Hints) -> Model:
        """Raises ModelError; UndecidedError where the file does not say enough."""
        module, _, function = self.reader.partition(":")
        read: Callable[[Path | ZipArchive, Hints], Model] = getattr(import_module(f"rnnviz.interop.{module}"), function)
        return read(source, hints)


TORCH = Format("PyTorch", (".pt", ".pth", ".tar", ".ckpt", ".bin"), "torch.read_torch:read_torch")
TORCH_OLD = Format("PyTorch, before 1.6", (".pt", ".pth"), "torch.read_torch:read_torch_old")
SAFETENSORS = Format("safetensors", (".safetensors",), "weights.read_safetensors:read_safetensors")
NPZ = Format("NumPy", (".npz",), "weights.read_npz:read_weights_npz")
KERAS = Format("Keras", (".keras",), "keras.read_keras:read_keras")
HDF5 = Format("Keras, HDF5", (".h5", ".hdf5"), "keras.read_keras:read_keras_h5")
ONNX = Format("ONNX", (".onnx",), "onnx.read_onnx:read_onnx")

FORMATS = (TORCH, TORCH_OLD, SAFETENSORS, NPZ, KERAS, HDF5, ONNX)
SUFFIXES = tuple(dict.fromkeys(suffix for format_ in FORMATS for suffix in format_.suffixes))

_READ = "read are PyTorch state dicts, safetensors, .keras, .h5, .onnx and .npz"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_MARKUP = (b"<!", b"<?xml", b"<html", b"<head", b"<body")  # and not b"<unk>", with which a vocabulary begins
_IR_VERSION = 0x08  # the first field of an ONNX file, a small whole number
_TEXT = b"<{[#\"'\n\r\t "


def format_of(path: Path) -> Format:
    """The format of a file. Raises ModelError where it is none of those that are read, OSError where it is no file."""
    with _opened(path) as (format_, _):
        return format_


@contextmanager
def opened(path: Path) -> Iterator[Callable[[Hints], Model]]:
    """What reads a file with hints, as often as it is asked; a zip file stays open meanwhile. Raises as `format_of`."""
    with _opened(path) as (format_, source):
        yield partial(format_.read, source)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Format, Path | ZipArchive]]:
    """The format, and what its reader takes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(512)
    if not head.startswith(b"PK"):
        yield _of_head(head, size), path
        return
    with ZipArchive(path) as archive:
        yield _of_zip(archive.names), archive


def _of_head(head: bytes, size: int) -> Format:
    if not head:
        raise ModelError("the file is empty; save the model again")
    if head.startswith(_HDF5):
        return HDF5
    if size > 8 and head[8:9] == b"{":
        return SAFETENSORS
    if head[:1] == b"\x80" and b"" < head[1:2] <= b"\x05":
        return TORCH_OLD
    if head[257:262] == b"ustar":
        raise ModelError("this is a tar file, as PyTorch wrote them before 0.2; load it and save it with a newer one")
    if head.lstrip().lower().startswith(_MARKUP):
        raise ModelError(f"this is a web page, not a model: the download went wrong; {_READ}")
    if head[0] == _IR_VERSION and head[:1] not in _TEXT:
        return ONNX
    raise ModelError(f"this is no model that can be read; {_READ}")


def _of_zip(names: tuple[str, ...]) -> Format:
    if "config.json" in names:
        return KERAS
    if any(name == "data.pkl" or name.endswith("/data.pkl") for name in names):
        return TORCH
    if any(name.endswith(".npy") for name in names):
        return NPZ
    raise ModelError(f"this zip file holds no model: neither data.pkl nor config.json nor arrays; {_READ}")
