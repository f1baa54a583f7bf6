"""Walking along a trace: steps, sub-steps, sequences."""

import time
from dataclasses import replace

import pytest

from rnnviz.scenario.types import View
from rnnviz.session import Change, Cursor, EditError, Session


def test_steps_stop_at_both_ends_and_say_nothing_there(opened, adder, heard):
    session = opened(adder)
    session.step(-1)
    assert heard == []
    session.step(3)
    session.step(9)
    assert session.snapshot.cursor == Cursor(4)
    session.step()
    assert heard.changes == [Change.CURSOR, Change.CURSOR]
    session.step(-2)
    assert session.snapshot.cursor == Cursor(2)


def test_sub_steps_walk_through_the_equations_of_the_opened_cell(opened, mixed):
    session = opened(mixed)
    assert (session.snapshot.opened_layer, session.snapshot.equations) == ("lstm", 6)
    seen = []
    for _ in range(8):
        session.substep()
        seen.append((session.snapshot.cursor.step, session.snapshot.cursor.substep))
    assert seen == [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 0), (2, 1), (2, 2)]
    for step, substep in [*reversed(seen[:-1]), (0, 0), (0, 0)]:
        session.substep(-1)
        assert session.snapshot.cursor == Cursor(step, substep)


def test_another_opened_layer_has_its_own_number_of_sub_steps(opened, mixed, heard):
    session = opened(mixed)
    session.substep(2)
    session.open_layer("gru")
    assert session.snapshot.equations == 4
    assert session.snapshot.cursor == Cursor(1, 0)
    assert heard.changes[-1] == Change.CURSOR
    with pytest.raises(EditError, match="lstm, gru"):
        session.open_layer("readout")


@pytest.mark.parametrize(("count", "step"), [(1, 2), (2, 3), (-1, 1), (-2, 0)])
def test_a_step_from_within_a_step_finishes_it_or_takes_it_back(opened, mixed, count, step):
    session = opened(mixed)
    session.seek(1)
    session.substep(3)
    assert session.snapshot.cursor == Cursor(2, 3)
    session.step(count)
    assert session.snapshot.cursor == Cursor(step)


def test_sub_steps_stop_at_the_last_equation_of_the_last_step(opened, mixed):
    session = opened(mixed)
    session.substep(10_000)
    assert session.snapshot.cursor == Cursor(5, 0)


@pytest.mark.parametrize("step", [-1, 5])
def test_going_to_a_step_that_is_not_there_is_an_error(opened, adder, heard, step):
    session = opened(adder)
    session.seek(2)
    with pytest.raises(EditError, match=f"no step {step}; it can be 0 to 4"):
        session.seek(step)
    assert session.snapshot.cursor == Cursor(2)
    assert len(heard) == 1


def test_the_first_and_the_last_step_can_be_gone_to(opened, adder):
    session = opened(adder)
    session.seek(4)
    assert session.snapshot.cursor.step == 4
    session.seek(0)
    assert session.snapshot.cursor.step == 0


def test_another_sequence_keeps_the_step(opened, mixed, heard):
    session = opened(mixed)
    session.seek(3)
    session.seek_sequence(2)
    assert session.snapshot.cursor == Cursor(3, 0, 2)
    assert heard.changes[-1] == Change.CURSOR
    with pytest.raises(EditError, match="0 to 2"):
        session.seek_sequence(3)


def test_a_step_copies_nothing(opened, mixed):
    session = opened(mixed)
    before = session.snapshot
    session.step()
    after = session.snapshot
    assert after.trace is before.trace
    assert after.scenario is before.scenario
    assert after.generation == before.generation


def test_a_step_takes_less_than_fifty_microseconds(opened, mixed):
    session = opened(mixed)
    rounds = []
    for _ in range(20):
        start = time.process_time_ns()
        for _ in range(100):
            session.step(1)
            session.step(-1)
        rounds.append((time.process_time_ns() - start) / 200)
    assert min(rounds) < 50_000


def test_before_anything_is_open_nothing_can_be_done(heard):
    session = Session(heard.listen)
    assert session.snapshot is None
    assert not session.can_undo
    assert not session.can_redo
    with pytest.raises(EditError, match="nothing is open"):
        session.step()


def test_the_view_of_the_file_says_where_one_begins(opened, mixed):
    assert opened(replace(mixed, view=View(step=2, sequence=1))).snapshot.cursor == Cursor(2, 0, 1)
    assert opened(replace(mixed, view=View(step=99, sequence=9))).snapshot.cursor == Cursor(5, 0, 2)
