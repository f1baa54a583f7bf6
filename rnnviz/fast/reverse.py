"""One lane's way back through time, compiled: what `rnnviz.engine.reverse` uses in place of its own loop.

Steps are gone through a stretch at a time: what a stretch needs is copied into records of whole vectors, the compiled
loop goes back over them, and one product over the stretch adds to the gradient of the stacked matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.expression import Variable
from rnnviz.engine.kernel import stacked_matrix
from rnnviz.fast.panels import aligned
from rnnviz.fast.printer import Needed
from rnnviz.fast.reverse_layout import ReverseLayout

if TYPE_CHECKING:
    from rnnviz.engine.reverse import Lane

Array = NDArray[np.floating]
Given = Mapping[Variable | str, Array]

STRETCH_BYTES = 256 << 10


class FastLoop:
    """The loop of one lane with its numbers in it; its results are named as those of `rnnviz.engine.reverse_loop`."""

    def __init__(
        self, function: Callable[..., None], layout: ReverseLayout, lane: Lane, given: Given, want_inputs: bool
    ) -> None:
        self._function, self._layout, self._lane = function, layout, lane
        dtype, steps = lane.dtype, lane.steps
        self._length = max(8, STRETCH_BYTES // (layout.record * dtype.itemsize))
        self._records = aligned(self._length * layout.record, dtype).reshape(self._length, layout.record)
        if Needed("one") in layout.places:
            self._records[:, layout.places[Needed("one")]] = 1.0
        count = layout.order.places.size
        self._weights = aligned(count, dtype)
        layout.order.values(lane.own, self._weights)
        self._work = aligned(layout.working, dtype)
        stack = stacked_matrix(lane.plan, lane.own, dtype)
        self._stack = np.zeros((layout.sums.stop - layout.sums.start, layout.sources.stop), dtype)
        self._stack[np.ix_(layout.rows, layout.columns)] = stack
        self._product = np.zeros_like(self._stack)
        self._taken = {needed: self._source(needed, given) for needed in layout.places if _is_taken(needed)}
        self._written = {
            needed: np.zeros((steps, size, 1), dtype)
            for needed, size in layout.sizes.items()
            if needed.kind in ("kept", "late bar", "late vector", "input bar")
        }
        self._x_bars = np.zeros((steps, lane.x.shape[1]), dtype) if want_inputs else None
        self._carry = {name: np.zeros((row.stop - row.start, 1), dtype) for name, row in lane.plan.previous.items()}

    def _source(self, needed: Needed, given: Given) -> Array:
        """What a stretch of the records is filled with, (T, size)."""
        match needed:
            case Needed("own", str(name)):
                array = given[Variable(name)]
            case Needed("previous", str(name)):
                array = given[Variable(name, True)]
            case Needed("input"):
                array = given[Variable("x")]
            case Needed("source", str(name)):
                array = given[name]
            case Needed("late value", int(index)):
                array = self._lane.values.of(self._layout.printed.late[index].node)
            case _:
                raise AssertionError(needed)
        return np.broadcast_to(array, (self._lane.steps, *array.shape[1:]))[:, :, 0]

    def run(self, start: int, stop: int) -> None:
        """Steps stop-1..start; nothing comes from the step after the last."""
        layout = self._layout
        carried = layout.carried
        self._work[: 2 * carried] = 0.0
        for last in range(stop, start, -self._length):
            first = max(start, last - self._length)
            self._fill(first, last)
            count = last - first
            if count % 2:  # the loop takes the two places of what is carried in turn, and ends with the first
                self._work[carried : 2 * carried] = self._work[:carried]
            self._function(
                self._records.reshape(-1), layout.record, 0, count, layout.at, layout.parts, self._weights, self._work
            )
            self._take(first, last)
        for name, place in layout.carries.items():
            self._carry[name][:, 0] = self._work[place]

    def _fill(self, first: int, last: int) -> None:
        """What the stretch of steps needs."""
        records, layout = self._records[: last - first], self._layout
        for needed, values in self._taken.items():
            place = layout.places[needed]
            records[:, place : place + values.shape[1]] = values[first:last]
        for needed, place in layout.places.items():
            match needed:
                case Needed("block value", int(index)):
                    block = self._lane.plan.blocks[index]
                    rows = self._stack[layout.rows[block.start : block.stop]]
                    np.matmul(records[:, layout.sources], rows.T, out=records[:, place : place + len(rows)])

    def _take(self, first: int, last: int) -> None:
        """What the stretch of steps gives."""
        records, layout = self._records[: last - first], self._layout
        sums, sources = records[:, layout.sums], records[:, layout.sources]
        self._product += sums.T @ sources
        for needed, values in self._written.items():
            place = layout.places[needed]
            values[first:last, :, 0] = records[:, place : place + values.shape[1]]
        if self._x_bars is not None and Needed("input") in layout.places:
            place = layout.places[Needed("input")]
            self._x_bars[first:last] = sums @ self._stack[:, place : place + self._x_bars.shape[1]]

    # -- results ---------------------------------------------------------------------------------------------------

    @property
    def product(self) -> Array:
        """dL/dstacked matrix."""
        return np.asarray(self._product[np.ix_(self._layout.rows, self._layout.columns)])

    @property
    def x_bars(self) -> Array | None:
        return None if self._x_bars is None else self._x_bars.T[:, :, None]

    @property
    def input_bars(self) -> list[Array]:
        return [values for needed, values in self._written.items() if needed.kind == "input bar"]

    @property
    def vector_bars(self) -> list[tuple[str, Array]]:
        return [(name, self._work[place][None, :, None]) for name, place in self._layout.bars.items()]

    @property
    def late_bars(self) -> list[tuple[str, Array, Any]]:
        return [
            (late.node.matrix.name, self._written[Needed("late bar", k)], self._written[Needed("late vector", k)])
            for k, late in enumerate(self._layout.printed.late)
            if Needed("late bar", k) in self._written
        ]

    @property
    def bars(self) -> dict[str, Array]:
        return {str(needed.name): values for needed, values in self._written.items() if needed.kind == "kept"}

    @property
    def carry(self) -> dict[str, Array]:
        return self._carry


def _is_taken(needed: Needed) -> bool:
    return needed.kind in ("own", "previous", "input", "source", "late value")
