"""What is the same at all steps of one trace, measured when it is first asked for: text lengths and colour scales."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.trace import Trace
from rnnviz.ui import numbers

_MOST_WRITTEN = 4096  # of more numbers the usual length is taken


class Measures:
    """Of one trace: make another for another trace."""

    def __init__(self) -> None:
        self._longest: dict[tuple[Hashable, int], int] = {}
        self._scales: dict[tuple[str, int], float] = {}

    def longest(self, name: Hashable, values: NDArray[np.floating], digits: int) -> int:
        """Characters of the longest number, so that pills keep their places while one steps."""
        if (name, digits) not in self._longest:
            few = values.size <= _MOST_WRITTEN
            different = np.unique(values) if few else values
            lengths = (len(numbers.text(value, digits)) for value in different.tolist())
            self._longest[name, digits] = max(lengths, default=1) if few else digits + 6
        return self._longest[name, digits]

    def scale(self, trace: Trace, quantity: str, sequence: int) -> float:
        """The largest finite size that a quantity has in a sequence; 1 where all is 0."""
        return self.largest(quantity, sequence, trace[quantity][:, sequence])

    def largest(self, quantity: str, sequence: int, values: NDArray[np.floating]) -> float:
        """The same of numbers that are given."""
        if (quantity, sequence) not in self._scales:
            size = float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))
            self._scales[quantity, sequence] = size or 1.0
        return self._scales[quantity, sequence]
