"""The number that goes into an activation, to the same bits as the trace's own, without a full explanation.

The trace explains such a number from all its operands, which takes milliseconds in a wide layer; the stage shows four
of them at every step. The arithmetic is that of `rnnviz.engine.scalar`: each sum is rounded once, at its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.expression import Minus, Negative, Node, Parameter, Plus, Product, Times, Variable, summands

Array = NDArray[np.float64]


class NotSimpleError(Exception):
    """The expression holds something that only the trace works out."""


def sum_of(node: Node, unit: int, vector: Callable[[Variable], Array], parameter: Callable[[str], Array]) -> float:
    """The expression for one unit. Raises NotSimpleError for all but sums and products of weights and traces."""
    match node:
        case Variable():
            return float(vector(node)[unit])
        case Parameter(name):
            return float(parameter(name)[unit])
        case Times(left, right):
            return sum_of(left, unit, vector, parameter) * sum_of(right, unit, vector, parameter)
        case Product() | Plus() | Minus() | Negative():
            numbers: list[float] = []
            for sign, term in summands(node):
                if isinstance(term, Product):
                    numbers += (sign * (parameter(term.matrix.name)[unit] * _row(term.vector, vector))).tolist()
                else:
                    numbers.append(sign * sum_of(term, unit, vector, parameter))
            return math.fsum(numbers) if all(map(math.isfinite, numbers)) else sum(numbers)
    raise NotSimpleError


def _row(node: Node, vector: Callable[[Variable], Array]) -> Array:
    match node:
        case Variable():
            return vector(node)
        case Times(left, right):
            return _row(left, vector) * _row(right, vector)
    raise NotSimpleError
