"""A scenario that reads another text: typed as a whole, or one token further; targets follow where they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rnnviz.scenario.tokens import Vocabulary, vocabulary_of
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_steps import length_of, with_rows

Array = NDArray[np.float64]


def tokens_read(scenario: Scenario, sequence: int) -> list[int]:
    """The tokens of a sequence, without its padding. Raises EditError where it reads no texts."""
    vocabulary = _vocabulary(scenario)
    rows = scenario.inputs[: length_of(scenario, sequence), sequence]
    return [int(row.argmax()) for row in rows] if vocabulary.one_hot else [int(row[0]) for row in rows]


def writes(scenario: Scenario) -> bool:
    """Whether each output is a number for each token: the network says what comes next."""
    vocabulary = vocabulary_of(scenario)
    reads_forward = all(layer.direction == "forward" for layer in scenario.network.recurrent)
    is_next = vocabulary is not None and scenario.network.output_size == len(vocabulary.tokens) > 1
    return is_next and reads_forward and getattr(scenario.network.layers[-1], "at", "") == "every step"


def with_text(scenario: Scenario, sequence: int, tokens: Sequence[int], name: str = "") -> Scenario:
    """The scenario in which a sequence consists of these tokens.

    Where the target of each step is the token after it, it is so again. Other targets stay with their step, and that of
    a loss at the last step with the last step.
    name : what the sequence is called from now on, where sequences have names
    """
    vocabulary = _vocabulary(scenario)
    if not tokens:
        unit = "character" if vocabulary.is_of_characters else "word"
        raise EditError(f"there is no {unit} in it; type one", "text")
    rows = _rows(tokens, vocabulary)
    targets_follow = scenario.targets is not None and _are_next(scenario, sequence, vocabulary)

    def of_targets(old: Array) -> Array:
        if targets_follow:
            return np.vstack([np.eye(len(vocabulary.tokens))[tokens[1:]], np.zeros((1, len(vocabulary.tokens)))])
        kept = np.zeros((len(tokens), old.shape[1]))
        kept[: min(len(tokens), len(old))] = old[: len(tokens)]
        return kept

    changed = with_rows(scenario, sequence, lambda _: rows, of_targets)
    if name and changed.sequence_names:
        names = (*changed.sequence_names[:sequence], name[:100], *changed.sequence_names[sequence + 1 :])
        changed = replace(changed, sequence_names=names)
    return changed


def with_token(scenario: Scenario, sequence: int, step: int, token: int) -> Scenario:
    """The scenario in which a sequence goes on with this token after `step`; what came after that step is gone."""
    return with_text(scenario, sequence, [*tokens_read(scenario, sequence)[:step], token])


def _vocabulary(scenario: Scenario) -> Vocabulary:
    found = vocabulary_of(scenario)
    if found is None:
        raise EditError("this network reads no texts: it has no vocabulary", "text")
    return found


def _rows(tokens: Sequence[int], vocabulary: Vocabulary) -> Array:
    ids = np.array(tokens)
    return np.eye(len(vocabulary.tokens))[ids] if vocabulary.one_hot else ids[:, None].astype(np.float64)


def _are_next(scenario: Scenario, sequence: int, vocabulary: Vocabulary) -> bool:
    """Whether the targets of a sequence are the tokens that come next in it."""
    assert scenario.targets is not None, "asked only where there are targets"
    length, size = length_of(scenario, sequence), len(vocabulary.tokens)
    if scenario.targets.shape[2] != size or len(scenario.targets) != len(scenario.inputs):
        return False
    following = tokens_read(scenario, sequence)[1:]
    return bool(np.array_equal(scenario.targets[: length - 1, sequence], np.eye(size)[following]))
