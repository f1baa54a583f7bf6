"""Running a scenario, and opening its numbers."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from rnnviz.engine import explain as engine_explain
from rnnviz.engine.errors import EngineError
from rnnviz.engine.explain import Explanation
from rnnviz.engine.run import run as engine_run
from rnnviz.engine.trace import Address, ParameterAddress, Trace
from rnnviz.scenario.errors import ScenarioError
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


def explain(scenario: Scenario, name: str, step: int, unit: int = 0, sequence: int = 0) -> Explanation:
    """The law of one number, with the numbers in. `name` is a quantity, or "output"; for a parameter, `step` and `unit`
    are row and column. Raises ScenarioError."""
    trace = run(scenario)
    name = trace.output_name if name == "output" else name
    place = ParameterAddress(name, step, unit) if name in scenario.params else Address(name, step, sequence, unit)
    return explain_address(scenario, trace, place)


def explain_address(scenario: Scenario, trace: Trace, place: Address | ParameterAddress) -> Explanation:
    """The same for an address of a trace of this scenario."""
    try:
        return engine_explain.explain(trace, place)
    except EngineError as error:
        raise ScenarioError(str(error)) from error
