"""Descents in a session, with a real worker process: what is drawn, what is kept, what becomes the document."""

import threading
import time
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.clipping import Clipping
from rnnviz.jobs.descent import ways_of
from rnnviz.scenario.read import load
from rnnviz.scenario.types import ClippingForm, Training
from rnnviz.session import Change, DescentRun, EditError, Session

NAME = "cliff-four-clippings"


@pytest.fixture
def session(heard):
    session = Session(heard.listen)
    session.open(load(NAME))
    yield session
    session.close()


def finished(session: Session) -> DescentRun:
    end = time.monotonic() + 60
    while session.has_work and time.monotonic() < end:
        session.poll()
        time.sleep(0.01)
    found = session.snapshot.descent
    assert found is not None
    assert not session.has_work
    return found


def test_the_first_steps_are_those_of_the_worked_example(session) -> None:
    session.start_descent(ways_of(session.snapshot.scenario), 3)
    run = finished(session)
    assert run.state == "done"
    assert [len(path.losses) for path in run.paths] == [4, 4, 4, 4]
    assert [path.steps[1] for path in run.paths] == pytest.approx([33.19978, 0.0141421, 0.01, 33.19978], rel=1e-5)
    assert [path.norms_before[0] for path in run.paths] == pytest.approx([3319.978] * 4, rel=1e-6)
    assert [path.norms_after[0] for path in run.paths] == pytest.approx([3319.978, 2**0.5, 1, 3319.978], rel=1e-6)
    assert [path.clipped[0] for path in run.paths] == [False, True, True, False]


def test_a_path_goes_where_training_goes(session) -> None:
    session.start_descent([Clipping("norm", 1.0)], 7)
    (path,) = finished(session).paths
    trained = Training(clipping=ClippingForm(kind="norm", limit=1.0))
    alone = rnnviz.train(replace(load(NAME), training=trained), epochs=7)
    for name, values in alone.params.items():
        assert np.array_equal(path.weights[7][name], values)


def test_it_begins_with_the_weights_that_are_shown(session) -> None:
    moved = MappingProxyType({"cliff.U": np.array([[6.0]]), "cliff.b": np.array([-2.6])})
    session.edit("Move", replace(session.snapshot.scenario, params=moved))
    session.start_descent(ways_of(session.snapshot.scenario), 1)
    for path in finished(session).paths:
        assert path.weights[0]["cliff.U"].item() == 6.0


def test_a_descent_that_is_cancelled_keeps_the_steps_that_all_have_made(session) -> None:
    session.start_descent(ways_of(session.snapshot.scenario), 100_000)
    end = time.monotonic() + 60
    while session.snapshot.descent.number < 3 and time.monotonic() < end:
        session.poll()
        time.sleep(0.01)
    session.cancel_descent()
    run = session.snapshot.descent
    assert (run.state, run.reason) == ("stopped", "cancelled")
    assert not session.has_work
    assert 3 <= run.number < 100_000
    assert {len(path.losses) for path in run.paths} == {run.number + 1}
    assert {len(path.weights) for path in run.paths} == {run.number + 1}


def test_it_is_no_edit_and_leaves_the_document_alone(session, heard) -> None:
    before = session.snapshot.document
    session.start_descent(ways_of(before), 2)
    finished(session)
    assert session.snapshot.document is before
    assert not session.can_undo
    session.seek_descent(1)
    assert session.snapshot.descent.shown == 1
    assert heard.changes[-1] == Change.DESCENT


def test_going_on_from_a_step_is_one_edit_that_undo_takes_back(session) -> None:
    session.start_descent(ways_of(session.snapshot.scenario), 3)
    run = finished(session)
    before = session.snapshot.document
    session.seek_descent(2)
    session.go_on_from_descent(1)
    now = session.snapshot
    assert now.history[-1] == "Go on from step 2 of the descent (value)"
    assert now.document.params["cliff.U"].item() == run.paths[1].weights[2]["cliff.U"].item()
    assert now.descent is not None  # of the same task
    session.undo()
    assert session.snapshot.document is before


def test_descents_of_another_task_are_not_drawn(session) -> None:
    session.start_descent(ways_of(session.snapshot.scenario), 2)
    finished(session)
    scenario = session.snapshot.scenario
    session.edit("Another target", replace(scenario, targets=scenario.targets + 0.1))
    assert session.snapshot.descent is None


def test_closing_waits_for_the_processes_of_descents_that_were_run_anew(session) -> None:
    for steps in (1000, 1001, 1002):
        session.start_descent(ways_of(session.snapshot.scenario), steps)
    session.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "rnnviz worker's messages"]


def test_a_step_that_there_is_not_is_refused(session) -> None:
    with pytest.raises(EditError, match="no descents"):
        session.seek_descent(0)
    session.start_descent(ways_of(session.snapshot.scenario), 2)
    finished(session)
    with pytest.raises(EditError):
        session.seek_descent(3)
