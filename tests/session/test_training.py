"""Training in a session, with a real worker process: what is shown, what is kept, what undo takes back."""

import os
import signal
import time
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from msgspec.structs import replace as replace_struct

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.engine.training import train as engine_train
from rnnviz.jobs.training import plan_of
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Imported, Initialiser, Loss, OptimizerForm, Scenario, Training, TrainingData
from rnnviz.session import Change, EditError, Session, training_job
from rnnviz.session import session as session_module

W = ParameterAddress("elman.W", 0, 0)


def lesson(epochs: int = 60, **training) -> Scenario:
    """Eight sequences whose last state should be the mean of the inputs."""
    network = Network(1, (Recurrent("elman", CELLS["elman"], 1),))
    random = np.random.default_rng(4)
    inputs = random.normal(size=(6, 8, 1))
    params = {"elman.W": np.full((1, 1), 0.3), "elman.U": np.full((1, 1), 0.2), "elman.b": np.zeros(1)}
    settings = {"optimizer": OptimizerForm(kind="adam", rate=0.02)} | training
    return Scenario(
        name="lesson",
        network=network,
        params=MappingProxyType(params),
        inputs=inputs,
        targets=np.cumsum(inputs, axis=0) / 6,
        loss=Loss(kind="half squared error"),
        training=Training(epochs=epochs, **settings),
    )


def endless() -> Scenario:
    return lesson(10_000_000, keep_every=100_000)


def exploding() -> Scenario:
    """A linear unit with a learning rate that doubles the weights' error each time, and more."""
    base = lesson(200, optimizer=OptimizerForm(kind="sgd", rate=50.0))
    return replace(base, network=Network(1, (Recurrent("elman", CELLS["elman"], 1, activations={"h": "linear"}),)))


@pytest.fixture
def session(heard):
    session = Session(heard.listen)
    yield session
    session.close()


def polled(session: Session, until=lambda snapshot: not snapshot.training.is_running, within_s: float = 30) -> None:
    end = time.monotonic() + within_s
    while not until(session.snapshot):
        assert time.monotonic() < end, session.snapshot.training
        session.poll()
        time.sleep(0.002)


def begun(snapshot) -> bool:
    return snapshot.training.number > 100


def expected_iterates(scenario: Scenario, **how):
    plan = plan_of(scenario, **how)
    return list(engine_train(scenario.network, plan.start, plan.data, replace(plan.settings, keep_every=1)))


def same(left, right) -> bool:
    return all(left[name].tobytes() == right[name].tobytes() for name in left) and left.keys() == right.keys()


def test_a_finished_run_has_the_figures_of_the_engine_and_is_one_entry(session, heard):
    scenario = lesson()
    session.open(scenario)
    session.start_training()
    assert session.snapshot.training.state == "running"
    polled(session)
    wanted = expected_iterates(scenario)
    now = session.snapshot
    found = now.training
    assert (found.state, found.reason, found.progress, found.seconds_left) == ("done", "", 1.0, None)
    assert found.losses.tolist() == [iterate.score.loss for iterate in wanted]
    assert found.losses[-1] < 0.2 * found.losses[0]
    assert found.norms_before[:-1].tolist() == [iterate.clip.before for iterate in wanted[:-1]]
    assert np.isnan(found.norms_before[-1])
    assert found.steps.tolist() == [iterate.step for iterate in wanted]
    assert found.epochs_of.tolist() == [iterate.epoch for iterate in wanted]
    assert np.isnan(found.accuracies).all()
    assert found.kept == tuple(range(61))
    assert all(same(found.weights[k], wanted[k].params) for k in found.kept)
    assert not found.losses.flags.writeable
    assert now.history == ("Train 60 iterations",)
    assert now.scenario is now.document
    assert same(now.scenario.params, wanted[-1].params)
    assert now.is_modified
    assert not session.is_busy
    assert all(change & Change.TRAINING for _, change in heard)
    session.undo()
    assert session.snapshot.scenario is scenario
    session.redo()
    assert same(session.snapshot.scenario.params, wanted[-1].params)


