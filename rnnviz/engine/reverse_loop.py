"""The loop back through time as straight-line calls on views made beforehand, printed from partial derivatives."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.expression import Variable
from rnnviz.engine.kernel import made, stacked_matrix
from rnnviz.engine.memory import room
from rnnviz.engine.partials import Leaf, Leaves, Partials
from rnnviz.engine.tape import Recorded, Tape

if TYPE_CHECKING:
    from rnnviz.engine.reverse import Lane

Array = NDArray[np.floating]
# What is given for all steps, (T, size, N): what is traced, the direct derivative of a root under its name, the mask.
Given = Mapping[Variable | str, Array]

MASK = "mask"
# What is worked out again and again, as in training, is printed once: so many loops wait for their next run.
MOST_IDLE = 16
MOST_BYTES = 32 << 20  # of one
MOST_BYTES_OF_ALL = 128 << 20

_idle: list[Loop] = []  # what was used last stands last
_lock = Lock()


def borrowed(lane: Lane, given: Given, keep: bool, want_inputs: bool) -> Loop:
    """A loop that fits, with the numbers of this lane in it."""
    kind = (
        id(lane.plan),
        tuple(lane.roots),
        (lane.steps, lane.batch, lane.dtype.char, want_inputs),
        tuple((role, _is_by_sequence(array)) for role, array in given.items() if isinstance(role, str)),
    )
    loop = None if keep else _taken(kind)
    loop = loop or Loop(lane, given, kind, keep, want_inputs)
    loop.bind(lane, given)
    return loop


def give_back(loop: Loop) -> None:
    """Let a loop wait for its next run; nothing of it may be read any more."""
    loop.unbind()
    if loop.keep or loop.size > MOST_BYTES:
        return
    with _lock:
        _idle.append(loop)
        while len(_idle) > MOST_IDLE or sum(idle.size for idle in _idle) > MOST_BYTES_OF_ALL:
            del _idle[0]


def _taken(kind: Hashable) -> Loop | None:
    """A loop that waits, and waits no longer."""
    with _lock:
        for index in reversed(range(len(_idle))):
            if _idle[index].kind == kind:
                return _idle.pop(index)
    return None


def _is_by_sequence(array: Array) -> bool:
    """Whether sequences follow one another in memory."""
    return array.strides[2] == array.itemsize or array.shape[2] == 1


class Loop:
    """Prints and runs the loop. It may be run again with other numbers of the same shapes: see `bind`.

    bars : root -> its derivative (T, size, N), where that is kept
    carry : carried quantity -> (size, N), the derivative by what it was before the first step
    product : dL/dstacked matrix; x_bars : dL/dx by way of it, (I, T, N), where that is wanted
    vector_bars, late_bars, input_bars : what the gradients of vector parameters, of the matrices of products within a
        step, and the inputs get from each step, outside the stacked product
    """

    def __init__(self, lane: Lane, given: Given, kind: Hashable, keep: bool, want_inputs: bool) -> None:
        self.lane, self.plan, self.kind, self.keep = lane, lane.plan, kind, keep
        self.steps, self.batch, self.dtype = lane.steps, lane.batch, lane.dtype
        self.size = self.steps * self.plan.record * self.batch * self.dtype.itemsize  # bytes, about
        self.own = {name: values.copy() for name, values in lane.own.items()}
        self.stack = stacked_matrix(self.plan, self.own, self.dtype)
        self.tape = Tape(self.steps)
        self.given = {role: self.tape.given(array) for role, array in given.items()}
        vectors = {
            name: self.tape.given(values[None, :, None]) for name, values in self.own.items() if values.ndim == 1
        }
        variables = {role: value for role, value in self.given.items() if isinstance(role, Variable)}
        self.values = lane.values_of(variables, self.own, vectors)
        self.views: list[Array | Recorded] = []  # what each step takes its views from; axis 0 is time
        self.fixed: dict[str, Any] = {}
        self.transposed: list[tuple[Array, Array]] = []  # matrices for products on the way back, and what they are of
        self.lines: list[str] = []
        self.written: set[str] = set()
        self.bars: dict[str, Array] = {}
        self.vector_bars: list[tuple[str, Array]] = []
        self.late_bars: list[tuple[str, Array, Array | Recorded]] = []
        self.input_bars: list[Array] = []
        self.z_parts: list[tuple[Recorded, int, int]] = []
        self.z_written: set[tuple[int, int]] = set()
        self.z_again: set[Leaf] = set()
        self.carry = {name: np.zeros((lane.layer.size_of(name), self.batch), self.dtype) for name in self.plan.previous}
        self._print(self._leaves())
        self._lay_out(want_inputs)
        self._compile()

    def _leaves(self) -> dict[str, Leaves]:
        equations = self.lane.layer.cell.graph.equations
        expressions = {equation.name: equation.expression for equation in equations}
        blocks = {id(block.sum): block for block in self.plan.blocks}
        partials = Partials(self.values, expressions, blocks, self.lane.roots)
        return {root: self._held(root, partials.of(root)) for root in reversed(self.lane.roots)}

    def _held(self, root: str, leaves: Leaves) -> Leaves:
        """At padding nothing flows into the equations; the derivative of a carried state goes to the step before."""
        real: Any = self.given.get(MASK)
        if real is not None:
            leaves.slopes = {leaf: slope * real for leaf, slope in leaves.slopes.items()}
            if root in self.lane.carried:
                leaves.add(Leaf("previous", root), 1 - real)
        return leaves

    def _lay_out(self, want_inputs: bool) -> None:
        tape, (rows, width) = self.tape, self.stack.shape
        tape.choose_length(4 * rows * self.batch)
        self.z_steps = np.empty((tape.length, rows, self.batch), self.dtype)
        self.z_bar = np.empty((rows, tape.length, self.batch), self.dtype)
        for part, start, stop in self.z_parts:
            part.array = self.z_steps[:, start:stop].reshape(tape.length, *part.shape[1:])
        tape.lay_out([view for view in self.views if isinstance(view, Recorded)])
        self.sources = np.empty((width, tape.length, self.batch), self.dtype)
        self.sources[self.lane.columns(self.plan.one.start, self.plan.one.stop)] = 1.0
        self.product = np.zeros((rows, width), self.dtype)
        self.x_bars = np.empty((self.lane.x.shape[1], self.steps, self.batch), self.dtype) if want_inputs else None

    def bind(self, lane: Lane, given: Given) -> None:
        """Put the numbers of a lane of the same kind in."""
        self.lane = lane
        for role, array in given.items():
            self.given[role].array = array
        for name, values in lane.own.items():
            np.copyto(self.own[name], values)
        np.copyto(self.stack, stacked_matrix(self.plan, self.own, self.dtype))
        for turned, matrix in self.transposed:
            np.copyto(turned, matrix.T)
        self.product[...] = 0.0

    def unbind(self) -> None:
        """Hold on to no trace."""
        del self.lane
        for value in self.given.values():
            value.array = None

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
        for name, row in self.plan.previous.items():
            if lane.in_sources(name):
                self.sources[lane.columns(row.start, row.stop), :count] = lane.before[name][first:last].transpose(
                    1, 0, 2
                )
        inputs = lane.columns(self.plan.inputs.start, self.plan.inputs.stop)
        self.sources[inputs, :count] = lane.x[first:last].transpose(1, 0, 2)
        self.z_bar[:, :count] = self.z_steps[:count].transpose(1, 0, 2)
        z_bar = self.z_bar[:, :count].reshape(len(self.z_bar), count * self.batch)
        self.product += z_bar @ self.sources[:, :count].reshape(len(self.sources), count * self.batch).T
        if self.x_bars is not None:
            x_bar = self.stack[:, inputs].T @ z_bar
            self.x_bars[:, first:last] = x_bar.reshape(len(x_bar), count, self.batch)

    # -- names -------------------------------------------------------------------------------------------------------

    def _fix(self, value: Any) -> str:
        name = f"k{len(self.fixed)}"
        self.fixed[name] = value
        return name

    def _view(self, array: Any) -> str:
        """The name, inside the loop, of one step of an array whose first axis is time."""
        if array.shape[0] == 1 != self.steps:  # the same at every step
            if isinstance(array, Recorded):
                array.array = np.empty(array.shape, array.dtype) if array.array is None else array.array
                array = array.whole
            return self._fix(array[0])
        self.views.append(array)
        return f"v{len(self.views) - 1}"

    def _z(self, start: int, stop: int, *shape: int) -> str:
        """Rows of the derivative by the stacked product."""
        part = Recorded(self.tape, (self.steps, *(shape or (stop - start,)), self.batch), self.dtype)
        self.z_parts.append((part, start, stop))
        return self._view(part)

    def _scratch(self, *shape: int) -> str:
        return self._fix(np.empty(shape, self.dtype))

    def _multiplied(self, bar: str, slope: Any, target: str) -> None:
        self.lines.append(f"multiply({bar}, {self._view(slope)}, {target})")

    def _added(self, target: str, more: str) -> None:
        self.lines.append(f"add({target}, {more}, {target})")

    # -- calls -------------------------------------------------------------------------------------------------------

    def _print(self, leaves: Mapping[str, Leaves]) -> None:
        lane = self.lane
        self.carry_names = {name: self._fix(bar) for name, bar in self.carry.items()}
        self.bar_names = {name: self._begin(name, self.given.get(name)) for name in lane.roots}
        for root, own in leaves.items():
            self._spread(self.bar_names[root], lane.layer.size_of(root), own)
        for block in self.plan.blocks:
            if (block.start, block.stop) not in self.z_written:
                self.lines.append(f"{self._z(block.start, block.stop)}[...] = 0.0")
        self._multiply_back()
        for name in self.carry_names:
            if name not in self.written:
                self.lines.append(f"{self.carry_names[name]}[...] = 0.0")

    def _begin(self, root: str, source: Recorded | None) -> str:
        """A root's derivative begins with its direct part and what came from the step after."""
        size = self.lane.layer.size_of(root)
        if self.keep:
            self.bars[root] = np.empty((self.steps, size, self.batch), self.dtype)
        bar = self._view(self.bars[root]) if self.keep else self._scratch(size, self.batch)
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

    def _by_step(self, source: Recorded) -> Recorded:
        """A source whose sequences follow one another in memory."""
        return source if _is_by_sequence(source.whole) else self.tape.call(np.positive, [source])

    def _spread(self, bar: str, size: int, leaves: Leaves) -> None:
        """Multiply a derivative `bar` by all slopes of its leaves."""
        self._spread_to_blocks(bar, size, leaves)
        for leaf, slope in leaves.slopes.items():
            match leaf.kind:
                case "previous":
                    self._into_carry(leaf.name, bar, slope, size)
                case "current":
                    product = self._scratch(size, self.batch)
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
        batch = self.batch
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
        product = self._scratch(size, self.batch)
        self._multiplied(bar, slope, product)
        self._added(target, product)

    def _recorded(self, bar: str, slope: Any, size: int) -> tuple[Array, str]:
        """bar * slope kept for every step."""
        kept = room((self.steps, size, self.batch), self.dtype)
        view = self._view(kept)
        self._multiplied(bar, slope, view)
        return kept, view

    def _spread_late(self, bar: str, slope: Any, size: int, leaf: Leaf, leaves: Leaves) -> None:
        """Through a product with a vector of this step, and on to that vector's leaves."""
        product, inner = leaves.late[leaf]
        kept, view = self._recorded(bar, slope, size)
        vector: Any = self.values.of(product.vector)
        if isinstance(vector, Recorded):
            self.tape.keep(vector)
        self.late_bars.append((leaf.name, kept, vector))
        matrix = self.own[leaf.name]
        vector_bar = self._scratch(matrix.shape[1], self.batch)
        self.lines.append(f"{self._dot_transposed([matrix])}({view}, {vector_bar})")
        self._spread(vector_bar, matrix.shape[1], inner)

    def _multiply_back(self) -> None:
        """One product takes the derivatives of all stacked sums to the carried states that they read."""
        lane = self.lane
        names = [name for name in self.plan.previous if lane.in_sources(name)]
        if not names or not self.plan.blocks:
            return
        rows = [self.plan.previous[name] for name in names]
        dot = self._dot_transposed([self.stack[:, lane.columns(row.start, row.stop)] for row in rows])
        z = self._z(0, self.plan.stack_rows)
        if len(names) == 1 and names[0] not in self.written:
            self.lines.append(f"{dot}({z}, {self.carry_names[names[0]]})")
        else:
            result = np.empty((sum(row.stop - row.start for row in rows), self.batch), self.dtype)
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

    def _dot_transposed(self, matrices: Sequence[Array]) -> str:
        """The bound method `dot` of these matrices, transposed, one below the other."""
        whole = np.ascontiguousarray(np.concatenate([matrix.T for matrix in matrices]))
        start = 0
        for matrix in matrices:
            self.transposed.append((whole[start : start + matrix.shape[1]], matrix))
            start += matrix.shape[1]
        return self._fix(whole.dot)

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
