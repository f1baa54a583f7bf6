"""The places of a scenario's numbers: what they are called, and whether they exist."""

from __future__ import annotations

from rnnviz.engine.errors import AddressError
from rnnviz.engine.trace import Address, ParameterAddress, Trace
from rnnviz.session.edit_error import EditError

Place = Address | ParameterAddress


def check_exists(trace: Trace, place: Place) -> None:
    """Raises EditError when there is no such number."""
    try:
        trace.number(place)
    except AddressError as error:
        raise EditError(str(error)) from error


def exists(trace: Trace, place: Place) -> bool:
    try:
        trace.number(place)
    except AddressError:
        return False
    return True


def check_index(kind: str, value: int, lowest: int, highest: int, where: str) -> None:
    if not lowest <= value <= highest:
        there_is = f"it can be {lowest} to {highest}" if lowest <= highest else "there is none"
        raise EditError(f"there is no {kind} {value}; {there_is}", where)
