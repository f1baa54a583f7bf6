"""The adjoints of all steps' losses in one recurrent layer, followed back through time together.

Arrays are (columns, N, size). A column is the loss L_t of one step. It joins at step t, so at step k the columns of all
t >= k are a stretch at the end. The last column is the whole loss, which gets its share at every step.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.kernel import stacked_matrix
from rnnviz.engine.network import Recurrent
from rnnviz.engine.partials import Leaves, Partials
from rnnviz.engine.reverse import Lane
from rnnviz.engine.trace import ParameterAddress, Trace

Array = NDArray[np.floating]

# Cells of more equations are not multiplied out.
FEW_EQUATIONS = 8
# Adjoints outside 2 ** -FAR .. 2 ** FAR get a power of two taken out.
FAR = 100
# Squares of norms outside this range may be wrong.
SMALL, LARGE = 1e-280, 1e280


class Adjoints:
    """Follows adjoints back through a layer that reads forward.

    direct : the layer's quantity -> (T, N, size), the direct derivative of L_t by it at step t
    number : a parameter's number of this layer whose parts are wanted: what each L_t adds to its gradient at each step

    squares : carried quantity -> (T, T), row k column t: squared norm over sequences and units
    parts : (T, T), row k column t
    exponents : (T, T), the powers of two that were taken out of both (of squares: twice)
    totals : carried quantity -> (T, N, size), adjoint of the whole loss
    """

    def __init__(
        self, trace: Trace, layer: Recurrent, direct: Mapping[str, Array], number: ParameterAddress | None = None
    ) -> None:
        graph = layer.cell.graph
        names = [equation.name for equation in graph.equations]
        needed = {*graph.carried, layer.cell.output, *direct}
        roots = names if len(names) > FEW_EQUATIONS else [name for name in names if name in needed]
        entering = trace.network.input_name(trace.network.layers.index(layer))
        self.lane = lane = Lane(trace, layer, "forward", entering, roots)
        self.steps, self.batch = trace.steps, trace.batch
        self.direct, self.number = direct, number
        self.joins = np.flatnonzero([any(np.any(array[t]) for array in direct.values()) for t in range(self.steps)])
        self.sizes = {name: layer.size_of(name) for name in names}
        expressions = {equation.name: equation.expression for equation in graph.equations}
        blocks = {id(block.sum): block for block in lane.plan.blocks}
        partials = Partials(lane.values, expressions, blocks, lane.roots)
        self.leaves = {root: partials.of(root) for root in reversed(lane.roots)}
        self.slopes: dict[int, Array] = {}
        for leaves in self.leaves.values():
            self._turn(leaves)
        self._prepare_products()
        self.run(scaled=False)
        if not self._is_sound():
            self.run(scaled=True)

    def _turn(self, leaves: Leaves) -> None:
        """Slopes as (T, N, size); those that are the same at every step repeat without memory."""
        for slope in leaves.slopes.values():
            turned = np.ascontiguousarray(slope.transpose(0, 2, 1))
            self.slopes[id(slope)] = np.broadcast_to(turned, (self.steps, *turned.shape[1:]))
        for _, inner in leaves.late.values():
            self._turn(inner)

    def _prepare_products(self) -> None:
        lane = self.lane
        stack = stacked_matrix(lane.plan, lane.own, lane.dtype)
        self.back = {
            name: np.ascontiguousarray(stack[:, lane.columns(row.start, row.stop)])
            for name, row in lane.plan.previous.items()
            if name in lane.carried and lane.in_sources(name) and lane.plan.blocks
        }

    def _is_sound(self) -> bool:
        """Whether no norm is zero, too small or too large where something may arrive."""
        for squares in self.squares.values():
            found = squares[:, self.joins][np.arange(self.steps)[:, None] <= self.joins]
            if not bool(((found > SMALL) & (found < LARGE)).all()):
                return False
        return True

    # -- the way back --------------------------------------------------------------------------------------------------

    def run(self, scaled: bool) -> None:
        lane, steps = self.lane, self.steps
        count = len(self.joins) + 1
        shape = (count, self.batch)
        self.squares = {name: np.zeros((steps, steps)) for name in lane.carried}
        self.totals = {name: np.zeros((steps, self.batch, self.sizes[name]), lane.dtype) for name in lane.carried}
        self.exponents = np.zeros((steps, steps), np.int64)
        self.parts = np.zeros((steps, steps))
        self.z = np.zeros((*shape, lane.plan.stack_rows), lane.dtype)
        self.bars = {name: np.zeros((*shape, self.sizes[name]), lane.dtype) for name in lane.roots}
        self.carry = {name: np.zeros((*shape, self.sizes[name]), lane.dtype) for name in lane.carried}
        taken = np.zeros(count, np.int64)
        first = count - 1
        for k in range(steps - 1, -1, -1):
            if first and self.joins[first - 1] == k:
                first -= 1
            self._join(k, first)
            if scaled:
                self._take_out(first, taken)
                self.exponents[k, self.joins[first:]] = taken[first:-1]
            self._step(k, first)

    def _join(self, k: int, first: int) -> None:
        """What the step after sent, and what the loss of this step adds."""
        for name in self.lane.carried:
            self.bars[name], self.carry[name] = self.carry[name], self.bars[name]
        for name, bar in self.bars.items():
            if name not in self.carry:
                bar[first:] = 0.0
        for name, array in self.direct.items():
            bar = self.bars[name]
            bar[-1] += array[k]
            if first < len(self.joins) and self.joins[first] == k:
                bar[first] += array[k]

    def _take_out(self, first: int, taken: NDArray[np.int64]) -> None:
        """Take a power of two out of columns that are far from 1; the whole loss, in the last, stays as it is."""
        if first == len(self.joins):
            return
        bars = [bar[first:-1] for bar in self.bars.values()]
        largest = np.max([np.abs(bar).max(axis=(1, 2)) for bar in bars], axis=0)
        exponent = np.frexp(largest)[1].astype(np.int64)
        exponent[(np.abs(exponent) <= FAR) | (largest == 0.0) | ~np.isfinite(largest)] = 0
        if exponent.any():
            taken[first:-1] += exponent
            for bar in bars:
                bar[...] = np.ldexp(bar, -exponent[:, None, None])

    def _step(self, k: int, first: int) -> None:
        """From the adjoints at step k to those at step k - 1."""
        self.written: set[object] = set()
        z = self.z[first:]
        for root, leaves in self.leaves.items():
            bar = self.bars[root][first:]
            if root in self.squares:
                self.totals[root][k] = bar[-1]
                flat = bar.reshape(len(bar), self.batch * self.sizes[root])
                self.squares[root][k, self.joins[first:]] = np.vecdot(flat, flat)[:-1]
            self._spread(bar, leaves, k, first)
        for block in self.lane.plan.blocks:
            if (block.start, block.stop) not in self.written:
                z[..., block.start : block.stop] = 0.0
        for name, matrix in self.back.items():
            self._into(self.carry[name][first:], name, np.matmul, z, matrix)
        for name, carry in self.carry.items():
            if name not in self.written:
                carry[first:] = 0.0
        if self.number is not None:
            self._add_block_parts(z, k, first)

    def _spread(self, bar: Array, leaves: Leaves, k: int, first: int) -> None:
        """Multiply an adjoint by all slopes of its leaves."""
        for leaf, given in leaves.slopes.items():
            slope = self.slopes[id(given)][k]
            match leaf.kind:
                case "block":
                    target = self.z[first:, :, leaf.start : leaf.stop]
                    self._into(target, (leaf.start, leaf.stop), np.multiply, bar, slope)
                case "previous" if leaf.name in self.carry:
                    self._into(self.carry[leaf.name][first:], leaf.name, np.multiply, bar, slope)
                case "current":
                    self.bars[leaf.name][first:] += bar * slope
                case "vector" if self.number is not None and leaf.name == self.number.parameter:
                    self._add_part(np.broadcast_to(bar * slope, bar.shape)[..., self.number.row], k, first)
                case "late":
                    product, inner = leaves.late[leaf]
                    share = np.broadcast_to(bar * slope, bar.shape)
                    if self.number is not None and leaf.name == self.number.parameter:
                        vector = self.lane.values.of(product.vector)
                        entering = vector[min(k, len(vector) - 1), self.number.column]
                        self._add_part(share[..., self.number.row] * entering, k, first)
                    self._spread(share @ self.lane.own[leaf.name], inner, k, first)

    def _into(self, target: Array, key: object, operation: np.ufunc, left: Array, right: Array) -> None:
        """Into a target: the first time written, then added."""
        if key in self.written:
            target += operation(left, right)
        else:
            self.written.add(key)
            operation(left, right, out=target)

    # -- parts of one number's gradient --------------------------------------------------------------------------------

    def _add_block_parts(self, z: Array, k: int, first: int) -> None:
        """Through the stacked product."""
        assert self.number is not None
        for block in self.lane.plan.blocks:
            for factor, name, column, _ in block.terms:
                if name == self.number.parameter:
                    source = self._source(column + self.number.column, k)
                    self._add_part(factor * z[..., block.start + self.number.row] * source, k, first)

    def _source(self, column: int, k: int) -> Array | float:
        """One number of what the stacked matrix is multiplied with at step k, for every sequence."""
        place = self.lane.plan.sources.start + column
        inputs = self.lane.plan.inputs
        if inputs.start <= place < inputs.stop:
            return np.asarray(self.lane.x[k, place - inputs.start])
        for name, row in self.lane.plan.previous.items():
            if row.start <= place < row.stop:
                return np.asarray(self.lane.before[name][k, place - row.start])
        return 1.0

    def _add_part(self, parts: Array, k: int, first: int) -> None:
        self.parts[k, self.joins[first:]] += parts[:-1].sum(axis=1)
