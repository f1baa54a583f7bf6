"""Equations typeset: LaTeX of a law. What it needs is in plain LaTeX and amsmath, and in MathJax and KaTeX too."""

from __future__ import annotations

import math

from rnnviz.engine.digits import rounded
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

FUNCTIONS = {"tanh": r"\tanh", "sigmoid": r"\sigma", "exponential": r"\exp"}
_GREEK = ("alpha", "beta", "gamma")


def latex(name: str, expression: Node) -> str:
    """`name = expression` with time as a subscript: "c_{t} = f_{t} \\odot c_{t-1} + i_{t} \\odot g_{t}"."""
    return f"{quantity(name)} = {typeset(expression)}"


def typeset(node: Node) -> str:
    """An expression of step t; a variable "f_next" is f of step t + 1."""
    match node:
        case Number(number):
            return of_number(number)
        case Constant(name):
            return rf"\{name}" if name in _GREEK else rf"\mathit{{{escaped(name)}}}"
        case Parameter(name):
            return parameter(name)
        case Variable(name, previous):
            return quantity(name, "t-1" if previous else "t")
        case Product(matrix, vector):
            return f"{parameter(matrix.name)} {_bracketed(vector, (Plus, Minus, Negative, Times))}"
        case Times(left, right):
            return rf"{_bracketed(left, (Plus, Minus))} \odot {_bracketed(right, (Plus, Minus, Negative))}"
        case Plus(left, right):
            return f"{typeset(left)} + {_bracketed(right, (Negative,))}"
        case Minus(left, right):
            return f"{typeset(left)} - {_bracketed(right, (Plus, Minus, Negative))}"
        case Negative(operand):
            return f"-{_bracketed(operand, (Plus, Minus, Negative))}"
        case Activation(function, operand, _):
            return rf"{function_name(function)}{in_brackets(typeset(operand))}"


def quantity(name: str, when: str = "t") -> str:
    r"""A quantity of a step: "c_{t}"; z^{i}_{t} for "i.pre"; h^{\mathrm{low}}_{t} for "low.h", named with its layer.

    "h_next" is of step t + 1, whatever `when` says.
    """
    if name.endswith("_next"):
        name, when = name.removesuffix("_next"), "t+1"
    layer, _, letter = name.removesuffix(".pre").rpartition(".")
    letter = parameter(letter) if "_" in letter else upright(letter)
    if name.endswith(".pre"):
        above = rf"{upright(layer)}.{letter}" if layer else letter
        return f"z^{{{above}}}_{{{when}}}"
    if layer:
        return f"{_grouped(letter)}^{{{upright(layer)}}}_{{{when}}}"
    return f"{_grouped(letter)}_{{{when}}}"


def parameter(name: str) -> str:
    """W_{f} for "W_f"; longer words stand upright."""
    letter, _, index = name.partition("_")
    return f"{upright(letter)}_{{{escaped(index)}}}" if index else upright(letter)


def upright(name: str) -> str:
    """A word is no product of its letters."""
    return name if len(name) == 1 else rf"\mathrm{{{escaped(name)}}}"


def function_name(function: str) -> str:
    return FUNCTIONS.get(function, rf"\mathrm{{{function.replace('_', '~')}}}")


def in_brackets(inner: str) -> str:
    return rf"\left({inner}\right)"


def of_number(number: float, digits: int = 6) -> str:
    r"""Rounded to so many significant digits: "0.73", "4.54 \cdot 10^{-5}", "\infty"."""
    if math.isnan(number):
        return r"\mathrm{NaN}"
    if math.isinf(number):
        return r"\infty" if number > 0 else r"-\infty"
    mantissa, e, power = rounded(number, digits).partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if e else mantissa


def escaped(text: str) -> str:
    """Any text, with what LaTeX would take for more than a letter made harmless."""
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


_ESCAPES = {
    **{letter: f"\\{letter}" for letter in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\n": " ",
    "\N{MINUS SIGN}": "$-$",
    "\N{PARTIAL DIFFERENTIAL}": r"$\partial$",
}


def _grouped(symbol: str) -> str:
    """A symbol with a subscript of its own can have another one only as a group."""
    return f"{{{symbol}}}" if "_{" in symbol else symbol


def _bracketed(node: Node, kinds: tuple[type, ...]) -> str:
    return in_brackets(typeset(node)) if isinstance(node, kinds) else typeset(node)
