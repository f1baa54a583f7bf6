"""What units do over a run: how often gates are shut or open, how large values are, which units never move.

    shut, open      share of real steps at which a value is below 1/10, above 9/10 of its range from 0
    dead            it never changes: over all real steps its values differ by less than 1/10,000 of their bound
    saturated       it rests at one end of its range at 95 of 100 real steps or more

Ends are known where the quantity's equation ends in a bounded activation: 0 and 1 of a gate, -1 and 1 of a tanh and of
a gate times such. A cell state has none, so it is never saturated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.expression import Activation, Node, Times, Variable
from rnnviz.engine.network import Dense, Recurrent
from rnnviz.engine.trace import Address, Trace

Array = NDArray[np.floating]

LOW, HIGH = 0.1, 0.9
MOSTLY = 0.95
STILL = 1e-4
# Values are read a stretch of so many bytes at a time.
STRETCH_BYTES = 1 << 20

_ENDS = {
    "sigmoid": (0.0, 1.0),
    "hard": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "hard_sigmoid_keras2": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "softmax": (0.0, 1.0),
}


@dataclass(frozen=True)
class UnitStatistics:
    """Of every unit of a quantity, (units,), over the real steps of the sequences that were looked at.

    ends : the range that its values cannot leave; None where there is none
    low : share of steps at its lower end (for 0 to 1: below 0.1; for -1 to 1: below -0.9); nan without ends
    high : share of steps at its upper end (above 0.9)
    size : root of the mean square
    least, greatest, mean : of its values; steps : how many were looked at; finite : whether all of them were numbers
    """

    quantity: str
    ends: tuple[float, float] | None
    low: Array
    high: Array
    size: Array
    least: Array
    greatest: Array
    mean: Array
    finite: NDArray[np.bool_]
    steps: int

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Units that never change."""
        bound = max(map(abs, self.ends)) if self.ends else 1.0
        return np.asarray((self.greatest - self.least < STILL * bound) & (self.steps > 1))

    @property
    def saturated(self) -> NDArray[np.bool_]:
        """Units that rest at one end."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.maximum(self.low, self.high) >= MOSTLY)


def unit_statistics(trace: Trace, quantity: str, sequence: int | None = None) -> UnitStatistics:
    """The statistics of a quantity, of one sequence or of all together. KeyError for an unknown quantity."""
    return list(gathered(trace, quantity, sequence))[-1]


def gathered(trace: Trace, quantity: str, sequence: int | None = None) -> Iterator[UnitStatistics]:
    """The same as it comes about, a stretch of steps after another: the last one is of all steps."""
    ends = ends_of(trace, quantity)
    gathering = _Gathering(quantity, ends, trace[quantity].shape[2])
    which = slice(None) if sequence is None else slice(sequence, sequence + 1)
    values = trace[quantity][:, which]
    mask = None if trace.mask is None else trace.mask[:, which]
    length = max(1, STRETCH_BYTES // max(1, values[:1].nbytes))
    for start in range(0, max(1, trace.steps), length):
        stretch = values[start : start + length]
        rows = stretch.reshape(-1, stretch.shape[2]) if mask is None else stretch[mask[start : start + length]]
        gathering.add(np.asarray(rows, np.float64))
        yield gathering.so_far()


def ends_of(trace: Trace, quantity: str) -> tuple[float, float] | None:
    """The range that a quantity's values cannot leave, None where there is none."""
    layer, name = trace.network.layer(quantity.split(".")[0]), quantity.rpartition(".")[2]
    if isinstance(layer, Dense):
        return _ENDS.get(layer.activation)
    if not isinstance(layer, Recurrent) or name not in layer.cell.graph.sizes:
        return None
    return _ends(layer, layer.cell.graph.equation(name).expression)


def _ends(layer: Recurrent, node: Node) -> tuple[float, float] | None:
    """Of an expression: an activation, or a product of such (also by name)."""
    match node:
        case Activation(_, _, slot):
            return _ENDS.get(layer.functions()[slot])
        case Variable(name, False) if name in layer.cell.graph.sizes:
            return _ends(layer, layer.cell.graph.equation(name).expression)
        case Times(left, right):
            found = _ends(layer, left), _ends(layer, right)
            return None if found[0] is None or found[1] is None else (min(found[0][0], found[1][0]), 1.0)
    return None


