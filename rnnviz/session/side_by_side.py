"""Two sessions under one cursor: a step of one is a step of the other, as far as each of them goes."""

from __future__ import annotations

from collections.abc import Callable

from rnnviz.scenario.types import Scenario
from rnnviz.session.change import Change
from rnnviz.session.places import counterpart, exists
from rnnviz.session.session import Session
from rnnviz.session.snapshot import Snapshot

READ_ONLY = "what stands beside the document is only looked at; open it by itself to change it"


class SideBySide:
    """The session of the document and, while `is_open`, a second one that is locked to it and cannot be edited.

    Where one sequence ends earlier, its session stays at its last step, and `position` goes on with the longer one.
    Whoever listens to the first session calls `follow`; changes of the second go to the listener given here.
    """

    def __init__(self, first: Session, listener: Callable[[Snapshot, Change], None]) -> None:
        self.first = first
        self.second = Session(self._second_changed)
        self.second.refusal = READ_ONLY
        self.is_open = False
        self._listener = listener
        self._is_following = False

    def open(self, scenario: Scenario) -> None:
        """Put a scenario beside the document. Raises EditError where it cannot be run; then nothing has changed."""
        was_following, self._is_following = self._is_following, True
        try:
            self.second.open(scenario)
        finally:
            self._is_following = was_following
        self.is_open = True
        self.follow(Change.CURSOR | Change.SELECTION)

    def close(self) -> None:
        self.is_open = False

    # --- where one looks --------------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """The step that one looks at, in the longer sequence where they differ."""
        return self._longer.snapshot.cursor.step if self._longer.snapshot is not None else 0

    @property
    def last(self) -> int:
        return self._longer.snapshot.trace.steps if self._longer.snapshot is not None else 0

    def move(self, count: int) -> None:
        """So many steps on, or back; stops at both ends."""
        self._longer.step(count)

    def seek(self, position: int) -> None:
        self._longer.seek(min(position, self.last))

    @property
    def _longer(self) -> Session:
        """The session that can be at every step that one can look at; of two such, the document's."""
        one, other = self.first.snapshot, self.second.snapshot
        is_second = self.is_open and one is not None and other is not None and other.trace.steps > one.trace.steps
        return self.second if is_second else self.first

    # --- locked -----------------------------------------------------------------------------------------------------

    def follow(self, change: Change) -> None:
        """The first session has changed: the second looks at the same step, sequence and number, where it has them."""
        self._bring_along(self.first, self.second, change)

    def _second_changed(self, snapshot: Snapshot, change: Change) -> None:
        self._bring_along(self.second, self.first, change)
        self._listener(snapshot, change)

    def _bring_along(self, leader: Session, other: Session, change: Change) -> None:
        if self._is_following or not self.is_open or leader.snapshot is None or other.snapshot is None:
            return
        self._is_following = True
        try:
            if change & Change.CURSOR:
                other.look(leader.snapshot.cursor)
            if change & Change.SELECTION:
                _select(other, leader.snapshot, other.snapshot)
        finally:
            self._is_following = False


def _select(other: Session, here: Snapshot, there: Snapshot) -> None:
    """The number selected here, there; where there is none like it, what is selected there stays."""
    place = here.selection
    if place is not None:
        place = counterpart(place, here.scenario.network, there.scenario.network)
    if place is None or exists(there.scenario, there.trace, place):
        other.select(place)
