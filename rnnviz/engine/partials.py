"""Partial derivatives of a cell's equations, for all steps at once (or, with arrays of a tape, as a recipe for that).

Backpropagation needs, per step, how each `root` changes with its leaves: blocks of the stacked product, previous
values, other roots, vector parameters, and products with vectors that only the step itself knows. Quantities between
root and leaf are multiplied out beforehand, over the whole run in a few array operations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import SLOPE, VALUE
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
from rnnviz.engine.plan import Block
from rnnviz.engine.planner import is_stacked

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Leaf:
    """What a derivative ends at. kind : "block", "previous", "current", "input", "vector" or "late"."""

    kind: str
    name: str = ""
    start: int = 0
    stop: int = 0


@dataclass
class Leaves:
    """Leaf -> derivative by it, (T or 1, size, N or 1); a late product leads on to the leaves of its vector."""

    slopes: dict[Leaf, Array] = field(default_factory=dict)
    late: dict[Leaf, tuple[Product, Leaves]] = field(default_factory=dict)

    def add(self, leaf: Leaf, slope: Array) -> None:
        self.slopes[leaf] = self.slopes[leaf] + slope if leaf in self.slopes else slope


class Values:
    """What expressions are worth at every step, (T, size, N), each worked out once.

    vectors : parameters that are vectors, as (1, size, 1)
    """

    def __init__(
        self,
        variables: Mapping[Variable, Array],
        params: Mapping[str, Array],
        vectors: Mapping[str, Array],
        constants: Mapping[str, float],
        functions: Mapping[str, str],
        dtype: np.dtype[np.floating],
    ) -> None:
        self.variables, self.params, self.vectors = variables, params, vectors
        self.constants, self.functions = constants, functions
        self.dtype = dtype
        self.known: dict[int, Array] = {}

    def of(self, node: Node) -> Array:
        match node:
            case Variable():
                return self.variables[node]
            case Number(number):
                return np.full((1, 1, 1), number, self.dtype)
            case Constant(name):
                return np.full((1, 1, 1), self.constants[name], self.dtype)
            case Parameter(name):
                return self.vectors[name]
        if id(node) not in self.known:
            self.known[id(node)] = self._worked_out(node)
        return self.known[id(node)]

    def _worked_out(self, node: Node) -> Array:
        match node:
            case Product(matrix, vector):
                product: Array = np.matmul(self.params[matrix.name], self.of(vector))
                return product
            case Times(left, right):
                return self.of(left) * self.of(right)
            case Plus(left, right):
                return self.of(left) + self.of(right)
            case Minus(left, right):
                return self.of(left) - self.of(right)
            case Negative(operand):
                return -self.of(operand)
            case Activation(_, operand, slot):
                return VALUE[self.functions[slot]](self.of(operand))
        raise AssertionError(node)


class Partials:
    """Takes the derivatives; `roots` are the quantities that are not multiplied out."""

    def __init__(
        self, values: Values, expressions: Mapping[str, Node], blocks: Mapping[int, Block], roots: Collection[str]
    ) -> None:
        self.values, self.expressions, self.blocks, self.roots = values, expressions, blocks, roots

    def of(self, root: str) -> Leaves:
        """The leaves of a root's equation."""
        leaves = Leaves()
        self._take(self.expressions[root], self._one(), leaves)
        return leaves

    def _one(self) -> Array:
        return np.ones((1, 1, 1), self.values.dtype)

    def _take(self, node: Node, outer: Array, leaves: Leaves) -> None:
        """Add `outer` times the derivatives of `node` to `leaves`."""
        block = self.blocks.get(id(node))
        if block is not None:
            leaves.add(Leaf("block", "", block.start, block.stop), outer)
            for sign, term in summands(node):
                if not (isinstance(term, Parameter) or is_stacked(term)):
                    self._take(term, outer if sign > 0 else -outer, leaves)
            return
        match node:
            case Variable("x", _):
                leaves.add(Leaf("input"), outer)
            case Variable(name, True):
                leaves.add(Leaf("previous", name), outer)
            case Variable(name, False) if name in self.roots:
                leaves.add(Leaf("current", name), outer)
            case Variable(name, False):
                self._take(self.expressions[name], outer, leaves)
            case Parameter(name):
                leaves.add(Leaf("vector", name), outer)
            case Product(matrix, vector):
                leaf = Leaf("late", matrix.name, id(node))
                leaves.add(leaf, outer)
                if leaf not in leaves.late:
                    inner = Leaves()
                    self._take(vector, self._one(), inner)
                    leaves.late[leaf] = (node, inner)
            case Times(left, right):
                self._take(left, self._times(outer, right), leaves)
                self._take(right, self._times(outer, left), leaves)
            case Plus(left, right):
                self._take(left, outer, leaves)
                self._take(right, outer, leaves)
            case Minus(left, right):
                self._take(left, outer, leaves)
                self._take(right, -outer, leaves)
            case Negative(operand):
                self._take(operand, -outer, leaves)
            case Activation(_, operand, slot):
                self._through(node, self.values.functions[slot], operand, outer, leaves)

    def _through(self, node: Node, function: str, operand: Node, outer: Array, leaves: Leaves) -> None:
        match function:
            case "linear":
                self._take(operand, outer, leaves)
            case "hard":
                pass  # its derivative is 0
            case _:
                slope = SLOPE[function](self.values.of(node))
                self._take(operand, slope if self._is_one(outer) else outer * slope, leaves)

    def _times(self, outer: Array, node: Node) -> Array:
        value = self.values.of(node)
        return value if self._is_one(outer) else outer * value

    @staticmethod
    def _is_one(array: Array) -> bool:
        return isinstance(array, np.ndarray) and array.size == 1 and array.flat[0] == 1.0
