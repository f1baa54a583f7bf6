"""The nodes of a cell's graph, free of NumPy, and how they are written as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the equation, such as the 1 of `1 - z`."""

    value: float


@dataclass(frozen=True, slots=True)
class Constant:
    """A named number of the cell that a layer may set, such as Jordan's alpha."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """The input `x`, or a quantity of this step, or (previous) of the step before."""

    name: str
    previous: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A trained array: a matrix in front of `@`, else a vector (bias, peephole)."""

    name: str


@dataclass(frozen=True, slots=True)
class Product:
    """`matrix @ vector`."""

    matrix: Parameter
    vector: Node


@dataclass(frozen=True, slots=True)
class Times:
    """Elementwise product."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Plus:
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Minus:
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Node


@dataclass(frozen=True, slots=True)
class Activation:
    """A function applied to each unit. A layer may put another function in its `slot`."""

    function: str
    operand: Node
    slot: str


_OPERATIONS = (Product, Times, Plus, Minus, Negative)

Node = Number | Constant | Variable | Parameter | Product | Times | Plus | Minus | Negative | Activation


def children(node: Node) -> tuple[Node, ...]:
    """The operands of a node, left to right."""
    match node:
        case Product(matrix, vector):
            return (matrix, vector)
        case Times(left, right) | Plus(left, right) | Minus(left, right):
            return (left, right)
        case Negative(operand) | Activation(_, operand, _):
            return (operand,)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in reading order."""
    yield node
    for child in children(node):
        yield from walk(child)


def summands(node: Node, sign: int = 1) -> list[tuple[int, Node]]:
    """A sum taken apart into signed terms: `a + b - c` gives (1, a), (1, b), (-1, c)."""
    match node:
        case Plus(left, right):
            return summands(left, sign) + summands(right, sign)
        case Minus(left, right):
            return summands(left, sign) + summands(right, -sign)
        case Negative(operand):
            return summands(operand, -sign)
    return [(sign, node)]


def written(node: Node) -> str:
    """The node as text, as it would be typed in a cell."""
    match node:
        case Number(value):
            return f"{value:g}" if float(f"{value:g}") == value else repr(value)
        case Constant(name) | Parameter(name):
            return name
        case Variable(name, previous):
            return f"{name}_prev" if previous else name
        case Product(matrix, vector):
            return f"{matrix.name} @ {_in_brackets(vector, (Plus, Minus, Times, Negative))}"
        case Times(left, right):
            return f"{_in_brackets(left, (Plus, Minus))} * {_in_brackets(right, _OPERATIONS)}"
        case Plus(left, right):
            return f"{written(left)} + {_in_brackets(right, (Negative,))}"
        case Minus(left, right):
            return f"{written(left)} - {_in_brackets(right, (Plus, Minus, Negative))}"
        case Negative(operand):
            return f"-{_in_brackets(operand, _OPERATIONS)}"
        case Activation(function, operand, _):
            return f"{function}({written(operand)})"


def _in_brackets(node: Node, kinds: tuple[type, ...]) -> str:
    return f"({written(node)})" if isinstance(node, kinds) else written(node)
