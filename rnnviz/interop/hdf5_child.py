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
import struct
import sys
from collections.abc import Sequence
from typing import Any

try:
    import h5py

    from rnnviz.interop.hdf5_objects import RefusedError, listing, numbers_of
except ImportError:
    h5py = None

try:
    import resource
except ImportError:  # there is none outside of Unix
    resource = None  # type: ignore[assignment]

LENGTH = struct.Struct("<Q")
MEMORY_BYTES = 96 * 1024**2
WORK_S = 30
SMALL = 64 * 1024


def main(descriptor: int) -> None:
    """Answer commands, a line of JSON each, about the file behind `descriptor` until there are no more."""
    if h5py is None:
        return _answer(None, {"missing": "h5py"})
    _answer(None, {"h5py": h5py.__version__})
    codecs.lookup("ascii")  # which h5py needs, and which could not be loaded any more
    _limit(descriptor)
    stream = open(descriptor, "rb", buffering=0, closefd=False)  # noqa: SIM115
    file: Any = None
    for line in sys.stdin.buffer:
        command = json.loads(line)
        _limit_work(command.get("bytes", 0))
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


def _limit(descriptor: int) -> None:
    """No further file can be opened, none can be written."""
    if resource is None:
        return
    next_free = os.dup(descriptor)
    os.close(next_free)
    for limit, value in ((resource.RLIMIT_NOFILE, next_free), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, value))


def _limit_work(array_bytes: int) -> None:
    """Memory for a command beyond what there is now, and seconds of work."""
    if resource is None:
        return
    with contextlib.suppress(OSError, ValueError):
        with open("/proc/self/statm") as statm:  # noqa: PTH123 (pathlib would be imported for this alone)
            now = int(statm.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_BYTES + 2 * array_bytes, hard))
    with contextlib.suppress(OSError, ValueError):
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + WORK_S, hard))
