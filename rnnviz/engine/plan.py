"""The work of one step as a value: what is stacked, where every quantity lies, which calls are made.

Free of NumPy, so that another backend can print the same plan; `planner` says how it comes about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz.engine.expression import Node


@dataclass(frozen=True)
class Row:
    """Numbers start:stop of a record; of the next step's record when `ahead`."""

    start: int
    stop: int
    ahead: bool = False


@dataclass(frozen=True)
class Scratch:
    """Numbers start:stop of working memory `index`, which is used again at every step."""

    index: int
    start: int
    stop: int


@dataclass(frozen=True)
class Fixed:
    """A number filled into an array of `size`, the same at every step."""

    value: float
    size: int


@dataclass(frozen=True)
class Vector:
    """A vector parameter times `factor`."""

    parameter: str
    factor: float
    size: int


@dataclass(frozen=True)
class Matrix:
    """A matrix parameter times `factor`."""

    parameter: str
    factor: float


@dataclass(frozen=True)
class Stack:
    """Rows start:stop of the stacked matrix, as far as they meet columns left:right."""

    start: int
    stop: int
    left: int
    right: int


@dataclass(frozen=True)
class Given:
    """Numbers start:stop of what the inputs add to the stacked product, where that is worked out ahead of the steps."""

    start: int
    stop: int


Place = Row | Scratch | Fixed | Vector | Given


@dataclass(frozen=True)
class Call:
    """One call. `name` is dot, add, subtract, multiply, negative, positive, clamp (numbers from outside take the
    place of some), or an activation's name.

    folded : the activation's inner factor is already in `operands[0]`
    """

    name: str
    operands: tuple[Place | Matrix | Stack, ...]
    result: Row | Scratch
    folded: bool = False


@dataclass(frozen=True)
class Block:
    """One affine sum: rows start:stop of the stacked product; `terms` are (factor, parameter, first column, columns).

    sum : the node of the graph; what of it is not among the terms is added apart
    """

    sum: Node
    start: int
    stop: int
    terms: tuple[tuple[float, str, int, int], ...]


@dataclass(frozen=True)
class Plan:
    """The work of one step of one layer in one direction.

    record : numbers in a record
    slots : quantity -> its place; carried quantities lie in the next record
    previous : carried quantity -> place of its previous value
    inputs, one : places of x and of the constant 1 that carries the biases
    sources : what the stacked matrix is multiplied with
    """

    record: int
    slots: Mapping[str, Row]
    previous: Mapping[str, Row]
    inputs: Row
    one: Row
    sources: Row
    blocks: tuple[Block, ...]
    stack_rows: int
    scratch: tuple[int, ...]
    calls: tuple[Call, ...]
