"""What a gate's activation is applied to, of one unit, for the eye: a row of each product, not an explanation of it.

`Trace.number` gives the same by explaining it, operand by operand; this is read at every step, however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    walk,
)
from rnnviz.engine.trace import Address, Trace
from rnnviz.session import Snapshot
from rnnviz.ui.plots.reading import Direction

EVERY = slice(None)
Values = NDArray[np.float64] | float


def before_activation(snapshot: Snapshot, direction: Direction, gate: str, unit: int) -> float:
    """The number at "layer.gate.pre" of the cursor's step (1 or more) and sequence."""
    cursor, trace = snapshot.cursor, snapshot.trace
    expression = direction.cell.graph.equation(gate).expression
    if not isinstance(expression, Activation) or _has_activation(expression.operand):
        return trace.number(Address(f"{direction.prefix}{gate}.pre", cursor.step, cursor.sequence, unit))
    layers = trace.network.layers
    inputs = trace[trace.network.input_name(layers.index(direction.layer))][cursor.step - 1, cursor.sequence]
    reader = _Reader(trace, direction, cursor.step - 1, cursor.sequence, inputs)
    return float(np.reshape(reader.values(expression.operand, slice(unit, unit + 1)), -1)[0])


@dataclass(frozen=True)
class _Reader:
    trace: Trace
    direction: Direction
    row: int
    sequence: int
    inputs: NDArray[np.float64]

    def values(self, node: Node, units: slice) -> Values:
        """An expression for these units."""
        match node:
            case Number(value):
                return value
            case Constant(name):
                return self.direction.layer.constant_values()[name]
            case Variable("x", False):
                return self.inputs[units]
            case Variable(name, is_previous):
                quantity = self.direction.prefix + name
                recorded = self.trace.before(quantity) if is_previous else self.trace[quantity]
                return recorded[self.row, self.sequence][units]
            case Parameter(name):
                return self.trace.params[self.direction.prefix + name][units]
            case Product(matrix, vector):
                return self.trace.params[self.direction.prefix + matrix.name][units] @ self.values(vector, EVERY)
            case Times(left, right):
                return self.values(left, units) * self.values(right, units)
            case Plus(left, right):
                return self.values(left, units) + self.values(right, units)
            case Minus(left, right):
                return self.values(left, units) - self.values(right, units)
            case Negative(operand):
                return -self.values(operand, units)
        raise TypeError(f"{node} has no values here")


def _has_activation(node: Node) -> bool:
    return any(isinstance(part, Activation) for part in walk(node))
