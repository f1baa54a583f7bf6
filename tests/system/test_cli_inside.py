"""The command that looks into a network: what it says, what it writes, what it refuses."""

import csv

import numpy as np
import pytest

import rnnviz
from rnnviz.cli import main


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["inside", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_without_an_option_it_says_how_often_gates_are_shut_and_open(capsys):
    """The shares are counted once more from the trace."""
    lines = said(capsys, "gru-keep-replace")
    assert lines[0].split() == ["quantity", "units", "shut", "open", "root", "mean", "square"]
    assert lines[-1] == "all numbers are finite"
    trace = rnnviz.run(rnnviz.load("gru-keep-replace"))
    gate = next(name for name in trace if name.endswith(".z"))
    row = next(line.split() for line in lines if line.startswith(gate))
    assert row[2] == f"{np.mean(trace[gate] < 0.1):.1%}"
    assert row[3] == f"{np.mean(trace[gate] > 0.9):.1%}"


def test_saliency_of_a_memory_that_is_kept_is_1_back_to_the_step_that_wrote_it(capsys, tmp_path):
    """lstm-counter-hard: c is 3 from step 2, 7 from step 4 to 6; hard gates have no slope, so dc_6/dc_k is the product
    of the forget gates between, which are 1."""
    out = tmp_path / "saliency.npz"
    lines = said(capsys, "lstm-counter-hard", "--saliency", "lstm.c", "6", "0", "-o", str(out))
    assert lines[0] == "lstm.c[0] at step 6: derivatives by x"
    with np.load(out) as arrays:
        assert arrays["d.lstm.c"].ravel().tolist() == [1, 1, 1, 1, 1, 1, 0, 0, 0]


def test_what_is_written_is_what_the_functions_give(tmp_path, capsys):
    scenario = rnnviz.load("parentheses")
    out = tmp_path / "lesion.csv"
    lines = said(capsys, "parentheses", "--lesion", "lstm.c", "--value", "mean", "--sequence", "2", "-o", str(out))
    found = rnnviz.lesion(scenario, "lstm.c", 2, "mean")
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == found.loss.tolist()
    assert [float(row["held at"]) for row in rows] == found.values.tolist()
    worst = int(found.by_output[:, 0].argmax())
    assert lines[2].split()[0] == str(worst)


def test_matches_are_listed_with_their_words(capsys):
    found = rnnviz.match(rnnviz.load("char-rnn"), "lstm.h", 5, 7)
    lines = said(capsys, "char-rnn", "--match", "lstm.h", "5", "7")
    assert lines[0].endswith("units 15, 37, 20")
    best = found.places[0]
    assert f"sequence {best.sequence}, steps {best.first} to {best.last}" in lines[1]
    assert "[" in lines[1]


def test_statistics_are_there_for_every_inner_quantity():
    scenario = rnnviz.load("sentiment-bilstm")
    found = rnnviz.unit_statistics(scenario)
    assert {"lstm.forward.f", "lstm.backward.c", "lstm.merged", "lstm_2.backward.h"} <= set(found)
    assert "readout.y" not in found
    assert found["lstm.forward.f"].steps == sum(scenario.lengths)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--saliency", "lstm.c", "99", "0"), "there is no step 99"),
        (("--saliency", "lstm.c", "x", "0"), "'x' is not a whole number from 0 on; it is --saliency NAME STEP UNIT"),
        (("--saliency", "x", "1", "0"), "'x' is given, so it depends on nothing"),
        (("--lesion", "lstm.q"), "'lstm.q' is no quantity of a recurrent cell"),
        (("--lesion", "lstm.c", "--value", "much"), "'much' is neither a number nor 'mean'"),
        (("--match", "lstm.h", "3", "2"), "there are no steps 3 to 2"),
        (("--match", "lstm.h", "1", "2", "--threshold", "0"), "a threshold of 0 tells nothing"),
        (("--lesion", "lstm.c", "-o", "out.txt"), "the output has to end in .npz or .csv"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(words, says, capsys):
    assert main(["inside", "lstm-counter", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert says in told.err
