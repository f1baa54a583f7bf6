"""The loop back through time as straight-line calls on views made beforehand, printed from partial derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.kernel import made
from rnnviz.engine.memory import room
from rnnviz.engine.partials import Leaf, Leaves, Values
from rnnviz.engine.tape import Recorded, Tape

if TYPE_CHECKING:
    from rnnviz.engine.reverse import Lane

Array = NDArray[np.floating]


class Loop:
    """Prints and runs the loop.

    bars : root -> its derivative (T, size, N), where that is kept
    carry : carried quantity -> (size, N), the derivative by what it was before the first step
    product : dL/dstacked matrix; x_bars : dL/dx by way of it, (I, T, N), where that is wanted
    vector_bars, late_bars, input_bars : what the gradients of vector parameters, of the matrices of products within a
        step, and the inputs get from each step, outside the stacked product
    """

    def __init__(
        self,
        lane: Lane,
        tape: Tape,
        values: Values,
        leaves: Mapping[str, Leaves],
        sources: Mapping[str, Array],
        keep: bool,
        want_inputs: bool,
    ) -> None:
        self.lane, self.tape, self.values, self.keep = lane, tape, values, keep
        self.views: list[Array | Recorded] = []  # what each step takes its views from; axis 0 is time
        self.fixed: dict[str, Any] = {}
        self.lines: list[str] = []
        self.written: set[str] = set()
        self.bars: dict[str, Array] = {}
        self.vector_bars: list[tuple[str, Array]] = []
        self.late_bars: list[tuple[str, Array, Array]] = []
        self.input_bars: list[Array] = []
        self.z_parts: list[tuple[Recorded, int, int]] = []
        self.z_written: set[tuple[int, int]] = set()
        self.z_again: set[Leaf] = set()
        self.carry = {name: np.zeros((lane.layer.size_of(name), lane.batch), lane.dtype) for name in lane.plan.previous}
        self._print(leaves, sources)
        self._lay_out(want_inputs)
        self._compile()

    def _lay_out(self, want_inputs: bool) -> None:
        lane, tape = self.lane, self.tape
        tape.choose_length(4 * lane.plan.stack_rows * lane.batch)
        rows, width = lane.plan.stack_rows, lane.stack.shape[1]
        self.z_bar = np.empty((rows, tape.length, lane.batch), lane.dtype)
        self.z_steps = np.empty((tape.length, rows, lane.batch), lane.dtype)
        for part, start, stop in self.z_parts:
            part.array = self.z_steps[:, start:stop].reshape(tape.length, *part.shape[1:])
        tape.lay_out([view for view in self.views if isinstance(view, Recorded)])
        self.sources = np.empty((width, tape.length, lane.batch), lane.dtype)
        self.sources[lane.columns(lane.plan.one.start, lane.plan.one.stop)] = 1.0
        self.product = np.zeros((rows, width), lane.dtype)
        self.x_bars = np.empty((lane.x.shape[1], lane.steps, lane.batch), lane.dtype) if want_inputs else None

    def run(self, start: int, stop: int) -> None:
        """Steps stop-1..start; nothing comes from the step after the last."""
        for bar in self.carry.values():
            bar[...] = 0.0
        for last in range(stop, start, -self.tape.length):
            first = max(start, last - self.tape.length)
            self.tape.work_out(first, last)
            stretches = (v.stretch(first, last) if isinstance(v, Recorded) else v[first:last] for v in self.views)
            self._steps(*(stretch[::-1] for stretch in stretches))
            self._add_product(first, last)

    def _add_product(self, first: int, last: int) -> None:
        """What the stretch adds to the gradient of the stacked matrix; and the derivatives by its inputs."""
        lane, count = self.lane, last - first
        for name, row in lane.plan.previous.items():
            if lane.in_sources(name):
                self.sources[lane.columns(row.start, row.stop), :count] = lane.before[name][first:last].transpose(
                    1, 0, 2
                )
        inputs = lane.columns(lane.plan.inputs.start, lane.plan.inputs.stop)
        self.sources[inputs, :count] = lane.x[first:last].transpose(1, 0, 2)
        self.z_bar[:, :count] = self.z_steps[:count].transpose(1, 0, 2)
        z_bar = self.z_bar[:, :count].reshape(len(self.z_bar), count * lane.batch)
        self.product += z_bar @ self.sources[:, :count].reshape(len(self.sources), count * lane.batch).T
        if self.x_bars is not None:
            x_bar = lane.stack[:, inputs].T @ z_bar
            self.x_bars[:, first:last] = x_bar.reshape(len(x_bar), count, lane.batch)

    # -- names -------------------------------------------------------------------------------------------------------

    def _fix(self, value: Any) -> str:
        name = f"k{len(self.fixed)}"
        self.fixed[name] = value
        return name

    def _view(self, array: Any) -> str:
        """The name, inside the loop, of one step of an array whose first axis is time."""
        if len(array.shape) == 3 and array.shape[0] == 1 != self.lane.steps:  # the same at every step
            return self._fix(array[0])
        self.views.append(array)
        return f"v{len(self.views) - 1}"

    def _z(self, start: int, stop: int, *shape: int) -> str:
        """Rows of the derivative by the stacked product."""
        lane = self.lane
        part = Recorded(self.tape, (lane.steps, *(shape or (stop - start,)), lane.batch), lane.dtype)
        self.z_parts.append((part, start, stop))
        return self._view(part)

    def _scratch(self, *shape: int) -> str:
        return self._fix(np.empty(shape, self.lane.dtype))

    def _multiplied(self, bar: str, slope: Any, target: str) -> None:
        self.lines.append(f"multiply({bar}, {self._view(slope)}, {target})")

    def _added(self, target: str, more: str) -> None:
        self.lines.append(f"add({target}, {more}, {target})")

    # -- calls -------------------------------------------------------------------------------------------------------

    def _print(self, leaves: Mapping[str, Leaves], sources: Mapping[str, Array]) -> None:
        lane = self.lane
        self.carry_names = {name: self._fix(bar) for name, bar in self.carry.items()}
        self.bar_names = {name: self._begin(name, sources.get(name)) for name in lane.roots}
        for root, own in leaves.items():
            self._spread(self.bar_names[root], lane.layer.size_of(root), own)
        for block in lane.plan.blocks:
            if (block.start, block.stop) not in self.z_written:
                self.lines.append(f"{self._z(block.start, block.stop)}[...] = 0.0")
        self._multiply_back()
        for name in self.carry_names:
            if name not in self.written:
                self.lines.append(f"{self.carry_names[name]}[...] = 0.0")

    def _begin(self, root: str, source: Array | None) -> str:
        """A root's derivative begins with its direct part and what came from the step after."""
        size = self.lane.layer.size_of(root)
        if self.keep:
            self.bars[root] = np.empty((self.lane.steps, size, self.lane.batch), self.lane.dtype)
        bar = self._view(self.bars[root]) if self.keep else self._scratch(size, self.lane.batch)
        parts = [] if source is None else [self._view(self._by_step(source))]
        if root in self.lane.carried:
            parts.append(self.carry_names[root])
        match parts:
            case [one, other]:
                self.lines.append(f"add({one}, {other}, {bar})")
            case [one]:
                self.lines.append(f"copyto({bar}, {one})")
            case _:
                self.lines.append(f"{bar}[...] = 0.0")
        return bar

    def _by_step(self, source: Array) -> Array | Recorded:
        """A source whose sequences follow one another in memory."""
        is_so = source.strides[2] == source.itemsize or self.lane.batch == 1
        return source if is_so else self.tape.call(np.positive, [self.tape.given(source)])

    def _spread(self, bar: str, size: int, leaves: Leaves) -> None:
        """Multiply a derivative `bar` by all slopes of its leaves."""
        self._spread_to_blocks(bar, size, leaves)
        for leaf, slope in leaves.slopes.items():
            match leaf.kind:
                case "previous":
                    self._into_carry(leaf.name, bar, slope, size)
                case "current":
                    product = self._scratch(size, self.lane.batch)
                    self._multiplied(bar, slope, product)
                    self._added(self.bar_names[leaf.name], product)
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
        batch = self.lane.batch
        for run in runs:
            slopes = self.tape.grouped([leaves.slopes[leaf] for leaf in run], size, batch)
            rows = self._z(run[0].start, run[-1].stop, len(run), size)
            if run[0] in self.z_again:
                product = self._scratch(len(run), size, batch)
                self._multiplied(bar, slopes, product)
                self._added(rows, product)
            else:
                self._multiplied(bar, slopes, rows)

    def _into_carry(self, name: str, bar: str, slope: Any, size: int) -> None:
        """bar * slope into a carried derivative: the first time written, then added."""
        target = self.carry_names[name]
        if name not in self.written:
            self.written.add(name)
            self._multiplied(bar, slope, target)
            return
        product = self._scratch(size, self.lane.batch)
        self._multiplied(bar, slope, product)
        self._added(target, product)

    def _recorded(self, bar: str, slope: Any, size: int) -> tuple[Array, str]:
        """bar * slope kept for every step."""
        kept = room((self.lane.steps, size, self.lane.batch), self.lane.dtype)
        view = self._view(kept)
        self._multiplied(bar, slope, view)
        return kept, view

    def _spread_late(self, bar: str, slope: Any, size: int, leaf: Leaf, leaves: Leaves) -> None:
        """Through a product with a vector of this step, and on to that vector's leaves."""
        product, inner = leaves.late[leaf]
        kept, view = self._recorded(bar, slope, size)
        vector: Any = self.values.of(product.vector)
        self.late_bars.append((leaf.name, kept, self.tape.kept(vector) if isinstance(vector, Recorded) else vector))
        matrix = self.lane.own[leaf.name]
        vector_bar = self._scratch(matrix.shape[1], self.lane.batch)
        self.lines.append(f"{self._fix(np.ascontiguousarray(matrix.T).dot)}({view}, {vector_bar})")
        self._spread(vector_bar, matrix.shape[1], inner)

    def _multiply_back(self) -> None:
        """One product takes the derivatives of all stacked sums to the carried states that they read."""
        lane = self.lane
        names = [name for name in lane.plan.previous if lane.in_sources(name)]
        if not names or not lane.plan.blocks:
            return
        rows = [lane.plan.previous[name] for name in names]
        matrix = np.concatenate([lane.stack[:, lane.columns(row.start, row.stop)].T for row in rows])
        dot, z = self._fix(np.ascontiguousarray(matrix).dot), self._z(0, lane.plan.stack_rows)
        if len(names) == 1 and names[0] not in self.written:
            self.lines.append(f"{dot}({z}, {self.carry_names[names[0]]})")
        else:
            result = np.empty((len(matrix), lane.batch), lane.dtype)
            self.lines.append(f"{dot}({z}, {self._fix(result)})")
            start = 0
            for name, row in zip(names, rows, strict=True):
                part = self._fix(result[start : start + row.stop - row.start])
                if name in self.written:
                    self._added(self.carry_names[name], part)
                else:
                    self.lines.append(f"copyto({self.carry_names[name]}, {part})")
                start += row.stop - row.start
        self.written.update(names)

    def _compile(self) -> None:
        views = [f"v{k}" for k in range(len(self.views))]
        body = "\n".join(f"            {line}" for line in self.lines or ["pass"])
        source = (
            f"def make(add, multiply, copyto{''.join(', ' + name for name in self.fixed)}):\n"
            f"    def steps({', '.join('all_' + view for view in views)}):\n"
            f"        for {', '.join(views)}, in zip({', '.join('all_' + view for view in views)}):\n{body}\n"
            "    return steps\n"
        )
        fixed = {"add": np.add, "multiply": np.multiply, "copyto": np.copyto, **self.fixed}
        self._steps: Callable[..., None] = made(source, fixed)
