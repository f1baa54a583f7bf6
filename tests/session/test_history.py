"""Undo, redo, the visible history, merged edits, the saved state."""

import time

import numpy as np

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.session import Change, Cursor, traces

W = ParameterAddress("elman.W", 0, 0)


def test_undo_and_redo_go_through_the_same_states(opened, adder):
    session = opened(adder)
    states = [session.snapshot]
    for value in (2, 3, 4):
        session.edit_number(W, value)
        states.append(session.snapshot)
    for state in reversed(states[:-1]):
        session.undo()
        assert session.snapshot.scenario is state.scenario
        assert session.snapshot.trace is state.trace
    assert not session.can_undo
    for state in states[1:]:
        session.redo()
        assert session.snapshot.scenario is state.scenario
        assert session.snapshot.trace is state.trace
    assert not session.can_redo


def test_undo_at_the_beginning_and_redo_at_the_end_do_nothing(opened, adder, heard):
    session = opened(adder)
    session.undo()
    session.redo()
    assert heard == []


def test_the_history_shows_what_was_done_and_when(opened, adder):
    session = opened(adder)
    start = time.time()
    session.edit_number(W, 2)
    session.edit_number(Address("x", 3), 0.5)
    now = session.snapshot
    assert now.history == ("Set elman.W[0, 0] to 2", "Set x at step 3 to 0.5")
    assert now.history_index == 2
    assert start <= now.history_times_s[0] <= now.history_times_s[1] <= time.time()
    session.undo()
    assert session.snapshot.history == now.history
    assert session.snapshot.history_index == 1
    assert (session.undo_label, session.redo_label) == now.history
    session.undo()
    assert (session.undo_label, session.redo_label) == ("", now.history[0])


def test_an_edit_after_undo_takes_the_place_of_what_was_undone(opened, adder):
    session = opened(adder)
    session.edit_number(W, 2)
    session.edit_number(W, 3)
    session.undo()
    session.edit_number(W, 4)
    assert session.snapshot.history == ("Set elman.W[0, 0] to 2", "Set elman.W[0, 0] to 4")
    assert not session.can_redo


def test_any_entry_of_the_history_can_be_gone_to(opened, adder, heard):
    session = opened(adder)
    for value in (2, 3, 4, 5):
        session.edit_number(W, value)
    heard.clear()
    for done, value in ((1, 2), (4, 5), (0, 1), (3, 4)):
        session.go_to_history(done)
        assert session.snapshot.scenario.params["elman.W"].item() == value
        assert session.snapshot.history_index == done
    assert len(heard) == 4


def test_undo_puts_the_cursor_where_the_edit_was_made(opened, adder):
    session = opened(adder)
    session.seek(2)
    session.edit_number(W, 2)
    session.seek(3)
    session.edit_number(W, 3)
    session.seek(1)
    session.undo()
    assert session.snapshot.cursor == Cursor(3)
    session.undo()
    assert session.snapshot.cursor == Cursor(2)
    session.redo()
    assert session.snapshot.cursor == Cursor(2)


def test_every_move_of_a_drag_is_shown_but_the_drag_is_one_entry(opened, adder, heard):
    session = opened(adder)
    first = session.snapshot.trace
    for value in (1.25, 1.5, 1.75):
        session.edit_number(W, value, merge="drag 1")
    assert [snapshot.trace["elman.h"][0, 0, 0] for snapshot, _ in heard] == [1.25, 1.5, 1.75]
    assert session.snapshot.history == ("Set elman.W[0, 0] to 1.75",)
    assert session.snapshot.ghost is first
    session.undo()
    assert session.snapshot.scenario is adder
    session.redo()
    assert session.snapshot.scenario.params["elman.W"].item() == 1.75


def test_undoing_a_drag_goes_to_where_it_began(opened, adder):
    session = opened(adder)
    session.seek(1)
    session.edit_number(W, 2, merge="drag 1")
    session.seek(3)
    session.edit_number(W, 3, merge="drag 1")
    session.undo()
    assert session.snapshot.cursor == Cursor(1)
    session.redo()
    assert session.snapshot.cursor == Cursor(3)


