"""Texts become ids by the tokeniser that a scenario keeps; what it does not know is told and decided about."""

from types import MappingProxyType

import numpy as np
import pytest

from rnnviz.interop.data.arrange import arranged
from rnnviz.interop.data.arrange_text import made_of
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.fit import with_data
from rnnviz.interop.data.guess import first_choices
from rnnviz.interop.data.sequences import Classes
from rnnviz.interop.data.source import PlainText
from rnnviz.interop.data.table import read_table
from rnnviz.scenario.build import build
from rnnviz.scenario.form import tree_of
from rnnviz.scenario.read import load, parse
from rnnviz.scenario.tokens import Vocabulary, split, vocabulary_of
from rnnviz.scenario.types import Tokeniser
from rnnviz.scenario.write import to_text

SENTENCES = "label\ttext\n1\tI am lucky!\n0\tI feel bad!\n"


@pytest.mark.parametrize("name", ["sentiment-bilstm", "sentiment-train", "char-rnn", "padding-masking"])
def test_a_built_in_text_network_keeps_its_tokeniser(name: str) -> None:
    scenario = load(name)
    assert scenario.tokeniser is not None
    assert parse(to_text(scenario)).tokeniser == scenario.tokeniser


def test_the_sentences_of_a_built_in_network_become_the_ids_that_it_has() -> None:
    scenario = load("sentiment-bilstm")
    vocabulary = vocabulary_of(scenario)
    assert vocabulary is not None
    for n, name in enumerate(scenario.sequence_names):
        ids = scenario.inputs[: (scenario.lengths or ())[n], n, 0]
        assert vocabulary.encoded(vocabulary.split(name)) == ids.tolist()


def test_the_same_holds_where_a_file_says_nothing_of_its_tokeniser() -> None:
    for name in ("sentiment-bilstm", "char-rnn"):
        scenario = load(name)
        tree = tree_of(scenario)
        del tree["tokeniser"]
        found, kept = vocabulary_of(build(tree)), vocabulary_of(scenario)
        assert found is not None
        assert kept is not None
        assert found.split("Friend's pasta --\n also bad.") == kept.split("Friend's pasta --\n also bad.")


def test_words_are_runs_of_letters() -> None:
    assert split("Don't, I said: 3 times!", Tokeniser()) == ["don't", "i", "said", "3", "times"]
    assert split("Don't, 3 été", Tokeniser(letters="abcdefghijklmnopqrstuvwxyz'")) == ["don't", "t"]
    assert split("A b", Tokeniser(lower=False)) == ["A", "b"]


def test_characters_are_kept_or_their_blanks_joined() -> None:
    assert split("a\n B", Tokeniser(unit="character")) == ["a", "\n", " ", "b"]
    assert split("a\n B", Tokeniser(unit="character", joins_blanks=True)) == ["a", " ", "b"]


def test_sentences_of_a_table_are_read_with_their_labels() -> None:
    scenario, table = load("sentiment-bilstm"), read_table(SENTENCES)
    choices = first_choices(table, scenario)
    assert dict(choices.roles) == {"label": "target", "text": "input"}
    found = with_data(scenario, arranged(table, choices, scenario))
    assert found.inputs[:, :, 0].T.tolist() == [[5, 141, 1], [5, 258, 42]]  # as in the built-in one
    assert np.array_equal(found.inputs, scenario.inputs[:3, :2])
    assert found.targets is not None
    assert found.targets[:, :, 0].T.tolist() == [[1, 1, 1], [0, 0, 0]]
    assert found.sequence_names == ("I am lucky!", "I feel bad!")
    assert found.output_names == ("happy",)


def test_unknown_words_that_have_an_id_are_counted_and_named() -> None:
    scenario = load("sentiment-bilstm")
    found = arranged(PlainText("a.txt", "I am lucky zyzzyva zyzzyva"), Choices(form="a row each"), scenario)
    assert found.wrong == 0
    said = "3 of 5 words are unknown to the network and read as one: “zyzzyva”, “lucky”."
    assert found.notes == (said,)


