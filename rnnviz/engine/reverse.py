"""One direction of one recurrent layer, backward: what goes into its loop over time, and what comes out.

Arrays are (T, size, N) in the order in which the steps were run. The partial derivatives are worked out for a stretch
of steps at a time. Per step, what is left to do is: add what came from the step after, multiply by the partial
derivatives (of all blocks that one root drives in one call), and one product with the transposed stacked matrix. The
gradients of all weights are one product over a stretch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import accelerate
from rnnviz.engine.expression import Activation, Variable
from rnnviz.engine.network import Recurrent
from rnnviz.engine.partials import Values
from rnnviz.engine.reverse_loop import MASK, borrowed
from rnnviz.engine.run import cached_plan
from rnnviz.engine.tape import Recorded
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]


class Lane:
    """The derivatives of one lane; `roots` are the quantities that have a derivative of their own in the loop."""

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
        self.plan = cached_plan(layer, inputs, sigmoid_factor=1.0)
        self.own = {
            name.removeprefix(self.prefix): np.asarray(values, self.dtype)
            for name, values in trace.params.items()
            if name.startswith(self.prefix)
        }
        self.before = {name: self.inside(trace.before(self.prefix + name)) for name in self.plan.previous}
        self.mask = None if trace.mask is None else trace.mask[self.turn]

    def inside(self, array: Array) -> Array:
        """(T, N, size) in the order of the inputs -> (T, size, N) in the order of the run."""
        return array[self.turn].transpose(0, 2, 1)

    def outside(self, array: Array) -> Array:
        """The way back."""
        return array.transpose(0, 2, 1)[self.turn]

    @cached_property
    def values(self) -> Values:
        """What expressions are worth, of all steps at once."""
        vectors = {name: values[None, :, None] for name, values in self.own.items() if values.ndim == 1}
        return self.values_of(self.variables(), self.own, vectors)

    def variables(self) -> dict[Variable | str, Array]:
        """Everything that is traced, (T, size, N)."""
        names = [equation.name for equation in self.layer.cell.graph.equations]
        found: dict[Variable | str, Array] = {Variable(name, True): array for name, array in self.before.items()}
        found[Variable("x")] = self.x
        return found | {Variable(name): self.inside(self.trace[self.prefix + name]) for name in names}

    def values_of(
        self, variables: Mapping[Any, Any], params: Mapping[str, Array], vectors: Mapping[str, Any]
    ) -> Values:
        layer = self.layer
        values = Values(variables, params, vectors, layer.constant_values(), layer.functions(), self.dtype)
        for equation in layer.cell.graph.equations:  # what is traced need not be worked out again
            if isinstance(equation.expression, Activation):
                values.known[id(equation.expression)] = variables[Variable(equation.name)]
        return values

    def run(self, sources: Mapping[str, Array], keep: bool, want_inputs: bool, truncate: int = 0) -> None:
        """Go backward through time.

        sources : root -> its direct derivative, (T, N, size)
        keep : whether `loop.bars` is wanted, root -> its derivative (T, size, N); want_inputs : whether `inputs()` is
        truncate : derivatives are cut every so many steps (truncated BPTT); 0 for never
        """
        given = self.variables()
        for name, source in sources.items():
            bar = self.inside(source)
            given[name] = bar if self.mask is None or name in self.carried else self._handed_back(bar, self.mask)
        if self.mask is not None:
            given[MASK] = self.mask[:, None, :].astype(self.dtype)
        compiled: accelerate.Loop | None = None
        if accelerate.loop is not None and self.batch == 1 and self.mask is None:
            compiled = accelerate.loop(self, given, keep, want_inputs)
        self.loop: accelerate.Loop = compiled or borrowed(self, given, keep, want_inputs)
        length = truncate or max(1, self.steps)
        first = self.steps - 1 - (self.steps - 1) % length
        for start in range(first, -1, -length):
            self.loop.run(start, min(start + length, self.steps))

    @staticmethod
    def _handed_back(bar: Array, mask: NDArray[np.bool_]) -> Array:
        """At padding a quantity repeats its value of the step before, so that is where its derivative belongs too."""
        handed = bar.copy()
        for t in range(len(bar) - 1, 0, -1):
            handed[t - 1] += handed[t] * ~mask[t]
        return handed

    # -- what comes out --------------------------------------------------------------------------------------------

    def columns(self, start: int, stop: int) -> slice:
        """A stretch of the record as columns of the stacked matrix."""
        return slice(start - self.plan.sources.start, stop - self.plan.sources.start)

    def in_sources(self, name: str) -> bool:
        return self.plan.sources.start <= self.plan.previous[name].start < self.plan.sources.stop

    def params(self) -> dict[str, Array]:
        """The gradients of all weights."""
        gradients = {name: np.zeros_like(values) for name, values in self.own.items()}
        for block in self.plan.blocks:
            for factor, name, column, columns in block.terms:
                part = factor * self.loop.product[block.start : block.stop, column : column + columns]
                gradients[name] += part.reshape(gradients[name].shape)
        for name, share in self.loop.vector_bars:
            gradients[name] += share.sum(axis=(0, 2))
        for name, share, value in self.loop.late_bars:
            vector = value.whole if isinstance(value, Recorded) else value
            whole = np.broadcast_to(vector, (self.steps, *vector.shape[1:]))
            gradients[name] += np.tensordot(share, whole, ((0, 2), (0, 2)))
        return {self.prefix + name: gradient for name, gradient in gradients.items()}

    def inputs(self) -> Array:
        """dL/dx, (T, N, inputs)."""
        assert self.loop.x_bars is not None, "asked only where they were wanted"
        bar = self.loop.x_bars.transpose(1, 0, 2)
        for share in self.loop.input_bars:
            bar = bar + share
        return self.outside(bar)
