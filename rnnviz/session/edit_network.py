"""A scenario whose network has another activation in one of its slots."""

from __future__ import annotations

from dataclasses import replace

from rnnviz.engine.errors import EngineError
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError


def with_activation(scenario: Scenario, layer: str, slot: str, function: str) -> Scenario:
    """The scenario in which this quantity of a layer, such as "i" of "lstm", goes through another function."""
    where = f"{layer}.{slot}"
    try:
        found = scenario.network.layer(layer)
        if isinstance(found, Recurrent):
            changed: Recurrent | Dense = _with_slot(found, slot, function)
        elif isinstance(found, Dense) and slot == "y":
            changed = replace(found, activation=function)
        else:
            raise EditError("there is no activation here that could be changed", where)
        if changed == found:
            return scenario
        layers = tuple(changed if each is found else each for each in scenario.network.layers)
        return replace(scenario, network=Network(scenario.network.inputs, layers))
    except EngineError as error:
        raise EditError(str(error), where) from error


def _with_slot(layer: Recurrent, slot: str, function: str) -> Recurrent:
    """What the cell has anyway is not written down, so that going back leads to the same network."""
    chosen = {**layer.activations, slot: function}
    return replace(layer, activations={name: f for name, f in chosen.items() if f != layer.cell.slots.get(name)})
