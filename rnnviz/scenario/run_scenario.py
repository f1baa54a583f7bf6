"""Running a scenario, and opening its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from rnnviz.engine import explain as engine_explain
from rnnviz.engine.errors import EngineError
from rnnviz.engine.explain import Explanation
from rnnviz.engine.explain_gradient import explain_gradient
from rnnviz.engine.run import run as engine_run
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress, Trace
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.gradients import gradients_of
from rnnviz.scenario.types import Scenario


def run(scenario: Scenario, inputs: ArrayLike | None = None, lengths: Sequence[int] | None = None) -> Trace:
    """The trace of a scenario; `inputs` (T, N, features) and `lengths` take the place of its own.

    Initial states and targets of the scenario belong to its own inputs and are left out with others.
    Raises ScenarioError.
    """
    try:
        if inputs is not None:
            return engine_run(scenario.network, scenario.params, inputs, lengths=lengths)
        return engine_run(
            scenario.network,
            scenario.params,
            scenario.inputs,
            lengths=scenario.lengths if lengths is None else lengths,
            initial=scenario.initial,
            targets=scenario.targets,
        )
    except EngineError as error:
        raise ScenarioError(str(error)) from error


GRADIENT = "grad:"


def explain(scenario: Scenario, name: str, step: int, unit: int = 0, sequence: int = 0) -> Explanation:
    """The law of one number, with the numbers in. `name` is a quantity, or "output"; for a parameter, `step` and `unit`
    are row and column. "grad:lstm.h" is the derivative of the loss by that. Raises ScenarioError."""
    trace = run(scenario)
    of = name.removeprefix(GRADIENT)
    of = trace.output_name if of == "output" else of
    place = ParameterAddress(of, step, unit) if of in scenario.params else Address(of, step, sequence, unit)
    return explain_address(scenario, trace, GradientAddress(place) if name.startswith(GRADIENT) else place)


def explain_address(
    scenario: Scenario, trace: Trace, place: Address | ParameterAddress | GradientAddress
) -> Explanation:
    """The same for an address of a trace of this scenario."""
    try:
        if isinstance(place, GradientAddress):
            return explain_gradient(gradients_of(scenario, trace), place)
        return engine_explain.explain(trace, place)
    except EngineError as error:
        raise ScenarioError(str(error)) from error
