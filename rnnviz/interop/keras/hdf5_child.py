"""What the process that reads an HDF5 file does: h5py is imported here and nowhere else, under limits.

It opens the file, tells what is in it, and sends the arrays that it is asked for. HDF5 files can point to other files,
ask for any amount of memory and loop; so this process may open no further file, write none, and take little memory.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import math
import os
import signal
import struct
import sys
from collections.abc import Sequence
from typing import Any

try:
    import h5py

    from rnnviz.interop.keras.hdf5_objects import RefusedError, listing, numbers_of
except ImportError:
    h5py = None

try:
    import resource
except ImportError:  # there is none outside of Unix
    resource = None  # type: ignore[assignment]

LENGTH = struct.Struct("<Q")
MEMORY_BYTES = 96 * 1024**2
WORK_S = 1.5
BYTES_PER_S = 20e6
SMALL = 64 * 1024


def main(descriptor: int) -> None:
    """Answer commands, a line of JSON each, about the file behind `descriptor` until there are no more."""
    if h5py is None:
        return _answer(None, {"missing": "h5py"})
    _answer(None, {"h5py": h5py.__version__})
    codecs.lookup("ascii")  # which h5py needs, and which could not be loaded any more
    stream = open(descriptor, "rb", buffering=0, closefd=False)  # noqa: SIM115
    limits = _Limits()
    file: Any = None
    for line in sys.stdin.buffer:
        command = json.loads(line)
        limits.start(command.get("bytes", 0))
        try:
            if "open" in command:
                if file is not None:
                    file.close()
                file = h5py.File(stream, "r")
                told = listing(file, os.fstat(descriptor).st_size)
                _answer(file, told, _small(told["arrays"]))
            else:
                _answer(file, {}, [command["read"]])
        except RefusedError as refused:
            _answer(None, {"error": refused.said, "where": refused.where})
        except MemoryError:
            _answer(None, {"error": "it asks for more memory than a model needs"})
        except Exception as error:  # whatever a damaged file makes of the library
            _answer(None, {"error": f"the HDF5 file is damaged: {' '.join(str(error).split())[:200]}"})
    return None


def _small(arrays: dict[str, tuple[list[int], str]]) -> list[str]:
    """Arrays that are sent before anybody asks, since asking takes longer than sending."""
    counts = {path: math.prod(shape) for path, (shape, _) in arrays.items()}
    return list(counts) if sum(counts.values()) <= SMALL else []


def _answer(file: Any, answer: dict[str, Any], sent: Sequence[str] = ()) -> None:
    """JSON with its length in front, and the numbers of the arrays `sent` after it, of which the first one may fail."""
    numbers = [numbers_of(file, path) for path in sent]
    text = json.dumps({**answer, "sent": sent}).encode()
    for part in (LENGTH.pack(len(text)), text, *numbers):
        rest = memoryview(part)  # type: ignore[arg-type]
        while rest:
            rest = rest[os.write(1, rest) :]


class _Limits:
    """No further file can be opened, none can be written; memory and seconds are counted from each command on."""

    def __init__(self) -> None:
        self._memory = self._opened("/proc/self/statm")
        if resource is None:
            return
        next_free = os.dup(0)
        os.close(next_free)
        limits = ((resource.RLIMIT_NOFILE, next_free), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0))
        for limit, value in limits:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(limit, (value, value))

    def start(self, array_bytes: int) -> None:
        """Before a command for which an array of so many bytes is made."""
        if resource is None:
            return
        # Some damaged files make the library run in circles: then the signal of this timer ends the process.
        signal.setitimer(signal.ITIMER_PROF, WORK_S + array_bytes / BYTES_PER_S)
        if self._memory is not None:
            pages = int(os.pread(self._memory, 100, 0).split()[0])
            self._set(resource.RLIMIT_AS, pages * resource.getpagesize() + MEMORY_BYTES + 2 * array_bytes)

    def _set(self, limit: int, most: int) -> None:
        """As far as a limit that was there before allows."""
        _, hard = resource.getrlimit(limit)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, hard))

    def _opened(self, path: str) -> int | None:
        """There is none outside of Linux."""
        try:
            return os.open(path, os.O_RDONLY)
        except OSError:
            return None
