"""Windows of a series: as many steps each, so far apart."""

from __future__ import annotations

from rnnviz.interop.data.errors import DataError


def windows_of(steps: int, window: int, stride: int) -> list[tuple[int, int]]:
    """Begin and end of each whole window; what is left at the end is in none. A stride of 0 puts them side by side."""
    if window < 1:
        raise DataError(f"a window has at least 1 step, found {window}", where="window")
    if stride < 0:
        raise DataError(f"windows go on by 1 step or more, or by 0 to lie side by side; found {stride}", where="stride")
    return [(begin, begin + window) for begin in range(0, steps - window + 1, stride or window)]
