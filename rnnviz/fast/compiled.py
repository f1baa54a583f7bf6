"""Printed source -> machine code, kept on disk for the next start.

The printed text is also a file in the user's cache folder, named by a hash of all that it depends on; Numba keeps the
machine code beside it. Where nothing can be written, the code is made anew. What runs is the text printed now, never
what the file holds.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

# The file's time is part of Numba's key: the same for everybody who writes the same text.
WRITTEN_AT = 1_000_000_000


def compiled(source: str, itemsize: int) -> Callable[..., None]:
    """The function `run` of a printed source, for float64 (8) or float32 (4). Imports Numba; may take a second."""
    import numba

    number = numba.float64 if itemsize == 8 else numba.float32
    numbers, whole = number[::1], numba.int64
    signature = numba.void(numbers, whole, whole, whole, whole[::1], whole[:, ::1], numbers, numbers)
    file = _file(source)
    if file is not None:
        with suppress(Exception):  # whatever is wrong with what is on disk: it is not needed
            return _made(source, str(file), lambda run: numba.njit(signature, nogil=True, cache=True)(run))
    return _made(source, "<rnnviz.fast>", lambda run: numba.njit(signature, nogil=True)(run))


def _made(source: str, file: str, compile_: Callable[[Any], Any]) -> Callable[..., None]:
    """Run the text as a module, which is how Numba names and finds again what it has compiled."""
    module = ModuleType(f"rnnviz_kernel_{_digest(source)}")
    sys.modules[module.__name__] = module
    exec(compile(source, file, "exec"), vars(module))  # noqa: S102 - printed from the graph
    made: Callable[..., None] = compile_(vars(module)["run"])
    return made


def _digest(source: str) -> str:
    """Of the text, and of what it is made into code by."""
    import llvmlite
    import numba
    import numpy

    versions = (sys.version, numba.__version__, llvmlite.__version__, numpy.__version__)
    own = [(Path(__file__).parent / name).read_text("utf-8") for name in ("formulas.py", "lanes.py", "products.py")]
    return hashlib.sha256("\0".join((source, *versions, *own)).encode()).hexdigest()[:24]


def cache_folder() -> Path:
    """Where this user's programs keep what can be made again."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "rnnviz" / "kernels"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "rnnviz" / "kernels"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rnnviz" / "kernels"


def _file(source: str) -> Path | None:
    """The file that holds the text, written if need be; None where that cannot be."""
    try:
        folder = cache_folder()
        file = folder / f"kernel_{_digest(source)}.py"
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(source)
            os.utime(temporary, (WRITTEN_AT, WRITTEN_AT))
            os.replace(temporary, file)
        return file if os.access(folder, os.W_OK) else None
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None
