"""What stands for a tensor while a graph is read: a value that is known, a shape, or data with its axes by meaning.

Nothing is computed on data. An axis is an `Atom` that keeps its identity through every transposition, so that it is
always known which one is time. A dimension of a tensor is a group of atoms, in order: none is a size of 1, more than
one are axes that were merged by a Reshape.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from rnnviz.engine.network import Layer
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Array


@dataclass(frozen=True, eq=False)
class Atom:
    """An axis of data. size : None where the file leaves it open"""

    size: int | None = None


Dimension = tuple[Atom, ...]


@dataclass(frozen=True)
class Size:
    """How large some axes are together, plus a whole number: what Shape gives, and sums with it."""

    atoms: Dimension
    plus: int = 0


@dataclass(frozen=True)
class Sizes:
    """Whole numbers of which some are sizes of data: shapes under way. A scalar has one."""

    values: tuple[int | Size, ...]
    is_scalar: bool = False


@dataclass(frozen=True)
class Filled:
    """A tensor whose numbers are all the same, of any shape: the zeros of an initial state."""

    value: float
    shape: tuple[int | Size, ...]


@dataclass(frozen=True, eq=False)
class Step:
    """A layer as it will be in the network.

    params : parameter without the layer's name -> array
    initial : carried quantity, with the direction where there are two -> (N, units)
    lengths : of a recurrent layer: numbers, or the name of the input that they are read from
    """

    layer: Layer
    params: Mapping[str, Array]
    initial: Mapping[str, Array] = field(default_factory=dict)
    lengths: tuple[int, ...] | str | None = None


# Of which steps data is: of all, of one by its index, the state that each direction reached at its end, or of one
# answer for the whole sequence, which further layers have worked on.
At = Literal["steps", "last", "first", "final", "answer"]


@dataclass(frozen=True, eq=False)
class Signal:
    """Data: what the layers of `chain` make of an input of the graph.

    source : the input
    groups : the dimensions
    features : which atoms are the units of the last layer, None for an input as it is
    lane : 0 or 1 where only one direction of the last layer is left
    is_state : it is the memory cell c, which no layer hands on
    is_logarithm : the file hands out its logarithm
    """

    source: str
    chain: tuple[Step, ...]
    groups: tuple[Dimension, ...]
    features: Dimension | None = None
    at: At = "steps"
    lane: int | None = None
    is_state: bool = False
    is_logarithm: bool = False

    @property
    def is_input(self) -> bool:
        return not self.chain


@dataclass(frozen=True, eq=False)
class Joined:
    """Data of different layers one after another along a dimension, such as the last states of all layers."""

    pieces: tuple[Signal, ...]
    axis: int


@dataclass(frozen=True, eq=False)
class Refused:
    """A tensor that cannot be shown; `error` says why, and counts only where the tensor is needed.

    part_of : the input of the graph that it was cut out of, "" where it is anything else
    """

    error: ModelError
    part_of: str = ""


Value = NDArray[Any] | Sizes | Filled | Signal | Joined | Refused


def number_of(size: int | Size) -> int | None:
    """A size as a number, where the file says it."""
    if isinstance(size, int):
        return size
    count = count_of(size.atoms)
    return None if count is None else count + size.plus


def count_of(atoms: Dimension) -> int | None:
    """How large some axes are together, None where that is open."""
    sizes = [atom.size for atom in atoms]
    return None if None in sizes else math.prod(size for size in sizes if size is not None)


def regrouped(atoms: Dimension, targets: tuple[int | Size, ...]) -> tuple[Dimension, ...] | None:
    """The dimensions that a Reshape to `targets` makes of axes in this order, one -1 among them: None where there is
    none, or more than one way in which it could be meant."""
    found = _ways(atoms, targets, 2)
    return found[0] if len(found) == 1 else None


def _ways(atoms: Dimension, targets: tuple[int | Size, ...], most: int) -> list[tuple[Dimension, ...]]:
    if not targets:
        return [] if atoms else [()]
    found: list[tuple[Dimension, ...]] = []
    for count in range(len(atoms) + 1):
        if _fits(atoms[:count], targets[0]):
            found += [(atoms[:count], *rest) for rest in _ways(atoms[count:], targets[1:], most - len(found))]
            if len(found) >= most:
                break
    return found


def _fits(atoms: Dimension, target: int | Size) -> bool:
    if target == -1:
        return True
    if isinstance(target, Size) and target == Size(atoms):
        return True
    wanted, there = number_of(target), count_of(atoms)
    if there is None:
        return len(atoms) == 1 and wanted != 1  # its size is open: it may be this
    return wanted == there
