"""What the stage shows of one moment: a frozen reading of the snapshot, from which everything on it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import VALUE
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
from rnnviz.engine.loss_gradients import LossGradients
from rnnviz.engine.trace import Address, GradientAddress, Trace
from rnnviz.scenario.gradients import gradients_of
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import words
from rnnviz.ui.stage.diagram import Key
from rnnviz.ui.stage.measures import Measures
from rnnviz.ui.stage.places import AnyAddress, OfUnits
from rnnviz.ui.stage.storeys import Storey

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shown:
    """A number with the place that it comes from."""

    address: OfUnits
    value: float


@dataclass(frozen=True, eq=False)
class Picture:
    """The opened cell at one step.

    step : the step that is shown, 1 to T; at the cursor's step 0 it is step 1 with nothing worked out yet
    done, current : equations that are worked out, and the one that a sub-step is at
    gradients : backwards through time, what is shown in place of the numbers; wires and valves stay as they were, for
        derivatives come back through the same ones
    """

    snapshot: Snapshot
    storey: Storey
    step: int
    unit: int
    done: frozenset[str]
    current: str
    is_masked: bool
    measures: Measures
    gradients: LossGradients | None = None
    _values: dict[Key, float] = field(default_factory=dict)
    _numbers: dict[AnyAddress, float] = field(default_factory=dict)

    @property
    def trace(self) -> Trace:
        return self.snapshot.trace

    @property
    def sequence(self) -> int:
        return self.snapshot.cursor.sequence

    @property
    def units(self) -> int:
        return int(self.trace[self.quantity(self.storey.per_unit)].shape[2])

    def quantity(self, letter: str) -> str:
        return self.storey.source if letter == "x" else f"{self.storey.prefix}.{letter}"

    def address(self, key: str, unit: int | None = None) -> OfUnits:
        """The number that is shown for a key: the one at its place, or the derivative by it."""
        place = self.place(key, unit)
        return place if self.gradients is None else GradientAddress(place)

    def place(self, key: str, unit: int | None = None) -> Address:
        """Where the number of a key stands: "f", "f.pre", "c_prev", or "x" with a unit."""
        unit = self.unit if unit is None else unit
        letter, _, rest = key.partition(".")
        if letter.endswith("_prev"):
            return self._address_before(letter[:-5], unit)
        name = self.quantity(letter)
        return Address(f"{name}.pre" if rest == "pre" else name, self.step, self.sequence, self._within(name, unit))

    def _address_before(self, letter: str, unit: int) -> Address:
        """Step 0 (backward: T + 1) is the initial state; with teacher forcing the target stands in for the output."""
        name = self.quantity(letter)
        step = self.step + 1 if self.storey.is_backward else self.step - 1
        is_forced = letter in self.storey.forced and 1 <= step <= self.trace.steps
        return Address("target" if is_forced else name, step, self.sequence, self._within(name, unit))

    def shown(self, key: str) -> Shown:
        address = self.address(key)
        if address not in self._numbers:
            self._numbers[address] = words.value(address, self.snapshot)
        return Shown(address, self._numbers[address])

    def value(self, key: Key) -> float:
        """The number of a key, or of an expression of this unit; 0 where it can't be told."""
        if key not in self._values:
            number = self.trace.number(self.place(key)) if isinstance(key, str) else self._of_unit(self.row(key))
            self._values[key] = number
        return self._values[key]

    def vector(self, name: str) -> Array:
        """All numbers of "x", "h", "h_prev" in this step."""
        if name.endswith("_prev"):
            return np.asarray(self.trace.before(self.quantity(name[:-5]))[self.step - 1, self.sequence])
        return np.asarray(self.trace[self.quantity(name)][self.step - 1, self.sequence])

    def shown_vector(self, name: str) -> Array:
        """What is shown for all numbers of a vector: themselves, or the derivatives by them."""
        if self.gradients is None:
            return self.vector(name)
        place = self.place(name, 0)
        return np.asarray(self.gradients.of_units(place.quantity, place.step, place.sequence), np.float64)

    def widest(self, name: str, digits: int) -> int:
        """Characters of the longest number that a vector has in any step, so that pills keep their places."""
        if self.gradients is not None:
            derivatives = self.gradients.over_time(self.quantity(name.removesuffix("_prev")), self.sequence)
            return self.measures.longest(("d", self.storey.prefix, name, self.sequence), derivatives, digits)
        array = (
            self.trace.before(self.quantity(name[:-5])) if name.endswith("_prev") else self.trace[self.quantity(name)]
        )
        return self.measures.longest((self.storey.prefix, name, self.sequence), array[:, self.sequence], digits)

    def scale(self, name: str) -> float:
        """The largest size of a vector's numbers in any step, so that one colour is one value over all steps."""
        quantity = self.quantity(name.removesuffix("_prev"))
        if self.gradients is not None:
            derivatives = self.gradients.over_time(quantity, self.sequence)
            return self.measures.largest(f"d {quantity}", self.sequence, derivatives)
        return self.measures.scale(self.trace, quantity, self.sequence)

    def parameter(self, name: str) -> Array:
        return np.asarray(self.snapshot.scenario.params[f"{self.storey.prefix}.{name}"])

    def row(self, node: Node) -> Array | float:
        """An expression worked out for all units of this step: for the strength of wires, never shown as a number."""
        match node:
            case Number(value):
                return value
            case Constant(name):
                return self.storey.constants[name]
            case Variable(name, previous):
                return self.vector(f"{name}_prev" if previous else name)
            case Parameter(name):
                return self.parameter(name)
            case Product(matrix, vector):
                return np.asarray(self.parameter(matrix.name) @ self.row(vector))
            case Times(left, right):
                return self.row(left) * self.row(right)
            case Plus(left, right):
                return self.row(left) + self.row(right)
            case Minus(left, right):
                return self.row(left) - self.row(right)
            case Negative(operand):
                return -self.row(operand)
            case Activation(_, operand, slot):
                return np.asarray(VALUE[self.storey.functions[slot]](np.asarray(self.row(operand))))

    def is_lit(self, equation: str) -> bool:
        """Whether a part of this equation is worked out at the cursor."""
        return not equation or equation in self.done

    def has_number(self, key: Key) -> bool:
        """Whether a number is there to be shown: inputs and memories of before always, quantities once worked out."""
        if self.gradients is not None and isinstance(key, str) and self.place(key).quantity == "target":
            return False  # forced: nothing of the loss comes back to the output
        letter = key.partition(".")[0] if isinstance(key, str) else ""
        return letter.endswith("_prev") or letter == "x" or letter in self.done

    def _of_unit(self, row: Array | float) -> float:
        if np.ndim(row) == 0:
            return float(row)
        array = np.asarray(row)
        return float(array[min(self.unit, len(array) - 1)])

    def _within(self, name: str, unit: int) -> int:
        """A quantity with fewer numbers than the layer has units, such as Jordan's context, shows its first one."""
        return unit if unit < self.trace[name].shape[2] else 0


def picture_of(snapshot: Snapshot, storey: Storey, unit: int, measures: Measures) -> Picture:
    """measures : kept by the caller for as long as the trace stays the same."""
    cursor = snapshot.cursor
    names = tuple(equation.name for equation in storey.cell.graph.equations)
    is_substep = cursor.substep > 0 and storey.layer == snapshot.opened_layer
    count = cursor.substep if is_substep else len(names)
    if cursor.step == 0 and not snapshot.is_backward:
        count = 0
    step = max(cursor.step, 1)
    picture = Picture(
        snapshot,
        storey,
        step,
        unit,
        frozenset(names[:count]),
        names[count - 1] if is_substep else "",
        snapshot.trace.is_masked(step, cursor.sequence),
        measures,
        gradients_of(snapshot.scenario, snapshot.trace) if snapshot.is_backward else None,
    )
    return replace(picture, unit=min(unit, picture.units - 1))
