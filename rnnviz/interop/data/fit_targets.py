"""Targets as the readout has them: numbers for a linear one, 0 to 1 for a sigmoid, one-hot for a softmax."""

from __future__ import annotations

import numpy as np

from rnnviz.engine.digits import counted
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.sequences import Array, Classes, Sequences
from rnnviz.interop.data.targets import readout_of
from rnnviz.interop.data.wording import listed
from rnnviz.scenario.arrays import read_only
from rnnviz.scenario.types import Scenario

AGAIN = "choose another target, or make a new network for these data"


def fitted_targets(scenario: Scenario, sequences: Sequences) -> tuple[Array | None, tuple[str, ...]]:
    """(T, N, outputs) and the names of the outputs: an answer keeps the name that the network gives it, a number takes
    that of what it is to hit. Raises DataError where they do not fit."""
    targets = sequences.targets
    if targets is None:
        return None, scenario.output_names
    if isinstance(targets, Classes):
        return _classes(scenario, targets)
    outputs = scenario.network.output_size
    if targets.shape[2] != outputs:
        found = f"a target has {counted(targets.shape[2], 'number')}"
        if sequences.is_next:
            found = f"what comes next is {counted(targets.shape[2], 'number')}"
        raise DataError(f"the network gives {counted(outputs, 'number')} a step; {found}; {AGAIN}", where="targets")
    if readout_of(scenario.network) in ("sigmoid", "softmax"):
        outside = targets[(targets < 0) | (targets > 1)]
        if outside.size:
            message = f"the network answers with numbers from 0 to 1; there is a target of {outside[0]:g}"
            raise DataError(f"{message}; {AGAIN}", where="targets")
        return targets, scenario.output_names or sequences.target_names
    return targets, sequences.target_names or scenario.output_names


def one_hot(labels: np.ndarray, outputs: int) -> Array:
    return read_only(np.eye(outputs)[labels])


def _classes(scenario: Scenario, classes: Classes) -> tuple[Array, tuple[str, ...]]:
    outputs, readout = scenario.network.output_size, readout_of(scenario.network)
    if outputs == 1 and len(classes.names) == 2 and readout != "softmax":
        return read_only(classes.labels[..., None].astype(np.float64)), (classes.names[1],)
    if outputs < len(classes.names) or outputs == 1:
        message = f"the targets are {len(classes.names):,} classes ({listed(classes.names)}), the network tells"
        raise DataError(f"{message} {outputs:,} apart; {AGAIN}", where="targets")
    places, names = _places(scenario, classes, outputs)
    return one_hot(places[classes.labels], outputs), names


def _places(scenario: Scenario, classes: Classes, outputs: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which output stands for each class: the one of that name, or of that number, or, for words, in their order."""
    known = {name: k for k, name in enumerate(scenario.output_names)}
    if all(name in known for name in classes.names):
        return np.array([known[name] for name in classes.names]), scenario.output_names
    if classes.are_numbers:
        numbers = np.array([int(name) for name in classes.names])
        if numbers.min() < 0 or numbers.max() >= outputs:
            odd = numbers.min() if numbers.min() < 0 else numbers.max()
            message = f"class {odd} has no output; the {outputs} outputs stand for the classes 0 to {outputs - 1}"
            raise DataError(f"{message}; {AGAIN}", where="targets")
        return numbers, scenario.output_names
    if len(classes.names) != outputs:
        message = f"the targets are {listed(classes.names)}, the outputs of the network {listed(scenario.output_names)}"
        raise DataError(f"{message}: name them alike; or {AGAIN}", where="targets")
    return np.arange(outputs), classes.names
