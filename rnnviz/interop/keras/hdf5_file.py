"""An HDF5 file of a stranger: looked into by a process of its own, which may be lost, and checked again here."""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.names import printable
from rnnviz.interop.weights.tensor import DTYPES, Tensor, widened

PATIENCE_S = 30.0  # of a busy machine; the process itself has a few seconds of work
BYTES_PER_S = 20e6
INSTALL = 'files that Keras saves are HDF5, which h5py reads; install it with: pip install "rnnviz[keras]"'

_LENGTH = struct.Struct("<Q")
_START = (
    "import sys; sys.path[:] = sys.argv[2:]; from rnnviz.interop.keras.hdf5_child import main; main(int(sys.argv[1]))"
)
# No plug-ins for filters are loaded, and the file is not locked for others.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::", "HDF5_USE_FILE_LOCKING": "FALSE"}
_KINDS = {"<f2": "float16", "<f4": "float32", "<f8": "float64", "bfloat16": "bfloat16"}


@dataclass(frozen=True, eq=False)
class Contents:
    """
    groups : paths, such as "layers/lstm/cell/vars"; the file as a whole is ""
    arrays : path -> what is there, whose numbers are sent while the file is open; whole numbers are not among them
    texts : path -> attribute -> its text, or texts
    """

    groups: tuple[str, ...]
    arrays: Mapping[str, Tensor]
    texts: Mapping[str, Mapping[str, tuple[str, ...]]]

    def text(self, path: str, name: str) -> str:
        """The text of an attribute, "" where there is none."""
        return next(iter(self.texts.get(path, {}).get(name, ())), "")

    def in_memory(self) -> Contents:
        """The same with all numbers read, so that the file can be closed."""
        return replace(self, arrays={path: _known(tensor, tensor.numbers()) for path, tensor in self.arrays.items()})

    def list_of_texts(self, path: str, name: str) -> tuple[str, ...] | None:
        """An attribute that is a list, also one that was too long for one; None where there is none."""
        texts = self.texts.get(path, {})
        if name in texts:
            return texts[name]
        parts: list[tuple[str, ...]] = []
        while (part := f"{name}{len(parts)}") in texts:
            parts.append(texts[part])
        return tuple(text for part in parts for text in part) if parts else None


class Hdf5File:
    """The HDF5 file that `file` is opened on. Use it in a `with` statement.

    Raises ModelError, in one line, for whatever is wrong: also where the process dies, hangs, or takes too much memory.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        descriptor = file.fileno()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-S",
                "-c",
                _START,
                str(descriptor),
                *(path or str(Path.cwd()) for path in sys.path),
            ],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(descriptor,),
            env={**os.environ, **_ENVIRONMENT},
        )
        self._deadline = time.monotonic() + PATIENCE_S
        try:
            if "missing" in self._answer():
                raise ModelError(INSTALL)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """The process ends with its last command, or now."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.kill()
        self._process.wait()

    def contents(self) -> Contents:
        """What is in the file, as it is now."""
        self._ask({"open": True}, 0)
        answer = self._answer()
        arrays = {path: self._tensor(path, entry) for path, entry in _dict(answer.get("arrays")).items()}
        for path in _texts(answer.get("sent")):
            tensor = arrays.get(path)
            if tensor is None:
                raise _broken()
            arrays[path] = _known(tensor, self._received(path, tensor.shape, tensor.kind))
        texts = {
            path: {name: _texts(text) for name, text in _dict(named).items()}
            for path, named in _dict(answer.get("texts")).items()
        }
        return Contents(_texts(answer.get("groups")), MappingProxyType(arrays), MappingProxyType(texts))

    def _tensor(self, path: str, entry: object) -> Tensor:
        shape, dtype = _list(entry)
        sides = tuple(side for side in _list(shape) if isinstance(side, int) and side >= 0)
        if len(sides) != len(shape) or len(sides) > limits.DIMENSIONS or dtype not in _KINDS:
            raise _broken()
        return Tensor(sides, _KINDS[dtype], partial(self._numbers, path, sides, _KINDS[dtype]))

    def _numbers(self, path: str, shape: tuple[int, ...], kind: str) -> NDArray[Any]:
        size = math.prod(shape) * DTYPES[kind].itemsize
        self._ask({"read": path, "bytes": size}, size)
        if _texts(self._answer().get("sent")) != (path,):
            raise _broken()
        return self._received(path, shape, kind)

    def _received(self, path: str, shape: tuple[int, ...], kind: str) -> NDArray[Any]:
        """Numbers as they come, in their final place. Raises ModelError where they are too many."""
        if math.prod(shape) > limits.PARAMETERS:
            raise ModelError(f"{math.prod(shape):,} numbers; at most {limits.PARAMETERS:,} are read", where=path)
        numbers: NDArray[Any] = np.empty(shape, DTYPES[kind])
        self._receive(memoryview(numbers.reshape(-1).view(np.uint8)))  # type: ignore[arg-type]
        return widened(numbers, kind)

    def _ask(self, command: dict[str, Any], size: int) -> None:
        self._deadline = time.monotonic() + PATIENCE_S + size / BYTES_PER_S
        assert self._process.stdin is not None  # it is a pipe
        try:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
        except OSError:
            raise self._died() from None

    def _answer(self) -> dict[str, Any]:
        """Raises ModelError where the answer is that something is wrong."""
        data = bytearray(_LENGTH.size)
        self._receive(memoryview(data))
        size = int(_LENGTH.unpack(data)[0])
        if size > 4 * limits.TEXT_BYTES:
            raise _broken()
        data = bytearray(size)
        self._receive(memoryview(data))
        try:
            answer = _dict(json.loads(data))
        except (ValueError, RecursionError):
            raise _broken() from None
        if "error" in answer:
            raise ModelError(_text(answer["error"])[:400], where=printable(_text(answer.get("where", ""))))
        return answer

    def _receive(self, view: memoryview) -> None:
        """Fill `view`, or raise ModelError when the process has died or the time is over."""
        stream: Any = self._process.stdout
        while view:
            if not select.select([stream], [], [], max(0.0, self._deadline - time.monotonic()))[0]:
                raise ModelError("reading this HDF5 file takes too long; it is damaged, so save or copy it again")
            count = stream.readinto(view)
            if not count:
                raise self._died()
            view = view[count:]

    def _died(self) -> ModelError:
        """The library crashes on some damaged files; that is why it is in a process of its own."""
        return ModelError("the process that reads HDF5 died of this file; it is damaged, so save or copy it again")


def _known(tensor: Tensor, numbers: NDArray[Any]) -> Tensor:
    return replace(tensor, numbers=lambda: numbers)


def _broken() -> ModelError:
    return ModelError("the process that reads HDF5 gave an answer that makes no sense; save or copy the file again")


def _dict(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _broken()
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise _broken()
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _broken()
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(text) for text in _list(value))
