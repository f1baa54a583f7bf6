"""A kernel for many inputs: what they add to the sums of a step is worked out ahead, for a stretch of steps at a time.

Where a layer's weights take more than the cache holds, a step costs the time in which they come from memory. Those
that meet the inputs then come once for a stretch, as one product of matrices, and not once for every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.kernel import Kernel, stacked_matrix
from rnnviz.engine.plan import Call, Given, Plan, Row, Scratch, Stack

Array = NDArray[np.floating]

# It pays where so many weights meet the inputs; so many steps at a time.
FEWEST_WEIGHTS = 1 << 18
STRETCH = 64


def pays(plan: Plan, batch: int) -> bool:
    """Whether one sequence alone is run faster so."""
    return batch == 1 and plan.stack_rows * (plan.inputs.stop - plan.inputs.start) >= FEWEST_WEIGHTS


class AheadKernel(Kernel):
    """Runs whole stretches of one sequence; single steps are for `Kernel`."""

    least_stretch = STRETCH

    def __init__(self, plan: Plan, params: Mapping[str, Array], dtype: Any = np.float64) -> None:
        super().__init__(_without_inputs(plan), params, 1, dtype)
        self.plan = plan
        first = plan.inputs.start - plan.sources.start
        stack = stacked_matrix(plan, params, self.dtype)
        self._weights = np.ascontiguousarray(stack[:, first : first + plan.inputs.stop - plan.inputs.start].T)

    def run(self, records: Array, first: int, last: int) -> None:
        for start in range(first, last, STRETCH):
            stop = min(start + STRETCH, last)
            given = records[start:stop, self.plan.inputs.start : self.plan.inputs.stop] @ self._weights
            rows = [records[start + row.ahead : stop + row.ahead, row.start : row.stop] for row in self._rows]
            self._run_views(*rows, *(given[:, place.start : place.stop] for place in self._given))


def _without_inputs(plan: Plan) -> Plan:
    """The plan in which products leave the inputs out, and add what they give."""
    end = plan.inputs.start - plan.sources.start
    calls: list[Call] = []
    for call in plan.calls:
        match call:
            case Call("dot", (Stack(start, stop, left, right), Row()), Scratch() as result) if right > end:
                given = Given(start, stop)
                if left >= end:
                    calls.append(Call("positive", (given,), result))
                    continue
                sources = Row(plan.sources.start + left, plan.sources.start + end)
                calls.append(Call("dot", (Stack(start, stop, left, end), sources), result))
                calls.append(Call("add", (result, given), result))
            case _:
                calls.append(call)
    return replace(plan, calls=tuple(calls))
