"""What the card of an import knows: what is in the file, what has been decided, and what would come of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from rnnviz.interop.data import Choices, DataError, NetworkPlan, Sequences, Source, arranged, first_choices, with_data
from rnnviz.interop.data.new_network import new_scenario
from rnnviz.interop.data.source import Format
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario


@dataclass(frozen=True, kw_only=True)
class State:
    """
    scenario : the open one, None where nothing is open
    is_new : a network is to be made for the data; else that of the scenario reads them
    how : how the file is written; plan : what the new network is like
    found : the sequences; made : the scenario with them; problem : why there are none, in one line
    """

    source: Source | None = None
    scenario: Scenario | None = None
    is_new: bool = False
    how: Format = Format()
    choices: Choices = field(default_factory=Choices)
    plan: NetworkPlan = NetworkPlan()
    found: Sequences | None = None
    made: Scenario | None = None
    problem: str = ""

    @property
    def reader(self) -> Scenario | None:
        """The scenario whose network is going to read the data."""
        return None if self.is_new else self.scenario

    @property
    def is_ready(self) -> bool:
        """All is decided, and the network can read what comes of it."""
        return self.made is not None and self.found is not None and self.found.decided

    def with_source(self, source: Source) -> State:
        """Another file, or the same one read in another way: looked at anew."""
        return replace(self, source=source, choices=first_choices(source, self.reader)).worked_out()

    def with_reader(self, is_new: bool) -> State:
        """Another network is going to read the same data."""
        changed = replace(self, is_new=is_new)
        if self.source is None:
            return changed
        return replace(changed, choices=first_choices(self.source, changed.reader)).worked_out()

    def with_choice(self, **changes: Any) -> State:
        return replace(self, choices=replace(self.choices, **changes)).worked_out()

    def with_plan(self, **changes: Any) -> State:
        return replace(self, plan=replace(self.plan, **changes)).worked_out()

    def worked_out(self) -> State:
        """The same with what comes of it, or with why nothing does."""
        found = made = None
        problem = ""
        if self.source is not None:
            try:
                found = arranged(self.source, self.choices, self.reader)
                made = self._made(found)
            except DataError as error:
                problem = f"{error.message[:1].upper()}{error.message[1:]}."
            except ScenarioError as error:
                problem = f"{error}."
        return replace(self, found=found, made=made, problem=problem)

    def _made(self, found: Sequences) -> Scenario:
        return with_data(self.reader, found) if self.reader is not None else new_scenario(found, self.plan)