def test_unknown_words_without_an_id_are_problems_to_decide_about() -> None:
    scenario = load("padding-masking")
    text = PlainText("a.txt", "now we go\nwe swim\n")
    found = arranged(text, Choices(form="a row each"), scenario)
    assert [str(problem) for problem in found.problems] == [
        "row 2: the network does not know “swim”; expected a word that it knows"
    ]
    assert not found.decided
    left = arranged(text, Choices(form="a row each", unknown="leave out"), scenario)
    assert left.decided
    assert left.lengths == (3, 1)
    with pytest.raises(DataError, match="no blank"):
        arranged(text, Choices(form="a row each", unknown="blank"), scenario)


def test_unknown_characters_can_be_read_as_blanks() -> None:
    scenario = load("char-rnn")
    text = PlainText("a.txt", "a7b")
    assert not arranged(text, Choices(), scenario).decided
    assert arranged(text, Choices(unknown="blank"), scenario).inputs[:, 0, 0].tolist() == [1, 0, 2]
    assert arranged(text, Choices(unknown="leave out"), scenario).inputs[:, 0, 0].tolist() == [1, 2]


def test_a_character_network_gets_the_next_character_as_its_target() -> None:
    scenario = load("char-rnn")
    found = arranged(PlainText("a.txt", "abcab"), Choices(target="next"), scenario)
    assert found.inputs[:, 0, 0].tolist() == [1, 2, 3, 1]
    assert isinstance(found.targets, Classes)
    fitted = with_data(scenario, found)
    assert fitted.targets is not None
    assert fitted.targets.shape == (4, 1, 32)
    assert fitted.targets.argmax(axis=2)[:, 0].tolist() == [2, 3, 1, 2]


def test_pieces_of_a_text_go_on_where_the_one_before_ended() -> None:
    scenario = load("char-rnn")
    choices = Choices(form="windows", window=2, target="next")
    found = arranged(PlainText("a.txt", "abcdefg"), choices, scenario)
    assert found.sequence_names == ("ab", "cd", "ef")
    assert isinstance(found.targets, Classes)
    assert found.targets.labels[-1].tolist() == [3, 5, 7]


def test_a_network_that_reads_characters_without_an_embedding_gets_them_one_hot() -> None:
    tree = tree_of(load("anbn"))
    tree |= {"input_names": ["a", "b", "blank"]}
    scenario = build(tree)
    vocabulary = vocabulary_of(scenario)
    assert vocabulary is not None
    assert vocabulary.one_hot
    found = with_data(scenario, arranged(PlainText("a.txt", "ab\na"), Choices(form="a row each"), scenario))
    assert found.inputs[:, 0].tolist() == [[1, 0, 0], [0, 1, 0]]
    assert found.inputs[:, 1].tolist() == [[1, 0, 0], [0, 0, 0]]
    assert found.lengths == (2, 1)


def test_a_network_that_reads_numbers_says_so_to_a_text() -> None:
    with pytest.raises(DataError, match="this is text, and the network reads numbers"):
        arranged(PlainText("a.txt", "hello"), Choices(), load("sunspots-gru"))


def test_a_text_without_words_is_told_with_its_row() -> None:
    table = read_table("label\ttext\n1\tgood food\n0\t!!!\n1\t\n")
    roles = MappingProxyType({"text": "input", "label": "target"})
    scenario = load("sentiment-bilstm")
    found = arranged(table, Choices(roles=roles, form="a row each", target="columns"), scenario)
    assert [(problem.row, problem.wrong) for problem in found.problems] == [
        (3, "there is no word in it"),
        (4, "there is nothing"),
    ]
    kept = arranged(table, Choices(roles=roles, form="a row each", target="columns", missing="drop"), scenario)
    assert kept.decided
    assert kept.inputs.shape[1] == 1
    assert np.asarray(kept.targets)[-1].tolist() == [[1]]


def test_a_vocabulary_is_made_of_the_most_frequent_words() -> None:
    words = made_of(["b a b", "c b a"], Tokeniser())
    assert words.tokens == ("(padding)", "(unknown)", "b", "a", "c")
    assert words.unknown == 1
    characters = made_of(["ba\n a"], Tokeniser(unit="character"))
    assert characters.tokens == ("newline", "blank", "a", "b")
    assert characters.encoded(["a", "\n", " "]) == [2, 0, 1]


def test_a_token_that_stands_for_a_blank_is_found() -> None:
    assert Vocabulary(("blank", "a"), Tokeniser(unit="character")).encoded([" ", "a", "é"]) == [0, 1, None]