def test_the_traces_on_the_way_of_a_drag_are_not_kept(opened, adder):
    session = opened(adder)
    for value in range(2, 50):
        session.edit_number(W, value, merge="drag 1")
    assert len(session._traces._kept) == 2


def test_another_drag_is_another_entry(opened, adder):
    session = opened(adder)
    session.edit_number(W, 2, merge="drag 1")
    session.edit_number(W, 3, merge="drag 2")
    session.edit_number(W, 4)
    session.edit_number(W, 5)
    assert len(session.snapshot.history) == 4


def test_nothing_is_merged_into_what_was_undone_or_saved(opened, adder):
    session = opened(adder)
    session.edit_number(W, 2, merge="drag")
    session.undo()
    session.redo()
    session.edit_number(W, 3, merge="drag")
    session.mark_saved("adder.rnnviz")
    session.edit_number(W, 4, merge="drag")
    assert len(session.snapshot.history) == 3


def test_a_typed_title_is_one_entry_and_needs_no_run(opened, adder):
    session = opened(adder)
    trace = session.snapshot.trace
    for end in range(1, 6):
        session.set_title("Title"[:end])
    assert session.snapshot.history == ("Change the title",)
    assert session.snapshot.trace is trace
    assert session.snapshot.ghost is None


def test_a_scenario_is_modified_unless_it_is_the_saved_one(opened, adder, heard):
    session = opened(adder)
    assert not session.snapshot.is_modified
    session.edit_number(W, 2)
    assert session.snapshot.is_modified
    session.mark_saved("adder.rnnviz")
    assert not session.snapshot.is_modified
    assert session.snapshot.path == "adder.rnnviz"
    assert heard.changes[-1] == Change.SCENARIO
    session.undo()
    assert session.snapshot.is_modified
    session.redo()
    assert not session.snapshot.is_modified


def test_each_kind_of_change_is_told_once_and_by_its_name(opened, adder, heard):
    session = opened(adder)
    session.step()
    session.select(Address("elman.h", 2))
    session.set_title("Sums")
    session.edit_number(W, 2)
    session.feed([1])
    session.undo()
    session.select(None)
    session.undo()
    everything = Change.SCENARIO | Change.TRACE | Change.CURSOR | Change.SELECTION
    assert heard.changes == [
        Change.CURSOR,
        Change.SELECTION,
        Change.SCENARIO,
        Change.SCENARIO | Change.TRACE | Change.SELECTION,
        everything,
        everything,
        Change.SELECTION,
        Change.SCENARIO | Change.TRACE,
    ]
    assert heard[-1][0] is session.snapshot


def test_a_generation_is_never_used_twice(opened, adder, heard):
    session = opened(adder)
    seen = [session.snapshot.generation]
    for act in (lambda: session.edit_number(W, 2), session.undo, session.redo, lambda: session.set_title("a")):
        act()
        seen.append(session.snapshot.generation)
    session.open(adder)
    seen.append(session.snapshot.generation)
    assert seen == sorted(set(seen))


def test_a_trace_that_was_dropped_is_run_again_to_the_same_bits(opened, mixed, monkeypatch):
    monkeypatch.setattr(traces, "BUDGET", 0)
    session = opened(mixed)
    states = [session.snapshot]
    for value in range(8):
        session.edit_number(Address("x", 2), value)
        states.append(session.snapshot)
        assert len(session._traces._kept) == 2
    for state in reversed(states[:-1]):
        session.undo()
        assert session.snapshot.scenario is state.scenario
        for name in state.trace:
            assert session.snapshot.trace[name].tobytes() == state.trace[name].tobytes()
    assert session.snapshot.trace is not states[0].trace
    assert np.array_equal(session.snapshot.trace.mask, states[0].trace.mask)