def test_what_was_handed_out_never_changes(session, heard):
    session.open(lesson(3_000))
    session.start_training()
    polled(session)
    lengths = [len(snapshot.training.losses) for snapshot, _ in heard[1:]]
    assert lengths == sorted(lengths)
    final = session.snapshot.training.losses
    for snapshot, _ in heard[1:]:
        so_far = snapshot.training.losses
        assert so_far[:-1].tobytes() == final[: max(0, len(so_far) - 1)].tobytes()


def test_validation_and_accuracy_are_recorded_where_they_are_measured(session):
    scenario = lesson(5, validation=0.25, batch_size=2)
    session.open(scenario)
    session.start_training()
    polled(session)
    run_ = session.snapshot.training
    measured = np.flatnonzero(~np.isnan(run_.validation_losses))
    assert measured.tolist() == [3, 6, 9, 12, 15]  # 6 sequences, 2 an update
    assert run_.planned == run_.number == 15


def test_while_it_runs_all_panels_show_the_newest_iterate_but_not_more_often_than_needed(session, heard, monkeypatch):
    runs = []
    monkeypatch.setattr(session_module, "run", lambda scenario: runs.append(time.monotonic()) or run(scenario))
    scenario = endless()
    session.open(scenario)
    session.start_training()
    polled(session, lambda snapshot: snapshot.training.number > 0)
    begin = time.monotonic()
    polled(session, lambda _: time.monotonic() > begin + 1.5)
    assert 2 <= len(runs) <= 8
    now = session.snapshot
    assert now.document is scenario
    assert now.scenario is not scenario
    assert now.trace.params["elman.W"].tobytes() == now.scenario.params["elman.W"].tobytes()
    assert not same(now.scenario.params, scenario.params)
    assert not now.is_modified
    assert now.history == ()
    assert len([1 for _, change in heard if change == Change.TRAINING]) > len(runs)


def test_any_iterate_can_be_looked_at_without_an_edit(session):
    scenario = lesson()
    session.open(scenario)
    session.start_training()
    polled(session)
    wanted = expected_iterates(scenario)
    final = session.snapshot
    session.select(Address("elman.h", 6, 2, 0))
    session.seek_iterate(37)
    now = session.snapshot
    assert now.training.cursor == 37
    assert same(now.scenario.params, wanted[37].params)
    assert same(now.trace.params, wanted[37].params)
    assert now.explanation.value == now.trace["elman.h"][5, 2, 0]
    assert now.document is final.document
    assert now.history == final.history
    session.seek_iterate(None)
    assert session.snapshot.scenario is session.snapshot.document is final.document
    assert session.snapshot.training.cursor is None


def test_the_nearest_kept_iterate_is_shown(session):
    session.open(lesson(60, keep_every=25))
    session.start_training()
    polled(session)
    assert {0, 25, 50, 60} <= set(session.snapshot.training.kept)
    shown = []
    for number in (-5, 12, 13, 56, 900):
        session.seek_iterate(number)
        shown.append(session.snapshot.training.cursor)
    kept = session.snapshot.training.kept
    assert shown == [min(kept, key=lambda k: abs(k - number)) for number in (-5, 12, 13, 56, 900)]
    assert (shown[0], shown[-1]) == (0, 60)


def test_an_edit_goes_on_from_the_iterate_that_is_shown(session):
    session.open(lesson())
    session.start_training()
    polled(session)
    session.seek_iterate(37)
    shown = session.snapshot
    session.edit_number(W, 2.0)
    now = session.snapshot
    assert now.history == ("Train 60 iterations", "Go on from iterate 37", "Set elman.W[0, 0] to 2")
    assert now.scenario.params["elman.U"].tobytes() == shown.scenario.params["elman.U"].tobytes()
    assert now.training.cursor is None
    session.undo()
    assert same(session.snapshot.scenario.params, shown.scenario.params)


