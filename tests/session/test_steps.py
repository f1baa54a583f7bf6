"""Feeding, inserting, deleting, moving and pasting steps: inputs, targets and lengths stay together."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz.scenario.types import Loss
from rnnviz.session import Cursor, EditError


def column(array, sequence=0):
    return array[:, sequence, 0].tolist()


def inputs(session):
    return column(session.snapshot.scenario.inputs)


@pytest.fixture
def with_targets(adder):
    return replace(adder, targets=adder.inputs * 10)


def targets(session):
    return column(session.snapshot.scenario.targets)


def test_feeding_appends_a_step_and_goes_there(opened, with_targets):
    session = opened(with_targets)
    session.seek(1)
    session.feed([16])
    assert inputs(session) == [1, 2, 4, 8, 16]
    assert targets(session) == [10, 20, 40, 80, 0]
    assert session.snapshot.trace["elman.h"].ravel().tolist() == [1, 3, 7, 15, 31]
    assert session.snapshot.cursor == Cursor(5)
    session.undo()
    assert session.snapshot.cursor == Cursor(1)
    session.redo()
    assert session.snapshot.cursor == Cursor(5)


def test_inserting_makes_room(opened, with_targets):
    session = opened(with_targets)
    session.insert_step(2, [9])
    assert inputs(session) == [1, 9, 2, 4, 8]
    assert targets(session) == [10, 0, 20, 40, 80]
    session.insert_step(6, [7])
    assert inputs(session) == [1, 9, 2, 4, 8, 7]


def test_deleting_closes_the_gap_and_keeps_the_cursor_inside(opened, with_targets):
    session = opened(with_targets)
    session.seek(4)
    session.delete_steps([3, 1])
    assert inputs(session) == [2, 8]
    assert targets(session) == [20, 80]
    assert session.snapshot.cursor == Cursor(2)
    assert session.undo_label == "Delete steps 1, 3"
    session.undo()
    assert session.snapshot.cursor == Cursor(4)


@pytest.mark.parametrize(
    ("step", "to", "order"), [(1, 4, [2, 4, 8, 1]), (4, 1, [8, 1, 2, 4]), (2, 3, [1, 4, 2, 8]), (3, 2, [1, 4, 2, 8])]
)
def test_moving_takes_the_target_along(opened, with_targets, step, to, order):
    session = opened(with_targets)
    session.move_step(step, to)
    assert inputs(session) == order
    assert targets(session) == [10 * value for value in order]


def test_the_target_of_a_loss_at_the_last_step_stays_with_the_last_step(opened, with_targets):
    session = opened(replace(with_targets, loss=Loss(kind="squared error", at="last step")))
    session.feed([16])
    assert targets(session)[-1] == 80
    session.move_step(5, 1)
    assert targets(session)[-1] == 80
    session.delete_steps([5])
    assert targets(session)[-1] == 80


def test_sequences_of_a_batch_are_fed_one_at_a_time(opened, mixed):
    session = opened(mixed)
    session.seek_sequence(1)
    session.feed([7, 8])
    scenario = session.snapshot.scenario
    assert scenario.lengths == (5, 4, 4)
    assert scenario.inputs.shape == (5, 3, 2)
    assert scenario.inputs[3, 1].tolist() == [7, 8]
    assert session.snapshot.cursor == Cursor(4, 0, 1)
    for other in (0, 2):
        assert scenario.inputs[:, other].tobytes() == mixed.inputs[:, other].tobytes()


def test_a_sequence_that_outgrows_the_others_pads_them(opened, mixed):
    session = opened(replace(mixed, lengths=None))
    session.feed([7, 8])
    scenario = session.snapshot.scenario
    assert scenario.lengths == (6, 5, 5)
    assert scenario.inputs[5].tolist() == [[7, 8], [0, 0], [0, 0]]
    assert scenario.targets.shape == (6, 3, 2)
    assert session.snapshot.trace.mask[5].tolist() == [True, False, False]


def test_deleting_from_the_longest_sequence_shortens_the_batch(opened, mixed):
    session = opened(mixed)
    session.delete_steps([1])
    scenario = session.snapshot.scenario
    assert scenario.lengths == (4, 3, 4)
    assert scenario.inputs.shape == (4, 3, 2)
    assert scenario.inputs[:, 0].tobytes() == mixed.inputs[1:, 0].tobytes()


def test_what_a_shorter_sequence_leaves_behind_is_padding(opened, mixed):
    session = opened(mixed)
    session.seek_sequence(2)
    session.delete_steps([1, 2])
    scenario = session.snapshot.scenario
    assert scenario.lengths == (5, 3, 2)
    assert scenario.inputs[:2, 2].tobytes() == mixed.inputs[2:4, 2].tobytes()
    assert not scenario.inputs[2:, 2].any()
    assert not scenario.targets[2:, 2].any()


def test_other_lengths_alone_are_run_again(opened, mixed):
    session = opened(mixed)
    session.edit("Shorten", replace(mixed, lengths=(1, 1, 1)))
    assert session.snapshot.trace.mask.sum() == 3


def test_deleting_a_step_of_zeros_before_the_padding_is_an_edit_too(opened, mixed):
    zeros = mixed.inputs.copy()
    zeros[2:, 1] = 0
    no_targets = replace(mixed, inputs=zeros, targets=None)
    session = opened(no_targets)
    session.seek_sequence(1)
    session.delete_steps([3])
    assert session.snapshot.scenario.lengths == (5, 2, 4)


def test_a_table_is_pasted_over_the_inputs(opened, mixed):
    session = opened(mixed)
    session.paste_inputs(2, 1, [["0.5"], [" −1e3 "]])
    scenario = session.snapshot.scenario
    assert scenario.inputs[1:3, 0, 1].tolist() == [0.5, -1000]
    changed = np.argwhere(scenario.inputs != mixed.inputs).tolist()
    assert changed == [[1, 0, 1], [2, 0, 1]]
    assert len(session.snapshot.history) == 1


def test_pasted_rows_beyond_the_end_are_new_steps(opened, with_targets):
    session = opened(with_targets)
    session.paste_inputs(4, 0, [["5"], ["6"], ["7"]])
    assert inputs(session) == [1, 2, 4, 5, 6, 7]
    assert targets(session) == [10, 20, 40, 80, 0, 0]


def test_all_inputs_are_replaced(opened, with_targets):
    session = opened(with_targets)
    session.set_inputs(np.array([3.0, 4.0]).reshape(2, 1, 1), "Two steps")
    assert inputs(session) == [3, 4]
    assert targets(session) == [10, 20]
    assert session.undo_label == "Two steps"


BAD = {
    "too few numbers are fed": (lambda s: s.feed([1]), "takes 2 numbers, not 1 number"),
    "too many numbers are fed": (lambda s: s.feed([1, 2, 3]), "takes 2 numbers, not 3 numbers"),
    "a word is fed": (lambda s: s.feed(["a", "b"]), "numbers"),
    "inserting after the end": (lambda s: s.insert_step(7, [1, 2]), "1 to 6"),
    "inserting before the first": (lambda s: s.insert_step(0, [1, 2]), "1 to 6"),
    "deleting what is not there": (lambda s: s.delete_steps([5, 6]), "no step 6"),
    "deleting all": (lambda s: s.delete_steps([1, 2, 3, 4, 5]), "one step has to stay"),
    "moving what is not there": (lambda s: s.move_step(6, 1), "no step 6"),
    "moving to nowhere": (lambda s: s.move_step(1, 6), "no step 6"),
    "a pasted word": (lambda s: s.paste_inputs(1, 0, [["1", "2"], ["3", "four"]]), "row 2, column 2: “four” is not"),
    "a pasted hole": (lambda s: s.paste_inputs(1, 0, [["1", "2"], ["", "4"]]), "row 2, column 1: “” is not"),
    "a pasted infinity": (lambda s: s.paste_inputs(1, 0, [["1e999", "2"]]), "row 1, column 1: “1e999”"),
    "pasted rows of different length": (lambda s: s.paste_inputs(1, 0, [["1", "2"], ["3"]]), "row 2 has 1"),
    "more columns than features": (lambda s: s.paste_inputs(1, 1, [["1", "2"]]), "room for 1"),
    "nothing to paste": (lambda s: s.paste_inputs(1, 0, []), "nothing to paste"),
    "pasting beyond the end": (lambda s: s.paste_inputs(7, 0, [["1", "2"]]), "1 to 6"),
    "inputs of another width": (lambda s: s.set_inputs(np.zeros((5, 3, 4))), r"\(steps, 3, 2\)"),
    "no inputs": (lambda s: s.set_inputs(np.zeros((0, 3, 2))), r"\(steps, 3, 2\)"),
    "more steps than a file may have": (lambda s: s.set_inputs(np.zeros((1_000_001, 3, 2))), "1,000,000"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused_and_changes_nothing(opened, mixed, heard, name):
    session = opened(mixed)
    before = session.snapshot
    act, message = BAD[name]
    with pytest.raises(EditError, match=message):
        act(session)
    assert session.snapshot is before
    assert heard == []
    assert not session.can_undo
