"""Exact derivatives of one step of a recurrent layer by the state before it, from the partials of its equations.

J_t = d(state after step t) / d(state before step t)        state = all carried quantities, one below the other
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.kernel import stacked_matrix
from rnnviz.engine.network import Recurrent
from rnnviz.engine.partials import Leaf, Leaves, Partials
from rnnviz.engine.reverse import Lane
from rnnviz.engine.trace import ParameterAddress, Trace

Array = NDArray[np.floating]

# Cells of more equations are not multiplied out.
FEW_EQUATIONS = 8


class StepJacobians:
    """The derivatives of a layer's roots (carried quantities, its output, and `more`) at every step of a trace.

    rows : root -> its rows, carried quantities first
    states : carried quantity -> its columns, which are also its rows; together they are the first `size` columns
    own : columns of the derivatives by the roots of the same step, there with `chained`, where that is not just 1
    entering : columns of the derivatives by what enters the layer; there with `inputs`
    number : column of the derivative by the use of one number of a parameter (in the layer's own names) at this step
    """

    def __init__(
        self,
        trace: Trace,
        layer: Recurrent,
        more: Collection[str] = (),
        chained: bool = False,
        inputs: bool = False,
        number: ParameterAddress | None = None,
    ) -> None:
        names = [equation.name for equation in layer.cell.graph.equations]
        needed = {*layer.cell.graph.carried, layer.cell.output, *more}
        roots = names if len(names) > FEW_EQUATIONS else [name for name in names if name in needed]
        before = trace.network.input_name(trace.network.layers.index(layer))
        self.lane = lane = Lane(trace, layer, layer.directions[0], before, roots)
        expressions = {equation.name: equation.expression for equation in layer.cell.graph.equations}
        blocks = {id(block.sum): block for block in lane.plan.blocks}
        partials = Partials(lane.values, expressions, blocks, roots)
        self.leaves = {root: partials.of(root) for root in lane.roots}
        in_rows = [*lane.carried, *(name for name in lane.roots if name not in lane.carried)]
        ends = list(accumulate(layer.size_of(name) for name in in_rows))
        self.rows = {name: slice(end - layer.size_of(name), end) for name, end in zip(in_rows, ends, strict=True)}
        self.states = {name: self.rows[name] for name in lane.carried}
        self.height = ends[-1]
        self.size = max((columns.stop for columns in self.states.values()), default=0)
        within = self.height > self.size or any("current" in _kinds(leaves) for leaves in self.leaves.values())
        widths = [self.size, self.height * (chained and within), lane.x.shape[1] * inputs, int(number is not None)]
        ends = list(accumulate(widths))
        self.own, self.entering, self.number_column = (slice(*pair) for pair in pairwise(ends))
        self.width = ends[-1]
        self.number = number
        self.stack = np.asarray(stacked_matrix(lane.plan, lane.own, lane.dtype), np.float64)
        self.products = {
            (block.start, block.stop): self._product(block.start, block.stop) for block in lane.plan.blocks
        }

    def of(self, start: int, stop: int) -> Array:
        """The derivatives at the steps of rows start..stop-1 of the trace, (steps, N, height, width)."""
        lane = self.lane
        found = np.zeros((stop - start, lane.batch, self.height, self.width))
        for root, leaves in self.leaves.items():
            rows = found[:, :, self.rows[root]]
            chained = self.own.start < self.own.stop
            if chained:
                _add_to_diagonal(rows, self.own.start + self.rows[root].start, 1.0)
            self._take(rows, leaves, slice(start, stop), found, not chained)
        return found

    def _product(self, start: int, stop: int) -> Array:
        """How a block of the stacked product changes with the columns, (rows, width); what a number adds is apart."""
        plan, found = self.lane.plan, np.zeros((stop - start, self.width))
        for name, row in plan.previous.items():
            if name in self.states and self.lane.in_sources(name):
                found[:, self.states[name]] = self.stack[start:stop, self.lane.columns(row.start, row.stop)]
        if self.entering.start < self.entering.stop:
            columns = self.lane.columns(plan.inputs.start, plan.inputs.stop)
            found[:, self.entering] = self.stack[start:stop, columns]
        return found

    def _take(self, target: Array, leaves: Leaves, steps: slice, found: Array, fresh: bool) -> None:
        """Add the derivatives of an expression to (steps, N, size, width), which is 0 yet where it is `fresh`."""
        for leaf, given in leaves.slopes.items():
            slope = np.asarray(given[steps] if len(given) > 1 else given, np.float64).transpose(0, 2, 1)
            match leaf.kind:
                case "block":
                    product = self.products[leaf.start, leaf.stop]
                    if fresh:
                        np.multiply(slope[..., None], product, target)
                    else:
                        target += slope[..., None] * product
                    self._add_number_of_block(target, leaf, slope, steps)
                case "previous" if leaf.name in self.states:
                    _add_to_diagonal(target, self.states[leaf.name].start, slope)
                case "current":
                    target += slope[..., None] * found[:, :, self.rows[leaf.name]]
                case "input" if self.entering.start < self.entering.stop:
                    _add_to_diagonal(target, self.entering.start, slope)
                case "vector" if self.number is not None and leaf.name == self.number.parameter:
                    self._add_number(target, slope, np.ones((1, 1)))
                case "late":
                    self._take_late(target, leaf, leaves, slope, steps, found)
            fresh = False

    def _take_late(self, target: Array, leaf: Leaf, leaves: Leaves, slope: Array, steps: slice, found: Array) -> None:
        """Through a product with a vector of this step, and on to that vector's leaves."""
        product, inner = leaves.late[leaf]
        matrix = np.asarray(self.lane.own[leaf.name], np.float64)
        through = np.zeros((*target.shape[:2], matrix.shape[1], self.width))
        self._take(through, inner, steps, found, True)
        target += slope[..., None] * (matrix @ through)
        if self.number is not None and leaf.name == self.number.parameter:
            vector = self.lane.values.of(product.vector)
            self._add_number(target, slope, (vector[steps] if len(vector) > 1 else vector)[:, self.number.column])

    def _add_number_of_block(self, target: Array, leaf: Leaf, slope: Array, steps: slice) -> None:
        if self.number is None:
            return
        for block in self.lane.plan.blocks:
            if (block.start, block.stop) != (leaf.start, leaf.stop):
                continue
            for factor, name, column, _ in block.terms:
                if name == self.number.parameter:
                    entering = factor * self._source(column + self.number.column)
                    self._add_number(target, slope, entering[steps])

    def _add_number(self, target: Array, slope: Array, entering: Array) -> None:
        """The number stands in one row of a matrix, and is multiplied with `entering`, (steps, N)."""
        assert self.number is not None
        units = slope[..., min(self.number.row, slope.shape[2] - 1)]
        target[..., self.number.row, self.number_column.start] += units * entering

    def _source(self, column: int) -> Array:
        """One number of what the stacked matrix is multiplied with, (T, N)."""
        place, inputs = self.lane.plan.sources.start + column, self.lane.plan.inputs
        if inputs.start <= place < inputs.stop:
            return self.lane.x[:, place - inputs.start]
        for name, row in self.lane.plan.previous.items():
            if row.start <= place < row.stop:
                return self.lane.before[name][:, place - row.start]
        return np.ones((self.lane.steps, self.lane.batch))  # the constant that carries the biases


def _kinds(leaves: Leaves) -> set[str]:
    found = {leaf.kind for leaf in leaves.slopes}
    for _, inner in leaves.late.values():
        found |= _kinds(inner)
    return found


def _add_to_diagonal(target: Array, column: int, slope: Array | float) -> None:
    """Add to target[..., i, column + i]."""
    index = np.arange(target.shape[2])
    target[..., index, column + index] += slope
