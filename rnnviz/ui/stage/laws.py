"""The sum in front of an activation in short: "100·x₂ − 10" where few weights count, else "W_i x + U_i h + b_i"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rnnviz.engine.explain import name_in
from rnnviz.engine.expression import Constant, Node, Number, Parameter, Product, Times, Variable, summands
from rnnviz.engine.trace import ParameterAddress
from rnnviz.session.places import input_name
from rnnviz.ui import numbers
from rnnviz.ui.stage.diagram import Terms
from rnnviz.ui.stage.picture import Picture

MOST_TERMS = 3
_LONGEST_NAME = 14
THIN = "\N{THIN SPACE}"
DOT = "\N{MIDDLE DOT}"


@dataclass(frozen=True)
class Run:
    """A piece of a line. A number carries its place; `is_low` is a subscript."""

    text: str
    is_low: bool = False
    address: ParameterAddress | None = None
    value: float = 0.0


Runs = tuple[Run, ...]


def in_numbers(terms: Terms, picture: Picture, digits: int) -> Runs | None:
    """The sum with the weights of this unit put in; None where too many of them count."""
    pieces: list[tuple[float, ParameterAddress, Runs]] = []
    for sign, node in terms:
        for weight, address, name in _weighted(node, picture):
            pieces.append((sign * weight, address, name))
            if len(pieces) > MOST_TERMS:
                return None
        if isinstance(node, Product) and not isinstance(node.vector, Variable):
            return None
    if not pieces:
        return None
    runs: list[Run] = []
    for k, (weight, address, name) in enumerate(pieces):
        if k:
            runs.append(Run(" + " if weight > 0 else f" {numbers.MINUS} "))
        elif weight < 0:
            runs.append(Run(numbers.MINUS))
        if abs(weight) != 1 or not name:
            runs.append(Run(numbers.text(abs(weight), digits), address=address, value=weight))
            runs += [Run(DOT)] * bool(name)
        runs += name
    return tuple(runs)


def in_letters(terms: Terms, tightness: int = 0) -> Runs:
    """The sum in letters; more tightly without subscripts (1), and without spaces too (2)."""
    runs: list[Run] = []
    space = "" if tightness > 1 else " "
    for k, (sign, node) in enumerate(terms):
        if k:
            runs.append(Run(f"{space}+{space}" if sign > 0 else f"{space}{numbers.MINUS}{space}"))
        elif sign < 0:
            runs.append(Run(numbers.MINUS))
        runs += _letters(node)
    return _joined([run for run in runs if not (tightness and run.is_low)])


def _joined(runs: list[Run]) -> Runs:
    """Neighbours of one kind as one piece, so that there is less to paint."""
    kinds = groupby(runs, key=lambda run: run.is_low)
    return tuple(Run("".join(run.text for run in group), is_low) for is_low, group in kinds)


def named(letter: str, low: str) -> Runs:
    return (Run(letter), Run(low, is_low=True)) if low else (Run(letter),)


def element_name(vector: str, unit: int, picture: Picture) -> Runs:
    """How one number of a vector is called: by the scenario's name for an input, else h[0]."""
    if vector == "x" and picture.storey.source == "x":
        name = _short(input_name(picture.snapshot.scenario, unit))
        head = name.rstrip("0123456789")
        return named(head, name[len(head) :]) if len(head) == 1 else (Run(name),)
    if vector == "x":
        layer = picture.snapshot.scenario.network.layer(picture.storey.layer)
        return (Run(f"{name_in(layer, picture.storey.source)}[{unit}]"),)
    letter = vector.removesuffix("_prev")
    time = str(picture.place(vector).step) if vector.endswith("_prev") else ""
    of_unit = (Run(f"[{unit}]"),) if picture.vector(vector).size > 1 else ()
    return named(letter, time) + of_unit


def _short(name: str) -> str:
    """A name that has room beside a number; the end stays, where names that belong together differ."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 6]}…{name[-5:]}"


def _weighted(node: Node, picture: Picture) -> Iterator[tuple[float, ParameterAddress, Runs]]:
    """Weights of this unit that are not 0, each with the name of what it multiplies; () for a bias."""
    prefix = picture.storey.prefix
    match node:
        case Product(Parameter(matrix), Variable(letter, previous)):
            rows = picture.parameter(matrix)
            row = min(picture.unit, len(rows) - 1)
            vector = f"{letter}_prev" if previous else letter
            for column in rows[row].nonzero()[0][: MOST_TERMS + 1]:
                address = ParameterAddress(f"{prefix}.{matrix}", row, int(column))
                yield float(rows[row, column]), address, element_name(vector, int(column), picture)
        case Parameter(vector):
            yield from _of_vector(vector, (), picture)
        case Times(Parameter(vector), Variable(letter, previous)):
            name = f"{letter}_prev" if previous else letter
            yield from _of_vector(vector, element_name(name, picture.unit, picture), picture)


def _of_vector(parameter: str, name: Runs, picture: Picture) -> Iterator[tuple[float, ParameterAddress, Runs]]:
    values = picture.parameter(parameter)
    row = min(picture.unit, len(values) - 1)
    if values[row] != 0:
        yield float(values[row]), ParameterAddress(f"{picture.storey.prefix}.{parameter}", row), name


def _letters(node: Node) -> Runs:
    match node:
        case Variable(name, _) | Constant(name):
            return (Run(name),)
        case Parameter(name):
            letter, _, low = name.partition("_")
            return named(letter, low)
        case Number(value):
            return (Run(f"{value:g}"),)
        case Product(matrix, vector):
            return (*_letters(matrix), Run(THIN), *_bracketed(vector))
        case Times(left, right):
            return (*_bracketed(left), Run(THIN), *_bracketed(right))
    return in_letters(tuple(summands(node))) if len(summands(node)) > 1 else (Run("…"),)


def _bracketed(node: Node) -> Runs:
    inner = _letters(node)
    return inner if isinstance(node, Variable | Parameter | Constant | Number) else (Run("("), *inner, Run(")"))
