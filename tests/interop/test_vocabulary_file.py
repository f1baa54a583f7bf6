"""Vocabularies in the forms that programs write, and a network that writes what it wrote in PyTorch."""

import json
from pathlib import Path

import numpy as np
import pytest

from rnnviz.engine.next_token import draw, next_probabilities
from rnnviz.interop.errors import ModelError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.vocabulary_file import read_vocabulary
from rnnviz.scenario import builtin
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.tokens import vocabulary_of, with_vocabulary
from rnnviz.session.edit_text import with_text, with_token, writes

MODEL = Path(__file__).parents[1] / "data" / "models" / "torch_char_lstm"
# What torch_char_lstm was trained with, as its manifest has it.
CHARACTERS = "\n \"'(),-.0123456789:;ABCDEFGHIJKLMNOPQRSTUVWXY[]abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ('["a", "b"]', ("a", "b")),
        ('"ab"', ("a", "b")),
        ('{"b": 1, "a": 0}', ("a", "b")),
        ('{"the": 1, "a": 3}', ("(padding)", "the", "2", "a")),
        (json.dumps({"class_name": "Tokenizer", "config": {"word_index": '{"the": 1}'}}), ("(padding)", "the")),
        ("the\na\n", ("the", "a")),
        ("the\r\na\r\n", ("the", "a")),
        ("abc\n", ("a", "b", "c")),
    ],
)
def test_each_form_gives_the_token_of_each_id(text: str, tokens: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "vocabulary").write_bytes(text.encode())
    assert read_vocabulary(tmp_path / "vocabulary") == tokens


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[1, 2]", "found 1"),
        ('{"a": -1, "b": 0}', "found -1"),
        ('{"a": 1e9}', "found 1000000000.0"),
        ('{"a": 0, "b": 0}', "given to"),
        ('{"a": 0, "a": 1}', "stands twice"),
        ("[" * 100_000, "deep"),
        ("", "at least two"),
        ('{"config": {}}', "word_index"),
        ("[", "not JSON"),
    ],
)
def test_what_is_no_vocabulary_is_named(text: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "vocabulary").write_text(text)
    with pytest.raises(ModelError, match=what):
        read_vocabulary(tmp_path / "vocabulary")


def test_a_vocabulary_must_fit_the_network() -> None:
    with pytest.raises(ScenarioError, match="reads 32"):
        with_vocabulary(builtin.load("char-rnn"), [str(n) for n in range(33)])


def test_an_imported_network_writes_what_it_wrote_in_its_framework(tmp_path: Path) -> None:
    """Greedily, from "We the ", letter by letter: as PyTorch did when the model was made."""
    (tmp_path / "characters.json").write_text(json.dumps(CHARACTERS))
    scenario = import_model(
        MODEL / "state_dict.pt", MODEL / "oracle.npz", tmp_path / "characters.json", readout="every step"
    )
    vocabulary = vocabulary_of(scenario)
    assert vocabulary is not None
    assert writes(scenario)
    start = vocabulary.encoded(vocabulary.split("We the "))
    scenario = with_text(scenario, 0, [token for token in start if token is not None])
    with np.load(MODEL / "oracle.npz") as oracle:
        wrote = bytes(oracle["greedy_text"]).decode("ascii")
    written = "We the "
    while len(written) < 60:
        output = run(scenario).output[len(written) - 1, 0]
        token = draw(next_probabilities(output, False, 0.0), 1, len(written))
        written += vocabulary.shown(token)
        scenario = with_token(scenario, 0, len(written) - 1, token)
    assert written == wrote[: len(written)]


def test_a_token_that_is_longer_than_a_scenario_may_hold_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text(json.dumps(["a", "b" * 201]))
    with pytest.raises(ModelError, match="token 1: a token of 201 characters; at most 200 are read"):
        read_vocabulary(tmp_path / "words.json")


def test_a_vocabulary_given_as_a_model_is_not_called_a_web_page(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("<unk>\n<pad>\nthe\n")
    with pytest.raises(ModelError, match="this is no model that can be read"):
        import_model(tmp_path / "words.txt")
