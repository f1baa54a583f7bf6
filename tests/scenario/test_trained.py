"""The trained networks give the numbers that Keras gave: outputs, and every state at every step."""

from pathlib import Path

import numpy as np
import pytest

from rnnviz.scenario import builtin
from rnnviz.scenario.run_scenario import run

DATA = Path(__file__).parent.parent / "data" / "scenario"
CLOSE = {"rtol": 0, "atol": 1e-5}


def keras(name: str) -> dict[str, np.ndarray]:
    with np.load(DATA / f"keras_{name}.npz") as archive:
        return dict(archive)


def time_major(array: np.ndarray) -> np.ndarray:
    return array.transpose(1, 0, 2)


def test_digits_are_read_as_keras_reads_them() -> None:
    oracle = keras("mnist_rows_lstm")
    scenario = builtin.load("mnist-rows-lstm")
    trace = run(scenario, time_major(oracle["x"]))
    np.testing.assert_allclose(trace["lstm.h"], time_major(oracle["steps.lstm.h"]), **CLOSE)
    np.testing.assert_allclose(trace["lstm.c"], time_major(oracle["steps.lstm.c"]), **CLOSE)
    np.testing.assert_allclose(trace.output[-1], oracle["y"], **CLOSE)
    assert scenario.network.parameter_count == 6674


def test_the_shipped_digits_are_those_that_keras_read() -> None:
    oracle = keras("mnist_rows_lstm")
    scenario = builtin.load("mnist-rows-lstm")
    np.testing.assert_allclose(scenario.inputs[:, :16], time_major(oracle["x"]), rtol=0, atol=1e-7)
    assert scenario.inputs.shape == (28, 28, 28)
    assert scenario.inputs.max() == 1
    assert scenario.targets is not None
    answers = run(scenario).output[-1].argmax(axis=1)
    assert (answers == scenario.targets[-1].argmax(axis=1)).tolist() == [True] * 24 + [False] * 4


def test_sentences_are_read_as_keras_reads_them() -> None:
    oracle = keras("sentiment_bilstm")
    scenario = builtin.load("sentiment-bilstm")
    trace = run(scenario, oracle["x"].T[:, :, None])
    assert trace.mask is not None
    np.testing.assert_array_equal(trace.mask.T, oracle["mask"])
    np.testing.assert_allclose(trace["embedding.e"], time_major(oracle["out.embedding"]), **CLOSE)
    for ours, theirs in (("lstm", "bidirectional"), ("lstm_2", "bidirectional_1")):
        for direction in ("forward", "backward"):
            for state in "hc":
                wanted = time_major(oracle[f"steps.{theirs}.{direction}.{state}"])
                # where Keras stands still before the first word of its reading, it shows zeros, as does a held state
                np.testing.assert_allclose(trace[f"{ours}.{direction}.{state}"], wanted, **CLOSE)
    np.testing.assert_allclose(trace.output[-1], oracle["y"], **CLOSE)


def test_the_two_sentences_of_the_lecture_get_what_keras_gave_them() -> None:
    scenario = builtin.load("sentiment-bilstm")
    assert scenario.sequence_names[:2] == ("I am lucky!", "I feel bad!")
    assert [scenario.tokens[int(word)] for word in scenario.inputs[:3, 0, 0]] == ["i", "am", "(unknown)"]
    assert "lucky" not in scenario.tokens
    assert run(scenario).output[-1, :2, 0] == pytest.approx([0.4281711, 0.0473176], abs=1e-6)


def test_sunspots_are_forecast_as_keras_forecasts_them() -> None:
    oracle = keras("sunspots_gru")
    scenario = builtin.load("sunspots-gru")
    trace = run(scenario, time_major(oracle["x"]))
    np.testing.assert_allclose(trace["gru_reset_after.h"], time_major(oracle["steps.gru.h"]), **CLOSE)
    np.testing.assert_allclose(trace.output, time_major(oracle["y"]), **CLOSE)


def test_the_target_of_a_year_is_the_next_year() -> None:
    scenario = builtin.load("sunspots-gru")
    assert scenario.targets is not None
    assert scenario.inputs.shape == (308, 1, 1)
    assert (scenario.targets[:-1] == scenario.inputs[1:]).all()
