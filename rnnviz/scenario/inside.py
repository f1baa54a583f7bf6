"""Looking into a scenario's network: what its units do, what a number depends on, what a unit is there for, where else
the same units are on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rnnviz.engine import lesion as engine_lesion
from rnnviz.engine import match as engine_match
from rnnviz.engine import saliency as engine_saliency
from rnnviz.engine import unit_statistics as engine_statistics
from rnnviz.engine.errors import EngineError
from rnnviz.engine.lesion import Lesions, Value
from rnnviz.engine.match import Chosen, Matches
from rnnviz.engine.network import Recurrent
from rnnviz.engine.saliency import Saliency
from rnnviz.engine.trace import Address, Trace
from rnnviz.engine.unit_statistics import UnitStatistics
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.training import loss_weights
from rnnviz.scenario.types import Scenario


def saliency(scenario: Scenario, name: str, step: int, unit: int = 0, sequence: int = 0) -> Saliency:
    """The derivatives of one number by every input and every earlier state: `.gradients["x"]` (T, features), ...

    name : a quantity, or "output"; with ".pre", before its activation. Raises ScenarioError.
    """
    trace = run(scenario)
    with _in_a_line():
        return engine_saliency.saliency(trace, Address(of_output(trace, name), step, sequence, unit))


def lesion(scenario: Scenario, quantity: str, sequence: int = 0, value: Value = 0.0) -> Lesions:
    """Each unit of a quantity, such as "lstm.h" or "lstm.f", held at a value in turn, and what changes in the output:
    `.by_step` (units, T), `.by_output` (units, outputs), `.loss` (units,), ... Raises ScenarioError."""
    return engine_lesion.joined(list(lesions(scenario, run(scenario), quantity, sequence, value)))


def lesions(
    scenario: Scenario, trace: Trace, quantity: str, sequence: int = 0, value: Value = 0.0
) -> Iterator[Lesions]:
    """The same for a trace of this scenario, some units at a time."""
    kind, targets = scenario.loss, scenario.targets
    with _in_a_line():
        if kind is None or targets is None or targets.shape != trace.output.shape:
            yield from engine_lesion.lesions(trace, quantity, sequence, value)
        else:
            weights = loss_weights(scenario, trace.steps, trace.batch)
            last_only = kind.at == "last step"
            yield from engine_lesion.lesions(trace, quantity, sequence, value, kind.kind, targets, last_only, weights)


def match(
    scenario: Scenario, quantity: str, first: int, last: int, threshold: float | None = None, sequence: int = 0
) -> Matches:
    """The units that are on (at least at the threshold) at all of steps first..last: `.units`; and the places in all
    sequences where the same units are on, best first: `.places`. Without a threshold, the suggested one.

    Raises ScenarioError.
    """
    trace = run(scenario)
    with _in_a_line():
        if threshold is None:
            threshold = engine_match.distribution(trace, quantity).suggested
        return engine_match.match(trace, Chosen(quantity, first, last, threshold, sequence))


def unit_statistics(scenario: Scenario) -> dict[str, UnitStatistics]:
    """What the units of every quantity of every recurrent layer do over all sequences: shares of steps at which they
    are shut or open, sizes, which are dead or saturated. Raises ScenarioError."""
    trace = run(scenario)
    return {name: engine_statistics.unit_statistics(trace, name) for name in inner_quantities(trace)}


def inner_quantities(trace: Trace) -> list[str]:
    """The quantities of the recurrent layers, in the order in which they are worked out."""
    layers = {layer.name for layer in trace.network.layers if isinstance(layer, Recurrent)}
    return [name for name in trace.network.quantities() if name.split(".")[0] in layers]


def of_output(trace: Trace, name: str) -> str:
    """The quantity that is meant by "output"."""
    stem = name.removesuffix(engine_saliency.PRE)
    return name if stem != "output" else trace.output_name + name.removeprefix(stem)


@contextmanager
def _in_a_line() -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise ScenarioError(str(error)) from error
