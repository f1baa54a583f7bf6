"""What panels of one kind share while they stand side by side: the scales of their values, and their steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from rnnviz.ui.panel import Panel
from rnnviz.ui.plots.scale import Arrays


class Beside:
    """Each panel draws with the values of all, so that equal heights and equal colours are equal numbers.

    seek : goes to a step of the longer sequence
    drawn : called after each drawing of one of the panels
    """

    def __init__(self, panels: Sequence[Panel], seek: Callable[[int], None], drawn: Callable[[], None]) -> None:
        self.seek = seek
        self._drawn = drawn
        self._panels = tuple(panels)
        self._values: dict[tuple[Panel, str], Arrays] = {}
        self._stamps: Counter[Panel] = Counter()
        self._outdated: set[Panel] = set()
        for panel in panels:
            panel.beside = self

    def shared(self, panel: Panel, values: Arrays, of: str) -> Arrays:
        """The values of all panels for the scale of this name, where these are the panel's own."""
        if not _are_same(self._values.get((panel, of), ()), values):
            self._values[panel, of] = tuple(values)
            self._outdate_others(panel)
        return [array for (_, name), arrays in self._values.items() if name == of for array in arrays]

    def index(self, panel: Panel) -> int:
        """0 for the panel of A, 1 for that of B."""
        return self._panels.index(panel)

    def stamp(self, panel: Panel) -> int:
        return self._stamps[panel]

    def forget(self, panel: Panel) -> None:
        """It shows nothing any more."""
        own = [key for key in self._values if key[0] is panel]
        for key in own:
            del self._values[key]
        if own:
            self._outdate_others(panel)

    def settle(self) -> None:
        """After a panel was drawn: draw those again whose scales have changed by it."""
        outdated, self._outdated = self._outdated, set()
        for panel in outdated:
            panel.draw_again()
        self._drawn()

    def _outdate_others(self, panel: Panel) -> None:
        others = [other for other in self._panels if other is not panel]
        self._stamps.update(others)
        self._outdated.update(others)


def _are_same(before: Arrays, now: Arrays) -> bool:
    return len(before) == len(now) and all(
        np.array_equal(*pair, equal_nan=True) for pair in zip(before, now, strict=True)
    )
