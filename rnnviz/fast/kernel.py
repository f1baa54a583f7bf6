"""A layer's compiled loop with weights in it, for one sequence: what a run uses in place of NumPy's calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.memory import room
from rnnviz.fast.layout import Layout
from rnnviz.fast.panels import VECTOR_BYTES, aligned, from_whole_vector

Array = NDArray[np.floating]
Function = Callable[..., None]


class FastKernel:
    """Records are (rows, plan.record). `run(records, first, last)` works out steps first..last-1 in place."""

    def __init__(self, function: Function, layout: Layout, params: Mapping[str, Array], dtype: np.dtype[Any]) -> None:
        self._function, self._layout, self.dtype = function, layout, dtype
        self.plan = layout.plan
        count = layout.order.places.size
        memory = aligned(count + layout.working, dtype)
        self._weights, self._work = memory[:count], memory[count:]
        layout.order.values(params, self._weights)

    def records(self, count: int) -> Array:
        """Room for `count` records, not filled."""
        size = count * self.plan.record
        memory = room((size + VECTOR_BYTES // self.dtype.itemsize,), self.dtype)
        return from_whole_vector(memory, size).reshape(count, self.plan.record)

    def fill(self, records: Array, first: int, x: Array) -> None:
        """Set what records first..first+len(x)-1 read: the inputs `x`, (steps, 1, features)."""
        records[first : first + len(x), self.plan.inputs.start : self.plan.inputs.stop] = x[:, 0]

    def run(self, records: Array, first: int, last: int) -> None:
        """Work out steps first..last-1 of the records, in place."""
        layout = self._layout
        self._function(
            records.reshape(-1), self.plan.record, first, last, layout.at, layout.parts, self._weights, self._work
        )
