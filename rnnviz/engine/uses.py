"""Where an expression reads something, and by what its derivative is multiplied on the way there.

The derivative of `sum` by a leaf is a product along the path between the two; a matrix on it adds up over its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rnnviz.engine.expression import (
    Activation,
    Minus,
    Negative,
    Node,
    Parameter,
    Plus,
    Product,
    Times,
    Variable,
    written,
)
from rnnviz.engine.latex import function_name, in_brackets, parameter, typeset


@dataclass(frozen=True)
class By:
    """Times an expression, at the unit where one is; `in_column`: at the column of the parameter's number."""

    node: Node
    in_column: bool = False


@dataclass(frozen=True)
class Slope:
    """Times the slope of an activation, which follows from its value."""

    node: Activation


@dataclass(frozen=True)
class Through:
    """Times a matrix: from its columns to all of its rows."""

    matrix: str


Factor = By | Slope | Through
Path = tuple[Factor, ...]


def uses(node: Node, is_read: Callable[[Node], bool]) -> Iterator[tuple[int, Path]]:
    """Every place that reads it: its sign, and the factors from there outwards."""
    match node:
        case Variable() | Parameter():
            if is_read(node):
                yield 1, ()
        case Product(matrix, vector):
            if is_read(matrix):
                yield 1, (By(vector, in_column=True),)
            for sign, path in uses(vector, is_read):
                yield sign, (*path, Through(matrix.name))
        case Times(left, right):
            for one, other in ((left, right), (right, left)):
                for sign, path in uses(one, is_read):
                    yield sign, (*path, By(other))
        case Plus(left, right):
            yield from uses(left, is_read)
            yield from uses(right, is_read)
        case Minus(left, right):
            yield from uses(left, is_read)
            for sign, path in uses(right, is_read):
                yield -sign, path
        case Negative(operand):
            for sign, path in uses(operand, is_read):
                yield -sign, path
        case Activation(_, operand, _):
            for sign, path in uses(operand, is_read):
                yield sign, (*path, Slope(node))


def one_step_on(node: Node) -> Node:
    """The expression of the following step, named from here: `f` becomes `f_next`, `h_prev` becomes `h`."""
    match node:
        case Variable(name, previous):
            return Variable(name if previous else f"{name}_next")
        case Product(matrix, vector):
            return Product(matrix, one_step_on(vector))
        case Times(left, right) | Plus(left, right) | Minus(left, right):
            return type(node)(one_step_on(left), one_step_on(right))
        case Negative(operand):
            return Negative(one_step_on(operand))
        case Activation(function, operand, slot):
            return Activation(function, one_step_on(operand), slot)
    return node


def path_written(root: str, path: Path) -> str:
    """ "dL/dh * o * (1 - tanh(c)^2)", from the root inwards; "dL/dy @ V" through a matrix."""
    text = root
    for factor in reversed(path):
        match factor:
            case By(node):
                inner = written(node)
                text += f" * ({inner})" if isinstance(node, Plus | Minus | Negative) else f" * {inner}"
            case Slope(node):
                text += f" * {slope_written(node.function, written(node))}"
            case Through(matrix):
                text += f" @ {matrix}"
    return text


def path_typeset(root: str, path: Path) -> str:
    """The same as LaTeX; a matrix stands transposed before the rest, what it is multiplied by transposed behind."""
    text, joint = root, ""
    for factor in reversed(path):
        is_by_unit = isinstance(factor, Slope) or (isinstance(factor, By) and not factor.in_column)
        if joint and joint != ("unit" if is_by_unit else "matrix"):
            text = in_brackets(text)  # products of both kinds have no order of their own
        joint = "unit" if is_by_unit else "matrix"
        match factor:
            case By(node, in_column=True):
                inner = typeset(node)
                plain = f"{{{inner}}}" if "^" in inner else inner  # a symbol has one superscript
                text += f" {plain if isinstance(node, Variable) else in_brackets(inner)}^\\top"
            case By(node):
                inner = typeset(node)
                text += rf" \odot {in_brackets(inner) if isinstance(node, Plus | Minus | Negative) else inner}"
            case Slope(node):
                text += rf" \odot {slope_typeset(node.function, typeset(node))}"
            case Through(matrix):
                text = f"{parameter(matrix)}^\\top {text}"
    return text


def slope_written(function: str, value: str) -> str:
    match function:
        case "tanh":
            return f"(1 - {value}^2)"
        case "sigmoid":
            return f"{value} * (1 - {value})"
        case "softsign":
            return f"(1 - |{value}|)^2"
        case "softplus":
            return f"(1 - exponential(-{value}))"
        case "exponential":
            return value
    return f"slope of {function.replace('_', ' ')}"


def slope_typeset(function: str, value: str) -> str:
    match function:
        case "tanh":
            return rf"\left(1 - {value}^2\right)"
        case "sigmoid":
            return rf"{value} \odot \left(1 - {value}\right)"
        case "softsign":
            return rf"\left(1 - \left|{value}\right|\right)^2"
        case "softplus":
            return rf"\left(1 - \exp\left(-{value}\right)\right)"
        case "exponential":
            return value
    return rf"{function_name(function)}'"
