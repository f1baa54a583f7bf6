"""One process that reads HDF5 for many files, one after the other: it is started anew when it has died of one."""

from __future__ import annotations

import tempfile
from types import TracebackType
from typing import BinaryIO

from rnnviz.interop.errors import ModelError
from rnnviz.interop.keras.hdf5_file import Contents, Hdf5File

MOST_FILES = 5_000
MOST_KNOWN = 8


class ServedHdf5:
    """Stands where `rnnviz.interop.keras.hdf5_file.Hdf5File` does and does the same; but its process outlives a file,
    and what the first ones hold is remembered.

    restarts : what was said of the files that ended it
    """

    def __init__(self) -> None:
        self.restarts: list[str] = []
        self._served = 0
        self._file: Hdf5File | None = None
        self._key = 0
        self._known: dict[int, Contents] = {}
        self._stream = tempfile.TemporaryFile()  # noqa: SIM115 (close() closes it)

    def __call__(self, stream: BinaryIO) -> ServedHdf5:
        stream.seek(0)
        self._stream.seek(0)
        self._stream.truncate()
        data = stream.read()
        self._stream.write(data)
        self._stream.flush()
        self._key = hash(data)
        return self

    def __enter__(self) -> ServedHdf5:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, ModelError) and ("died of this" in error.message or "takes too long" in error.message):
            self.restarts.append(error.message)
            self._end()

    def contents(self) -> Contents:
        if self._key in self._known:
            return self._known[self._key]
        self._served += 1
        if self._served % MOST_FILES == 0:
            self._end()
        if self._file is None:
            self._file = Hdf5File(self._stream)
        contents = self._file.contents()
        if len(self._known) < MOST_KNOWN:
            self._known[self._key] = contents.in_memory()
        return contents

    def close(self) -> None:
        self._end()
        self._stream.close()

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
