"""Where everything lies for a compiled loop: in a record, among the sums, among the weights.

Every quantity takes whole vectors, so that the loops have no remainder; what is beyond its size is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.equations import Graph
from rnnviz.engine.network import Recurrent
from rnnviz.engine.plan import Plan, Row
from rnnviz.engine.run import cached_plan
from rnnviz.fast.panels import VECTOR_BYTES, filled, packed, whole
from rnnviz.fast.printer import Needed, Printed, print_forward

Whole = NDArray[np.intp]


@dataclass(frozen=True)
class Layout:
    """What a loop over a layer's steps is given beside its weights; depends on shapes alone.

    plan : the engine's plan with every quantity in whole vectors
    order : for each number of the weights, its place in [the cell's parameters, the printed numbers, 0]; where it is
        beyond the end of that, in the negatives of them
    parts, at : arguments of the printed function; working : how much memory it works in
    """

    printed: Printed
    plan: Plan
    parameters: tuple[str, ...]
    order: Whole
    has_negative: bool
    parts: NDArray[np.int64]
    at: NDArray[np.int64]
    working: int


def layout_of(layer: Recurrent, inputs: int, dtype: np.dtype[Any]) -> Layout | None:
    """The layout of a layer's loop, made once for the same settings; None for a cell that is left to NumPy."""
    return _layout(_Task(cached_plan(layer, inputs, sigmoid_factor=1.0), layer, inputs, dtype.itemsize))


@dataclass(frozen=True, eq=False)
class _Task:
    """What a layout is made from. The engine makes one plan for equal settings, so the plan stands for all of them."""

    plan: Plan
    layer: Recurrent
    inputs: int
    itemsize: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Task) and self.plan is other.plan and self.itemsize == other.itemsize

    def __hash__(self) -> int:
        return hash((id(self.plan), self.itemsize))


@lru_cache(maxsize=256)
def _layout(task: _Task) -> Layout | None:
    layer, lanes = task.layer, VECTOR_BYTES // task.itemsize
    graph = layer.cell.graph
    functions, constants = layer.functions(), layer.constant_values()
    printed = print_forward(graph, task.plan.blocks, functions, constants, layer.forced, lanes)
    return _Maker(graph, layer.sizes(task.inputs), task.plan, printed, lanes).layout()


def padded_plan(plan: Plan, lanes: int) -> Plan:
    """The plan with every quantity in whole vectors; a carried quantity lies in the next record."""
    position = 0

    def place(row: Row) -> Row:
        nonlocal position
        first = position
        position += whole(row.stop - row.start, lanes)
        return Row(first, first + row.stop - row.start)

    previous = {name: place(row) for name, row in plan.previous.items()}
    inputs = place(plan.inputs)
    slots = {name: replace(previous[name], ahead=True) if row.ahead else place(row) for name, row in plan.slots.items()}
    return replace(plan, record=position, slots=slots, previous=previous, inputs=inputs)


