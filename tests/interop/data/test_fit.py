"""Sequences go into a scenario whose network can read them; what was said about others is taken back."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Masking, Network
from rnnviz.interop.data.arrange import arranged
from rnnviz.interop.data.choices import Choices, Role
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.fit import with_data
from rnnviz.interop.data.guess import first_choices, foretells_tokens, is_forecast
from rnnviz.interop.data.new_network import NetworkPlan, new_scenario
from rnnviz.interop.data.sequences import Classes, Sequences
from rnnviz.interop.data.source import PlainText, Source, open_source
from rnnviz.interop.data.table import read_table
from rnnviz.jobs import run_here
from rnnviz.jobs.training import job_of, plan_of, with_weights
from rnnviz.scenario.builtin_index import names
from rnnviz.scenario.check import check_all
from rnnviz.scenario.read import load, parse
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.story import render
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.write import to_text

TABLES = Path(__file__).parents[2] / "data" / "tables"


def sequences(source: Source, scenario: Scenario | None = None, **options: Any) -> Sequences:
    return arranged(source, replace(first_choices(source, scenario), **options), scenario)


def numbers(count: int, steps: int = 4, source: str = "a.csv") -> Sequences:
    """As many numbers a step, one sequence."""
    return Sequences(source=source, inputs=np.arange(float(steps * count)).reshape(steps, 1, count), lengths=None)


def test_passengers_go_into_the_network_of_the_sunspots() -> None:
    scenario = load("sunspots-forecast")
    assert is_forecast(scenario)
    found = with_data(
        scenario, sequences(open_source(TABLES / "airline_passengers.csv"), scenario, scale="divide", divisor=100.0)
    )
    assert found.inputs[:3, 0, 0].tolist() == [1.12, 1.18, 1.32]
    assert found.targets is not None
    assert found.targets[:3, 0, 0].tolist() == [1.18, 1.32, 1.29]
    assert found.input_names == ("passengers_thousands / 100",)
    assert found.sequence_names == ("1949-01 to 1960-11",)
    assert found.params is scenario.params
    assert found.training is not None
    assert found.training.data is None  # it would learn from sunspots
    assert found.expected == ()


def test_the_story_says_where_the_numbers_come_from_and_can_still_be_told() -> None:
    scenario = load("sunspots-forecast")
    once = with_data(scenario, sequences(open_source(TABLES / "nile.csv"), scenario, scale="z-score"))
    sections = render(once, run(once))
    assert sections[0].heading == "Data"
    assert "nile.csv" in sections[0].text_markdown
    assert "volume is a z-score: minus the mean, 919.35, divided by the standard deviation" in sections[0].text_markdown
    twice = with_data(once, sequences(open_source(TABLES / "airline_passengers.csv"), scenario))
    assert "nile" not in twice.story
    assert twice.story.count("## Data") == 1
    assert twice.story.count("*What follows was written about other sequences.*") == 1
    assert "nile" not in twice.licence


def test_a_name_in_a_file_is_no_template_and_no_markup_of_the_story() -> None:
    table = read_table("{{lstm.c 4}} *x* [a](b),t\n1,2\n2,3\n")
    roles: dict[str, Role] = {table.columns[0].name: "input", "t": "step"}
    choices = Choices(roles=MappingProxyType(roles), scale="divide", divisor=2.0)
    found = with_data(load("sunspots-gru"), arranged(table, choices, load("sunspots-gru")))
    (section, *_) = render(found, run(found))
    assert section.addresses == ()
    assert r"\*x\* \[a\](b)" in section.text_markdown


@pytest.mark.parametrize("name", names())
def test_every_built_in_network_takes_sequences_saves_and_tells_its_story(name: str) -> None:
    scenario = load(name)
    given = numbers(scenario.network.inputs)
    if scenario.tokens or any(hasattr(layer, "vocabulary") for layer in scenario.network.layers):
        given = Sequences(source="a.csv", inputs=np.ones((4, 1, 1)), lengths=None)
    targets = np.full((4, 1, scenario.network.output_size), 0.5)
    found = with_data(scenario, Sequences(source="a.csv", inputs=given.inputs, lengths=None, targets=targets))
    again = parse(to_text(found))
    assert not check_all(again)
    assert np.array_equal(run(again).output, run(found).output)
    render(found, run(found))
    if any(getattr(layer, "teacher_forcing", False) for layer in scenario.network.layers):
        with pytest.raises(DataError, match="teacher forcing"):
            with_data(scenario, given)
    else:
        without_targets = with_data(scenario, given)
        render(without_targets, run(without_targets))


def test_data_of_another_width_are_refused_with_both_widths_and_a_way_out() -> None:
    with pytest.raises(DataError) as error:
        with_data(load("sunspots-gru"), numbers(3))
    said = "the network reads 1 number a step, the data have 3 numbers; choose other columns, or make a new network"
    assert said in str(error.value)
    assert str(error.value).startswith("a.csv: inputs: ")


def test_ids_beyond_the_vocabulary_are_refused_with_their_place() -> None:
    given = Sequences(source="a.csv", inputs=np.array([[[2.0]], [[1000.0]]]), lengths=None)
    with pytest.raises(DataError, match="ids of words, 0 to 999; step 2 of sequence 1 is 1000"):
        with_data(load("sentiment-bilstm"), given)


@pytest.mark.parametrize(
    ("scenario", "targets", "said"),
    [
        ("sunspots-gru", np.zeros((4, 1, 2)), "the network gives 1 number a step; a target has 2 numbers"),
        ("sentiment-bilstm", np.full((4, 1, 1), 3.0), "answers with numbers from 0 to 1; there is a target of 3"),
        ("sunspots-gru", Classes(np.array([[0], [1], [2], [0]]), ("a", "b", "c")), "are 3 classes .*tells 1 apart"),
        ("mnist-rows-lstm", Classes(np.array([[0]] * 4), ("10",), True), "class 10 has no output; .*classes 0 to 9"),
        (
            "mnist-rows-lstm",
            Classes(np.array([[0]] * 4), ("cat",)),
            "the targets are cat, the outputs of the network 0",
        ),
    ],
)
def test_targets_that_do_not_fit_are_refused(scenario: str, targets: Any, said: str) -> None:
    opened = load(scenario)
    inputs = np.ones((4, 1, opened.network.inputs))
    with pytest.raises(DataError, match=said):
        with_data(opened, Sequences(source="a.csv", inputs=inputs, lengths=None, targets=targets))


def test_whole_numbers_are_one_hot_for_a_softmax_and_stay_numbers_for_a_sigmoid() -> None:
    mnist = load("mnist-rows-lstm")
    given = Sequences(
        source="a.npz", inputs=np.ones((2, 2, 28)), lengths=None,
        targets=Classes(np.array([[1, 0], [1, 0]]), ("2", "7"), are_numbers=True),
    )  # fmt: skip
    found = with_data(mnist, given)
    assert found.targets is not None
    assert found.targets.argmax(axis=2).tolist() == [[7, 2], [7, 2]]
    table = read_table("text\tlabel\ngood food\t1\nbad food\t0\n")
    happy = load("sentiment-bilstm")
    assert np.asarray(arranged(table, first_choices(table, happy), happy).targets)[-1].tolist() == [[1], [0]]


def test_a_masking_network_gets_its_own_value_as_padding() -> None:
    scenario = load("all-ones-elman")
    masking = Masking("masking", -1.0)
    network = Network(scenario.network.inputs, (masking, *scenario.network.layers))
    ones = np.ones((2, 2, scenario.network.inputs))
    found = with_data(replace(scenario, network=network), Sequences(source="a.csv", inputs=ones, lengths=(2, 1)))
    assert found.inputs[:, :, 0].T.tolist() == [[1, 1], [1, -1]]


# --- new networks ---------------------------------------------------------------------------------------------------


def trained_loss(scenario: Scenario, epochs: int = 3) -> tuple[float, float]:
    plan = plan_of(scenario, epochs, False)
    iterates = list(run_here(job_of(scenario, plan, keep_every=0)))
    with_weights(scenario, iterates[-1])
    return iterates[0].score.loss, iterates[-1].score.loss


@pytest.mark.parametrize(
    ("source", "last", "loss", "at"),
    [
        (open_source(TABLES / "nile.csv"), ("linear", 1), "half squared error", "every step"),
        (open_source(TABLES / "digits8x8_first24.npz"), ("softmax", 10), "cross entropy", "last step"),
        (
            read_table("label\ttext\n1\tvery good food\n0\tvery bad food\n"),
            ("sigmoid", 1),
            "binary cross entropy",
            "last step",
        ),
        (PlainText("a.txt", "the cat sat on the mat. " * 20), ("softmax", 11), "cross entropy", "every step"),
        (read_table("x,kind\n1,a\n2,b\n3,c\n4,a\n"), ("linear", 1), "half squared error", "every step"),
    ],
)
def test_a_new_network_has_the_readout_and_the_loss_of_its_targets(
    source: Source, last: tuple[str, int], loss: str, at: str
) -> None:
    made = new_scenario(sequences(source), NetworkPlan(cell="gru", units=5))
    readout = made.network.layers[-1]
    assert (readout.activation, readout.units, readout.at) == (*last, at)  # type: ignore[union-attr]
    assert made.loss is not None
    assert (made.loss.kind, made.loss.at) == (loss, at)
    assert parse(to_text(made)).tokens == made.tokens
    first, after = trained_loss(made)
    assert after < first


def test_a_new_network_of_every_cell_runs_and_is_the_same_for_the_same_seed() -> None:
    given = sequences(open_source(TABLES / "nile.csv"), scale="z-score")
    for cell in CELLS:
        made, again = (new_scenario(given, NetworkPlan(cell=cell, units=3, seed=4)) for _ in range(2))
        assert np.isfinite(run(made).output).all()
        assert np.array_equal(run(made).output, run(again).output)


def test_a_new_character_network_foretells_its_own_characters() -> None:
    made = new_scenario(sequences(PlainText("a.txt", "abcabcabc " * 30)))
    assert foretells_tokens(made)
    assert made.tokeniser is not None
    assert made.tokeniser.unit == "character"


def test_large_numbers_are_made_small_for_a_new_network_and_left_alone_for_a_trained_one() -> None:
    nile, digits = open_source(TABLES / "nile.csv"), open_source(TABLES / "digits8x8_first24.npz")
    assert first_choices(nile).scale == "z-score"
    assert (first_choices(digits).scale, first_choices(digits).divisor) == ("divide", 16.0)
    assert first_choices(nile, load("sunspots-gru")).scale == "none"
    assert first_choices(read_table("x\n0.5\n-3\n")).scale == "none"
    assert new_scenario(sequences(nile)).input_names == ("volume (z-score)",)


def test_a_network_without_targets_has_no_readout() -> None:
    made = new_scenario(numbers(2))
    assert len(made.network.layers) == 1
    assert made.loss is None


def test_what_a_network_cannot_be_made_of_is_said() -> None:
    one = Classes(np.zeros((4, 1), int), ("a",))
    given = Sequences(source="a.csv", inputs=np.ones((4, 1, 1)), lengths=None, targets=one)
    for plan, source, said in (
        (NetworkPlan(), given, "all targets are a: there is nothing to tell apart"),
        (NetworkPlan(cell="transformer"), numbers(1), "there is no cell 'transformer'"),
        (NetworkPlan(units=0), numbers(1), "a layer has 1 to 16,384 units, not 0"),
    ):
        with pytest.raises(DataError, match=said):
            new_scenario(source, plan)