class _Gathering:
    """Sums over the steps seen so far."""

    def __init__(self, quantity: str, ends: tuple[float, float] | None, units: int) -> None:
        self.quantity, self.ends, self.steps = quantity, ends, 0
        self.low, self.high, self.squares, self.sum = (np.zeros(units) for _ in range(4))
        self.least, self.greatest = np.full(units, np.inf), np.full(units, -np.inf)
        self.finite = np.ones(units, bool)

    def add(self, rows: Array) -> None:
        """rows : (steps, units)"""
        if not len(rows):
            return
        self.steps += len(rows)
        with np.errstate(all="ignore"):
            self.squares += np.square(rows).sum(axis=0)
            self.sum += rows.sum(axis=0)
            np.minimum(self.least, rows.min(axis=0), out=self.least)
            np.maximum(self.greatest, rows.max(axis=0), out=self.greatest)
            self.finite &= np.isfinite(self.squares) | np.isfinite(rows).all(axis=0)
            if self.ends is not None:
                low, high = self.ends
                margin = LOW * max(abs(low), abs(high))
                self.low += np.count_nonzero(rows < low + margin, axis=0)
                self.high += np.count_nonzero(rows > high - margin, axis=0)

    def so_far(self) -> UnitStatistics:
        steps = max(1, self.steps)
        unknown = np.full_like(self.low, np.nan)
        with np.errstate(all="ignore"):
            return UnitStatistics(
                self.quantity,
                self.ends,
                self.low / steps if self.ends else unknown,
                self.high / steps if self.ends else unknown,
                np.sqrt(self.squares / steps),
                np.where(self.steps > 0, self.least, np.nan),
                np.where(self.steps > 0, self.greatest, np.nan),
                self.sum / steps,
                self.finite.copy(),
                self.steps,
            )


# -- NaN and infinity --------------------------------------------------------------------------------------------------


def first_not_finite(trace: Trace) -> Address | None:
    """The number with which NaN or infinity began: in the order in which a run works out layers, steps and equations.

    None where all numbers are finite.
    """
    for names in _in_order(trace):
        found: list[tuple[int, int, Address]] = []
        for rank, name in enumerate(names):
            rows = np.flatnonzero(_rows_with_bad(trace[name]))
            if not len(rows):
                continue
            row = int(rows[-1] if name != "x" and trace.is_backward(name) else rows[0])
            sequence, unit = map(int, np.argwhere(~np.isfinite(trace[name][row]))[0])
            age = trace.steps - row if name != "x" and trace.is_backward(name) else row + 1
            found.append((age, rank, Address(name, row + 1, sequence, unit)))
        if found:
            return min(found)[2]
    return None


def _rows_with_bad(values: Array) -> NDArray[np.bool_]:
    """Steps with a number that is not finite. A sum is bad where one of its numbers is, and seldom otherwise."""
    with np.errstate(all="ignore"):
        suspect = ~np.isfinite(values.sum(axis=(1, 2)))
    if suspect.any():
        suspect[suspect] = ~np.isfinite(values[suspect]).all(axis=(1, 2))
    return np.asarray(suspect)


def _in_order(trace: Trace) -> Iterator[list[str]]:
    """The input, then the quantities of each layer and direction, then what they become."""
    yield ["x"]
    groups: Mapping[str, list[str]] = {}
    for name in trace.network.quantities():
        groups = {**groups, name.rpartition(".")[0]: [*groups.get(name.rpartition(".")[0], []), name]}
    for prefix, names in sorted(groups.items(), key=lambda group: _rank(trace, group[0])):
        del prefix
        yield names


def _rank(trace: Trace, prefix: str) -> tuple[int, int]:
    """Layers in order; in a layer its directions before what they become, which has the layer's own prefix."""
    name, _, direction = prefix.partition(".")
    index = [layer.name for layer in trace.network.layers].index(name)
    return index, ("forward", "backward", "").index(direction)
