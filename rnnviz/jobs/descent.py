"""Gradient descent from one start in several ways, which differ in their clipping alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rnnviz.engine.clipping import KINDS, Clipping, Kind
from rnnviz.engine.errors import EngineError
from rnnviz.engine.network import Network, Params
from rnnviz.engine.training import Data, Iterate, Settings, train
from rnnviz.jobs.job import Job, run_here
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.training import training_of
from rnnviz.scenario.types import Scenario

# Of the weights of all steps, which are kept to be gone back to.
BUDGET = 256 * 2**20


def ways_of(scenario: Scenario) -> tuple[Clipping, ...]:
    """All ways to clip, each with the limit that the scenario has for it: in its training, in a variant, or else 1.

    The limit of the loss cap may also be the cap of the surface.
    """
    return tuple(Clipping(kind, _limit(scenario, kind)) for kind in KINDS)


def _limit(scenario: Scenario, kind: Kind) -> float:
    if scenario.training is not None and scenario.training.clipping.kind == kind:
        return scenario.training.clipping.limit
    for alternative in scenario.alternatives:
        clipping = (alternative.changes.get("training") or {}).get("clipping") or {}
        if clipping.get("kind") == kind:
            return float(clipping.get("limit", 1.0))
    cap = scenario.surface.cap if scenario.surface else None
    return cap if kind == "loss cap" and cap else 1.0


def most_steps(scenario: Scenario, ways: int) -> int:
    """How many steps so many descents may have, so that the weights of all fit into memory."""
    size = sum(values.nbytes for values in scenario.params.values())
    return max(1, BUDGET // max(1, size * ways) - 1)


def descent_job(scenario: Scenario, ways: Sequence[Clipping], steps: int) -> Job:
    """The job whose results are (way, iterate), one step of all ways after the other; iterate 0 is the start.

    Every way begins with the weights of the scenario and is trained as it says, but for the clipping. With more steps
    than its epochs have, there are as many epochs as it takes. Raises ScenarioError.
    """
    most = most_steps(scenario, len(ways))
    if not 1 <= steps <= most:
        raise ScenarioError(f"expected 1 to {most:,} steps, found {steps:,}", where="steps")
    data, settings = training_of(scenario)
    data = replace(data, initial=dict(data.initial))
    updates = steps + 1  # one more than is wanted: its gradient is shown
    epochs = max(settings.epochs, -(-updates // settings.updates_an_epoch(data.sequences)))
    each = tuple(replace(settings, clipping=way, epochs=epochs, keep_every=1) for way in ways)
    job = Job(descend, (scenario.network, dict(scenario.params), data, each, steps), "Descent")
    try:
        run_here(job)  # what does not fit is refused now; nothing is worked out yet
    except EngineError as error:
        raise ScenarioError(str(error), where="training") from error
    return job


def descend(
    network: Network, start: Params, data: Data, settings: Sequence[Settings], steps: int
) -> Iterator[tuple[int, Iterate]]:
    """The iterates of a training run for each of the settings, in turn."""
    return _in_turn([train(network, start, data, each) for each in settings], steps)


def _in_turn(runs: Sequence[Iterator[Iterate]], steps: int) -> Iterator[tuple[int, Iterate]]:
    for _ in range(steps + 1):
        for way, run in enumerate(runs):
            iterate = next(run, None)
            if iterate is not None:
                yield way, iterate
