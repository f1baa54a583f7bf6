"""A scenario with other numbers: one of them by its address, a whole parameter, or all inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError
from rnnviz.session.places import Place, check_cell, check_index, check_target, check_weight, named

Array = NDArray[np.float64]


def with_number(scenario: Scenario, place: Place, value: float) -> Scenario:
    """The scenario in which the weight, input, target or initial state at this place has this value."""
    where = named(place)
    number = finite_number(value, where)
    if isinstance(place, ParameterAddress):
        return _with_weight(scenario, place, number, where)
    if place.quantity == "x":
        check_cell(scenario.inputs.shape, place, where)
        inputs = _with_item_at(scenario.inputs, _index(place), number)
        return scenario if inputs is scenario.inputs else replace(scenario, inputs=inputs)
    if place.quantity == "target":
        return _with_target(scenario, place, number, where)
    if place.step == 0 and place.quantity in scenario.network.state_sizes():
        return _with_initial(scenario, place, number, where)
    raise EditError("this number is worked out; change a weight, an input or an initial state instead", where)


def with_parameter(scenario: Scenario, name: str, values: ArrayLike) -> Scenario:
    """The scenario in which a whole parameter is replaced by one of the same shape."""
    if name not in scenario.params:
        raise EditError(f"there is no such parameter; there are {', '.join(scenario.params)}", name)
    old = scenario.params[name]
    new = finite_array(values, name)
    if new.shape != old.shape:
        raise EditError(f"its shape is {old.shape}, but the new values have {new.shape}", name)
    return scenario if same_bits(old, new) else replace(scenario, params=_with_array(scenario.params, name, new))


def finite_number(value: float, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise EditError(f"“{value}” is not a number", where) from None
    if not math.isfinite(number):
        raise EditError(f"{number} cannot be kept in a scenario; a finite number can", where)
    return number


def finite_array(values: ArrayLike, where: str) -> Array:
    """A read-only copy in float64 and rows, or an EditError."""
    try:
        array = np.array(values, dtype=np.float64, order="C")
    except (TypeError, ValueError):
        raise EditError("not all of these are numbers in equally long rows", where) from None
    if not np.isfinite(array).all():
        raise EditError("infinities and NaN cannot be kept in a scenario; finite numbers can", where)
    array.flags.writeable = False
    return array


def same_bits(left: Array, right: Array) -> bool:
    """Equal in every bit; 0 and -0 are not."""
    return left.shape == right.shape and left.tobytes() == right.tobytes()


def _with_weight(scenario: Scenario, place: ParameterAddress, number: float, where: str) -> Scenario:
    check_weight(scenario, place, where)
    old = scenario.params[place.parameter]
    new = _with_item_at(old, (place.row, place.column)[: old.ndim], number)
    return scenario if new is old else replace(scenario, params=_with_array(scenario.params, place.parameter, new))


def _with_target(scenario: Scenario, place: Address, number: float, where: str) -> Scenario:
    check_target(scenario, place, where)
    old = scenario.targets
    assert old is not None  # the check has seen to it
    new = _with_item_at(old, _index(place), number)
    return scenario if new is old else replace(scenario, targets=new)


def _with_initial(scenario: Scenario, place: Address, number: float, where: str) -> Scenario:
    shape = (scenario.inputs.shape[1], scenario.network.state_sizes()[place.quantity])
    check_index("sequence", place.sequence, 0, shape[0] - 1, where)
    check_index("unit", place.unit, 0, shape[1] - 1, where)
    old = scenario.initial.get(place.quantity, np.zeros(shape))
    new = _with_item_at(old, (place.sequence, place.unit), number)
    return scenario if new is old else replace(scenario, initial=_with_array(scenario.initial, place.quantity, new))


def _index(place: Address) -> tuple[int, int, int]:
    return place.step - 1, place.sequence, place.unit


def _with_item_at(array: Array, index: tuple[int, ...], number: float) -> Array:
    """A changed copy; the array itself when it holds this very number already."""
    if same_bits(array[index], np.float64(number)):
        return array
    changed = array.copy()
    changed[index] = number
    changed.flags.writeable = False
    return changed


def _with_array(mapping: Mapping[str, Array], name: str, array: Array) -> Mapping[str, Array]:
    return MappingProxyType({**mapping, name: array})
