"""Reverse mode (backpropagation through time) from the same graph as the run.

For each equation q = e(leaves) the partial derivatives of e are worked out for all steps at once; what is left for the
loop over time is, per step, a few products with them and one product with the transposed stacked matrix. The gradients
of all weights are one product over all steps at the end.

Source: Werbos 1990 (backpropagation through time).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import SLOPE, VALUE
from rnnviz.engine.errors import ShapeError
from rnnviz.engine.expression import (
    Activation,
    Constant,
    Minus,
    Negative,
    Node,
    Number,
    Parameter,
    Plus,
    Product,
    Times,
    Variable,
    summands,
)
from rnnviz.engine.kernel import stacked_matrix
from rnnviz.engine.network import Dense, Embedding, Masking, Recurrent, merges
from rnnviz.engine.plan import Block, Plan
from rnnviz.engine.planner import is_stacked, make_plan
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Gradients:
    """Derivatives of a scalar loss, with everything that depends on a number taken along.

    params : parameter -> its shape
    inputs : (T, N, features); zero for ids
    quantities : traced quantity -> (T, N, size), such as dL/dc_t
    initial : carried quantity -> (N, size), for the state before the first step
    """

    params: Mapping[str, Array]
    inputs: Array
    quantities: Mapping[str, Array]
    initial: Mapping[str, Array]


def backward(trace: Trace, sources: Mapping[str, Array]) -> Gradients:
    """Gradients of a loss L given its direct derivatives.

    sources : traced quantity -> (T, N, size), how L changes with it directly, such as {"readout.y": y - target}
    Raises ShapeError, naming the quantity and both shapes.
    """
    for name, array in sources.items():
        if name not in trace or array.shape != trace[name].shape:
            known = trace[name].shape if name in trace else "no such quantity"
            raise ShapeError(f"the derivative for '{name}' has shape {array.shape}; the trace has {known}")
    return _Backward(trace, sources).gradients()


class _Backward:
    """Walks the layers from last to first; `bars` gathers dL/dquantity on the way."""

    def __init__(self, trace: Trace, sources: Mapping[str, Array]) -> None:
        self.trace = trace
        self.bars = {name: np.array(array, trace["x"].dtype) for name, array in sources.items()}
        self.params: dict[str, Array] = {}
        self.initial: dict[str, Array] = {}

    def bar(self, name: str) -> Array:
        """dL/dquantity so far, to be added to in place."""
        return self.bars.setdefault(name, np.zeros_like(self.trace[name]))

    def gradients(self) -> Gradients:
        network = self.trace.network
        for index in reversed(range(len(network.layers))):
            entering = network.input_name(index)
            match network.layers[index]:
                case Dense() as layer:
                    self._read_out(layer, entering)
                case Recurrent() as layer:
                    self._recur(layer, entering)
                case Embedding() as layer:
                    self._embed(layer)
                case Masking():
                    pass
        quantities = {name: self.bar(name) for name in self.trace if name != "x"}
        return Gradients(self.params, self.bar("x"), quantities, self.initial)

    def _read_out(self, layer: Dense, entering: str) -> None:
        y, bar = self.trace[f"{layer.name}.y"], self.bar(f"{layer.name}.y")
        if layer.activation == "softmax":
            z_bar = y * (bar - (bar * y).sum(axis=-1, keepdims=True))
        else:
            z_bar = bar * SLOPE[layer.activation](y)
        x = self.trace[entering]
        self.params[f"{layer.name}.V"] = np.tensordot(z_bar, x, ((0, 1), (0, 1)))
        self.params[f"{layer.name}.b"] = z_bar.sum(axis=(0, 1))
        self.bar(entering)[...] += z_bar @ self.trace.params[f"{layer.name}.V"]

    def _embed(self, layer: Embedding) -> None:
        ids = self.trace["x"][..., 0].astype(np.intp)
        gradient = np.zeros_like(self.trace.params[f"{layer.name}.E"])
        np.add.at(gradient, ids, self.bar(f"{layer.name}.e"))
        self.params[f"{layer.name}.E"] = gradient

    def _recur(self, layer: Recurrent, entering: str) -> None:
        if merges(layer):
            self._unmerge(layer)
        for direction in layer.directions:
            lane = _Lane(self, layer, direction, entering)
            lane.run()

    def _unmerge(self, layer: Recurrent) -> None:
        """From dL/dmerged to the outputs of the directions."""
        bar = self.bar(f"{layer.name}.merged")
        if layer.masked_output == "zero" and self.trace.mask is not None:
            bar = bar * self.trace.mask[..., None]
        names = [layer.prefix(direction) + layer.cell.output for direction in layer.directions]
        parts = [bar] if len(names) == 1 else self._split(layer, bar, names)
        for name, part in zip(names, parts, strict=True):
            if layer.returns == "final" and self.trace.is_backward(name):
                self.bar(name)[0] += part.sum(axis=0)
            else:
                self.bar(name)[...] += part

    def _split(self, layer: Recurrent, bar: Array, names: list[str]) -> list[Array]:
        """The share of each of two directions."""
        match layer.merge:
            case "concat":
                size = layer.size_of(layer.cell.output)
                return [bar[..., :size], bar[..., size:]]
            case "sum":
                return [bar, bar]
            case "mean":
                return [bar / 2, bar / 2]
            case "mul":
                forward, backward_ = (self._handed_on(layer, name) for name in names)
                return [bar * backward_, bar * forward]

    def _handed_on(self, layer: Recurrent, name: str) -> Array:
        """A direction's output as it enters the merge."""
        values = self.trace[name]
        return values[:1] if layer.returns == "final" and self.trace.is_backward(name) else values