def test_a_shown_iterate_can_be_kept(session):
    session.open(lesson())
    session.start_training()
    polled(session)
    session.keep_iterate()  # nothing to keep
    session.seek_iterate(37)
    shown = session.snapshot
    session.keep_iterate()
    now = session.snapshot
    assert now.history == ("Train 60 iterations", "Go on from iterate 37")
    assert now.scenario is now.document is shown.scenario
    assert now.trace is shown.trace


def test_an_iterate_of_an_imported_network_is_not_the_one_that_was_proven(session):
    session.open(replace(lesson(), imported=Imported(file="lesson.pt", framework="PyTorch", difference=0.0)))
    session.start_training()
    polled(session)
    assert session.snapshot.document.imported.edited
    session.undo()
    session.seek_iterate(37)
    assert session.snapshot.scenario.imported.edited
    assert not session.snapshot.document.imported.edited
    session.keep_iterate()
    assert session.snapshot.document.imported.edited


def test_a_refused_edit_leaves_the_shown_iterate(session):
    session.open(lesson())
    session.start_training()
    polled(session)
    session.seek_iterate(37)
    shown = session.snapshot
    with pytest.raises(EditError):
        session.edit_number(W, float("nan"))
    assert session.snapshot is shown


def test_edits_are_refused_while_training_runs_and_looking_is_not(session):
    session.open(endless())
    session.start_training()
    polled(session, begun)
    for act in (
        lambda: session.edit_number(W, 2.0),
        lambda: session.set_title("Other"),
        lambda: session.go_to_history(0),
        session.start_training,
        session.keep_iterate,
    ):
        before = session.snapshot
        with pytest.raises(EditError, match="training is running; stop it first"):
            act()
        assert session.snapshot is before
    assert not session.can_undo
    session.seek(3)
    session.select(W)
    session.seek_iterate(0)
    assert session.snapshot.training.cursor == 0
    number = session.snapshot.training.number
    polled(session, lambda snapshot: snapshot.training.number > number)
    assert session.snapshot.training.cursor == 0
    session.seek_iterate(None)
    assert not same(session.snapshot.scenario.params, session.snapshot.document.params)


def test_a_run_that_is_stopped_keeps_its_last_whole_iterate(session):
    scenario = endless()
    session.open(scenario)
    session.start_training()
    polled(session, begun)
    session.cancel_job()
    now = session.snapshot
    number = now.training.number
    assert (now.training.state, now.training.reason) == ("stopped", "cancelled")
    assert now.history == (f"Train {number:,} iterations",)
    short = expected_iterates(replace(scenario, training=lesson(number).training))
    assert same(now.document.params, short[-1].params)
    assert now.training.kept[-1] == number
    assert not session.is_busy
    session.poll()
    assert session.snapshot is now
    session.undo()
    assert session.snapshot.scenario is scenario


def test_cancelled_at_random_moments_it_is_the_document_as_before_or_a_whole_iterate(session):
    scenario = lesson(3_000)
    wanted = expected_iterates(scenario)
    random = np.random.default_rng(8)
    session.open(scenario)
    for _ in range(8):
        session.start_training()
        end = time.monotonic() + random.uniform(0, 0.7)
        polled(session, lambda _, end=end: time.monotonic() > end)
        began = time.monotonic()
        session.cancel_job()
        assert time.monotonic() - began < 0.1
        now = session.snapshot
        if now.history:
            assert same(now.document.params, wanted[now.training.number].params)
            session.undo()
        assert session.snapshot.document is scenario


def test_a_killed_process_loses_nothing_and_training_can_start_again(session):
    scenario = endless()
    session.open(scenario)
    session.start_training()
    polled(session, begun)
    os.kill(session._training.worker.pid, signal.SIGKILL)
    polled(session)
    now = session.snapshot
    assert (now.training.state, now.training.reason) == ("stopped", "the worker process ended unexpectedly")
    assert now.history == (f"Train {now.training.number:,} iterations",)
    session.start_training(go_on=True)
    polled(session, begun)
    assert session.snapshot.training.losses[0] == now.training.losses[-1]


