"""The choice of an order of units, as small tabs: by number, by value, by correlation, by weight to an output."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from rnnviz.engine.errors import AddressError
from rnnviz.engine.network import Dense
from rnnviz.engine.trace import Address, Trace
from rnnviz.engine.unit_order import by_correlation, by_value, by_weight
from rnnviz.session import Snapshot
from rnnviz.ui.plots.tabs import Tabs

Order = NDArray[np.intp]
NUMBER, VALUE, CORRELATION, WEIGHT = range(4)


class OrderTabs(Tabs):
    """Says what is chosen; an order is worked out when it is chosen, and kept until its numbers change.

    By value is the order at the step at which it was chosen: rows that move with every step cannot be followed.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.kind = NUMBER
        self.step = 0
        self.output = 0
        self._made: dict[tuple[object, ...], Order] = {}
        self._of: tuple[Trace | None, int] = (None, 0)

    def draw(self, snapshot: Snapshot, quantity: str) -> None:
        """Offer the orders of this quantity's units."""
        trace = snapshot.trace
        if self._of != (trace, snapshot.cursor.sequence):
            self._of, self._made = (trace, snapshot.cursor.sequence), {}
            self.step = min(self.step, trace.steps)
        self._follow_output(snapshot)
        titles = [self.tr("number"), self.tr("value"), self.tr("likeness")]
        short = [*titles, self.tr("weight")]
        if self.kind == VALUE:
            titles[VALUE] = self.tr("value at step {step}").format(step=max(1, self.step))
        if self.has_weights(trace, quantity):
            names = snapshot.scenario.output_names
            named = names[self.output] if self.output < len(names) else f"y[{self.output}]"
            titles.append(self.tr("weight to {output}").format(output=named))
        elif self.kind == WEIGHT:
            self.kind = NUMBER
        self.show_titles(tuple(titles), tuple(short[: len(titles)]), self.kind)

    def choose(self, kind: int, snapshot: Snapshot) -> None:
        self.kind, self.step = kind, snapshot.cursor.step

    def _follow_output(self, snapshot: Snapshot) -> None:
        """The output that is selected, or was the last to be."""
        place = snapshot.selection
        if isinstance(place, Address) and place.quantity.removesuffix(".pre") == snapshot.trace.output_name:
            self.output = place.unit
        self.output = min(self.output, snapshot.trace.output.shape[2] - 1)

    @staticmethod
    def has_weights(trace: Trace, quantity: str) -> bool:
        if not isinstance(trace.network.layers[-1], Dense):
            return False
        try:
            by_weight(trace, quantity, 0)
        except AddressError:
            return False
        return f"{trace.network.layers[-1].name}.y" == trace.output_name

    def of(self, snapshot: Snapshot, quantity: str) -> Order:
        """The units of a quantity from the top."""
        trace, sequence = snapshot.trace, snapshot.cursor.sequence
        key = (self.kind, quantity, self.step if self.kind == VALUE else 0, self.output if self.kind == WEIGHT else 0)
        if key not in self._made:
            self._made[key] = self._order(trace, quantity, sequence)
        return self._made[key]

    def _order(self, trace: Trace, quantity: str, sequence: int) -> Order:
        values = trace[quantity][:, sequence]
        if self.kind == VALUE and trace.steps:
            return by_value(values[max(1, self.step) - 1])
        if self.kind == CORRELATION:
            real = slice(None) if trace.mask is None else trace.mask[:, sequence]
            return by_correlation(values[real])
        if self.kind == WEIGHT and self.has_weights(trace, quantity):
            return by_weight(trace, quantity, self.output)
        return np.arange(values.shape[1])
