"""The range of steps in sight, shared by every plot of a session, so that zooming one zooms all.

Step t covers t - 0.5 to t + 0.5: a heat map's cell fills that stretch, a line's point lies in its middle, and both
stand under each other in panels of either kind. No Qt here: a plot registers a bound method, which is held weakly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakMethod

NARROWEST = 3  # steps that stay in sight at the deepest zoom

_axis_of_session: WeakKeyDictionary[Any, TimeAxis] = WeakKeyDictionary()


class TimeAxis:
    """`steps` steps, of which `first` to `last` (half steps outwards) are in sight; it has `least` steps at least."""

    def __init__(self, steps: int = 0) -> None:
        self.steps = steps
        self.least = 0
        self.first, self.last = 0.5, max(steps, 1) + 0.5
        self._listeners: list[WeakMethod[Callable[[], None]]] = []

    @staticmethod
    def of(session: Any) -> TimeAxis:
        """The one axis of all plots of this session."""
        return _axis_of_session.setdefault(session, TimeAxis())

    @staticmethod
    def join(one: Any, other: Any) -> TimeAxis:
        """Put the plots that are made for the other session on the axis of this one; `least` is theirs to set."""
        axis = _axis_of_session[other] = TimeAxis.of(one)
        return axis

    def listen(self, changed: Callable[[], None]) -> None:
        self._listeners.append(WeakMethod(changed))

    @property
    def span(self) -> float:
        return self.last - self.first

    @property
    def shows_all(self) -> bool:
        return self.first <= 0.5 and self.last >= max(self.steps, 1) + 0.5

    def set_steps(self, steps: int) -> None:
        """A longer or shorter sequence: all of it, if all was in sight, else the same range as far as it exists."""
        steps = max(steps, self.least)
        if steps == self.steps:
            return
        whole = self.shows_all
        self.steps = steps
        if whole:
            self._show(0.5, max(steps, 1) + 0.5)
        else:
            self._show(self.first, self.last)

    def zoom(self, about: float, factor: float) -> None:
        """Show `factor` times as many steps; what is at `about` stays where it is."""
        self._show(about - (about - self.first) * factor, about + (self.last - about) * factor)

    def pan(self, by: float) -> None:
        self._show(self.first + by, self.last + by)

    def show_all(self) -> None:
        self._show(0.5, max(self.steps, 1) + 0.5)

    def follow(self, step: int) -> None:
        """Turn the page when the cursor has left the range in sight: a page at a time, as turning redraws the plots."""
        if self.shows_all or self.first <= step <= self.last or step < 1:
            return
        if step > self.last:
            self._show(step - 0.5, step - 0.5 + self.span)
        else:
            self._show(step + 0.5 - self.span, step + 0.5)

    def _show(self, first: float, last: float) -> None:
        whole = max(self.steps, 1)
        span = min(max(last - first, min(NARROWEST, whole)), whole)
        middle = (first + last) / 2
        first = min(max(middle - span / 2, 0.5), whole + 0.5 - span)
        if (first, first + span) == (self.first, self.last):
            return
        self.first, self.last = first, first + span
        self._tell()

    def _tell(self) -> None:
        for reference in list(self._listeners):
            changed = reference()
            if changed is None:
                self._listeners.remove(reference)
            else:
                changed()

    def position(self, step: float, left: float, width: float) -> float:
        """Where the middle of this step lies in a plot that begins at `left` and is `width` wide."""
        return left + (step - self.first) / self.span * width

    def step_at(self, x: float, left: float, width: float) -> int:
        """The step whose cell is at x, kept inside 1..steps."""
        step = math.floor(self.first + (x - left) / max(width, 1) * self.span + 0.5)
        return min(max(step, 1), max(self.steps, 1))

    def steps_in_sight(self) -> tuple[int, int]:
        """First and last step of which at least a part is in sight, both inclusive."""
        first = max(1, math.floor(self.first + 0.5 + 1e-9))
        return first, min(max(self.steps, 1), math.ceil(self.last - 0.5 - 1e-9))

    def ticks(self, room: int) -> list[int]:
        """At most `room` round step numbers in sight, the first and the last step of the sequence among them."""
        first, last = self.steps_in_sight()
        if last - first < room:
            return list(range(first, last + 1))
        size = 10.0 ** math.floor(math.log10((last - first) / room))
        stride = int(
            max(1, next(size * m for m in (1, 2, 5, 10, 20) if (last - first) / (size * m) <= max(room - 1, 1)))
        )
        ends = [step for step in (1, self.steps) if first <= step <= last]
        round_ones = range(stride * math.ceil(first / stride), last + 1, stride)
        return sorted({*ends, *(step for step in round_ones if all(abs(step - end) > 0.6 * stride for end in ends))})