def test_a_paused_run_rests_and_goes_on(session):
    session.open(endless())
    session.start_training()
    polled(session, begun)
    session.pause_job()
    assert session.snapshot.training.state == "paused"
    end = time.monotonic() + 0.8
    polled(session, lambda _: time.monotonic() > end)
    rested = session.snapshot
    assert same(rested.scenario.params, rested.training.weights[rested.training.number])
    end = time.monotonic() + 0.4
    polled(session, lambda _: time.monotonic() > end)
    assert session.snapshot is rested
    session.resume_job()
    polled(session, lambda snapshot: snapshot.training.number > rested.training.number)
    assert session.snapshot.training.state == "running"


def test_who_pauses_sees_the_newest_iterate_however_long_one_waits_between_two_while_it_runs(session, monkeypatch):
    monkeypatch.setattr(training_job, "LOOK_AGAIN_S", 3600)
    session.open(endless())
    session.start_training()
    polled(session, begun)
    session.pause_job()
    time.sleep(0.2)  # what was on its way
    session.poll()
    session.poll()
    run = session.snapshot.training
    assert np.array_equal(session.snapshot.scenario.params["elman.W"], run.params_of(run.number)["elman.W"])


def test_a_run_that_stops_being_finite_keeps_the_last_good_weights_and_says_where(session):
    scenario = exploding()
    session.open(scenario)
    session.start_training()
    polled(session)
    now = session.snapshot
    wanted = expected_iterates(scenario)[-1]
    assert wanted.stopped.startswith("not finite: ")
    assert now.training.state == "stopped"
    assert now.training.reason == wanted.stopped
    assert same(now.document.params, wanted.params)
    assert np.isfinite(now.document.params["elman.W"]).all()
    assert now.history == (f"Train {wanted.number - 1} iterations",)
    assert now.training.kept[-1] == wanted.number - 1


def test_the_last_update_of_all_may_be_the_one_that_goes_wrong(session):
    scenario = exploding()
    bad = expected_iterates(scenario)[-1]
    session.open(replace(scenario, training=replace_struct(scenario.training, epochs=bad.number)))
    session.start_training()
    polled(session)
    now = session.snapshot
    assert now.training.reason == bad.stopped
    assert same(now.document.params, bad.params)


def test_an_early_stop_goes_back_to_the_best_weights(session):
    scenario = lesson(5_000, validation=0.25, patience=3, optimizer=OptimizerForm(kind="adam", rate=0.3))
    wanted = expected_iterates(scenario)
    session.open(scenario)
    session.start_training()
    polled(session)
    now = session.snapshot
    assert (now.training.state, now.training.reason) == ("done", "early stop")
    assert same(now.document.params, wanted[-1].params)
    assert wanted[-1].number not in now.training.kept
    session.seek_iterate(wanted[-1].number)
    assert same(now.training.weights[now.training.kept[-1]], wanted[now.training.kept[-1]].params)


def test_opening_another_scenario_ends_the_run_without_a_trace(session, adder):
    session.open(endless())
    session.start_training()
    polled(session, begun)
    session.open(adder)
    assert not session.is_busy
    assert session.snapshot.training is None
    session.poll()
    assert session.snapshot.scenario is adder


def test_training_begins_where_the_scenario_says_or_goes_on_from_what_is_shown(session):
    scenario = lesson(10, start=Initialiser(initialiser="glorot", seed=3))
    session.open(scenario)
    session.start_training()
    polled(session)
    first = session.snapshot
    assert first.training.losses.tolist() == [i.score.loss for i in expected_iterates(scenario)]
    session.start_training()
    polled(session)
    assert session.snapshot.training.losses.tobytes() == first.training.losses.tobytes()
    session.seek_iterate(4)
    session.start_training(go_on=True)
    polled(session)
    assert session.snapshot.training.losses[0] == first.training.losses[4]
    assert session.snapshot.history[2:] == ("Go on from iterate 4", "Train 10 iterations")


