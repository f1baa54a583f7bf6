"""Training a scenario: the job, how far it goes, and the whole of it as one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from rnnviz.engine.errors import EngineError
from rnnviz.engine.network import Params
from rnnviz.engine.training import Data, Iterate, Settings
from rnnviz.engine.training import train as iterates
from rnnviz.jobs.job import Job, run_here
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.training import start_of, trained, training_of
from rnnviz.scenario.types import Scenario


@dataclass(frozen=True)
class Plan:
    """What will be trained.

    start : the weights of iterate 0
    updates : how many there will be if nothing stops them earlier
    """

    data: Data
    settings: Settings
    start: Params
    updates: int


def plan_of(scenario: Scenario, epochs: int | None = None, go_on: bool = False) -> Plan:
    """
    epochs : another number than the scenario's
    go_on : begin with the weights of the scenario, also where its training says what to begin with
    Raises ScenarioError.
    """
    data, settings = training_of(scenario)
    if epochs is not None:
        settings = replace(settings, epochs=epochs)
    start = scenario.params if go_on else start_of(scenario)
    updates = settings.epochs * settings.updates_an_epoch(data.sequences)
    return Plan(data, settings, {name: start[name] for name in start}, updates)


@dataclass(frozen=True)
class Begun:
    """What `prepared` tells first.

    updates : how many there will be if nothing stops them earlier
    keep_every : every so many iterates are to be kept: as the scenario says, or fewer where they would fill the memory
    """

    updates: int
    keep_every: int


def prepared(scenario: Scenario, go_on: bool, budget: int) -> Iterator[Begun | Iterate]:
    """Train a scenario, and make or read what it learns from first, which takes a while: all of it in a worker.

    budget : bytes that kept weights may take
    """
    plan = plan_of(scenario, go_on=go_on)
    wanted, size = plan.settings.keep_every, sum(values.nbytes for values in plan.start.values())
    keep_every = wanted * (1 + size * (plan.updates // wanted) // budget) if wanted else plan.updates + 1
    yield Begun(plan.updates, keep_every)
    yield from run_here(job_of(scenario, plan, keep_every=1))


def portable(scenario: Scenario) -> Scenario:
    """What of a scenario has to go to another process, in a form that can."""
    return replace(
        scenario,
        params=dict(scenario.params),
        initial=dict(scenario.initial),
        story="",
        origin="",
        extra={},
        expected=(),
        alternatives=(),
    )


def job_of(scenario: Scenario, plan: Plan, keep_every: int | None = None) -> Job:
    """The job whose results are the iterates; another `keep_every` hands out more or fewer weights, the same bits.

    Raises ScenarioError where network and data do not fit.
    """
    settings = plan.settings if keep_every is None else replace(plan.settings, keep_every=keep_every)
    data = replace(plan.data, initial=dict(plan.data.initial))
    job = Job(iterates, (scenario.network, dict(plan.start), data, settings), "Train")
    try:
        run_here(job)  # what does not fit is refused now; nothing is worked out yet
    except EngineError as error:
        raise ScenarioError(str(error), where="training") from error
    return job


def train(
    scenario: Scenario,
    epochs: int | None = None,
    go_on: bool = False,
    report: Callable[[Iterate, Plan], Any] | None = None,
) -> Scenario:
    """Train, and return the scenario with the weights that were learned.

    epochs, go_on : see `plan_of`; report : is told every iterate
    The same numbers as in the window. Where a number stops being finite, the last good weights are returned, and the
    last iterate says in `stopped` which it was. Raises ScenarioError.
    """
    plan = plan_of(scenario, epochs, go_on)
    last: Iterate | None = None
    for last in run_here(job_of(scenario, plan, keep_every=0)):
        if report is not None:
            report(last, plan)
    return with_weights(scenario, last)


def with_weights(scenario: Scenario, iterate: Iterate | None) -> Scenario:
    """The scenario with the weights that an iterate hands out."""
    if iterate is None or iterate.params is None:
        return scenario
    return trained(scenario, iterate.params)