class _Maker:
    """Makes a layout. Weights are written as places where their values are found: -1 for zero."""

    def __init__(self, graph: Graph, sizes: Mapping[str, int], plan: Plan, printed: Printed, lanes: int) -> None:
        self.graph, self.sizes, self.plan, self.printed, self.lanes = graph, sizes, plan, printed, lanes
        self.padded = padded_plan(plan, lanes)
        self.found = 0
        self.places = {name: self._found(shape) for name, shape in graph.parameters.items()}
        self.values = self.found + len(printed.numbers) + 1
        self.stretches: list[Whole] = []
        self.filled = 0

    def _found(self, shape: tuple[str, ...]) -> Whole:
        """Where the values of a parameter are found."""
        sizes = [self.sizes[size] for size in shape]
        values = self.found + np.arange(int(np.prod(sizes))).reshape(sizes)
        self.found += values.size
        return values

    def layout(self) -> Layout | None:
        stack = self._stack()
        if stack is None:
            return None
        firsts = self._firsts([block.stop - block.start for block in self.plan.blocks])
        one = self.plan.one.start - self.plan.sources.start
        for block in self.plan.blocks:
            self._keep(stack[block.start : block.stop, one])
        parts = [(0, firsts[-1], 0, 0, 0), *self._products(stack, firsts)]
        buffers = self._firsts([self.sizes[size] for size in self.printed.buffers])
        vectors = {name: self._keep(self.places[name]) for name in self._named("vector")}
        products = [self._keep(self._panels(self.places[late.matrix])) for late in self.printed.late]
        own = [self._keep(np.array([self.found + k])) for k in range(len(self.printed.numbers))]

        def place(needed: Needed) -> int:
            match needed:
                case Needed("own", str(name)):
                    return self.padded.slots[name].start
                case Needed("previous", str(name)):
                    return self.padded.previous[name].start
                case Needed("input"):
                    return self.padded.inputs.start
                case Needed("block", int(index)):
                    return firsts[index]
                case Needed("buffer", int(index)):
                    return firsts[-1] + buffers[index]
                case Needed("vector", str(name)):
                    return vectors[name]
                case Needed("number", int(index)):
                    return own[index]
                case Needed("product", int(index)):
                    return products[index]
                case Needed("count", str(size)):
                    return whole(self.sizes[size], self.lanes)
                case Needed("columns", str(size)):
                    return self.sizes[size]
            raise AssertionError(needed)

        at = np.array([place(needed) for needed in self.printed.needed], np.int64)
        order = np.concatenate(self.stretches) if self.stretches else np.zeros(0, np.intp)
        order[order < 0] = self.values - 1
        return Layout(
            printed=self.printed,
            plan=self.padded,
            parameters=tuple(self.graph.parameters),
            order=order,
            has_negative=bool(np.any(order >= self.values)),
            parts=np.array(parts, np.int64),
            at=at,
            working=firsts[-1] + buffers[-1],
        )

    def _stack(self) -> Whole | None:
        """The stacked matrix; None where one of its numbers is a sum of two."""
        width = self.plan.sources.stop - self.plan.sources.start
        stack = np.full((self.plan.stack_rows, width), -1)
        for block in self.plan.blocks:
            for factor, name, column, columns in block.terms:
                part = stack[block.start : block.stop, column : column + columns]
                if np.any(part >= 0):
                    return None
                part[...] = self.places[name].reshape(part.shape) + (self.values if factor < 0 else 0)
        return stack

    def _named(self, kind: str) -> list[str]:
        return [str(needed.name) for needed in self.printed.needed if needed.kind == kind]

    def _firsts(self, sizes: list[int]) -> list[int]:
        """Where each of some stretches begins, and where the last ends."""
        return [0, *accumulate(whole(size, self.lanes) for size in sizes)]

    def _keep(self, stretch: Whole) -> int:
        """Put a stretch into the weights, filled up to whole vectors; its place."""
        self.stretches.append(filled(stretch, self.lanes, nothing=-1))
        self.filled += len(self.stretches[-1])
        return self.filled - len(self.stretches[-1])

    def _panels(self, matrix: Whole) -> Whole:
        return packed(filled(matrix, self.lanes, nothing=-1), self.lanes)

    def _products(self, stack: Whole, firsts: list[int]) -> Iterator[tuple[int, int, int, int, int]]:
        """The stacked product by what it is multiplied with: neighbouring sums that meet the same are one product.

        Each is (first sum, sums, place of the weights, place of the source in a record, columns).
        """
        sources = {**self.plan.previous, "x": self.plan.inputs}
        places = {**self.padded.previous, "x": self.padded.inputs}
        blocks = self.plan.blocks
        for name, row in sources.items():
            left, right = row.start - self.plan.sources.start, row.stop - self.plan.sources.start
            meets = [any(column == left for _, _, column, _ in block.terms) for block in blocks]
            for is_met, group in groupby(range(len(meets)), meets.__getitem__):
                if is_met:
                    members = list(group)
                    rows = [stack[blocks[k].start : blocks[k].stop, left:right] for k in members]
                    panels = packed(np.concatenate([filled(part, self.lanes, nothing=-1) for part in rows]), self.lanes)
                    first, last = firsts[members[0]], firsts[members[-1] + 1]
                    yield first, last - first, self._keep(panels), places[name].start, right - left
