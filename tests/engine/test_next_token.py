"""What comes next: probabilities at a temperature by hand, and draws that follow them."""

import numpy as np
import pytest

from rnnviz.engine.errors import EngineError
from rnnviz.engine.next_token import draw, next_probabilities

# Odds 1 : 2 : 5, as probabilities and as logarithms of odds.
PROBABILITIES = np.array([0.125, 0.25, 0.625])
LOGITS = np.log([1.0, 2.0, 5.0])


@pytest.mark.parametrize(("output", "is_probability"), [(PROBABILITIES, True), (LOGITS, False)])
def test_at_temperature_one_the_network_is_taken_at_its_word(output: np.ndarray, is_probability: bool) -> None:
    assert next_probabilities(output, is_probability) == pytest.approx(PROBABILITIES)


@pytest.mark.parametrize(("output", "is_probability"), [(PROBABILITIES, True), (LOGITS, False)])
def test_at_half_the_temperature_odds_are_squared(output: np.ndarray, is_probability: bool) -> None:
    assert next_probabilities(output, is_probability, 0.5) == pytest.approx(np.array([1, 4, 25]) / 30)


def test_at_temperature_zero_the_likeliest_is_certain() -> None:
    assert next_probabilities(LOGITS, False, 0.0).tolist() == [0, 0, 1]


def test_a_probability_of_zero_stays_zero_at_every_temperature() -> None:
    assert next_probabilities(np.array([0.0, 1.0]), True, 2.0).tolist() == [0, 1]


def test_large_logits_do_not_overflow() -> None:
    assert next_probabilities(np.array([1e4, 0.0]), False, 0.01).tolist() == [1, 0]


@pytest.mark.parametrize("temperature", [-0.1, np.inf, np.nan])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    with pytest.raises(EngineError, match="temperature"):
        next_probabilities(LOGITS, False, temperature)


def test_nothing_is_drawn_from_an_output_that_is_not_finite() -> None:
    with pytest.raises(EngineError, match="not finite"):
        next_probabilities(np.array([np.nan, 1.0]), False)


def test_the_same_seed_and_step_draw_the_same_token() -> None:
    even = np.full(50, 0.02)
    first = [draw(even, 7, step) for step in range(20)]
    assert first == [draw(even, 7, step) for step in range(20)]
    assert first != [draw(even, 8, step) for step in range(20)]


def test_draws_are_as_frequent_as_they_are_probable() -> None:
    count = 8_000
    found = np.bincount([draw(PROBABILITIES, 3, step) for step in range(count)], minlength=3) / count
    # four standard deviations of a binomial share
    assert np.abs(found - PROBABILITIES).max() < 4 * np.sqrt(0.25 / count)


def test_a_token_of_probability_zero_is_never_drawn() -> None:
    assert {draw(np.array([0.0, 1.0, 0.0]), 1, step) for step in range(200)} == {1}
