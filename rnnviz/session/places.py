"""The places of a scenario's numbers: what they are called, and whether they exist."""

from __future__ import annotations

from rnnviz.engine.errors import AddressError
from rnnviz.engine.trace import Address, ParameterAddress, Trace
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError

Place = Address | ParameterAddress


def named(place: Place) -> str:
    """What a person calls it, such as "x[1] at step 4" or "lstm.W_i[0, 2]"."""
    if isinstance(place, ParameterAddress):
        return f"{place.parameter}[{place.row}, {place.column}]"
    sequence = f" of sequence {place.sequence}" if place.sequence else ""
    when = f"at step {place.step}" if place.step else "at the start"
    return f"{place.quantity}[{place.unit}] {when}{sequence}"


def check_index(kind: str, value: int, lowest: int, highest: int, where: str) -> None:
    if not lowest <= value <= highest:
        raise EditError(f"there is no {kind} {value}; it can be {lowest} to {highest}", where)


def check_exists(scenario: Scenario, trace: Trace, place: Place) -> None:
    """Raises EditError when there is no such number."""
    where = named(place)
    if isinstance(place, ParameterAddress):
        check_weight(scenario, place, where)
    elif place.quantity == "target":
        check_target(scenario, place, where)
    else:
        try:
            trace.number(place)
        except AddressError as error:
            raise EditError(str(error)) from error


def exists(scenario: Scenario, trace: Trace, place: Place) -> bool:
    try:
        check_exists(scenario, trace, place)
    except EditError:
        return False
    return True


def check_weight(scenario: Scenario, place: ParameterAddress, where: str) -> None:
    values = scenario.params.get(place.parameter)
    if values is None:
        raise EditError(f"there is no such parameter; there are {', '.join(scenario.params)}", where)
    rows, columns = values.shape if values.ndim == 2 else (len(values), 1)
    check_index("row", place.row, 0, rows - 1, where)
    check_index("column", place.column, 0, columns - 1, where)


def check_target(scenario: Scenario, place: Address, where: str) -> None:
    if scenario.targets is None:
        raise EditError("this scenario has no targets", where)
    check_cell(scenario.targets.shape, place, where)


def check_cell(shape: tuple[int, ...], place: Address, where: str) -> None:
    """Raises EditError when an array (steps, sequences, units) has no number there."""
    steps, batch, units = shape
    check_index("step", place.step, 1, steps, where)
    check_index("sequence", place.sequence, 0, batch - 1, where)
    check_index("unit", place.unit, 0, units - 1, where)
