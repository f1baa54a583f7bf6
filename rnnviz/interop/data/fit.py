"""Sequences into a scenario: its network reads them from now on. What was said about other sequences is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from rnnviz.engine.digits import counted
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Recurrent
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.fit_targets import fitted_targets
from rnnviz.interop.data.sequences import Array, Sequences
from rnnviz.interop.data.targets import readout_of
from rnnviz.interop.data.tell import licence_with, story_with
from rnnviz.interop.data.wording import listed
from rnnviz.scenario import limits
from rnnviz.scenario.arrays import read_only
from rnnviz.scenario.types import Alternative, Loss, Scenario, View

_OF_SEQUENCES = frozenset({"inputs", "lengths", "targets", "initial", "sequence_names", "tokens", "input_names"})


def with_data(scenario: Scenario, sequences: Sequences) -> Scenario:
    """The scenario with these inputs, lengths, targets and names. Raises DataError where the network cannot read them.

    Initial states, weights of the loss over the steps, expected values, data sets to learn from and alternatives with
    sequences of their own belong to the sequences that were there, and go with them. The story says where the new
    ones come from.
    """
    try:
        inputs = fitted_inputs(scenario.network, sequences)
        _check_trace(scenario.network, inputs)
        targets, output_names = fitted_targets(scenario, sequences)
    except DataError as error:
        raise error.of(sequences.source) from None
    if targets is None and any(getattr(layer, "teacher_forcing", False) for layer in scenario.network.layers):
        raise DataError("the network feeds back the targets (teacher forcing): give some", sequences.source, "targets")
    made = replace(
        scenario,
        inputs=inputs,
        lengths=sequences.lengths,
        targets=targets,
        initial=MappingProxyType({}),
        loss=_loss(scenario, has_targets=targets is not None),
        training=None
        if scenario.training is None
        else msgspec.structs.replace(scenario.training, data=None, reaches=None),
        input_names=_input_names(scenario, sequences),
        output_names=output_names,
        sequence_names=sequences.sequence_names if any(sequences.sequence_names) else (),
        images=sequences.images,
        expected=(),
        alternatives=tuple(map(_without_expected, filter(_is_about_the_network, scenario.alternatives))),
        view=_inside(scenario, len(inputs)),
        licence=licence_with(scenario.licence, sequences),
    )
    return replace(made, story=story_with(made, sequences))


def fitted_inputs(network: Network, sequences: Sequences) -> Array:
    """(T, N, inputs) as the network reads them."""
    first = network.layers[0]
    if sequences.vocabulary is not None and sequences.vocabulary.one_hot:
        return _one_hot(sequences, network.inputs)
    features = sequences.inputs.shape[2]
    if features != network.inputs:
        has = counted(features, "number")
        names = f" ({listed(sequences.input_names)})" if sequences.input_names else ""
        message = f"the network reads {counted(network.inputs, 'number')} a step, the data have {has}{names}"
        raise DataError(f"{message}; choose other columns, or make a new network for these data", where="inputs")
    if isinstance(first, Embedding):
        _check_ids(sequences.inputs, first.vocabulary)
    if isinstance(first, Masking) and sequences.lengths:
        past = np.arange(len(sequences.inputs))[:, None] >= np.array(sequences.lengths)
        return read_only(np.where(past[..., None], first.value, sequences.inputs))
    return sequences.inputs


def _one_hot(sequences: Sequences, width: int) -> Array:
    ids = sequences.inputs[..., 0].astype(np.intp)
    found = np.eye(width)[ids]
    if sequences.lengths:
        found[np.arange(len(found))[:, None] >= np.array(sequences.lengths)] = 0.0
    return read_only(found)


def _check_ids(inputs: Array, vocabulary: int) -> None:
    wrong = (inputs % 1 != 0) | (inputs < 0) | (inputs >= vocabulary)
    if wrong.any():
        t, n, _ = np.argwhere(wrong)[0]
        message = f"the network reads ids of words, 0 to {vocabulary - 1:,}; step {t + 1} of sequence {n + 1} is"
        raise DataError(f"{message} {inputs[t, n, 0]:g}", where="inputs")


def _check_trace(network: Network, inputs: Array) -> None:
    steps, batch, features = inputs.shape
    traced = steps * batch * (features + sum(network.quantities().values()))
    if traced > limits.TRACE_NUMBERS:
        message = f"{traced:,} numbers in the trace; at most {limits.TRACE_NUMBERS:,} are allowed"
        raise DataError(f"{message}; take fewer sequences", where="size")


def _input_names(scenario: Scenario, sequences: Sequences) -> tuple[str, ...]:
    if sequences.vocabulary is not None or not sequences.input_names:
        return scenario.input_names
    return sequences.input_names


def _loss(scenario: Scenario, *, has_targets: bool) -> Loss | None:
    if scenario.loss is not None:
        return msgspec.structs.replace(scenario.loss, weights=())
    return _usual_loss(scenario.network) if has_targets else None


def _usual_loss(network: Network) -> Loss:
    """The loss that goes with the readout of a network."""
    last = network.layers[-1]
    is_final = any(isinstance(layer, Recurrent) and layer.returns == "final" for layer in network.layers)
    at = "last step" if is_final or (isinstance(last, Dense) and last.at == "last step") else "every step"
    kinds = {"softmax": "cross entropy", "sigmoid": "binary cross entropy"}
    return msgspec.convert({"kind": kinds.get(readout_of(network), "half squared error"), "at": at}, Loss)


def _is_about_the_network(alternative: Alternative) -> bool:
    """It changes nothing that belongs to the sequences."""
    return not _OF_SEQUENCES & alternative.changes.keys() and not _names_data(alternative.changes)


def _names_data(changes: Mapping[str, Any]) -> bool:
    training = changes.get("training")
    return isinstance(training, dict) and bool(training.get("data"))


def _without_expected(alternative: Alternative) -> Alternative:
    return msgspec.structs.replace(alternative, expected=())


def _inside(scenario: Scenario, steps: int) -> View:
    """A step that is there, and nothing to compare with that has gone."""
    view = scenario.view
    gone = {item.title for item in scenario.alternatives if not _is_about_the_network(item)}
    compare = "" if view.compare in gone else view.compare
    return msgspec.structs.replace(view, step=min(view.step, steps), sequence=0, compare=compare)
