"""Where everything lies for a compiled loop: in a record, among the sums, among the weights.

Every quantity takes whole vectors, so that the loops have no remainder; what is beyond its size is never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.equations import Graph
from rnnviz.engine.network import Recurrent
from rnnviz.engine.plan import Plan, Row
from rnnviz.engine.run import cached_plan
from rnnviz.fast.forward import print_forward
from rnnviz.fast.panels import VECTOR_BYTES, whole
from rnnviz.fast.printer import Needed, Printed
from rnnviz.fast.weights import Order, Weights, columns_of


@dataclass(frozen=True)
class Layout:
    """What a loop over a layer's steps is given beside its weights; depends on shapes alone.

    plan : the engine's plan with every quantity in whole vectors
    parts, at : arguments of the printed function; working : how much memory it works in
    """

    printed: Printed
    plan: Plan
    order: Order
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
    return _laid_out(graph, layer.sizes(task.inputs), task.plan, printed, lanes)


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


def _laid_out(graph: Graph, sizes: Mapping[str, int], plan: Plan, printed: Printed, lanes: int) -> Layout | None:
    weights = Weights(graph, sizes, plan, printed, lanes)
    stack = weights.stack()
    if stack is None:
        return None
    padded = padded_plan(plan, lanes)
    sums = weights.sums
    one = columns_of(plan, plan.one).start
    for block in plan.blocks:
        weights.keep(stack[block.start : block.stop, one])
    parts = [(0, sums[-1], 0, 0, 0)]
    places = {**padded.previous, "x": padded.inputs}
    for name, first, end, matrix in weights.meetings(stack):
        parts.append((first, end - first, weights.keep_panels(matrix), places[name].start, matrix.shape[1]))
    buffers = weights.firsts(sizes[size] for size in printed.buffers)
    vectors, numbers = weights.keep_vectors(), weights.keep_numbers()
    products = [weights.keep_panels(weights.places[late.node.matrix.name]) for late in printed.late]

    def place(needed: Needed) -> int:
        match needed:
            case Needed("own", str(name)):
                return padded.slots[name].start
            case Needed("previous", str(name)):
                return padded.previous[name].start
            case Needed("input"):
                return padded.inputs.start
            case Needed("block", int(index)):
                return sums[index]
            case Needed("buffer", int(index)):
                return sums[-1] + buffers[index]
            case Needed("vector", str(name)):
                return vectors[name]
            case Needed("number", int(index)):
                return numbers[index]
            case Needed("product", int(index)):
                return products[index]
            case Needed("count", str(size)):
                return whole(sizes[size], lanes)
            case Needed("columns", str(size)):
                return sizes[size]
        raise AssertionError(needed)

    at = np.array([place(needed) for needed in printed.needed], np.int64)
    return Layout(printed, padded, weights.order(), np.array(parts, np.int64), at, sums[-1] + buffers[-1])
