"""One stretch of memory for all arrays of a file, which the system hands out in large pages: quicker to fill by far."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGNED = 64


class Arena:
    """Arrays are cut from a stretch of `size` bytes, of which memory is only taken where something is written."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rest: NDArray[np.uint8] | None = None

    def array(self, dtype: DTypeLike, count: int) -> NDArray[Any]:
        """`count` numbers that are not yet set; of their own where the stretch is at its end."""
        dtype = np.dtype(dtype)
        length = count * dtype.itemsize
        if self._rest is None:
            self._rest = np.empty(self._size, np.uint8)
        if length > len(self._rest):
            return np.empty(count, dtype)
        taken = self._rest[:length].view(dtype)
        self._rest = self._rest[length + -length % _ALIGNED :]
        return taken
