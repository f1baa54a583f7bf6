"""Where everything lies for the compiled loop back: in a record, in working memory, among the weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Recurrent
from rnnviz.engine.plan import Plan
from rnnviz.fast.backward import print_backward
from rnnviz.fast.panels import VECTOR_BYTES, whole
from rnnviz.fast.printer import Needed, Printed
from rnnviz.fast.weights import Order, Weights, columns_of

if TYPE_CHECKING:
    from rnnviz.engine.reverse import Lane

Whole = NDArray[np.intp]


@dataclass(frozen=True)
class ReverseLayout:
    """What the loop back is given beside its weights; depends on shapes alone.

    record : numbers of a record; places : where in it each stretch lies; sizes : how long each is
    sources, sums : the stretches of it that hold [previous states, 1, x] and the derivatives by the stacked sums
    rows, columns : of the stacked matrix as it is -> of the products of these two stretches
    carries, bars : in working memory, what is handed to the step before; the gradients of vectors -> their places
    carried : how much the former take; they are there twice
    """

    printed: Printed
    record: int
    places: dict[Needed, int]
    sizes: dict[Needed, int]
    sources: slice
    sums: slice
    rows: Whole
    columns: Whole
    order: Order
    parts: NDArray[np.int64]
    at: NDArray[np.int64]
    carries: dict[str, slice]
    carried: int
    bars: dict[str, slice]
    working: int


def reverse_layout_of(lane: Lane, sources: frozenset[str], keep: bool) -> ReverseLayout | None:
    """The layout of a lane's way back, made once for the same settings; None for a cell that is left to NumPy."""
    return _layout(_Task(lane.plan, lane.layer, lane.x.shape[1], lane.dtype.itemsize, sources, keep))


@dataclass(frozen=True, eq=False)
class _Task:
    """What a layout is made from. The engine makes one plan for equal settings, so the plan stands for all of them."""

    plan: Plan
    layer: Recurrent
    inputs: int
    itemsize: int
    sources: frozenset[str]
    keep: bool

    def _key(self) -> tuple[object, ...]:
        return id(self.plan), self.itemsize, self.sources, self.keep

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Task) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


@lru_cache(maxsize=256)
def _layout(task: _Task) -> ReverseLayout | None:
    layer, lanes = task.layer, VECTOR_BYTES // task.itemsize
    graph = layer.cell.graph
    functions, constants = layer.functions(), layer.constant_values()
    printed = print_backward(
        graph, task.plan.blocks, functions, constants, layer.forced, lanes, sources=task.sources, keep=task.keep
    )
    weights = Weights(graph, layer.sizes(task.inputs), task.plan, printed, lanes)
    return _Maker(task, printed, weights).layout()


