"""The number that is open when a scenario is opened: the one that its view names, if the trace has it."""

from __future__ import annotations

import re

from rnnviz.engine.errors import AddressError
from rnnviz.engine.trace import Address, Trace
from rnnviz.scenario.types import View

_PLACE = re.compile(r"([^\[\]]+)(?:\[([0-9]{1,6})\])?")


def opened_number(view: View, trace: Trace) -> Address | None:
    """The place of the number, None where the view names none or the trace does not have it."""
    match = _PLACE.fullmatch(view.explain)
    if match is None:
        return None
    quantity = trace.output_name if match[1] == "output" else match[1]
    place = Address(quantity, view.step, view.sequence, int(match[2] or 0))
    try:
        trace.number(place)
    except AddressError:
        return None
    return place
