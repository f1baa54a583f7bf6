"""All derivatives of the loss of one run, looked up by their addresses."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import through
from rnnviz.engine.backward import Gradients, backward
from rnnviz.engine.errors import AddressError
from rnnviz.engine.explain import with_functions
from rnnviz.engine.expression import Activation, Node
from rnnviz.engine.gradient_flow import step_parts
from rnnviz.engine.loss import loss, step_counts
from rnnviz.engine.network import DENSE, Dense, Embedding, Recurrent
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress, Trace

Array = NDArray[np.floating]


class LossGradients:
    """What is asked for is worked out then, and kept.

    The loss is summed over steps and averaged over sequences, as training has it.
    weights : (T, N), how much each step's loss counts in it; 0 at padding
    slopes : (T, N, size), the derivative of that loss by the output of each step, with all that comes later held
    """

    def __init__(
        self, trace: Trace, kind: str, targets: Array, last_only: bool = False, weights: Array | None = None
    ) -> None:
        self.trace, self.kind, self.targets = trace, kind, targets
        _, slopes = loss(kind, trace, targets, last_only, weights)
        self.slopes = slopes / trace.batch
        counts = step_counts(trace, last_only) / trace.batch
        self.weights = counts if weights is None else counts * weights
        self._parts: tuple[str, Array] = ("", np.empty(0))

    @cached_property
    def found(self) -> Gradients:
        with np.errstate(all="ignore"):
            return backward(self.trace, {self.trace.output_name: self.slopes})

    def number(self, address: GradientAddress) -> float:
        """Raises AddressError where there is no such derivative, saying why."""
        self.check(address)
        if isinstance(address.of, ParameterAddress):
            return self._of_parameter(address.of, address.step)
        return float(self.of_units(address.of.quantity, address.of.step, address.of.sequence)[address.of.unit])

    def check(self, address: GradientAddress) -> None:
        """Raises AddressError, and works nothing out."""
        self.trace.number(address.of)
        if isinstance(address.of, Address):
            self._check(address.of.quantity)
        elif not 0 <= address.step <= self.trace.steps:
            raise AddressError(f"there are steps 1 to {self.trace.steps}; there is no step {address.step}")

    def of_units(self, quantity: str, step: int, sequence: int) -> Array:
        """The derivatives by all numbers of a quantity at a step, (size,); "lstm.i.pre" by what its activation is
        applied to."""
        self._check(quantity)
        if quantity == "x":
            return np.asarray(self.found.inputs[step - 1, sequence])
        if quantity.endswith(".pre"):
            return self._before_activation(quantity.removesuffix(".pre"), step, sequence)
        if not 1 <= step <= self.trace.steps:
            return np.asarray(self.found.initial[quantity][sequence])
        return np.asarray(self.found.quantities[quantity][step - 1, sequence])

    def over_time(self, quantity: str, sequence: int) -> Array:
        """The derivatives by a quantity at all steps, (T, size)."""
        self._check(quantity)
        source = self.found.inputs if quantity == "x" else self.found.quantities[quantity]
        return np.asarray(source[:, sequence])

    def parts_of(self, number: ParameterAddress) -> Array:
        """What the use of a parameter's number at each step adds to its derivative, (T,); they add up to it."""
        if self._parts[0] != number.parameter:
            sources = {self.trace.output_name: self.slopes}
            self._parts = number.parameter, step_parts(self.trace, sources, number.parameter)
        parts = self._parts[1]
        return np.asarray(parts[:, number.row] if parts.ndim == 2 else parts[:, number.row, number.column])

    def sum_from(self, number: ParameterAddress, step: int) -> float:
        """What the steps from this one to the last add: how far BPTT has come; from step 1 the whole derivative."""
        return float(self.parts_of(number)[step - 1 :].sum()) if step > 1 else self._of_parameter(number, 0)

    def _of_parameter(self, number: ParameterAddress, step: int) -> float:
        if step:
            return float(self.parts_of(number)[step - 1])
        gradient = self.found.params[number.parameter]
        return float(gradient.reshape(len(gradient), -1)[number.row, number.column])

    def _before_activation(self, quantity: str, step: int, sequence: int) -> Array:
        bar = self.of_units(quantity, step, sequence)
        values = np.asarray(self.trace[quantity][step - 1, sequence])
        layer = self.trace.network.layer(quantity.partition(".")[0])
        if isinstance(layer, Recurrent) and self.trace.is_masked(step, sequence):
            return np.zeros_like(bar)
        function = function_of(layer, quantity.rpartition(".")[2])
        return through(function, values, bar)

    def _check(self, quantity: str) -> None:
        if quantity == "target":
            raise AddressError("targets are given; the loss is not differentiated by them")
        if quantity == "x" and isinstance(self.trace.network.layers[0], Embedding):
            raise AddressError("the inputs are ids of words, so the loss has no derivative by them")


def function_of(layer: object, name: str) -> str:
    """The activation that an equation ends with, "linear" where there is none."""
    if isinstance(layer, Dense):
        return layer.activation
    if not isinstance(layer, Recurrent):
        return "linear"
    expression = with_functions(layer.cell.graph.equation(name).expression, layer.functions())
    return expression.function if isinstance(expression, Activation) else "linear"


def equations_of(layer: Recurrent | Dense) -> dict[str, Node]:
    """Name -> expression with the activations in use."""
    functions = layer.functions() if isinstance(layer, Recurrent) else {"y": layer.activation}
    graph = layer.cell.graph if isinstance(layer, Recurrent) else DENSE.graph
    return {equation.name: with_functions(equation.expression, functions) for equation in graph.equations}
