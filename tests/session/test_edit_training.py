"""Every setting of a training is an edit: undone, redone, written to the file; what cannot be is refused in words."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rnnviz.jobs.training import plan_of
from rnnviz.scenario import builtin, write
from rnnviz.scenario.read import load
from rnnviz.scenario.training import settings_of
from rnnviz.session import EditError, Session
from rnnviz.session.edit_training import RANGES, offers_teacher_forcing, setting, with_setting, with_training

VALUES = {
    "training.optimizer.kind": "momentum",
    "training.optimizer.rate": 0.25,
    "training.optimizer.momentum": 0.5,
    "training.optimizer.decay": 0.75,
    "training.optimizer.betas.0": 0.8,
    "training.optimizer.betas.1": 0.99,
    "training.optimizer.epsilon": 1e-6,
    "training.optimizer.weight_decay": 0.125,
    "training.clipping.kind": "value",
    "training.clipping.limit": 3.5,
    "training.schedule.kind": "step",
    "training.schedule.factor": 0.5,
    "training.schedule.every": 7,
    "training.epochs": 3,
    "training.batch_size": 5,
    "training.shuffle": False,
    "training.validation": 0.2,
    "training.patience": 4,
    "training.truncate": 6,
    "training.keep_every": 2,
    "training.start": "present",
    "training.start.seed": 11,
    "training.start.forget_bias": -1.0,
    "training.data.steps": 9,
    "training.data.sequences": 12,
    "training.data.held_out": 3,
    "training.data.seed": 13,
    "loss.kind": "squared error",
    "loss.at": "last step",
    "loss.weights": (0.5, 0.0, 2.0),
    "seed": 17,
}


@pytest.fixture
def session() -> Session:
    """A task that is made from a seed, begun from new weights."""
    session = Session()
    session.open(builtin.load("temporal-xor"))
    return session


def test_every_range_is_of_a_setting_that_is_tried_here() -> None:
    assert RANGES.keys() <= VALUES.keys()


@pytest.mark.parametrize(("path", "value"), VALUES.items(), ids=list(VALUES))
def test_a_setting_is_undone_redone_and_written(session: Session, tmp_path: Path, path: str, value: Any) -> None:
    before = setting(session.snapshot.scenario, path)
    assert before != value, "the test has to change something"
    session.edit("Change", with_setting(session.snapshot.scenario, path, value))
    assert setting(session.snapshot.scenario, path) == value
    session.undo()
    assert setting(session.snapshot.scenario, path) == before
    session.redo()
    file = tmp_path / "changed.rnnviz"
    write.save(session.snapshot.scenario, file)
    assert setting(load(file), path) == value


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("training.optimizer.rate", 0.0, "expected a number above 0"),
        ("training.optimizer.momentum", 1.0, "expected a number below 1, found 1"),
        ("training.optimizer.betas.1", -0.1, "expected a number of at least 0"),
        ("training.clipping.limit", -1.0, "expected a number above 0"),
        ("training.schedule.every", 0, "expected a number of at least 1"),
        ("training.epochs", 0, "expected a number of at least 1"),
        ("training.epochs", 1.5, "expected a whole number, found 1.5"),
        ("training.validation", 1.0, "expected a number below 1, found 1"),
        ("training.start.forget_bias", float("inf"), "expected a finite number"),
        ("training.data.steps", 1, "temporal-xor needs at least 2 steps, found 1"),
        ("seed", 2**63, "expected a number below 9,223,372,036,854,775,808, found 9,223,372,036,854,775,808"),
        ("loss.weights", (1.0, -1.0), "expected a number of at least 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(session: Session, path: str, value: Any, why: str) -> None:
    with pytest.raises(EditError) as refused:
        with_setting(session.snapshot.scenario, path, value)
    assert refused.value.message == why


def test_a_cross_entropy_needs_probabilities() -> None:
    with pytest.raises(EditError, match="compares probabilities; the output here is linear"):
        with_setting(builtin.load("sunspots-gru"), "loss.kind", "cross entropy")


def test_teacher_forcing_is_offered_where_the_output_is_fed_back_and_there_are_targets() -> None:
    jordan = builtin.load("all-ones-jordan")
    assert not offers_teacher_forcing(builtin.load("mnist-train"))
    assert offers_teacher_forcing(jordan) == (jordan.targets is not None)
    if jordan.targets is not None:
        was = setting(jordan, "teacher_forcing")
        changed = with_setting(jordan, "teacher_forcing", not was)
        assert [layer.teacher_forcing for layer in changed.network.recurrent] == [not was]


def test_what_is_already_so_is_no_edit(session: Session) -> None:
    scenario = session.snapshot.scenario
    assert with_setting(scenario, "training.epochs", scenario.training.epochs) is scenario


def test_training_is_set_up_where_there_are_targets_and_can_start() -> None:
    scenario = builtin.load("sunspots-gru")
    assert scenario.training is None
    trained = with_training(scenario)
    assert (trained.training.optimizer.kind, trained.training.clipping.kind) == ("adam", "norm")
    assert trained.loss == scenario.loss
    assert plan_of(trained).updates == trained.training.epochs
    with pytest.raises(EditError, match="there is nothing to learn from"):
        with_training(builtin.load("lstm-counter"))


@pytest.mark.parametrize(
    ("name", "kind"), [("mnist-rows-lstm", "cross entropy"), ("sentiment-bilstm", "binary cross entropy")]
)
def test_the_loss_that_is_set_up_suits_the_output(name: str, kind: str) -> None:
    from dataclasses import replace

    assert with_training(replace(builtin.load(name), loss=None)).loss.kind == kind


def test_a_scenario_that_says_nothing_of_training_is_trained_as_set_up_training_would_have_it() -> None:
    scenario = replace(builtin.load("sunspots-gru"), training=None)
    assert settings_of(scenario) == settings_of(with_training(scenario))
    assert settings_of(scenario).clipping.kind == "norm"
