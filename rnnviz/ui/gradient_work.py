"""How a loss flows back: its derivatives by the states, all at once, and step by step what each loss sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.backward import backward
from rnnviz.engine.trace import ParameterAddress, Trace
from rnnviz.scenario.loss_plane import slopes_here
from rnnviz.scenario.types import Scenario

Array = NDArray[np.floating[Any]]


class GradientWork:
    """
    norms : carried quantity -> (T,), the length of dL/dstate at each step of one sequence
    matrices : carried quantity -> (T, T), row t - 1, column k - 1: the same for the loss of step t alone; NaN where it
        is not worked out yet
    whole : parameter -> dL/dparameter; parts : step t -> the share of its loss in that
    """

    def __init__(self, trace: Trace, scenario: Scenario, sequence: int) -> None:
        self.trace, self.sequence = trace, sequence
        self._slopes = slopes_here(trace, scenario)
        found = backward(trace, {trace.output_name: self._slopes})
        self.norms = {name: self._norms(found.quantities[name]) for name in trace.carried}
        self.whole = found.params
        self.matrices = {name: np.full((trace.steps, trace.steps), np.nan) for name in trace.carried}
        self.parts: dict[int, Mapping[str, Array]] = {}
        self._next = 1

    @property
    def is_done(self) -> bool:
        return self._next > self.trace.steps

    def advance(self) -> None:
        """The next step's loss alone; a step that loses nothing sends nothing."""
        if self.is_done:
            return
        step, self._next = self._next, self._next + 1
        alone = np.zeros_like(self._slopes)
        alone[step - 1] = self._slopes[step - 1]
        if not alone.any():
            for matrix in self.matrices.values():
                matrix[step - 1] = 0.0
            return
        found = backward(self.trace, {self.trace.output_name: alone})
        for name, matrix in self.matrices.items():
            matrix[step - 1] = self._norms(found.quantities[name])
        self.parts[step] = found.params

    def derivative(self, address: ParameterAddress) -> float:
        return _at(self.whole[address.parameter], address)

    def parts_of(self, address: ParameterAddress) -> list[tuple[int, float]]:
        """Step and what its loss adds to the derivative, for the steps that lose something; they add up to it."""
        return [(step, _at(found[address.parameter], address)) for step, found in self.parts.items()]

    def _norms(self, derivatives: Array) -> Array:
        return np.linalg.norm(derivatives[:, self.sequence], axis=-1)


def _at(values: Array, address: ParameterAddress) -> float:
    return float(values.reshape(len(values), -1)[address.row, address.column])
