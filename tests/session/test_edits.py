"""Changing one number, a whole parameter, an activation: the future follows, and what cannot be is refused."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario.types import Alternative
from rnnviz.session import Change, Cursor, EditError


def h(session):
    """The hidden state of the adder after every step."""
    return session.snapshot.trace["elman.h"].ravel().tolist()


def test_the_unit_of_these_tests_adds_its_inputs(opened, adder):
    assert h(opened(adder)) == [1, 3, 7, 15]


def test_an_input_by_its_address(opened, adder):
    session = opened(adder)
    session.edit_number(Address("x", 2), 5)
    assert h(session) == [1, 6, 10, 18]


def test_a_weight_by_its_address(opened, adder):
    session = opened(adder)
    session.edit_number(ParameterAddress("elman.U", 0, 0), 2)
    assert h(session) == [1, 4, 12, 32]


def test_a_bias_by_its_address(opened, adder):
    session = opened(adder)
    session.edit_number(ParameterAddress("elman.b", 0), -1)
    assert h(session) == [0, 1, 4, 11]


def test_an_initial_state_is_a_carried_quantity_at_step_0(opened, adder):
    session = opened(adder)
    session.edit_number(Address("elman.h", 0), 100)
    assert h(session) == [101, 103, 107, 115]
    assert session.snapshot.scenario.initial["elman.h"].tolist() == [[100]]


def test_backward_the_initial_state_is_behind_the_last_step(opened, adder):
    backward = replace(adder.network.layers[0], direction="backward")
    session = opened(replace(adder, network=replace(adder.network, layers=(backward,))))
    session.edit_number(Address("elman.h", 5), 100)
    assert h(session) == [115, 114, 112, 108]


def test_a_target_by_its_address(opened, mixed):
    session = opened(mixed)
    session.edit_number(Address("target", 3, 2, 1), 0.25)
    changed = session.snapshot.scenario.targets != mixed.targets
    assert np.argwhere(changed).tolist() == [[2, 2, 1]]
    assert session.snapshot.scenario.targets[2, 2, 1] == 0.25


def test_a_whole_parameter(opened, mixed):
    session = opened(mixed)
    session.set_parameter("lstm.b_f", [1, 2, 3])
    assert session.snapshot.scenario.params["lstm.b_f"].tolist() == [1, 2, 3]
    assert not session.snapshot.scenario.params["lstm.b_f"].flags.writeable


def test_an_edit_leaves_every_old_value_as_it_was(opened, adder):
    session = opened(adder)
    before, trace = session.snapshot, session.snapshot.trace["elman.h"].copy()
    session.edit_number(Address("x", 1), 9)
    assert before.trace["elman.h"].tobytes() == trace.tobytes()
    assert adder.inputs.ravel().tolist() == [1, 2, 4, 8]
    assert session.snapshot.scenario.params is adder.params


def test_the_trace_before_the_edit_stays_as_a_ghost(opened, adder):
    session = opened(adder)
    assert session.snapshot.ghost is None
    first = session.snapshot.trace
    session.edit_number(Address("x", 1), 9)
    assert session.snapshot.ghost is first
    session.set_title("Another title")
    assert session.snapshot.ghost is first
    second = session.snapshot.trace
    session.edit_number(Address("x", 1), 10)
    assert session.snapshot.ghost is second


def test_an_activation(opened, adder):
    session = opened(adder)
    session.set_activation("elman", "h", "hard")
    assert h(session) == [1, 1, 1, 1]
    assert session.undo_label == "Set the activation of elman.h to hard"


def test_the_activation_of_a_readout(opened, mixed):
    session = opened(mixed)
    session.set_activation("readout", "y", "softmax")
    np.testing.assert_allclose(session.snapshot.trace.output.sum(axis=2), 1, rtol=1e-12)


def test_an_activation_set_to_the_cells_own_is_not_written_down(opened, mixed):
    session = opened(mixed)
    session.set_activation("lstm", "i", "hard")
    session.set_activation("lstm", "i", "sigmoid")
    assert session.snapshot.scenario.network == mixed.network


def test_an_edit_that_changes_nothing_is_no_edit(opened, mixed, heard):
    session = opened(mixed)
    session.edit_number(ParameterAddress("lstm.b_i", 1), float(mixed.params["lstm.b_i"][1]))
    session.set_inputs(mixed.inputs)
    session.set_parameter("lstm.W_i", mixed.params["lstm.W_i"])
    session.set_activation("lstm", "i", "sigmoid")
    session.move_step(2, 2)
    session.delete_steps([])
    assert heard == []
    assert session.snapshot.history == ()


def test_zero_and_minus_zero_are_different_numbers(opened, adder):
    session = opened(adder)
    session.edit_number(ParameterAddress("elman.b", 0), -0.0)
    assert np.signbit(session.snapshot.scenario.params["elman.b"][0])


BAD = {
    "a quantity that is worked out": (lambda s: s.edit_number(Address("lstm.i", 2), 1), "is worked out"),
    "a state in the middle": (lambda s: s.edit_number(Address("lstm.c", 2), 1), "is worked out"),
    "a gate at the start": (lambda s: s.edit_number(Address("lstm.i", 0), 1), "no step 0"),
    "an unknown quantity": (lambda s: s.edit_number(Address("lstm.q", 2), 1), "no quantity is called 'lstm.q'"),
    "an input after the end": (lambda s: s.edit_number(Address("x", 6), 1), "steps 1 to 5"),
    "an input at the start": (lambda s: s.edit_number(Address("x", 0), 1), "steps 1 to 5"),
    "a unit that is not there": (lambda s: s.edit_number(Address("x", 1, 0, 2), 1), "no unit 2"),
    "a negative unit": (lambda s: s.edit_number(Address("x", 1, 0, -1), 1), "no unit -1"),
    "a sequence that is not there": (lambda s: s.edit_number(Address("x", 1, 3), 1), "no sequence 3"),
    "a row that is not there": (lambda s: s.edit_number(ParameterAddress("lstm.W_i", 3, 0), 1), "has shape"),
    "an unknown parameter": (lambda s: s.edit_number(ParameterAddress("lstm.W_q", 0, 0), 1), "no parameter is called"),
    "not a number": (lambda s: s.edit_number(Address("x", 1), "three"), "“three” is not a number"),
    "NaN": (lambda s: s.edit_number(Address("x", 1), float("nan")), "finite"),
    "infinity in a parameter": (lambda s: s.set_parameter("lstm.b_i", [1, np.inf, 2]), "finite"),
    "a parameter of another shape": (lambda s: s.set_parameter("lstm.b_i", [1, 2]), r"\(3,\)"),
    "a whole parameter that is not there": (lambda s: s.set_parameter("lstm.b_q", [1, 2]), "lstm.b_i"),
    "a ragged table": (lambda s: s.set_parameter("lstm.W_i", [[1, 2], [3]]), "equally long rows"),
    "an unknown activation": (lambda s: s.set_activation("lstm", "i", "tanhh"), "unknown activation 'tanhh'"),
    "an unknown slot": (lambda s: s.set_activation("lstm", "q", "tanh"), "no activation slot 'q'"),
    "an unknown layer": (lambda s: s.set_activation("lstmm", "i", "tanh"), "no layer is called 'lstmm'"),
    "an activation of nothing": (lambda s: s.set_activation("readout", "z", "tanh"), "no activation here"),
    "an alternative that is not there": (lambda s: s.apply_alternative(0), "there is none"),
    "a story that cannot be told": (lambda s: s.set_story("{{lstm.c two}}"), "template"),
    "a scenario that cannot be run": (
        lambda s: s.edit("bad", replace(s.snapshot.scenario, inputs=np.zeros((2, 3, 9)))),
        "9",
    ),
    "an entry of the history that is not there": (lambda s: s.go_to_history(1), "0 to 0"),
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


def test_an_error_says_where(opened, mixed):
    with pytest.raises(EditError) as caught:
        opened(mixed).edit_number(Address("x", 2, 1, 1), float("inf"))
    assert caught.value.where == "x2 at step 2, sequence 1"
    assert "inf" in caught.value.message


def test_an_alternative_takes_the_place_of_the_scenario_and_can_be_undone(opened, adder):
    change = {"network": {"layers": {"elman": {"activations": {"h": "hard"}}}}}
    session = opened(replace(adder, alternatives=(Alternative(title="Hard", changes=change),)))
    session.apply_alternative(0)
    assert h(session) == [1, 1, 1, 1]
    assert session.snapshot.history == ("Hard",)
    session.undo()
    assert h(session) == [1, 3, 7, 15]


def test_a_scenario_that_cannot_be_run_leaves_the_open_one(opened, adder, heard):
    session = opened(adder)
    before = session.snapshot
    with pytest.raises(EditError):
        session.open(replace(adder, inputs=np.zeros((2, 1, 9))))
    assert session.snapshot is before
    assert heard == []


def test_opening_says_that_everything_is_new(opened, adder, mixed, heard):
    session = opened(adder)
    session.edit_number(Address("x", 1), 9)
    session.select(Address("x", 1))
    session.seek(3)
    generation = session.snapshot.generation
    session.open(mixed, "mixed.rnnviz")
    now = session.snapshot
    assert heard.changes[-1] == Change.SCENARIO | Change.TRACE | Change.CURSOR | Change.SELECTION | Change.TRAINING
    assert (now.cursor, now.selection, now.trail, now.ghost) == (Cursor(0), None, (), None)
    assert (now.history, now.history_index, now.is_modified, now.path) == ((), 0, False, "mixed.rnnviz")
    assert now.generation > generation
    assert not session.can_undo
