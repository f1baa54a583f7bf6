"""Other sequences are one edit, which undo takes back; what cannot be read changes nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnviz.interop.data import arranged, first_choices, open_source
from rnnviz.interop.data.sequences import Sequences
from rnnviz.interop.data.table import read_table
from rnnviz.scenario.read import load
from rnnviz.session import Cursor, EditError

TABLES = Path(__file__).parents[1] / "data" / "tables"


def three(steps: int = 4, sequences: int = 3, **options) -> Sequences:
    inputs = np.arange(float(steps * sequences)).reshape(steps, sequences, 1)
    return Sequences(source="three.csv", inputs=inputs, lengths=None, **options)


def test_other_sequences_are_one_edit_that_names_their_file(opened, adder, heard):
    session = opened(adder)
    session.set_data(three())
    snapshot = session.snapshot
    assert snapshot.history == ("Use three.csv",)
    assert snapshot.trace["elman.h"][-1, :, 0].tolist() == [0 + 3 + 6 + 9, 1 + 4 + 7 + 10, 2 + 5 + 8 + 11]
    assert snapshot.cursor == Cursor(1, 0, 0)
    assert snapshot.is_modified


def test_undo_brings_the_old_ones_back_and_the_place_where_one_looked(opened, adder):
    session = opened(adder)
    session.seek(3)
    before = session.snapshot
    session.set_data(three())
    session.seek_sequence(2)
    session.undo()
    assert session.snapshot.scenario is before.scenario
    assert session.snapshot.cursor == before.cursor
    session.redo()
    assert session.snapshot.trace.batch == 3


def test_the_old_sequences_are_no_ghost_of_the_new_ones(opened, adder):
    session = opened(adder)
    session.set_data(three())
    assert session.snapshot.ghost is None
    session.set_inputs(three().inputs * 2)
    ghost = session.snapshot.ghost
    assert ghost is not None
    assert ghost.batch == 3
    session.undo()
    assert session.snapshot.ghost is None


def test_what_does_not_fit_is_refused_and_nothing_changes(opened, adder):
    session = opened(adder)
    before = session.snapshot
    wide = Sequences(source="wide.csv", inputs=np.ones((2, 1, 3)), lengths=None)
    with pytest.raises(EditError, match="the network reads 1 number a step, the data have 3 numbers"):
        session.set_data(wide)
    with pytest.raises(EditError, match="rows are wrong"):
        session.set_data(three(decided=False, wrong=1))
    assert session.snapshot is before


def test_a_real_file_can_be_stepped_trained_on_and_taken_back(opened):
    scenario = load("sunspots-forecast")
    session = opened(scenario)
    source = open_source(TABLES / "airline_passengers.csv")
    choices = replace(first_choices(source, scenario), scale="divide", divisor=100.0)
    session.set_data(arranged(source, choices, scenario))
    session.step(5)
    assert session.snapshot.cursor.step == 6
    assert session.snapshot.trace["x"][5, 0, 0] == 1.35
    session.undo()
    assert session.snapshot.document is scenario


def test_sequences_that_are_looked_at_may_go(opened, adder):
    session = opened(adder)
    session.set_data(three(steps=9))
    session.seek_sequence(2)
    session.seek(9)
    session.set_data(three(steps=2, sequences=1))
    assert session.snapshot.cursor == Cursor(1, 0, 0)
    table = read_table("x\n1\n2\n")
    session.set_data(arranged(table, first_choices(table, session.snapshot.scenario), session.snapshot.scenario))
    assert session.snapshot.history[-1] == "Use table"
