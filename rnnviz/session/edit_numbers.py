"""A scenario with other numbers: one of them by its address, a whole parameter, or all inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress, Trace
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError
from rnnviz.session.places import Place, called, check_exists

Array = NDArray[np.float64]
Numbers = NDArray[np.floating]


def with_number(scenario: Scenario, trace: Trace, place: Place, value: float) -> Scenario:
    """The scenario in which the weight, input, target or initial state at this place of its trace has this value."""
    check_exists(scenario, trace, place)
    where = called(scenario, place)
    number = finite_number(value, where)
    if isinstance(place, GradientAddress):
        raise EditError("this number is worked out; change a weight, an input or an initial state instead", where)
    if isinstance(place, ParameterAddress):
        old = scenario.params[place.parameter]
        new = _with_number_at(old, (place.row, place.column)[: old.ndim], number)
        return scenario if new is old else replace(scenario, params=_with_array(scenario.params, place.parameter, new))
    index = (place.step - 1, place.sequence, place.unit)
    if place.quantity == "x":
        inputs = _with_number_at(scenario.inputs, index, number)
        return scenario if inputs is scenario.inputs else replace(scenario, inputs=inputs)
    if place.quantity == "target" and scenario.targets is not None:
        targets = _with_number_at(scenario.targets, index, number)
        return scenario if targets is scenario.targets else replace(scenario, targets=targets)
    if place.quantity in trace.carried and place.step in (0, trace.steps + 1):  # backward, T + 1 is the start
        return _with_initial(scenario, place, number)
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


def same_bits(left: Numbers, right: Numbers) -> bool:
    """Equal in every bit as float64; 0 and -0 are not."""
    one, other = (np.asarray(array, np.float64) for array in (left, right))
    return one.shape == other.shape and one.tobytes() == other.tobytes()


def _with_initial(scenario: Scenario, place: Address, number: float) -> Scenario:
    name = place.quantity
    shape = (scenario.inputs.shape[1], scenario.network.state_sizes()[name])
    old = scenario.initial.get(name, np.zeros(shape))
    new = _with_number_at(old, (place.sequence, place.unit), number)
    return scenario if new is old else replace(scenario, initial=_with_array(scenario.initial, name, new))


def _with_array(mapping: Mapping[str, Any], name: str, array: Array) -> Mapping[str, Any]:
    return MappingProxyType({**mapping, name: array})


def _with_number_at(array: Numbers, index: tuple[int, ...], number: float) -> Any:
    """A changed copy in float64; the array itself when it holds this very number already."""
    if np.float64(array[index]).tobytes() == np.float64(number).tobytes():
        return array
    changed = array.astype(np.float64)
    changed[index] = number
    changed.flags.writeable = False
    return changed