class _Maker:
    """Lays out the record first, then working memory, then the weights."""

    def __init__(self, task: _Task, printed: Printed, weights: Weights) -> None:
        self.task, self.plan, self.printed, self.weights = task, task.plan, printed, weights
        self.lanes = weights.lanes
        self.sizes: dict[Needed, int] = {}
        self.places: dict[Needed, int] = {}
        self.numbers: dict[Needed, int] = {}  # what the code needs beside places in a record
        self.record = 0

    def layout(self) -> ReverseLayout | None:
        stack = self.weights.stack()
        if stack is None:
            return None
        columns = self._lay_out_sources()
        sources = slice(0, self.record)
        self._lay_out_record()
        first_sum = self.record
        self.record += self.weights.sums[-1]
        self.numbers |= {Needed("z", k): first_sum + first for k, first in enumerate(self.weights.sums)}
        carries, carried = self._carries()
        working = self._lay_out_working_memory(2 * carried)
        self._lay_out_weights()
        parts = []
        for name, first, _, matrix in self.weights.meetings(stack):
            if name != "x":
                panels, height = self.weights.keep_panels(matrix.T), whole(matrix.shape[1], self.lanes)
                parts.append((carries[name].start, height, panels, first_sum + first, len(matrix)))
        blocks = zip(self.plan.blocks, self.weights.sums, strict=False)
        rows = [first + np.arange(block.stop - block.start) for block, first in blocks]
        at = [self.places[n] if n in self.places else self.numbers[n] for n in self.printed.needed]
        return ReverseLayout(
            printed=self.printed,
            record=self.record,
            places=self.places,
            sizes=self.sizes,
            sources=sources,
            sums=slice(first_sum, self.record),
            rows=np.concatenate(rows) if rows else np.zeros(0, np.intp),
            columns=columns,
            order=self.weights.order(),
            parts=np.array(parts, np.int64).reshape(-1, 5),
            at=np.array(at, np.int64),
            carries=carries,
            carried=carried,
            bars=self._vector_bars(),
            working=working,
        )

    def _lay_out_record(self) -> None:
        for needed in self.printed.needed:
            size = self._size(needed)
            if size is not None and needed not in self.places:
                self._place(needed, size)

    def _lay_out_working_memory(self, position: int) -> int:
        """What lies behind the carried derivatives; where it ends."""
        for needed in self.printed.needed:
            size = self._working_size(needed)
            if size is not None:
                self.numbers[needed] = position
                position += whole(size, self.lanes)
        return position

    def _lay_out_weights(self) -> None:
        weights, sizes = self.weights, self.weights.sizes
        self.numbers |= {Needed("vector", name): place for name, place in weights.keep_vectors().items()}
        self.numbers |= {Needed("number", k): place for k, place in enumerate(weights.keep_numbers())}
        for k, late in enumerate(self.printed.late):
            self.numbers[Needed("transposed", k)] = weights.keep_panels(weights.places[late.node.matrix.name].T)
        self.numbers |= {Needed("count", name): whole(size, self.lanes) for name, size in sizes.items()}
        self.numbers |= {Needed("columns", name): size for name, size in sizes.items()}

    def _vector_bars(self) -> dict[str, slice]:
        found = {}
        for needed, start in self.numbers.items():
            if needed.kind == "vector bar":
                found[str(needed.name)] = slice(start, start + self.weights.places[str(needed.name)].size)
        return found

    def _place(self, needed: Needed, size: int) -> int:
        first = self.record
        self.places[needed], self.sizes[needed] = first, size
        self.record += whole(size, self.lanes)
        return first

    def _lay_out_sources(self) -> Whole:
        """Lay out what the stacked matrix is multiplied with; its columns in the record."""
        plan = self.plan
        rows = {Needed("previous", name): row for name, row in plan.previous.items()}
        rows |= {Needed("one"): plan.one, Needed("input"): plan.inputs}
        columns = np.zeros(plan.sources.stop - plan.sources.start, np.intp)
        for needed, row in rows.items():
            if plan.sources.start <= row.start < plan.sources.stop:
                first = self._place(needed, row.stop - row.start)
                columns[columns_of(plan, row)] = first + np.arange(row.stop - row.start)
        return columns

    def _size(self, needed: Needed) -> int | None:
        """How long a stretch of the record is; None for what lies elsewhere."""
        sizes, graph = self.weights.sizes, self.weights.graph
        match needed:
            case Needed("own" | "previous" | "source" | "kept", str(name)):
                return sizes[graph.sizes[name]]
            case Needed("input" | "input bar"):
                return sizes["inputs"]
            case Needed("block value", int(index)):
                return self.plan.blocks[index].stop - self.plan.blocks[index].start
            case Needed("late value" | "late bar", int(index)):
                return sizes[self.printed.late[index].rows]
            case Needed("late vector", int(index)):
                return sizes[self.printed.late[index].columns]
        return None

    def _working_size(self, needed: Needed) -> int | None:
        """How long a stretch of working memory is."""
        match needed:
            case Needed("bar", str(name)):
                return self.weights.sizes[self.weights.graph.sizes[name]]
            case Needed("vector bar", str(name)):
                return int(self.weights.places[name].size)
            case Needed("buffer", int(index)):
                return self.weights.sizes[self.printed.buffers[index]]
        return None

    def _carries(self) -> tuple[dict[str, slice], int]:
        """Where the derivatives by the states before a step lie, and how much they take."""
        carries, position = {}, 0
        for name, row in self.plan.previous.items():
            carries[name] = slice(position, position + row.stop - row.start)
            self.numbers[Needed("carry", name)] = position
            position += whole(row.stop - row.start, self.lanes)
        self.numbers[Needed("carries")] = position
        return carries, position