def test_a_run_is_forgotten_while_the_document_has_another_network(session):
    session.open(lesson())
    session.start_training()
    polled(session)
    session.set_activation("elman", "h", "linear")
    assert session.snapshot.training is None
    with pytest.raises(EditError, match="train first"):
        session.seek_iterate(3)
    session.undo()
    assert session.snapshot.training.number == 60


def test_saving_while_an_iterate_is_shown_is_about_the_document(session):
    session.open(lesson())
    session.start_training()
    polled(session)
    session.seek_iterate(3)
    session.mark_saved("lesson.rnnviz")
    assert not session.snapshot.is_modified
    session.seek_iterate(None)
    assert not session.snapshot.is_modified


def test_one_goes_on_looking_at_an_iterate_when_the_run_ends(session):
    session.open(endless())
    session.start_training()
    polled(session, begun)
    session.seek_iterate(0)
    shown = session.snapshot
    session.cancel_job()
    now = session.snapshot
    assert now.trace is shown.trace
    assert now.training.cursor == 0
    assert len(now.history) == 1
    assert not same(now.document.params, now.scenario.params)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"targets": None}, "targets"),
        ({"loss": None}, "loss"),
        ({"targets": np.zeros((6, 8, 2))}, "targets"),
    ],
)
def test_a_scenario_that_cannot_be_trained_says_why(session, changes, message):
    session.open(replace(lesson(), **changes))
    before = session.snapshot
    with pytest.raises(EditError, match=message):
        session.start_training()
    assert session.snapshot is before
    assert not session.is_busy


def test_data_that_do_not_fit_end_the_run_with_the_reason_and_leave_the_document(session):
    """They are read in the worker; nothing is known of them before."""
    scenario = lesson(5, data=TrainingData(source="mnist-digits"))
    session.open(scenario)
    session.start_training()
    polled(session)
    run_ = session.snapshot.training
    assert run_.state == "stopped"
    assert "mnist-digits has 28 inputs and 10 outputs; the network needs 1 inputs and 1 outputs" in run_.reason
    assert session.snapshot.document is scenario
    assert not session.is_busy


def test_before_the_worker_has_begun_nothing_is_done(session):
    session.open(lesson(60))
    session.start_training()
    run_ = session.snapshot.training
    assert (run_.number, run_.progress, run_.seconds_left) == (0, 0, None)
    polled(session)
    assert session.snapshot.training.planned == 60


def test_edits_runs_and_looks_in_random_order_can_all_be_undone(session, heard):
    """The history leads back through every state, whatever was trained, stopped and looked at on the way."""
    random = np.random.default_rng(11)
    scenario = lesson(3_000)
    session.open(scenario)

    def look():
        run_ = session.snapshot.training
        if run_ is not None and run_.kept:
            session.seek_iterate(int(random.integers(-1, run_.number + 2)) if random.random() < 0.7 else None)

    def train():
        session.start_training(go_on=bool(random.random() < 0.5))
        if random.random() < 0.5:
            polled(session, lambda snapshot: snapshot.training.number > 0)
        end = time.monotonic() + random.uniform(0, 1)
        while session.is_busy and time.monotonic() < end:
            session.poll()
            if random.random() < 0.02:
                look()
            time.sleep(0.01)
        session.cancel_job()

    edit = [lambda: session.edit_number(W, random.normal()), lambda: session.set_title(f"{random.integers(99)}")]
    acts = [*edit, *edit, look, look, look, session.keep_iterate, session.undo, session.redo, train]
    for _ in range(80):
        acts[random.integers(len(acts))]()
        now = session.snapshot
        if now.training is None or now.training.cursor is None:
            assert now.scenario is now.document
        assert now.is_modified == (now.document is not scenario)
        assert same(now.trace.params, now.scenario.params)
    while session.can_redo:
        session.redo()
    states = [session.snapshot.document]
    while session.can_undo:
        session.undo()
        states.append(session.snapshot.document)
    assert states[-1] is scenario
    assert len(states) > 10
    for state in reversed(states[:-1]):
        session.redo()
        assert session.snapshot.document is state
    assert any("Train" in label for snapshot, _ in heard for label in snapshot.history), "some of it was training"
