"""Expected values against the trace: what `rnnviz check` proves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnnviz.engine.errors import EngineError
from rnnviz.engine.trace import Address, Trace
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.derived import derived, is_derived
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.story import render
from rnnviz.scenario.types import Expected, Scenario


@dataclass(frozen=True)
class Miss:
    """An expected number that the trace does not show. `problem` says why there is no number, if there is none."""

    at: str
    step: int
    sequence: int
    unit: int
    when: str
    expected: float
    found: float
    within: float
    alternative: str = ""
    problem: str = ""

    def __str__(self) -> str:
        variant = f'in "{self.alternative}": ' if self.alternative else ""
        sequence = f", sequence {self.sequence}" if self.sequence else ""
        place = f"{variant}{self.at}[{self.unit}] {self.when} step {self.step}{sequence}"
        if self.problem:
            return f"{place}: {self.problem}"
        return f"{place}: expected {self.expected:.10g} within {self.within:g}, found {self.found:.10g}"


def check(scenario: Scenario, trace: Trace) -> tuple[Miss, ...]:
    """Every number that the scenario expects and the trace does not show."""
    return tuple(miss for item in scenario.expected for miss in _misses(item, scenario, trace))


def check_all(scenario: Scenario) -> tuple[Miss, ...]:
    """The same for the scenario, run, and for each of its alternatives; the stories must be complete too.

    Raises ScenarioError when a variant cannot be run or its story cannot be told.
    """
    misses = _check_variant(scenario, "")
    for index, alternative in enumerate(scenario.alternatives):
        misses += _check_variant(apply_alternative(scenario, index), alternative.title)
    return misses


def _check_variant(scenario: Scenario, title: str) -> tuple[Miss, ...]:
    trace = run(scenario)
    for section in render(scenario, trace):
        if section.missing:
            named = f' of "{title}"' if title else ""
            message = f"the template {{{{{section.missing[0]}}}}} names a number that the trace{named} does not have"
            raise ScenarioError(message, where="story")
    return tuple(Miss(**(vars(miss) | {"alternative": title})) for miss in check(scenario, trace))


def _misses(item: Expected, scenario: Scenario, trace: Trace) -> Iterator[Miss]:
    quantity = trace.output_name if item.at == "output" else item.at
    values = _numbers(item, quantity, trace)
    for unit, value in values:
        try:
            found, problem = _number(item, quantity, unit, scenario, trace), ""
        except EngineError as error:
            found, problem = float("nan"), str(error)
        # written so that NaN is a miss too
        if not abs(found - value) <= item.within:
            yield Miss(item.at, item.step, item.sequence, unit, item.when, value, found, item.within, problem=problem)


def _numbers(item: Expected, quantity: str, trace: Trace) -> list[tuple[int, float]]:
    """The units that an expectation is about, each with its number."""
    if isinstance(item.value, list):
        return list(enumerate(item.value))
    if item.unit is not None:
        return [(item.unit, item.value)]
    size = trace[quantity].shape[2] if quantity in trace else 1
    return [(unit, item.value) for unit in range(size)]


def _number(item: Expected, quantity: str, unit: int, scenario: Scenario, trace: Trace) -> float:
    if is_derived(quantity):
        return derived(scenario, trace, quantity, item.step, unit, item.sequence)
    if item.when == "after":
        return trace.number(Address(quantity, item.step, item.sequence, unit))
    trace.number(Address(quantity, item.step, item.sequence, unit))  # says what is wrong with the address
    return float(trace.before(quantity)[item.step - 1, item.sequence, unit])
