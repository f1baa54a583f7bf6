"""Descents from one start as a job: whose turn it is, with which limits, and what is refused."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from rnnviz.engine.cells import CELLS
from rnnviz.engine.clipping import Clipping
from rnnviz.engine.network import Network, Recurrent
from rnnviz.jobs import run_here
from rnnviz.jobs.descent import descent_job, most_steps, ways_of
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.read import load
from rnnviz.scenario.types import ClippingForm, Loss, OptimizerForm, Scenario, Training

CLIFF = "cliff-four-clippings"


def exploding(rate: float = 50.0, batch_size: int = 0) -> Scenario:
    """A linear unit with a learning rate that makes the weights' error larger each time."""
    random = np.random.default_rng(4)
    inputs = random.normal(size=(6, 8, 1))
    params = {"elman.W": np.full((1, 1), 0.3), "elman.U": np.full((1, 1), 0.2), "elman.b": np.zeros(1)}
    return Scenario(
        name="exploding",
        network=Network(1, (Recurrent("elman", CELLS["elman"], 1, activations={"h": "linear"}),)),
        params=MappingProxyType(params),
        inputs=inputs,
        targets=np.cumsum(inputs, axis=0) / 6,
        loss=Loss(kind="half squared error"),
        training=Training(optimizer=OptimizerForm(rate=rate), epochs=2, batch_size=batch_size),
    )


def test_all_ways_make_a_step_before_any_makes_the_next() -> None:
    scenario = load(CLIFF)
    found = [(way, iterate.number) for way, iterate in run_here(descent_job(scenario, ways_of(scenario), 2))]
    assert found == [(way, step) for step in range(3) for way in range(4)]


def test_the_first_steps_of_the_lecture() -> None:
    scenario = load(CLIFF)
    steps = {way: iterate.step for way, iterate in run_here(descent_job(scenario, ways_of(scenario), 1))}
    assert [steps[way] for way in range(4)] == pytest.approx([33.2, 0.0141421, 0.01, 33.2], rel=1e-4)


def test_limits_are_those_of_training_then_of_variants_then_one() -> None:
    scenario = load(CLIFF)
    assert [way.limit for way in ways_of(scenario)] == [1, 1, 1, 0.15]
    trained = replace(scenario, training=Training(clipping=ClippingForm(kind="norm", limit=7)))
    assert [way.limit for way in ways_of(trained)] == [1, 1, 7, 0.15]
    assert [way.limit for way in ways_of(exploding())] == [1, 1, 1, 1]


def test_a_descent_that_ends_leaves_the_others_their_turns() -> None:
    ways = [Clipping("none"), Clipping("norm", 1e-3)]
    ends = dict(run_here(descent_job(exploding(), ways, 500)))
    assert ends[0].stopped.startswith("not finite")
    assert (ends[1].number, ends[1].stopped) == (500, "")


def test_more_steps_than_epochs_make_more_epochs_also_in_batches() -> None:
    (way,) = [Clipping("norm", 1e-3)]
    iterates = [iterate for _, iterate in run_here(descent_job(exploding(batch_size=3), [way], 10))]
    assert [iterate.number for iterate in iterates] == list(range(11))
    assert iterates[-1].clip is not None  # the gradient at the last step is there too
    assert [iterate.epoch for iterate in iterates] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3]


@pytest.mark.parametrize("steps", [0, 10**9])
def test_a_number_of_steps_that_cannot_be_is_refused(steps: int) -> None:
    with pytest.raises(ScenarioError, match="steps"):
        descent_job(load(CLIFF), [Clipping("none")], steps)


def test_the_weights_of_all_steps_fit_into_256_megabytes() -> None:
    scenario = load(CLIFF)  # two weights
    assert most_steps(scenario, 4) == 256 * 2**20 // (16 * 4) - 1


def test_what_cannot_be_trained_is_refused_before_it_runs() -> None:
    with pytest.raises(ScenarioError):
        descent_job(replace(load(CLIFF), targets=None), [Clipping("none")], 1)


def test_a_descent_without_a_sequence_to_learn_from_is_refused() -> None:
    scenario = replace(exploding(), training=Training(batch_size=2, validation=0.99))
    with pytest.raises(ScenarioError, match="holds out all 8 sequences"):
        descent_job(scenario, [Clipping("none")], 3)
