"""The derivatives of a scenario's loss: summed over its steps, averaged over its sequences, as training has it."""

from __future__ import annotations

from functools import lru_cache

from rnnviz.engine.errors import AddressError
from rnnviz.engine.loss_gradients import LossGradients
from rnnviz.engine.trace import Trace
from rnnviz.scenario.training import loss_weights
from rnnviz.scenario.types import Scenario


def has_gradients(scenario: Scenario) -> bool:
    return scenario.loss is not None and scenario.targets is not None


@lru_cache(maxsize=2)  # the one that is looked at, and one beside it
def gradients_of(scenario: Scenario, trace: Trace) -> LossGradients:
    """Raises AddressError where nothing is lost, so that there is nothing to differentiate."""
    if scenario.loss is None or scenario.targets is None:
        raise AddressError("the scenario has no loss or no targets, so there are no derivatives")
    weights = loss_weights(scenario, trace.steps, trace.batch)
    kind = scenario.loss
    return LossGradients(trace, kind.kind, scenario.targets, kind.at == "last step", weights)
