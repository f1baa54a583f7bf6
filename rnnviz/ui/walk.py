"""What play, step and the track walk through: the steps of a sequence, on or back, or the iterates of training."""

from typing import Protocol

from rnnviz.session.session import Session
from rnnviz.session.training_run import TrainingRun


class Walk(Protocol):
    """Positions from 0 to `last`; `last` is 0 where there is nothing to walk through."""

    @property
    def position(self) -> int: ...

    @property
    def last(self) -> int: ...

    def move(self, count: int) -> None:
        """So many stations on, or back; stops at both ends."""
        ...

    def seek(self, position: int) -> None: ...


class TimeWalk:
    """Through the steps."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def position(self) -> int:
        return self._session.snapshot.cursor.step if self._session.snapshot is not None else 0

    @property
    def last(self) -> int:
        return self._session.snapshot.trace.steps if self._session.snapshot is not None else 0

    def move(self, count: int) -> None:
        self._session.step(count)

    def seek(self, position: int) -> None:
        self._session.seek(min(position, self.last))


class BackwardWalk:
    """Through the steps from the last to the first, as derivatives of the loss go (BPTT); position 0 is step T."""

    def __init__(self, time: Walk) -> None:
        self._time = time

    @property
    def position(self) -> int:
        return min(self._time.last - self._time.position, self.last)

    @property
    def last(self) -> int:
        return max(self._time.last - 1, 0)

    def move(self, count: int) -> None:
        self.seek(self.position + count)

    def seek(self, position: int) -> None:
        self._time.seek(self._time.last - min(max(position, 0), self.last))


class TrainingWalk:
    """Through the iterates of which the weights are kept; a position is the number of an iterate."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def run(self) -> TrainingRun | None:
        return self._session.snapshot.training if self._session.snapshot is not None else None

    @property
    def position(self) -> int:
        run = self.run
        return 0 if run is None else run.number if run.cursor is None else run.cursor

    @property
    def last(self) -> int:
        return self.run.number if self.run is not None and len(self.run.kept) > 1 else 0

    def move(self, count: int) -> None:
        run = self.run
        if run is not None and run.kept:
            index = run.kept.index(run.nearest(self.position)) + count
            self._session.seek_iterate(run.kept[min(max(index, 0), len(run.kept) - 1)])

    def seek(self, position: int) -> None:
        run = self.run
        if run is not None and run.kept:
            self._session.seek_iterate(position)
