"""The equations of a cell as lines of Python: the text of the paper, with the activations that a layer has chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from rnnviz.engine.activations import VALUE
from rnnviz.engine.equations import Equation, Graph
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
from rnnviz.interop.programs.text import WIDTH, assigned, plain

_SUM, _PRODUCT, _ATOM = 1, 2, 3  # how tightly an expression holds together


@dataclass(frozen=True)
class Equations:
    """Writes the equations of a graph.

    product : how a matrix times a vector is written, with `{matrix}` and `{vector}` in it
    zeros : how as many zeros as a {size} says are written, for each sequence
    functions : slot -> activation in use; constants : constant -> value in use
    taken : names that the program uses for something else; a quantity or parameter of that name gets a _ behind it
    indent : spaces that will be in front of the lines
    """

    graph: Graph
    product: str
    zeros: str
    functions: Mapping[str, str]
    constants: Mapping[str, float]
    taken: Collection[str]
    indent: int

    def name(self, name: str) -> str:
        """What a quantity, parameter or constant of the cell is called in the program."""
        own = {*self.graph.sizes, *self.graph.parameters, *self.graph.constants}
        while name in self.taken:
            name += "_"
            while name in own:
                name += "_"
        return name

    def previous(self, name: str) -> str:
        return f"{self.name(name)}_prev"

    def lines(self) -> list[str]:
        """All equations in working order, each with its meaning as a comment where that fits."""
        return [line for equation in self.graph.equations for line in self._equation(equation)]

    def used_functions(self) -> set[str]:
        """The activations that the lines call."""
        nodes = (node for equation in self.graph.equations for node in walk(equation.expression))
        used = {self.functions[node.slot] for node in nodes if isinstance(node, Activation) and not is_number(node)}
        return used - {"linear"}

    def _equation(self, equation: Equation) -> list[str]:
        value = self.written(equation.expression)
        if is_same_for_all(equation):
            value += f" + {self.zeros.format(size=self.graph.sizes[equation.name])}"
        lines = assigned(self.name(equation.name), value, self.indent)
        meaning = plain(equation.meaning)
        if meaning and len(lines) == 1 and self.indent + len(lines[0]) + len(meaning) + 4 <= WIDTH:
            return [f"{lines[0]}  # {meaning}"]
        return lines

    def written(self, node: Node) -> str:
        return self._held(node)[0]

    def _held(self, node: Node) -> tuple[str, int]:
        """The text, and how tightly it holds together."""
        match node:
            case Number(value):
                return f"{value:g}" if float(f"{value:g}") == value else repr(value), _ATOM
            case Constant(name) | Parameter(name):
                return self.name(name), _ATOM
            case Variable(name, previous):
                return "x" if name == "x" else self.previous(name) if previous else self.name(name), _ATOM
            case Product(matrix, vector):
                text = self.product.format(matrix=self.name(matrix.name), vector=self._at_least(vector, _ATOM))
                return text, _PRODUCT
            case Times(left, right):
                return f"{self._at_least(left, _PRODUCT)} * {self._at_least(right, _ATOM)}", _PRODUCT
            case Plus(left, right):
                return f"{self._at_least(left, _SUM)} + {self._at_least(right, _PRODUCT)}", _SUM
            case Minus(left, right):
                return f"{self._at_least(left, _SUM)} - {self._at_least(right, _PRODUCT)}", _SUM
            case Negative(operand):
                return f"-{self._at_least(operand, _ATOM)}", _SUM
            case Activation() if is_number(node):
                return repr(self._number(node)), _SUM
            case Activation(_, operand, slot):
                function = self.functions[slot]
                text, tightness = self._held(operand)
                return (text, tightness) if function == "linear" else (f"{function}({text})", _ATOM)
        raise AssertionError(node)

    def _number(self, node: Node) -> float:
        """What comes of numbers and constants alone; a library's activations want an array."""
        match node:
            case Number(value):
                return value
            case Constant(name):
                return self.constants[name]
            case Times(left, right):
                return self._number(left) * self._number(right)
            case Plus(left, right):
                return self._number(left) + self._number(right)
            case Minus(left, right):
                return self._number(left) - self._number(right)
            case Negative(operand):
                return -self._number(operand)
            case Activation(_, operand, slot):
                return float(VALUE[self.functions[slot]](np.asarray(self._number(operand))))
        raise AssertionError(node)

    def _at_least(self, node: Node, tightness: int) -> str:
        text, own = self._held(node)
        return text if own >= tightness else f"({text})"


def is_number(node: Node) -> bool:
    """Whether an expression has nothing but numbers and constants in it."""
    return not any(isinstance(part, Variable | Parameter) for part in walk(node))


def is_same_for_all(equation: Equation) -> bool:
    """Whether a quantity depends on nothing that the sequences differ in."""
    return not any(isinstance(part, Variable) for part in walk(equation.expression))