@dataclass(frozen=True)
class _Late:
    """A product with a vector that only its own step knows, and what that vector's derivative leads to."""

    product: Product
    leaves: list[tuple[_Leaf, Array]]


_Leaf = Variable | Parameter | Block | _Late


class _Lane:
    """One direction of one recurrent layer. Arrays inside are (T, size, N), in the order in which steps were run."""

    def __init__(self, whole: _Backward, layer: Recurrent, direction: str, entering: str) -> None:
        self.whole, self.layer, self.entering = whole, layer, entering
        self.prefix = layer.prefix(direction)
        self.turn = slice(None, None, -1 if direction == "backward" else 1)
        self.trace = whole.trace
        self.functions = layer.functions()
        self.constants = layer.constant_values()
        sizes = layer.sizes(self.trace[entering].shape[2])
        self.plan: Plan = make_plan(
            layer.cell.graph, sizes, self.functions, self.constants, layer.forced, sigmoid_factor=1.0
        )
        self.own = {
            name.removeprefix(self.prefix): values
            for name, values in self.trace.params.items()
            if name.startswith(self.prefix)
        }
        self.blocks = {id(block.sum): block for block in self.plan.blocks}
        self.values: dict[int, Array] = {}
        self.before = {name: self._inside(self.trace.before(self.prefix + name)) for name in self.plan.previous}
        self.x = self._inside(self.trace[entering])
        mask = self.trace.mask
        self.mask = None if mask is None else mask[self.turn]

    def _inside(self, array: Array) -> Array:
        """(T, N, size) in the order of the inputs -> (T, size, N) in the order of the run; also the way back."""
        return array[self.turn].transpose(0, 2, 1)

    # -- partial derivatives, all steps at once -------------------------------------------------------------------

    def _value(self, node: Node) -> Array:
        """What an expression is worth at every step, (T, size, N)."""
        match node:
            case Variable("x", _):
                return self.x
            case Variable(name, True):
                return self.before[name]
            case Variable(name, False):
                return self._inside(self.trace[self.prefix + name])
            case Number(number):
                return np.full((1, 1, 1), number, self.x.dtype)
            case Constant(name):
                return np.full((1, 1, 1), self.constants[name], self.x.dtype)
            case Parameter(name):
                return self.own[name][None, :, None]
        if id(node) not in self.values:
            self.values[id(node)] = self._worked_out(node)
        return self.values[id(node)]

    def _worked_out(self, node: Node) -> Array:
        match node:
            case Product(matrix, vector):
                return np.asarray(self.own[matrix.name] @ self._value(vector))
            case Times(left, right):
                return self._value(left) * self._value(right)
            case Plus(left, right):
                return self._value(left) + self._value(right)
            case Minus(left, right):
                return self._value(left) - self._value(right)
            case Negative(operand):
                return -self._value(operand)
            case Activation(_, operand, slot):
                return VALUE[self.functions[slot]](self._value(operand))
        raise AssertionError(node)

    def _partials(self, node: Node, outer: Array) -> Iterator[tuple[_Leaf, Array]]:
        """The leaves of an expression, each with `outer` times the expression's derivative by it."""
        block = self.blocks.get(id(node))
        if block is not None:
            yield block, outer
            for sign, term in summands(node):
                if not (isinstance(term, Parameter) or is_stacked(term)):
                    yield from self._partials(term, sign * outer)
            return
        match node:
            case Variable() | Parameter():
                yield node, outer
            case Product(_, vector):
                leaves = list(self._partials(vector, np.ones((1, 1, 1), self.x.dtype)))
                yield _Late(node, leaves), outer
            case Times(left, right):
                yield from self._partials(left, outer * self._value(right))
                yield from self._partials(right, outer * self._value(left))
            case Plus(left, right):
                yield from self._partials(left, outer)
                yield from self._partials(right, outer)
            case Minus(left, right):
                yield from self._partials(left, outer)
                yield from self._partials(right, -outer)
            case Negative(operand):
                yield from self._partials(operand, -outer)
            case Activation(_, operand, slot):
                yield from self._partials(operand, outer * SLOPE[self.functions[slot]](self._value(node)))

    def _equation_partials(self) -> list[tuple[str, list[tuple[_Leaf, Array]]]]:
        """For each equation, last first, its leaves and derivatives."""
        found = []
        for equation in reversed(self.layer.cell.graph.equations):
            node = equation.expression
            if isinstance(node, Activation):  # its value is traced: no need to work it out again
                self.values[id(node)] = self._inside(self.trace[self.prefix + equation.name])
            one = np.ones((1, 1, 1), self.x.dtype)
            found.append((equation.name, list(self._partials(node, one))))
        return found

    # -- the loop over time ---------------------------------------------------------------------------------------

    def run(self) -> None:
        graph = self.layer.cell.graph
        steps, _, batch = self.x.shape
        partials = self._equation_partials()
        stack = stacked_matrix(self.plan, self.own, self.x.dtype)
        back = {
            name: np.ascontiguousarray(stack[:, self._columns(row.start, row.stop)].T)
            for name, row in self.plan.previous.items()
            if self.plan.sources.start <= row.start < self.plan.sources.stop
        }
        bars = {e.name: self._inside(self.whole.bar(self.prefix + e.name)) for e in graph.equations}
        self.z_bar = np.zeros((steps, self.plan.stack_rows, batch), self.x.dtype)
        self.x_bar = np.zeros_like(self.x)
        self.vectors = {name: np.zeros_like(values) for name, values in self.own.items() if values.ndim == 1}
        self.late = {name: np.zeros_like(values) for name, values in self.own.items() if values.ndim == 2}
        carry = {name: np.zeros_like(values[0]) for name, values in self.before.items()}
        for t in reversed(range(steps)):
            now = {name: bar[t] for name, bar in bars.items()}
            earlier = {name: np.zeros_like(values) for name, values in carry.items()}
            for name, bar in carry.items():
                if name not in self.layer.forced:
                    now[name] += bar
            flowing = self._hold(t, now, earlier, bars)
            for name, leaves in partials:
                self._spread(t, flowing[name], leaves, flowing, earlier)
            if self.mask is not None:
                for name, bar in now.items():
                    np.copyto(bar, flowing[name], where=self.mask[t])
            for name, matrix in back.items():
                earlier[name] += matrix @ self.z_bar[t]
            carry = earlier
        for name, bar in carry.items():
            self.whole.initial[self.prefix + name] = bar.T
        self._gather(stack)

    def _columns(self, start: int, stop: int) -> slice:
        return slice(start - self.plan.sources.start, stop - self.plan.sources.start)

    def _hold(
        self, t: int, now: dict[str, Array], earlier: dict[str, Array], bars: dict[str, Array]
    ) -> dict[str, Array]:
        """At padding every quantity keeps its value: its derivative passes to the step before, none to the equation."""
        if self.mask is None or self.mask[t].all():
            return now
        real = self.mask[t]
        for name, bar in now.items():
            if name in earlier and name not in self.layer.forced:
                earlier[name] += bar * ~real
            elif t:
                bars[name][t - 1] += bar * ~real
        return {name: bar * real for name, bar in now.items()}

    def _spread(
        self,
        t: int,
        bar: Array,
        leaves: list[tuple[_Leaf, Array]],
        flowing: dict[str, Array],
        earlier: dict[str, Array],
    ) -> None:
        """Add a derivative's share to each of the leaves."""
        for leaf, partial in leaves:
            share = bar * partial[t if len(partial) > 1 else 0]
            match leaf:
                case Block(_, start, stop, _):
                    self.z_bar[t, start:stop] += share
                case Variable("x", _):
                    self.x_bar[t] += share
                case Variable(name, True):
                    earlier[name] += share
                case Variable(name, False):
                    flowing[name] += share
                case Parameter(name):
                    self.vectors[name] += share.sum(axis=1)
                case _Late(product, inner):
                    name = product.matrix.name
                    self.late[name] += share @ self._value(product.vector)[t].T
                    self._spread(t, self.own[name].T @ share, inner, flowing, earlier)

    def _gather(self, stack: Array) -> None:
        """The gradients of all stacked weights as one product over all steps, and of the input."""
        steps, rows, batch = self.z_bar.shape
        width = stack.shape[1]
        sources = np.empty((steps, width, batch), self.x.dtype)
        for name, row in self.plan.previous.items():
            if self.plan.sources.start <= row.start < self.plan.sources.stop:
                sources[:, self._columns(row.start, row.stop)] = self.before[name]
        inputs = self._columns(self.plan.inputs.start, self.plan.inputs.stop)
        sources[:, inputs] = self.x
        sources[:, self._columns(self.plan.one.start, self.plan.one.stop)] = 1.0
        flat = self.z_bar.transpose(1, 0, 2).reshape(rows, steps * batch)
        product = flat @ sources.transpose(1, 0, 2).reshape(width, steps * batch).T
        gradients = {**self.vectors, **self.late}
        for block in self.plan.blocks:
            for factor, name, column, count in block.terms:
                part = factor * product[block.start : block.stop, column : column + count]
                gradients[name] = gradients[name] + part.reshape(self.own[name].shape)
        for name, gradient in gradients.items():
            self.whole.params[self.prefix + name] = gradient
        self.x_bar += stack[:, inputs].T @ self.z_bar
        self.whole.bar(self.entering)[...] += self._inside(self.x_bar)
