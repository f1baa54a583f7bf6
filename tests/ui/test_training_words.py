"""A training run in words, without a worker: how long, how far, why it ended."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from rnnviz.engine.network import Dense, Network
from rnnviz.engine.training import Settings
from rnnviz.session.training_run import TrainingRun
from rnnviz.ui import training_words
from rnnviz.ui.iterate_plot import IterateAxis
from rnnviz.ui.training_figures import Figures, texts_at


def _run(state: str, reason: str = "", worked_s: float = 4.0) -> TrainingRun:
    """Three iterates of four planned updates in two epochs; the second update was clipped."""
    nan = np.nan
    values = {
        "losses": [8.0, 4.0, 2.0],
        "accuracies": [nan, nan, nan],
        "validation_losses": [nan, nan, 3.0],
        "validation_accuracies": [nan, nan, 0.75],
        "norms_before": [1.0, 5.0, nan],
        "norms_after": [1.0, 1.0, nan],
        "steps": [0.0, 0.1, 0.1],
    }
    return TrainingRun(
        network=Network(1, (Dense("readout", 1),)),
        settings=Settings(epochs=2),
        state=state,
        reason=reason,
        **{name: np.array(numbers) for name, numbers in values.items()},
        clipped=np.array([False, True, False]),
        epochs_of=np.array([0, 0, 1]),
        kept=(0, 2),
        weights={},
        planned=4,
        worked_s=worked_s,
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.03, "under 0.1 s"), (0.0, "0.0 s"), (4.24, "4.2 s"), (42.4, "42 s"), (125, "2 min 5 s"), (4800, "1 h 20 min")],
)
def test_a_duration_is_said_in_the_units_that_suit_it(seconds: float, said: str) -> None:
    assert training_words.duration(seconds) == said


def test_progress_says_the_epoch_and_the_time_left() -> None:
    assert training_words.progress(_run("running")) == "epoch 2 of 2, 4.0 s left", "two of four updates took 4 s"
    assert training_words.progress(_run("paused")) == "epoch 2 of 2, paused"
    assert training_words.progress(_run("done")) == "2 updates in 4.0 s"


@pytest.mark.parametrize(
    ("reason", "begins", "is_trouble"),
    [
        ("", "", False),
        ("early stop", "Stopped early", False),
        ("cancelled", "Stopped by hand at iterate 2", False),
        (
            "not finite: lstm.h unit 3 at step 17 of sequence 2",
            "lstm.h unit 3 at step 17 of sequence 2 is not fin",
            True,
        ),
        ("not finite: the loss", "The loss is not finite", True),
        ("the worker process ended unexpectedly", "The worker process ended unexpectedly. Nothing is lost", True),
    ],
)
def test_the_end_is_said_in_words(reason: str, begins: str, is_trouble: bool) -> None:
    run = _run("stopped" if reason else "done", reason)
    assert training_words.ending(run).startswith(begins)
    assert bool(training_words.ending(run)) == bool(begins)
    assert training_words.is_trouble(run) == is_trouble


def test_the_figures_are_those_known_at_an_iterate() -> None:
    run = _run("running")
    assert texts_at(run, 0) == {"loss": "8"}
    assert texts_at(run, 1) == {"loss": "4", "clipped": "1 / 2"}
    assert texts_at(run, 2) == {"loss": "2", "validation": "3", "accuracy": "75 %", "clipped": "1 / 2"}


def test_the_figures_say_of_which_sequences_the_accuracy_is(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    figures, held_out = Figures(parent), _run("done")
    figures.show_run(held_out)
    assert "accuracy, held out 75 %" in figures.text()
    learned = replace(held_out, accuracies=np.array([0.5, 0.5, 1.0]), validation_accuracies=np.full(3, np.nan))
    figures.show_run(learned)
    assert "accuracy, learned 100 %" in figures.text()


def test_iterates_are_numbered_in_round_numbers_from_0() -> None:
    axis = IterateAxis(201)  # iterates 0 to 200
    assert [step - 1 for step in axis.ticks(5)] == [0, 50, 100, 150, 200]
    assert [step - 1 for step in IterateAxis(4).ticks(9)] == [0, 1, 2, 3]
