"""One stretch of memory for all arrays of a file, which the system hands out in large pages: quicker to fill by far."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGNED = 64
_PIECE = 1024**2  # what was read is looked at while the processor still has it


class Arena:
    """Arrays are cut from a stretch of `size` bytes, of which memory is only taken where something is written.

    is_finite : whether all numbers that were read so far are known to be finite; False also where nobody has looked
    """

    def __init__(self, size: int) -> None:
        self.is_finite = True
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

    def fill(self, array: NDArray[Any], file: BinaryIO) -> bool:
        """Read an array from where the file stands. Returns whether there was enough to read."""
        is_looked_at = array.dtype in (np.float32, np.float64)
        step = max(1, _PIECE // array.itemsize)
        for begin in range(0, array.size, step):
            piece = array[begin : begin + step]
            if file.readinto(piece.view(np.uint8).data) != piece.nbytes:  # type: ignore[attr-defined]  # of all that is open
                return False
            self.is_finite = self.is_finite and is_looked_at and is_finite(piece)
        return True


def is_finite(numbers: NDArray[np.floating]) -> bool:
    """Whether none is NaN or infinite. The sum of squares is quick, and only too large where each has to be seen."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.dot(numbers, numbers))) or bool(np.isfinite(numbers).all())
