"""The traces of the scenarios in the history: the newest are kept, older ones are run again when they are asked for."""

from __future__ import annotations

from collections import OrderedDict

from rnnviz.engine.trace import Trace
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Scenario

# A trace of 10,000 steps of 512 LSTM units takes 250 MB: a history of such traces would fill the machine.
BUDGET = 512 * 2**20

Key = tuple[int, ...]


class Traces:
    """A run is a pure function of the scenario, so it makes no difference whether a trace was kept or run again."""

    def __init__(self) -> None:
        # The scenario is held beside its trace, so that the identities in the key stay taken.
        self._kept: OrderedDict[Key, tuple[Scenario, Trace]] = OrderedDict()

    def of(self, scenario: Scenario) -> Trace:
        """The trace of this scenario, run only when there is none yet."""
        key = _key(scenario)
        if key not in self._kept:
            self._kept[key] = (scenario, run(scenario))
            self._forget_the_oldest()
        self._kept.move_to_end(key)
        return self._kept[key][1]

    def keep(self, scenario: Scenario, trace: Trace) -> None:
        """Take in a trace that was run elsewhere."""
        self._kept[_key(scenario)] = (scenario, trace)
        self._forget_the_oldest()

    def kept(self, scenario: Scenario) -> Trace | None:
        """The trace of this scenario when it is still there."""
        found = self._kept.get(_key(scenario))
        return found[1] if found else None

    def forget(self, scenario: Scenario) -> None:
        """Drop a trace that nothing can come back to, such as those on the way of a drag."""
        self._kept.pop(_key(scenario), None)

    def _forget_the_oldest(self) -> None:
        size = sum(_bytes(trace) for _, trace in self._kept.values())
        while size > BUDGET and len(self._kept) > 2:  # the present one and its ghost always stay
            _, (_, trace) = self._kept.popitem(last=False)
            size -= _bytes(trace)


def _key(scenario: Scenario) -> Key:
    """What a run depends on, by identity: a new title or story needs no new run."""
    parts = (
        scenario.network,
        scenario.params,
        scenario.inputs,
        scenario.lengths,
        scenario.targets,
        scenario.initial,
    )
    return tuple(id(part) for part in parts)


def _bytes(trace: Trace) -> int:
    return sum(array.nbytes for array in trace.values())
