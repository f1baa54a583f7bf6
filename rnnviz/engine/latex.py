"""Equations typeset: LaTeX of a law."""

from __future__ import annotations

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
)

_FUNCTIONS = {"tanh": r"\tanh", "sigmoid": r"\sigma", "exponential": r"\exp"}


def latex(name: str, expression: Node) -> str:
    """`name = expression` with time as a subscript: "c_{t} = f_{t} \\odot c_{t-1} + i_{t} \\odot g_{t}"."""
    left = f"z^{{{name[:-4]}}}_{{t}}" if name.endswith(".pre") else f"{name}_{{t}}"
    return f"{left} = {typeset(expression)}"


def typeset(node: Node) -> str:
    """An expression of step t."""
    match node:
        case Number(number):
            return f"{number:g}"
        case Constant(name):
            return rf"\{name}" if name in ("alpha", "beta", "gamma") else rf"\mathit{{{name}}}"
        case Parameter(name):
            return _subscripted(name)
        case Variable(name, previous):
            return f"{name}_{{t-1}}" if previous else f"{name}_{{t}}"
        case Product(matrix, vector):
            return f"{_subscripted(matrix.name)} {_bracketed(vector, (Plus, Minus, Negative, Times))}"
        case Times(left, right):
            return rf"{_bracketed(left, (Plus, Minus))} \odot {_bracketed(right, (Plus, Minus, Negative))}"
        case Plus(left, right):
            return f"{typeset(left)} + {_bracketed(right, (Negative,))}"
        case Minus(left, right):
            return f"{typeset(left)} - {_bracketed(right, (Plus, Minus, Negative))}"
        case Negative(operand):
            return f"-{_bracketed(operand, (Plus, Minus, Negative))}"
        case Activation(function, operand, _):
            named = _FUNCTIONS.get(function, rf"\mathrm{{{function.replace('_', ' ')}}}")
            return rf"{named}\left({typeset(operand)}\right)"


def _bracketed(node: Node, kinds: tuple[type, ...]) -> str:
    return rf"\left({typeset(node)}\right)" if isinstance(node, kinds) else typeset(node)


def _subscripted(name: str) -> str:
    letter, _, index = name.partition("_")
    return f"{letter}_{{{index}}}" if index else letter
