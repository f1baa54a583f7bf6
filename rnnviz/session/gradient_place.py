"""From a number to the derivative of the loss by it, and which weight's derivative is followed."""

from __future__ import annotations

from rnnviz.engine.expression import Product, Variable, walk
from rnnviz.engine.trace import GradientAddress, ParameterAddress
from rnnviz.scenario.gradients import has_gradients
from rnnviz.session.places import Place, exists
from rnnviz.session.snapshot import Snapshot


def counterpart(snapshot: Snapshot) -> Place | None:
    """Of the selected number the derivative by it, of a derivative its number; None where there is none."""
    place = snapshot.selection
    if place is None:
        return None
    if isinstance(place, GradientAddress):
        return place.of
    found = GradientAddress(place)
    is_there = has_gradients(snapshot.scenario) and exists(snapshot.scenario, snapshot.trace, found)
    return found if is_there else None


def followed_weight(snapshot: Snapshot) -> ParameterAddress | None:
    """The weight that is selected, or that one came from; else the first that a layer's own past goes through."""
    for place in (snapshot.selection, *reversed(snapshot.trail)):
        of = place.of if isinstance(place, GradientAddress) else place
        if isinstance(of, ParameterAddress):
            return of
    for layer, prefix in snapshot.scenario.network.lanes():
        for equation in layer.cell.graph.equations:
            for node in walk(equation.expression):
                if isinstance(node, Product) and any(
                    isinstance(part, Variable) and part.previous for part in walk(node.vector)
                ):
                    return ParameterAddress(prefix + node.matrix.name, 0)
    return next((ParameterAddress(name, 0) for name in snapshot.scenario.params), None)
