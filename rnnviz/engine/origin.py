"""Where a traced number comes from: its layer and equation, and where the values lie that the equation reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import AddressError
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
from rnnviz.engine.network import DENSE, Dense, Recurrent
from rnnviz.engine.scalar import FUNCTIONS, total
from rnnviz.engine.trace import Address, Trace

Array = NDArray[np.float64]


class Origin:
    """The layer, name and prefix of an address's quantity, and the steps that it reads.

    is_pre : the address means what the quantity's activation is applied to, "lstm.i.pre"
    Raises AddressError for a quantity that the trace does not have.
    """

    def __init__(self, trace: Trace, address: Address) -> None:
        self.trace, self.address = trace, address
        parts = address.quantity.split(".")
        self.is_pre = parts[-1] == "pre" and len(parts) > 2
        if self.is_pre:
            parts.pop()
        self.quantity = ".".join(parts)
        if self.quantity not in trace:
            trace.number(Address(self.quantity, address.step))  # raises, naming what there is
        self.layer = trace.network.layer(parts[0])
        self.name = parts[-1]
        self.prefix = self.quantity[: -len(self.name)]
        self.input_name = trace.network.input_name(trace.network.layers.index(self.layer))
        self.previous_step = address.step + (1 if trace.is_backward(self.quantity) else -1)

    def before_activation(self) -> float:
        """The sum that the quantity's activation is applied to, rounded once, as its explanation works it out."""
        layer = self.layer
        cell = layer.cell if isinstance(layer, Recurrent) else DENSE if isinstance(layer, Dense) else None
        expression = cell.graph.equation(self.name).expression if cell and self.name in cell.graph.sizes else None
        if not isinstance(expression, Activation):
            raise AddressError(f"'{self.quantity}' has no activation, so there is no '{self.address.quantity}'")
        self.trace.number(Address(self.quantity, self.address.step, self.address.sequence, self.address.unit))
        if not 1 <= self.address.step <= self.trace.steps:
            raise AddressError(f"nothing was worked out at step {self.address.step}; there are 1 to {self.trace.steps}")
        return self._of_unit(expression.operand, self.address.unit)

    def _of_unit(self, node: Node, unit: int) -> float:
        match node:
            case Product() | Plus() | Minus() | Negative():
                numbers: list[float] = []
                for sign, term in summands(node):
                    if isinstance(term, Product):
                        weights = self._row(term.matrix.name, unit)
                        numbers += (sign * (weights * self._of_all(term.vector, len(weights)))).tolist()
                    else:
                        numbers.append(sign * self._of_unit(term, unit))
                return total(numbers)
            case Times(left, right):
                return self._of_unit(left, unit) * self._of_unit(right, unit)
            case Activation(_, operand, slot):
                return FUNCTIONS[self._function(slot)](self._of_unit(operand, unit))
            case Number(number):
                return number
            case Constant(name):
                assert isinstance(self.layer, Recurrent)
                return self.layer.constant_values()[name]
            case Parameter(name):
                return float(self.trace.params[self.prefix + name][unit])
            case Variable():
                return float(self._vector(node)[unit])
        raise AssertionError(node)

    def _of_all(self, node: Node, size: int) -> Array:
        """An expression for all units of its size."""
        match node:
            case Variable():
                return self._vector(node)
            case Times(Variable() as left, Variable() as right):
                return self._vector(left) * self._vector(right)
        return np.array([self._of_unit(node, unit) for unit in range(size)])

    def _function(self, slot: str) -> str:
        return self.layer.functions()[slot] if isinstance(self.layer, Recurrent) else "linear"

    def _row(self, name: str, unit: int) -> Array:
        return np.asarray(self.trace.params[self.prefix + name][unit], np.float64)

    def _vector(self, variable: Variable) -> Array:
        row, sequence = self.address.step - 1, self.address.sequence
        if variable.name == "x":
            values = self.trace[self.input_name]
        elif variable.previous:
            values = self.trace.before(self.prefix + variable.name)
        else:
            values = self.trace[self.prefix + variable.name]
        return np.asarray(values[row, sequence], np.float64)
