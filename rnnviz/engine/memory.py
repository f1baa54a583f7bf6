"""Room for records, taken from records that nobody holds any more.

Fresh memory has to be cleared page by page by the operating system, which costs as much as a third of a run. So the
blocks of past runs are kept, and handed out again once the last array that looks into them is gone.
"""

from __future__ import annotations

import math
import sys
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEPT_BYTES = 512 << 20
SMALLEST = 1 << 20

_blocks: list[NDArray[np.uint8]] = []
_lock = Lock()


def room(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """An array of `shape`, not filled."""
    size = math.prod(shape) * dtype.itemsize
    if not SMALLEST <= size <= KEPT_BYTES:
        return np.empty(shape, dtype)
    with _lock:
        return _block(size).view(dtype).reshape(shape)


def _block(size: int) -> NDArray[np.uint8]:
    """A block that no array looks into: one of the kept ones, or a new one, which is then kept."""
    for index in range(len(_blocks)):
        if _blocks[index].size == size and sys.getrefcount(_blocks[index]) == _IDLE:
            return _blocks[index]
    block = np.empty(size, np.uint8)
    _blocks.append(block)
    while sum(kept.size for kept in _blocks) > KEPT_BYTES:
        del _blocks[0]
    return block


def _references() -> int:
    """How many references a block has when only a list holds it; it differs between versions of Python."""
    blocks = [np.empty(1, np.uint8)]
    return sys.getrefcount(blocks[0])


_IDLE = _references()
