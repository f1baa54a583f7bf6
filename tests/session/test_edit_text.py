"""Texts typed and written: tokens, padding, targets and names follow, and nothing else changes."""

import numpy as np
import pytest

from rnnviz.scenario import builtin
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.tokens import vocabulary_of
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_text import tokens_read, with_text, with_token, writes


def test_a_typed_sentence_is_padded_and_named_and_the_others_stay() -> None:
    scenario = builtin.load("sentiment-bilstm")
    vocabulary = vocabulary_of(scenario)
    assert vocabulary is not None
    words = vocabulary.split("I am not lucky!")
    tokens = [token for token in vocabulary.encoded(words) if token is not None]
    assert words == ["i", "am", "not", "lucky"]
    changed = with_text(scenario, 0, tokens, "I am not lucky!")
    assert tokens_read(changed, 0) == tokens
    assert tokens[3] == vocabulary.unknown
    assert changed.lengths is not None
    assert changed.lengths[0] == 4
    assert changed.sequence_names[0] == "I am not lucky!"
    for sequence in range(1, scenario.inputs.shape[1]):
        assert tokens_read(changed, sequence) == tokens_read(scenario, sequence)


def test_a_sentence_gives_what_it_gives_alone() -> None:
    """Independent of the other sentences and of the padding that they make necessary."""
    scenario = builtin.load("sentiment-bilstm")
    tokens = [5, 14, 18]
    beside = run(with_text(scenario, 1, tokens))
    alone = run(scenario, np.array(tokens, float)[:, None, None])
    assert beside.output[len(beside.output) - 1, 1, 0] == pytest.approx(alone.output[-1, 0, 0], abs=1e-12)


def test_the_target_of_each_character_is_again_the_one_after_it() -> None:
    scenario = builtin.load("char-rnn")
    changed = with_text(scenario, 0, [1, 2, 3, 1])
    assert changed.targets is not None
    assert changed.targets[:3, 0].argmax(axis=1).tolist() == [2, 3, 1]
    assert changed.targets[3, 0].sum() == 0  # what comes after the end is not known


def test_writing_on_from_the_middle_replaces_what_came_after() -> None:
    scenario = builtin.load("char-rnn")
    before = tokens_read(scenario, 1)
    after = with_token(scenario, 1, 10, 4)
    assert tokens_read(after, 1) == [*before[:10], 4]


def test_a_network_without_a_vocabulary_reads_no_text() -> None:
    with pytest.raises(EditError, match="no vocabulary"):
        with_text(builtin.load("lstm-counter"), 0, [1])


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(EditError, match="no character"):
        with_text(builtin.load("char-rnn"), 0, [])


def test_only_a_network_that_foretells_the_next_token_writes() -> None:
    assert writes(builtin.load("char-rnn"))
    assert not writes(builtin.load("sentiment-bilstm"))
    assert not writes(builtin.load("lstm-counter"))
