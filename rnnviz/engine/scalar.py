"""An equation for one unit with its numbers put in: worked out again, taken apart, written as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress


@dataclass(frozen=True)
class Operand:
    """A number that a law uses: its label "f[0]", where it can be looked up (None: a number of the law), its value."""

    label: str
    address: Address | ParameterAddress | GradientAddress | None
    value: float


@dataclass(frozen=True)
class Known:
    operand: Operand


@dataclass(frozen=True)
class Sum:
    """Summands with their signs."""

    terms: tuple[tuple[int, Scalar], ...]


@dataclass(frozen=True)
class Factors:
    factors: tuple[Scalar, ...]


@dataclass(frozen=True)
class Applied:
    """An activation applied to a number."""

    function: str
    operand: Scalar


@dataclass(frozen=True)
class SoftmaxOf:
    """Entry `index` of the softmax of `operands`."""

    index: int
    operands: tuple[Scalar, ...]


Scalar = Known | Sum | Factors | Applied | SoftmaxOf


def _sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z)) if z > -700.0 else math.exp(z)


def _exponential(z: float) -> float:
    try:
        return math.exp(z)
    except OverflowError:
        return math.inf


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "linear": lambda z: z,
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
    "relu": lambda z: max(z, 0.0),
    "hard": lambda z: 1.0 if z > 0.0 else 0.0,
    "hard_sigmoid": lambda z: min(max(z / 6.0 + 0.5, 0.0), 1.0),
    "hard_sigmoid_keras2": lambda z: min(max(z * 0.2 + 0.5, 0.0), 1.0),
    "hard_tanh": lambda z: min(max(z, -1.0), 1.0),
    "softsign": lambda z: z / (1.0 + abs(z)),
    "elu": lambda z: z if z > 0.0 else math.expm1(z),
    "softplus": lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
    "exponential": _exponential,
    "1/": lambda z: 1.0 / z if z else math.inf,
}


def value(scalar: Scalar) -> float:
    """The number that the tree works out to. Sums are rounded once, at the end."""
    match scalar:
        case Known(operand):
            return operand.value
        case Sum(terms):
            return total([sign * value(term) for sign, term in terms])
        case Factors(factors):
            return math.prod(value(factor) for factor in factors)
        case Applied(function, operand):
            return FUNCTIONS[function](value(operand))
        case SoftmaxOf(index, operands_):
            z = [value(operand) for operand in operands_]
            powers = [math.exp(number - max(z)) for number in z]
            return powers[index] / math.fsum(powers)


def total(numbers: list[float]) -> float:
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # the sum leaves float64, or infinities of both signs meet
        return sum(numbers)


def operands(scalar: Scalar) -> Iterator[Operand]:
    """Every number in the tree, left to right."""
    match scalar:
        case Known(operand):
            yield operand
        case Sum(terms):
            for _, term in terms:
                yield from operands(term)
        case Factors(parts) | SoftmaxOf(_, parts):
            for part in parts:
                yield from operands(part)
        case Applied(_, inner):
            yield from operands(inner)


Piece = tuple[str, Operand | None]


def pieces(scalar: Scalar, digits: int, limit: int) -> list[Piece]:
    """The tree as text, cut so that each number stands alone with its operand."""
    match scalar:
        case Known(operand):
            return [(_number(operand.value, digits), operand)]
        case Sum(terms):
            return _sum_pieces(terms, digits, limit)
        case Factors(factors):
            found: list[Piece] = []
            for factor in factors:
                found += [(" * ", None)] if found else []
                inner = pieces(factor, digits, limit)
                found += [("(", None), *inner, (")", None)] if isinstance(factor, Sum) else inner
            return found
        case Applied("1/", Known(operand)) if operand.value >= 0.0:
            return [("1/", None), (_number(operand.value, digits), operand)]
        case Applied(function, operand_):
            return [(f"{function}(", None), *pieces(operand_, digits, limit), (")", None)]
        case SoftmaxOf(index, parts):
            above: list[Piece] = [("exp(", None), *pieces(parts[index], digits, limit), (") / (", None)]
            below: list[Piece] = []
            for part in parts:
                below += [(" + exp(" if below else "exp(", None), *pieces(part, digits, limit), (")", None)]
            return [*above, *below, (")", None)]


def _sum_pieces(terms: tuple[tuple[int, Scalar], ...], digits: int, limit: int) -> list[Piece]:
    """The summands, or of many the largest `limit` in their own order and the rest as one number."""
    numbers = [sign * value(term) for sign, term in terms]
    largest = sorted(range(len(terms)), key=lambda k: -abs(numbers[k]))[:limit]
    shown = sorted(largest) if len(terms) > limit + 1 else range(len(terms))
    found: list[Piece] = []
    for k in shown:
        sign, term = terms[k]
        joint = (" + " if sign > 0 else " - ") if found else ("" if sign > 0 else "-")
        found += [(joint, None)] if joint else []
        inner = pieces(term, digits, limit)
        is_apart = isinstance(term, Sum) or (sign < 0 and inner[0][0].startswith("-"))
        found += [("(", None), *inner, (")", None)] if is_apart else inner
    rest = [numbers[k] for k in range(len(terms)) if k not in set(shown)]
    if rest:
        found += [(f" + {len(rest)} more that add up to ", None), (_number(total(rest), digits), None)]
    return found


def _number(number: float, digits: int) -> str:
    return f"{number:.{digits}g}"
