"""Reverse mode (backpropagation through time) from the same graph as the run.

The layers are walked from last to first; `reverse` goes back through time in each recurrent one.

Source: Werbos 1990 (backpropagation through time); Williams & Peng 1990 (truncated).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import through
from rnnviz.engine.errors import ShapeError
from rnnviz.engine.expression import Variable, walk
from rnnviz.engine.network import Dense, Embedding, Masking, Pool, Recurrent, merges
from rnnviz.engine.pooling import handed_back
from rnnviz.engine.reverse import Lane
from rnnviz.engine.reverse_loop import Loop, give_back
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]

MAX_TERMS = 32


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
    walk = _Backward(trace, sources, every_quantity=True)
    walk.run()
    quantities = {name: walk.bar(name) for name in trace if name != "x"}
    return Gradients(walk.params, walk.bar("x"), quantities, walk.initial)


def parameter_gradients(trace: Trace, sources: Mapping[str, Array], truncate: int = 0) -> dict[str, Array]:
    """The gradients of the parameters alone, as training needs them; otherwise as `backward`, and faster.

    truncate : no derivative passes back over more than a stretch of so many steps (truncated BPTT); 0 for full BPTT
    """
    walk = _Backward(trace, sources, every_quantity=False, truncate=truncate)
    walk.run()
    return walk.params


class _Backward:
    """Walks the layers from last to first; `bars` gathers dL/dquantity on the way."""

    def __init__(self, trace: Trace, sources: Mapping[str, Array], every_quantity: bool, truncate: int = 0) -> None:
        for name, array in sources.items():
            if name not in trace or array.shape != trace[name].shape:
                known = trace[name].shape if name in trace else "no such quantity"
                raise ShapeError(f"the derivative for '{name}' has shape {array.shape}; the trace has {known}")
        self.trace, self.every_quantity, self.truncate = trace, every_quantity, truncate
        self.bars = {name: np.array(array, trace["x"].dtype) for name, array in sources.items()}
        self.params: dict[str, Array] = {}
        self.initial: dict[str, Array] = {}

    def bar(self, name: str) -> Array:
        """dL/dquantity so far, to be added to in place."""
        return self.bars.setdefault(name, np.zeros_like(self.trace[name]))

    def run(self) -> None:
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
                case Pool() as layer:
                    self._unpool(layer, entering)
                case Masking():
                    pass

    def _read_out(self, layer: Dense, entering: str) -> None:
        y, bar = self.trace[f"{layer.name}.y"], self.bar(f"{layer.name}.y")
        z_bar = through(layer.activation, y, bar)
        x = self.trace[entering]
        self.params[f"{layer.name}.V"] = np.tensordot(z_bar, x, ((0, 1), (0, 1)))
        self.params[f"{layer.name}.b"] = z_bar.sum(axis=(0, 1))
        if self.every_quantity or entering != "x":
            self.bar(entering)[...] += z_bar @ self.trace.params[f"{layer.name}.V"].astype(y.dtype)

    def _unpool(self, layer: Pool, entering: str) -> None:
        if self.every_quantity or entering != "x":
            bar = self.bar(f"{layer.name}.y")
            back = handed_back(layer.kind, self.trace[entering], self.trace.mask, bar, self.truncate)
            self.bar(entering)[...] += back

    def _embed(self, layer: Embedding) -> None:
        ids = self.trace["x"][..., 0].astype(np.intp)
        gradient = np.zeros(self.trace.params[f"{layer.name}.E"].shape)
        np.add.at(gradient, ids, self.bar(f"{layer.name}.e"))
        self.params[f"{layer.name}.E"] = gradient

    def _recur(self, layer: Recurrent, entering: str) -> None:
        if merges(layer):
            self._unmerge(layer)
        for direction in layer.directions:
            prefix = layer.prefix(direction)
            roots = self._roots(layer, prefix)
            lane = Lane(self.trace, layer, direction, entering, roots)
            given = {name: self.bars[prefix + name] for name in roots if prefix + name in self.bars}
            want_inputs = self.every_quantity or entering != "x"
            lane.run(given, self.every_quantity, want_inputs, self.truncate)
            self.params |= lane.params()
            if want_inputs:
                self.bar(entering)[...] += lane.inputs()
            if self.every_quantity:
                self.bars |= {prefix + name: lane.outside(bar) for name, bar in lane.loop.bars.items()}
                self.initial |= {prefix + name: bar.T for name, bar in lane.loop.carry.items()}
            if isinstance(lane.loop, Loop):
                give_back(lane.loop)

    def _roots(self, layer: Recurrent, prefix: str) -> list[str]:
        """Quantities with a derivative of their own; the others are multiplied out where that takes few terms."""
        needed = {*layer.cell.graph.carried, layer.cell.output}
        roots: list[str] = []
        terms: dict[str, int] = {}
        for equation in layer.cell.graph.equations:
            name = equation.name
            variables = (node for node in walk(equation.expression) if isinstance(node, Variable))
            terms[name] = 1 + sum(terms.get(read.name, 0) for read in variables if not read.previous)
            is_root = self.every_quantity or name in needed or prefix + name in self.bars
            if is_root or terms[name] > MAX_TERMS:
                roots.append(name)
                terms[name] = 1
        return roots

    def _unmerge(self, layer: Recurrent) -> None:
        """From dL/dmerged to the outputs of the directions."""
        bar = self.bar(f"{layer.name}.merged")
        if layer.masked_output == "zero" and self.trace.mask is not None:
            bar = bar * self.trace.mask[..., None]
        names = [layer.prefix(direction) + layer.cell.output for direction in layer.directions]
        parts = [bar] if len(names) == 1 else self._split(layer, bar, names)
        for name, part in zip(names, parts, strict=True):
            if layer.returns == "final" and self.trace.is_backward(name):
                self.bar(name)[:1] += part.sum(axis=0)
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
