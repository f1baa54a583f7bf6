"""What each step of the shown sequence loses, and their sum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from rnnviz.engine.loss import loss, step_counts
from rnnviz.scenario.training import loss_weights
from rnnviz.session import Snapshot

_KINDS = {
    "half squared error": QT_TRANSLATE_NOOP("loss", "half squared error"),
    "squared error": QT_TRANSLATE_NOOP("loss", "squared error"),
    "cross entropy": QT_TRANSLATE_NOOP("loss", "cross entropy, nats"),
    "binary cross entropy": QT_TRANSLATE_NOOP("loss", "binary cross entropy, nats"),
}


@dataclass(frozen=True)
class StepLosses:
    """`values` (T,) of one sequence; `counts` (T,) says which of them belong to the sum.

    weights : (T,), by what the loss of each step has been multiplied, None for 1; whole : (T,), the losses before that
    """

    values: NDArray[np.float64]
    counts: NDArray[np.bool_]
    weights: NDArray[np.float64] | None = None
    whole: NDArray[np.float64] | None = None

    @property
    def total(self) -> float:
        return float(self.values[self.counts].sum())


def has_losses(snapshot: Snapshot) -> bool:
    """Whether the shown sequences have targets to be compared with."""
    scenario = snapshot.scenario
    return (
        scenario.loss is not None
        and scenario.targets is not None
        and scenario.targets.shape == snapshot.trace.output.shape
    )


def step_losses(snapshot: Snapshot) -> StepLosses:
    """Of the sequence one looks at; only where `has_losses`."""
    kind, targets, trace = snapshot.scenario.loss, snapshot.scenario.targets, snapshot.trace
    assert kind is not None, "has_losses was asked"
    assert targets is not None, "has_losses was asked"
    sequence, last_only = snapshot.cursor.sequence, kind.at == "last step"
    weights = loss_weights(snapshot.scenario, trace.steps, trace.batch)
    with np.errstate(over="ignore", invalid="ignore"):
        values, _ = loss(kind.kind, trace, targets, last_only, weights)
        whole = None if weights is None else loss(kind.kind, trace, targets, last_only)[0][:, sequence]
    counts = step_counts(trace, last_only)[:, sequence]
    return StepLosses(values[:, sequence], counts, None if weights is None else weights[:, sequence], whole)


def kind_in_words(snapshot: Snapshot) -> str:
    """ "cross entropy, nats" """
    kind = snapshot.scenario.loss
    return "" if kind is None else QCoreApplication.translate("loss", _KINDS[kind.kind])
