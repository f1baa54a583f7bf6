"""What plots read off a snapshot: directions of its recurrent layers, the opened unit, padding, what is not done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from rnnviz.engine.cell import Cell
from rnnviz.engine.network import Recurrent
from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.session import Snapshot


@dataclass(frozen=True)
class Direction:
    """One recurrent layer in one direction; `prefix` begins the names of its quantities: "lstm.", "bi.backward."."""

    layer: Recurrent
    prefix: str
    is_backward: bool = False
    is_merged: bool = False  # what both directions become

    @property
    def cell(self) -> Cell:
        return self.layer.cell

    @property
    def hidden(self) -> str:
        """The trace's name of its hidden state: h, or what the cell hands on where it has no h."""
        if self.is_merged:
            return f"{self.layer.name}.merged"
        return self.prefix + ("h" if "h" in self.cell.graph.sizes else self.cell.output)

    @property
    def memories(self) -> tuple[str, ...]:
        """Carried quantities that are not the hidden state: the LSTM's c, Jordan's context."""
        apart = {self.hidden.removeprefix(self.prefix), self.cell.output}
        return tuple(name for name in self.cell.graph.carried if name not in apart)

    def title(self, of_many_layers: bool) -> str:
        """ "forward", or with its layer where there are many."""
        if self.layer.direction == "forward":
            return self.layer.name
        if self.is_merged:
            way = QCoreApplication.translate("plots", "merged")
        elif self.is_backward:
            way = QCoreApplication.translate("plots", "backward")
        else:
            way = QCoreApplication.translate("plots", "forward")
        return f"{self.layer.name} {way}" if of_many_layers else way

    def short_title(self, of_many_layers: bool) -> str:
        if self.layer.direction == "forward":
            return self.layer.name
        arrow = "⇄" if self.is_merged else "←" if self.is_backward else "→"
        return f"{self.layer.name} {arrow}" if of_many_layers else arrow

    def holds(self, quantity: str) -> bool:
        """Whether a quantity of the trace, or what stands before its activation, belongs here."""
        return quantity == self.hidden if self.is_merged else quantity.startswith(self.prefix)

    def meaning(self, quantity: str) -> str:
        """ "forget gate" for f."""
        return self.cell.meaning(quantity) or quantity


def directions(snapshot: Snapshot) -> list[Direction]:
    """Every recurrent layer, in order, forward before backward."""
    layers = [layer for layer in snapshot.scenario.network.layers if isinstance(layer, Recurrent)]
    return [Direction(layer, layer.prefix(way), way == "backward") for layer in layers for way in layer.directions]


def with_merged(found: list[Direction]) -> list[Direction]:
    """After the two directions of a layer, what they become together."""
    more = []
    for direction in found:
        more.append(direction)
        if direction.layer.direction == "both" and direction.is_backward:
            more.append(Direction(direction.layer, f"{direction.layer.name}.", is_merged=True))
    return more


def short_name(snapshot: Snapshot, quantity: str) -> str:
    """A quantity of a cell in few letters: "c" where there is one layer in one direction, else "lstm_2 ← c"."""
    lanes = directions(snapshot)
    lane = next((lane for lane in lanes if lane.holds(quantity)), None)
    if lane is None:
        return quantity
    letter = quantity.removeprefix(lane.prefix)
    many = len({lane.layer.name for lane in lanes}) > 1
    return letter if len(lanes) == 1 else f"{lane.short_title(many)} {letter}"


def opened_unit(snapshot: Snapshot, direction: Direction, size: int) -> int:
    """The unit of the selected number, where that belongs to this layer; else the first."""
    place = snapshot.selection
    layer = direction.layer.name + "."
    if isinstance(place, Address) and place.quantity.startswith(layer):
        return place.unit if place.unit < size else 0
    if isinstance(place, ParameterAddress) and place.parameter.startswith(layer):
        return place.row if place.row < size else 0
    return 0


def series(snapshot: Snapshot, quantity: str) -> NDArray[np.float64]:
    """A quantity of the sequence one looks at, (T, size)."""
    if quantity == "target":
        targets = snapshot.scenario.targets
        assert targets is not None
        return targets[:, snapshot.cursor.sequence]
    return snapshot.trace[quantity][:, snapshot.cursor.sequence]


def ghost_series(snapshot: Snapshot, quantity: str, size: int) -> NDArray[np.float64] | None:
    """The same before the last edit, where it was there and had as many units."""
    ghost = snapshot.ghost
    if ghost is None or quantity not in ghost or snapshot.cursor.sequence >= ghost.batch:
        return None
    values = ghost[quantity][:, snapshot.cursor.sequence]
    return values if values.shape[1] == size else None


def masked(snapshot: Snapshot) -> NDArray[np.bool_] | None:
    """True at the steps of this sequence that are padding."""
    mask = snapshot.trace.mask
    return None if mask is None else ~mask[:, snapshot.cursor.sequence]


def pending(snapshot: Snapshot) -> frozenset[str]:
    """The quantities that the present sub-step has not worked out yet: of the opened cell, and all that follow it."""
    done = snapshot.cursor.substep
    if not done:
        return frozenset()
    layers = snapshot.scenario.network.layers
    opened = next(n for n, layer in enumerate(layers) if layer.name == snapshot.opened_layer)
    reached = [
        direction.prefix + equation.name
        for direction in directions(snapshot)
        if direction.layer is layers[opened]
        for equation in direction.cell.graph.equations[:done]
    ]
    begun = tuple(f"{layer.name}." for layer in layers[opened:])
    return frozenset(name for name in snapshot.trace if name.startswith(begun) and name not in reached)


def initial(snapshot: Snapshot, direction: Direction, quantity: str) -> NDArray[np.float64] | None:
    """The column before step 1, (size,), of a carried quantity that runs forward."""
    if direction.is_backward or quantity not in snapshot.trace.carried:
        return None
    return snapshot.trace.initial(quantity)[snapshot.cursor.sequence]


def before(snapshot: Snapshot, quantity: str) -> NDArray[np.float64]:
    """A carried quantity as each step finds it, (T, size)."""
    return snapshot.trace.before(quantity)[:, snapshot.cursor.sequence]
