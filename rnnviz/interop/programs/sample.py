"""What a program that is written runs on: the inputs of the scenario and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Embedding, Masking, Network, Pool, Recurrent
from rnnviz.interop.samples import is_one_answer
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Scenario

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Sample:
    """
    inputs : (T, N, features)
    lengths : (N,) real steps of each sequence, None where the layers find the padding themselves, or there is none
    initial : carried quantity -> (N, size); those that start at 0 are left out
    targets : (T, N, outputs), where a layer is forced to them
    outputs : (T, N, outputs), or (N, outputs) where the network answers once; None where they follow from more than
        the inputs. With them an import of what was written is proven
    """

    inputs: Array
    lengths: NDArray[np.int64] | None
    initial: Mapping[str, Array]
    targets: Array | None
    outputs: Array | None


def sample_of(scenario: Scenario) -> Sample:
    """The sample of a scenario."""
    batch, sizes = scenario.inputs.shape[1], scenario.network.state_sizes()
    states = {name: np.broadcast_to(state, (batch, sizes[name])) for name, state in scenario.initial.items()}
    is_forced = any(layer.teacher_forcing for layer in scenario.network.recurrent)
    lengths, targets = _needed_lengths(scenario), scenario.targets if is_forced else None
    initial = {name: states[name] for name in sizes if name in states and np.any(states[name])}
    is_all = lengths is None and targets is None and not initial
    return Sample(scenario.inputs, lengths, initial, targets, answer_of(scenario) if is_all else None)


def answer_of(scenario: Scenario) -> Array:
    """What a program gives: (T, N, outputs), or (N, outputs) after the last step."""
    output = run(scenario).output
    return output[-1] if is_one_answer(scenario.network) else output


def precision_of(weights: Mapping[str, Array]) -> np.dtype[Any]:
    """The dtype that all weights fit; float64 where there are none."""
    return np.result_type(*(weights.values() or [np.float64]))


def reads_on(network: Network, index: int) -> bool:
    """Whether a layer after layer `index` reads a sequence, and not one step of it."""
    return any(isinstance(layer, Recurrent | Pool) for layer in network.layers[index + 1 :])


def _needed_lengths(scenario: Scenario) -> NDArray[np.int64] | None:
    if scenario.lengths is None or all(length == len(scenario.inputs) for length in scenario.lengths):
        return None
    lengths = np.asarray(scenario.lengths, np.int64)
    is_real = np.arange(len(scenario.inputs))[:, None] < lengths
    match scenario.network.layers[0]:
        case Embedding(mask_zero=True):
            found = scenario.inputs[..., 0] != 0
        case Masking(value=value):
            found = np.any(scenario.inputs != value, axis=-1)
        case _:
            return lengths
    return None if np.array_equal(found & is_real, found) else lengths
