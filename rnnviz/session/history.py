"""The edits since a scenario was opened, each with the frozen scenario that it led to."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from rnnviz.scenario.types import Scenario
from rnnviz.session.cursor import Cursor


@dataclass(frozen=True)
class Entry:
    """One edit.

    time_s : when it was made, seconds since 1970
    before, after : the cursor when the edit began, and when it was done
    merge : edits in a row with the same key are one entry, such as all moves of one drag; None stands alone
    is_new_data : other sequences were brought in: what was there before is about something else
    """

    label: str
    time_s: float
    scenario: Scenario
    before: Cursor
    after: Cursor
    merge: Hashable | None = None
    is_new_data: bool = False


@dataclass(frozen=True)
class History:
    """What was opened, the edits made to it, and how many of them are done; those after `done` have been undone."""

    opened: Scenario
    entries: tuple[Entry, ...] = ()
    done: int = 0
    labels: tuple[str, ...] = field(default=())
    times_s: tuple[float, ...] = field(default=())

    @property
    def scenario(self) -> Scenario:
        return self.scenario_after(self.done)

    def scenario_after(self, edits: int) -> Scenario:
        """The scenario after so many edits; after none, the one that was opened."""
        return self.entries[edits - 1].scenario if edits else self.opened

    def merges(self, merge: Hashable | None) -> bool:
        """Whether an edit with this key goes on with the last entry."""
        if merge is None or self.done == 0 or self.done < len(self.entries):
            return False
        return self.entries[-1].merge == merge

    def with_entry(self, entry: Entry) -> History:
        """The history with one more edit; what had been undone is gone."""
        return self._made_of((*self.entries[: self.done], entry))

    def with_merged(self, entry: Entry) -> History:
        """The history whose last entry began where it began and leads to where this one leads."""
        return self._made_of((*self.entries[:-1], replace(entry, before=self.entries[-1].before)))

    def with_merge_ended(self) -> History:
        """The history to whose last entry nothing is added any more."""
        if not self.entries or self.entries[-1].merge is None:
            return self
        return replace(self, entries=(*self.entries[:-1], replace(self.entries[-1], merge=None)))

    def at(self, done: int) -> History:
        return replace(self.with_merge_ended(), done=done)

    def _made_of(self, entries: tuple[Entry, ...]) -> History:
        return replace(
            self,
            entries=entries,
            done=len(entries),
            labels=tuple(entry.label for entry in entries),
            times_s=tuple(entry.time_s for entry in entries),
        )
