"""A scenario whose network has another activation in one of its slots."""

from __future__ import annotations

from dataclasses import replace

from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError

Layer = Recurrent | Dense


def with_activation(scenario: Scenario, layer: str, slot: str, function: str) -> Scenario:
    """The scenario in which this quantity of a layer, such as "i" of "lstm", goes through another function."""
    where = f"{layer}.{slot}"
    found = next((each for each in scenario.network.layers if each.name == layer), None)
    if isinstance(found, Recurrent):
        return _with_layer(scenario, _with_slot(found, slot, function, where))
    if isinstance(found, Dense) and slot == "y":
        return _with_layer(scenario, replace(found, activation=function))
    raise EditError("there is no activation here that could be changed", where)


def _with_slot(layer: Recurrent, slot: str, function: str, where: str) -> Recurrent:
    if slot not in layer.cell.slots:
        raise EditError(f"the slots of this cell are {', '.join(layer.cell.slots)}", where)
    chosen = {**layer.activations, slot: function}
    # What the cell has anyway is not written down, so that going back leads to the same network.
    return replace(layer, activations={k: f for k, f in chosen.items() if f != layer.cell.slots[k]})


def _with_layer(scenario: Scenario, layer: Layer) -> Scenario:
    layers = tuple(layer if each.name == layer.name else each for each in scenario.network.layers)
    if layers == scenario.network.layers:
        return scenario
    return replace(scenario, network=Network(scenario.network.inputs, layers))
