"""The places of a scenario's numbers: what they are called, and whether they exist."""

from __future__ import annotations

from dataclasses import replace

from rnnviz.engine.errors import AddressError
from rnnviz.engine.network import Network
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress, Trace
from rnnviz.scenario.gradients import gradients_of
from rnnviz.scenario.names import input_name
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError

Place = Address | ParameterAddress | GradientAddress


def check_exists(scenario: Scenario, trace: Trace, place: Place) -> None:
    """Raises EditError when there is no such number."""
    try:
        if isinstance(place, GradientAddress):
            gradients_of(scenario, trace).check(place)
        else:
            trace.number(place)
    except AddressError as error:
        raise EditError(str(error)) from error


def exists(scenario: Scenario, trace: Trace, place: Place) -> bool:
    try:
        check_exists(scenario, trace, place)
    except EditError:
        return False
    return True


def counterpart(place: Place, one: Network, other: Network) -> Place:
    """The same place in the layer of the other network that stands where its layer stands in this one."""
    if isinstance(place, GradientAddress):
        of = counterpart(place.of, one, other)
        return place if isinstance(of, GradientAddress) else replace(place, of=of)
    whole = place.quantity if isinstance(place, Address) else place.parameter
    layer, dot, rest = whole.partition(".")
    names = [item.name for item in one.layers]
    if not dot or layer not in names or names.index(layer) >= len(other.layers):
        return place
    there = f"{other.layers[names.index(layer)].name}.{rest}"
    return replace(place, quantity=there) if isinstance(place, Address) else replace(place, parameter=there)


def called(scenario: Scenario, place: Place) -> str:
    """What a person calls the place: "x2 at step 3" or "price at step 3", "lstm.c[0] at step 3", "lstm.W_i[0, 1]"."""
    if isinstance(place, GradientAddress):
        through = f", through step {place.step}" if place.step else ""
        return f"dL/d {called(scenario, place.of)}{through}"
    if isinstance(place, ParameterAddress):
        values = scenario.params.get(place.parameter)
        is_vector = values is not None and values.ndim == 1
        return f"{place.parameter}[{place.row}]" if is_vector else str(place)
    if place.quantity not in ("x", "target"):
        return str(place)
    sequence = f", sequence {place.sequence}" if place.sequence else ""
    return f"{given_name(scenario, place)} at step {place.step}{sequence}"


def given_name(scenario: Scenario, place: Address) -> str:
    """The name of an input or a target, as the head of its column has it."""
    if place.quantity == "x":
        return input_name(scenario, place.unit)
    if scenario.targets is None or scenario.targets.shape[2] == 1:
        return "target"
    names = scenario.output_names
    return f"{names[place.unit]}*" if place.unit < len(names) else f"target{place.unit}"


def check_index(kind: str, value: int, lowest: int, highest: int, where: str) -> None:
    if not lowest <= value <= highest:
        there_is = f"it can be {lowest} to {highest}" if lowest <= highest else "there is none"
        raise EditError(f"there is no {kind} {value}; {there_is}", where)
