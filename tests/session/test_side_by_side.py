"""Two sessions under one cursor: locked in time, each as far as it goes; the second is only looked at."""

from dataclasses import replace

import pytest

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.session import Change, Cursor, EditError, Session
from rnnviz.session.side_by_side import SideBySide


@pytest.fixture
def side_by_side(opened, adder, heard):
    """The adder, 4 steps; what the second session says goes where the first one's listener hears it too."""
    pair = SideBySide(opened(adder), heard.listen)
    pair.first.listener = lambda snapshot, change: pair.follow(change)
    return pair


def cursors(pair: SideBySide) -> tuple[Cursor, Cursor]:
    return pair.first.snapshot.cursor, pair.second.snapshot.cursor


def test_a_scenario_put_beside_looks_where_the_document_does(side_by_side, mixed):
    side_by_side.first.seek(3)
    side_by_side.open(mixed)
    assert cursors(side_by_side) == (Cursor(3), Cursor(3))


def test_a_step_of_one_is_a_step_of_the_other(side_by_side, adder):
    side_by_side.open(adder)
    side_by_side.first.step(2)
    assert cursors(side_by_side) == (Cursor(2), Cursor(2))
    side_by_side.second.seek(4)
    assert cursors(side_by_side) == (Cursor(4), Cursor(4))
    side_by_side.move(-1)
    assert cursors(side_by_side) == (Cursor(3), Cursor(3))


def test_the_shorter_one_stays_at_its_end_while_the_longer_goes_on(side_by_side, mixed):
    side_by_side.open(mixed)  # 5 steps
    assert side_by_side.last == 5
    side_by_side.seek(4)
    side_by_side.move(1)
    assert side_by_side.position == 5
    assert cursors(side_by_side) == (Cursor(4), Cursor(5))
    side_by_side.move(1)
    assert side_by_side.position == 5, "the end is the end"
    side_by_side.move(-2)
    assert cursors(side_by_side) == (Cursor(3), Cursor(3))


def test_a_shorter_second_one_stays_at_its_end_too(side_by_side, adder):
    side_by_side.open(replace(adder, inputs=adder.inputs[:2]))
    side_by_side.seek(4)
    assert (side_by_side.position, side_by_side.last) == (4, 4)
    assert cursors(side_by_side) == (Cursor(4), Cursor(2))


def test_sub_steps_go_along_where_the_other_cell_has_as_many_equations(side_by_side, adder, mixed):
    side_by_side.first.open(mixed)
    side_by_side.open(mixed)
    side_by_side.first.substep(2)
    assert cursors(side_by_side) == (Cursor(1, 2), Cursor(1, 2))
    side_by_side.open(adder)  # a cell of one equation: its step is done or it is not
    assert cursors(side_by_side) == (Cursor(1, 2), Cursor(1))


def test_the_sequence_goes_along_as_far_as_there_are_some(side_by_side, adder, mixed):
    side_by_side.first.open(mixed)
    side_by_side.open(mixed)
    side_by_side.first.seek_sequence(2)
    assert side_by_side.second.snapshot.cursor.sequence == 2
    side_by_side.open(adder)
    assert side_by_side.second.snapshot.cursor.sequence == 0


def test_the_same_number_is_selected_in_both_where_both_have_it(side_by_side, adder, mixed):
    side_by_side.open(replace(adder, inputs=2 * adder.inputs))
    here = Address("elman.h", 2, 0, 0)
    side_by_side.first.select(here)
    assert side_by_side.second.snapshot.selection == here
    assert side_by_side.second.snapshot.explanation.value == 6, "2 + 4, its own value"
    side_by_side.open(mixed)
    side_by_side.second.select(Address("lstm.c", 2, 0, 0))
    assert side_by_side.first.snapshot.selection == here, "the document has no memory cell"
    side_by_side.second.select(Address("lstm.h", 3, 0, 0))
    assert side_by_side.first.snapshot.selection == Address("elman.h", 3, 0, 0), "the first layer of each"
    side_by_side.second.select(ParameterAddress("lstm.W_i", 0, 0))
    assert side_by_side.first.snapshot.selection == Address("elman.h", 3, 0, 0), "Elman has no such gate"


def test_the_second_one_cannot_be_edited(side_by_side, adder):
    side_by_side.open(adder)
    before = side_by_side.second.snapshot
    for edit in (
        lambda: side_by_side.second.edit_number(Address("x", 1, 0, 0), 7),
        side_by_side.second.start_training,
    ):
        with pytest.raises(EditError, match="only looked at"):
            edit()
    assert side_by_side.second.snapshot is before


def test_comparing_changes_nothing_of_the_document(side_by_side, adder, mixed):
    before = side_by_side.first.snapshot
    side_by_side.open(mixed)
    side_by_side.close()
    assert side_by_side.first.snapshot is before


def test_the_document_stays_editable_and_the_other_as_it_is(side_by_side, adder):
    side_by_side.open(adder)
    other = side_by_side.second.snapshot.trace
    side_by_side.first.edit_number(Address("x", 1, 0, 0), 7)
    assert side_by_side.first.snapshot.trace.output[0, 0, 0] == 7
    assert side_by_side.second.snapshot.trace is other


def test_closed_they_go_their_own_ways(side_by_side, mixed):
    side_by_side.open(mixed)
    side_by_side.close()
    side_by_side.first.seek(4)
    assert side_by_side.last == 4
    assert side_by_side.second.snapshot.cursor.step == 0


def test_what_cannot_be_run_is_refused_and_leaves_the_pair_as_it_was(side_by_side, adder, mixed):
    side_by_side.open(adder)
    broken = replace(mixed, inputs=mixed.inputs[..., :1])
    with pytest.raises(EditError):
        side_by_side.open(broken)
    assert side_by_side.second.snapshot.scenario is adder
    assert side_by_side.is_open


def test_the_listener_hears_of_the_second_one_only(side_by_side, adder, heard):
    side_by_side.open(adder)
    heard.clear()
    side_by_side.first.step()
    assert heard.changes == [Change.CURSOR]
    assert heard[0][0] is side_by_side.second.snapshot


def test_a_scenario_of_the_history_can_be_put_beside(opened, adder):
    session: Session = opened(adder)
    session.edit_number(Address("x", 1, 0, 0), 7)
    assert session.scenario_after(0) is adder
    assert session.scenario_after(1) is session.snapshot.document
    with pytest.raises(EditError, match="0 to 1"):
        session.scenario_after(2)
