"""One direction of one recurrent layer, backward: the loop over time as straight-line calls, printed from partials.

Arrays are (T, size, N) in the order in which the steps were run. Per step, what is left to do is: add what came from
the step after, multiply by the partial derivatives (of all blocks that one root drives in one call), and one product
with the transposed stacked matrix. The gradients of all weights are one product over all steps at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.expression import Activation, Variable
from rnnviz.engine.kernel import compiled, stacked_matrix
from rnnviz.engine.memory import room
from rnnviz.engine.network import Recurrent
from rnnviz.engine.partials import Leaf, Leaves, Partials, Values
from rnnviz.engine.run import cached_plan
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]


class Lane:
    """The derivatives of one lane; `roots` are the quantities whose own derivative is kept in `bars`."""

    def __init__(self, trace: Trace, layer: Recurrent, direction: str, entering: str, roots: Collection[str]) -> None:
        self.trace, self.layer, self.entering = trace, layer, entering
        self.prefix = layer.prefix(direction)
        self.turn = slice(None, None, -1 if direction == "backward" else 1)
        graph = layer.cell.graph
        self.roots = [equation.name for equation in graph.equations if equation.name in roots]
        self.carried = [name for name in graph.carried if name not in layer.forced]
        self.x = self.inside(trace[entering])
        self.steps, inputs, self.batch = self.x.shape
        self.dtype = trace["x"].dtype
        functions, constants = layer.functions(), layer.constant_values()
        self.plan = cached_plan(layer, inputs, sigmoid_factor=1.0)
        self.own = {
            name.removeprefix(self.prefix): np.asarray(values, self.dtype)
            for name, values in trace.params.items()
            if name.startswith(self.prefix)
        }
        self.before = {name: self.inside(trace.before(self.prefix + name)) for name in self.plan.previous}
        self.values = self._values(functions, constants)
        self.mask = None if trace.mask is None else trace.mask[self.turn]

    def inside(self, array: Array) -> Array:
        """(T, N, size) in the order of the inputs -> (T, size, N) in the order of the run."""
        return array[self.turn].transpose(0, 2, 1)

    def outside(self, array: Array) -> Array:
        """The way back."""
        return array.transpose(0, 2, 1)[self.turn]

    def _values(self, functions: Mapping[str, str], constants: Mapping[str, float]) -> Values:
        variables = {Variable(name, True): values for name, values in self.before.items()}
        variables[Variable("x")] = self.x
        equations = self.layer.cell.graph.equations
        for equation in equations:
            variables[Variable(equation.name)] = self.inside(self.trace[self.prefix + equation.name])
        values = Values(variables, self.own, constants, functions, self.dtype)
        for equation in equations:  # what is traced need not be worked out again
            if isinstance(equation.expression, Activation):
                values.known[id(equation.expression)] = variables[Variable(equation.name)]
        return values

    def run(self, sources: Mapping[str, Array], truncate: int = 0) -> None:
        """Go backward through time.

        sources : root -> its direct derivative, (T, N, size)
        truncate : derivatives are cut every so many steps (truncated BPTT); 0 for never
        """
        sizes = {name: self.layer.size_of(name) for name in self.roots}
        self.bars = {name: np.zeros((self.steps, sizes[name], self.batch), self.dtype) for name in self.roots}
        for name, source in sources.items():
            self.bars[name] += self.inside(source)
            if self.mask is not None and name not in self.carried:
                self._hand_back(self.bars[name], self.mask)
        expressions = {equation.name: equation.expression for equation in self.layer.cell.graph.equations}
        blocks = {id(block.sum): block for block in self.plan.blocks}
        partials = Partials(self.values, expressions, blocks, self.roots)
        leaves = {root: self._held(root, partials.of(root)) for root in reversed(self.roots)}
        self.stack = stacked_matrix(self.plan, self.own, self.dtype)
        self.z_bar = room((self.plan.stack_rows, self.steps, self.batch), self.dtype)
        loop = _Loop(self, leaves)
        length = truncate or max(1, self.steps)
        first = self.steps - 1 - (self.steps - 1) % length
        for start in range(first, -1, -length):
            loop.run(start, min(start + length, self.steps))
        self.loop = loop

    @staticmethod
    def _hand_back(bar: Array, mask: NDArray[np.bool_]) -> None:
        """At padding a quantity repeats its value of the step before, so that is where its derivative belongs too."""
        for t in range(len(bar) - 1, 0, -1):
            bar[t - 1] += bar[t] * ~mask[t]

    def _held(self, root: str, leaves: Leaves) -> Leaves:
        """At padding nothing flows into the equations; the derivative of a carried state goes to the step before."""
        if self.mask is None:
            return leaves
        real = self.mask[:, None, :].astype(self.dtype)
        leaves.slopes = {leaf: slope * real for leaf, slope in leaves.slopes.items()}
        if root in self.carried:
            leaves.add(Leaf("previous", root), 1 - real)
        return leaves

    # -- what comes out --------------------------------------------------------------------------------------------

    def columns(self, start: int, stop: int) -> slice:
        """A stretch of the record as columns of the stacked matrix."""
        return slice(start - self.plan.sources.start, stop - self.plan.sources.start)

    def in_sources(self, name: str) -> bool:
        return self.plan.sources.start <= self.plan.previous[name].start < self.plan.sources.stop

    def params(self) -> dict[str, Array]:
        """The gradients of all weights: one product over all steps."""
        width = self.stack.shape[1]
        sources = room((width, self.steps, self.batch), self.dtype)
        for name, row in self.plan.previous.items():
            if self.in_sources(name):
                sources[self.columns(row.start, row.stop)] = self.before[name].transpose(1, 0, 2)
        sources[self.columns(self.plan.inputs.start, self.plan.inputs.stop)] = self.x.transpose(1, 0, 2)
        sources[self.columns(self.plan.one.start, self.plan.one.stop)] = 1.0
        count = self.steps * self.batch
        product = self.z_bar.reshape(self.plan.stack_rows, count) @ sources.reshape(width, count).T
        gradients = {name: np.zeros_like(values) for name, values in self.own.items()}
        for block in self.plan.blocks:
            for factor, name, column, columns in block.terms:
                part = factor * product[block.start : block.stop, column : column + columns]
                gradients[name] += part.reshape(gradients[name].shape)
        for name, share in self.loop.vector_bars:
            gradients[name] += share.sum(axis=(0, 2))
        for name, share, vector in self.loop.late_bars:
            whole = np.broadcast_to(vector, (self.steps, *vector.shape[1:]))
            gradients[name] += np.tensordot(share, whole, ((0, 2), (0, 2)))
        return {self.prefix + name: gradient for name, gradient in gradients.items()}

    def inputs(self) -> Array:
        """dL/dx, (T, N, inputs)."""
        rows = self.stack[:, self.columns(self.plan.inputs.start, self.plan.inputs.stop)]
        count = self.steps * self.batch
        product = rows.T @ self.z_bar.reshape(self.plan.stack_rows, count)
        bar = product.reshape(rows.shape[1], self.steps, self.batch).transpose(1, 0, 2)
        for share in self.loop.input_bars:
            bar = bar + share
        return self.outside(bar)


class _Loop:
    """Prints and runs the loop over time."""

    def __init__(self, lane: Lane, leaves: Mapping[str, Leaves]) -> None:
        self.lane = lane
        self.stretches: list[Array] = []  # what each step takes its views from; axis 0 is time
        self.fixed: dict[str, Any] = {}
        self.lines: list[str] = []
        self.written: set[str] = set()
        self.vector_bars: list[tuple[str, Array]] = []
        self.late_bars: list[tuple[str, Array, Array]] = []
        self.input_bars: list[Array] = []
        self.z_steps = lane.z_bar.transpose(1, 0, 2)
        self.z_written: set[tuple[int, int]] = set()
        self.z_again: set[Leaf] = set()
        self.carry = {name: np.zeros((lane.layer.size_of(name), lane.batch), lane.dtype) for name in lane.plan.previous}
        self._print(leaves)
        self._compile()

    def run(self, start: int, stop: int) -> None:
        """Steps stop-1..start; nothing comes from the step after the last."""
        for bar in self.carry.values():
            bar[...] = 0.0
        self._steps(*(stretch[start:stop][::-1] for stretch in self.stretches))

    # -- names -------------------------------------------------------------------------------------------------------

    def _keep(self, value: Any) -> str:
        name = f"k{len(self.fixed)}"
        self.fixed[name] = value
        return name

    def _view(self, array: Array) -> str:
        """The name, inside the loop, of one step of an array whose first axis is time."""
        if len(array) != self.lane.steps:  # the same at every step
            array = np.broadcast_to(array, (self.lane.steps, *array.shape[1:]))
        self.stretches.append(array)
        return f"v{len(self.stretches) - 1}"

    def _scratch(self, *shape: int) -> str:
        return self._keep(np.empty(shape, self.lane.dtype))

    # -- calls -------------------------------------------------------------------------------------------------------

    def _print(self, leaves: Mapping[str, Leaves]) -> None:
        lane = self.lane
        self.bar_names = {name: self._view(bar) for name, bar in lane.bars.items()}
        self.carry_names = {name: self._keep(bar) for name, bar in self.carry.items()}
        for name in lane.roots:
            if name in lane.carried:
                bar = self.bar_names[name]
                self.lines.append(f"add({bar}, {self.carry_names[name]}, {bar})")
        for root, own in leaves.items():
            self._spread(self.bar_names[root], lane.layer.size_of(root), own)
        for block in lane.plan.blocks:
            if (block.start, block.stop) not in self.z_written:
                self.lines.append(f"{self._view(self.z_steps[:, block.start : block.stop])}[...] = 0.0")
        self._multiply_back()
        for name in self.carry_names:
            if name not in self.written:
                self.lines.append(f"{self.carry_names[name]}[...] = 0.0")

    def _spread(self, bar: str, size: int, leaves: Leaves) -> None:
        """Multiply a derivative `bar` by all slopes of its leaves."""
        self._spread_to_blocks(bar, size, leaves)
        for leaf, slope in leaves.slopes.items():
            match leaf.kind:
                case "previous":
                    self._into(self.carry_names[leaf.name], leaf.name, bar, slope, size)
                case "current":
                    product = self._scratch(size, self.lane.batch)
                    target = self.bar_names[leaf.name]
                    self.lines.append(f"multiply({bar}, {self._view(slope)}, {product})")
                    self.lines.append(f"add({target}, {product}, {target})")
                case "vector":
                    self.vector_bars.append((leaf.name, self._recorded(bar, slope, size)[0]))
                case "input":
                    self.input_bars.append(self._recorded(bar, slope, size)[0])
                case "late":
                    self._spread_late(bar, slope, size, leaf, leaves)

    def _spread_to_blocks(self, bar: str, size: int, leaves: Leaves) -> None:
        """All neighbouring blocks that this derivative drives in one call."""
        runs: list[list[Leaf]] = []
        for leaf in sorted((leaf for leaf in leaves.slopes if leaf.kind == "block"), key=lambda leaf: leaf.start):
            fresh = (leaf.start, leaf.stop) not in self.z_written
            if fresh and runs and runs[-1][-1].stop == leaf.start and runs[-1][0] not in self.z_again:
                runs[-1].append(leaf)
            else:
                runs.append([leaf])
                if not fresh:
                    self.z_again.add(leaf)
            self.z_written.add((leaf.start, leaf.stop))
        for run in runs:
            start, stop = run[0].start, run[-1].stop
            shape = (self.lane.steps, len(run), size, self.lane.batch)
            slopes = room(shape, self.lane.dtype)
            for k, leaf in enumerate(run):
                slopes[:, k] = leaves.slopes[leaf]
            target = self.z_steps[:, start:stop]
            rows = target.reshape(self.lane.steps, len(run), size, self.lane.batch)
            if run[0] in self.z_again:
                product = self._scratch(len(run), size, self.lane.batch)
                self.lines.append(f"multiply({bar}, {self._view(slopes)}, {product})")
                view = self._view(rows)
                self.lines.append(f"add({view}, {product}, {view})")
            else:
                self.lines.append(f"multiply({bar}, {self._view(slopes)}, {self._view(rows)})")

    def _into(self, target: str, key: str, bar: str, slope: Array, size: int) -> None:
        """bar * slope into a carried derivative: the first time written, then added."""
        if key not in self.written:
            self.written.add(key)
            self.lines.append(f"multiply({bar}, {self._view(slope)}, {target})")
            return
        product = self._scratch(size, self.lane.batch)
        self.lines.append(f"multiply({bar}, {self._view(slope)}, {product})")
        self.lines.append(f"add({target}, {product}, {target})")

    def _recorded(self, bar: str, slope: Array, size: int) -> tuple[Array, str]:
        """bar * slope kept for every step."""
        kept = np.empty((self.lane.steps, size, self.lane.batch), self.lane.dtype)
        view = self._view(kept)
        self.lines.append(f"multiply({bar}, {self._view(slope)}, {view})")
        return kept, view

    def _spread_late(self, bar: str, slope: Array, size: int, leaf: Leaf, leaves: Leaves) -> None:
        """Through a product with a vector of this step, and on to that vector's leaves."""
        product, inner = leaves.late[leaf]
        kept, view = self._recorded(bar, slope, size)
        self.late_bars.append((leaf.name, kept, self.lane.values.of(product.vector)))
        matrix = self.lane.own[leaf.name]
        vector_bar = self._scratch(matrix.shape[1], self.lane.batch)
        self.lines.append(f"{self._keep(np.ascontiguousarray(matrix.T).dot)}({view}, {vector_bar})")
        self._spread(vector_bar, matrix.shape[1], inner)

    def _multiply_back(self) -> None:
        """One product takes the derivatives of all stacked sums to the carried states that they read."""
        lane = self.lane
        names = [name for name in lane.plan.previous if lane.in_sources(name)]
        if not names or not lane.plan.blocks:
            return
        rows = [lane.plan.previous[name] for name in names]
        matrix = np.concatenate([lane.stack[:, lane.columns(row.start, row.stop)].T for row in rows])
        result = np.empty((len(matrix), lane.batch), lane.dtype)
        dot = self._keep(np.ascontiguousarray(matrix).dot)
        self.lines.append(f"{dot}({self._view(self.z_steps)}, {self._keep(result)})")
        start = 0
        for name, row in zip(names, rows, strict=True):
            part = self._keep(result[start : start + row.stop - row.start])
            target = self.carry_names[name]
            operation = f"add({target}, {part}, {target})" if name in self.written else f"copyto({target}, {part})"
            self.lines.append(operation)
            self.written.add(name)
            start += row.stop - row.start

    def _compile(self) -> None:
        views = [f"v{k}" for k in range(len(self.stretches))]
        body = "\n".join(f"            {line}" for line in self.lines or ["pass"])
        source = (
            f"def make(add, multiply, copyto{''.join(', ' + name for name in self.fixed)}):\n"
            f"    def steps({', '.join('all_' + view for view in views)}):\n"
            f"        for {', '.join(views)}, in zip({', '.join('all_' + view for view in views)}):\n{body}\n"
            "    return steps\n"
        )
        namespace: dict[str, Any] = {}
        exec(compiled(source), namespace)  # noqa: S102 - printed from the partials
        self._steps: Callable[..., None] = namespace["make"](np.add, np.multiply, np.copyto, **self.fixed)
