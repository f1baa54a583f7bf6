"""What built-in scenarios say that training reaches, the weights in their files reach, and training reaches again."""

import time

import numpy as np
import pytest

from rnnviz.engine.training import Score, train
from rnnviz.scenario import builtin
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.training import measured, start_of, trained, training_of
from rnnviz.scenario.types import Reached

LEARNED = [
    name
    for name in builtin.names()
    if (training := builtin.load(name).training) is not None and training.reaches is not None
]


def has_reached(score: Score, figure: Reached) -> bool:
    assert figure.accuracy is not None or figure.loss is not None
    if figure.accuracy is not None and (score.accuracy is None or score.accuracy < figure.accuracy):
        return False
    return figure.loss is None or score.loss <= figure.loss


def figure_of(name: str) -> Reached:
    training = builtin.load(name).training
    assert training is not None
    assert training.reaches is not None
    return training.reaches


def test_the_learned_ones_are_these() -> None:
    assert {"mnist-train", "temporal-xor", "flip-flop", "anbn", "adding", "copy-memory", "sine"} <= set(LEARNED)
    assert figure_of("mnist-train").accuracy == 0.9


@pytest.mark.parametrize("name", LEARNED)
def test_the_weights_of_the_file_reach_the_figure_and_the_start_does_not(name: str) -> None:
    scenario = builtin.load(name)
    assert has_reached(measured(scenario), figure_of(name))
    assert not has_reached(measured(scenario, start_of(scenario)), figure_of(name))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LEARNED)
def test_training_from_the_start_reaches_the_figure_again(name: str) -> None:
    scenario = builtin.load(name)
    data, settings = training_of(scenario)
    began = time.monotonic()
    *_, last = train(scenario.network, start_of(scenario), data, settings)
    score = measured(scenario, last.params)
    print(f"{name}: {last.number} updates in {time.monotonic() - began:.1f} s: {score}")
    assert last.stopped == "done"
    assert has_reached(score, figure_of(name))


def test_the_held_out_digits_were_not_learned_from() -> None:
    """The figure is that of rows by hand: the share of the 200 digits whose largest answer is the label."""
    scenario = builtin.load("mnist-train")
    with np.load(builtin.path("mnist-train").parent.parent / "data" / "mnist_training.npz") as archive:
        images, labels = archive["x_test"] / 255, archive["y_test"]
    p = scenario.params
    h = c = np.zeros((200, 28))

    def gate(letter: str, x: np.ndarray) -> np.ndarray:
        return x @ p[f"lstm.W_{letter}"].T + h @ p[f"lstm.U_{letter}"].T + p[f"lstm.b_{letter}"]

    def sigmoid(z: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-z))

    for row in range(28):
        x = images[:, row]
        i, f, o, g = sigmoid(gate("i", x)), sigmoid(gate("f", x)), sigmoid(gate("o", x)), np.tanh(gate("g", x))
        c = f * c + i * g
        h = o * np.tanh(c)
    answers = (h @ p["readout.V"].T + p["readout.b"]).argmax(axis=1)
    assert measured(scenario).accuracy == pytest.approx((answers == labels).mean())


def test_training_on_with_the_two_sentences_makes_both_right_and_costs_the_others() -> None:
    scenario = builtin.load("sentiment-train")
    varied = apply_alternative(scenario, 0)
    assert "lucky" not in scenario.tokens
    assert run(scenario).output[-1, 0, 0] < 0.5
    data, settings = training_of(varied)
    *_, last = train(varied.network, start_of(varied), data, settings)
    assert last.params is not None
    answers = run(trained(varied, last.params)).output[-1, :2, 0]
    assert answers[0] > 0.5 > answers[1]
    before, after = measured(scenario).accuracy, measured(scenario, last.params).accuracy
    assert before is not None
    assert after is not None
    assert after < before - 0.1
