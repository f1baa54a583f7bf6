"""Models that PyTorch trained and saved, in the ways in which users have them, give the numbers that PyTorch gives."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import rnnviz
from rnnviz.engine.network import Dense, Embedding, Pool, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from rnnviz.interop.errors import UndecidedError
from rnnviz.interop.import_model import import_model
from rnnviz.scenario.types import Scenario

MODELS = Path(__file__).resolve().parents[1] / "data" / "models"
MNIST = MODELS / "torch_lstm_mnist_rows"
# float16 and bfloat16 round the weights, and the oracle is of those before that.
WITHIN = {"half_fp16.pt": 5e-3, "bfloat16.pt": 6e-2, "bfloat16.safetensors": 6e-2}


def files(folder: str) -> list[Path]:
    return sorted(path for path in (MODELS / folder).iterdir() if path.suffix != ".npz")


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def traced(scenario: Scenario, oracle: dict[str, NDArray[np.float32]]) -> Trace:
    return run(scenario.network, scenario.params, np.moveaxis(oracle["x"], 0, 1))


def oracle_of(path: Path) -> dict[str, NDArray[np.float32]]:
    with np.load(path.parent / "oracle.npz") as arrays:
        return dict(arrays)


def farthest(ours: NDArray[np.floating], theirs: NDArray[np.floating]) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max())


def test_there_is_each_kind_of_file() -> None:
    assert len(files(MNIST.name)) == 11
    assert len(files("torch_rnn_tanh_sunspots")) == len(files("torch_bigru2_digits8x8")) == 2


@pytest.mark.parametrize("path", files(MNIST.name), ids=names(files(MNIST.name)))
def test_each_file_of_an_lstm_gives_the_outputs_and_states_of_every_step(path: Path) -> None:
    oracle, within = oracle_of(path), WITHIN.get(path.name, 1e-5)
    scenario = import_model(path, readout="last step")
    assert scenario.network.layers[1] == Dense("fc", 10, "linear", "last step")
    trace = traced(scenario, oracle)
    assert farthest(trace.output[-1], oracle["y"]) < within
    assert farthest(trace["lstm.h"].swapaxes(0, 1), oracle["h_steps"][:, :, 0]) < within
    assert farthest(trace["lstm.c"].swapaxes(0, 1), oracle["c_steps"][:, :, 0]) < 2 * within
    assert scenario.imported is not None
    assert scenario.imported.is_proven


def test_all_files_with_the_same_weights_give_the_same_weights() -> None:
    """Also those that are views with turned strides, parameters, prefixed, or of the old format; bit for bit."""
    same = [path for path in files(MNIST.name) if path.name not in WITHIN and path.name != "float64.pt"]
    first, *others = [import_model(path, readout="last step") for path in same]
    assert len(others) == 6
    for other in others:
        assert other.network == first.network
        for name, weights in first.params.items():
            np.testing.assert_array_equal(other.params[name], weights, err_msg=name)


@pytest.mark.parametrize("name", ["state_dict.pt", "model.safetensors"])
def test_a_plain_recurrent_network_gives_the_outputs_and_states_of_every_step(name: str) -> None:
    path = MODELS / "torch_rnn_tanh_sunspots" / name
    oracle = oracle_of(path)
    trace = traced(import_model(path, activation="tanh", readout="every step"), oracle)
    assert farthest(trace.output.swapaxes(0, 1), oracle["y"]) < 1e-5
    assert farthest(trace["rnn.h"].swapaxes(0, 1), oracle["h_steps"][:, :, 0]) < 1e-5


def test_a_language_model_gives_the_outputs_and_states_of_every_step() -> None:
    path = MODELS / "torch_char_lstm" / "state_dict.pt"
    oracle = oracle_of(path)
    scenario = import_model(path, readout="every step")
    assert scenario.network.layers[0] == Embedding("emb", 74, 16)
    trace = run(scenario.network, scenario.params, oracle["x"].T[..., None])
    assert farthest(trace.output.swapaxes(0, 1), oracle["y"]) < 1e-5
    assert farthest(trace["lstm.h"].swapaxes(0, 1), oracle["h_steps"][:, :, 0]) < 1e-5
    assert farthest(trace["lstm.c"].swapaxes(0, 1), oracle["c_steps"][:, :, 0]) < 1e-5


@pytest.mark.parametrize("name", ["state_dict.pt", "model.safetensors"])
def test_two_layers_in_both_directions_give_the_outputs_of_every_step_and_of_the_mean_over_them(name: str) -> None:
    path = MODELS / "torch_bigru2_digits8x8" / name
    oracle = oracle_of(path)
    scenario = import_model(path)
    assert [type(layer) for layer in scenario.network.layers] == [Recurrent, Recurrent, Pool, Dense]
    assert [layer.name for layer in scenario.network.layers] == ["rnn_l0", "rnn_l1", "mean", "fc"]
    trace = traced(scenario, oracle)
    assert farthest(trace["rnn_l1.merged"].swapaxes(0, 1), oracle["rnn_out"]) < 1e-5
    assert farthest(trace.output[-1], oracle["y"]) < 1e-5
    assert scenario.imported is not None
    assert scenario.imported.is_proven


def test_samples_beside_a_file_decide_what_it_does_not_say() -> None:
    scenario = import_model(MODELS / "torch_rnn_tanh_sunspots" / "state_dict.pt")
    assert scenario.imported is not None
    assert scenario.imported.is_proven
    assert any("activation: tanh; readout: every step" in note for note in scenario.imported.notes)


def test_samples_show_that_something_follows_the_last_layer(tmp_path: Path) -> None:
    """The outputs of the oracle, put through a softmax by hand: then the last layer has to have one."""
    shutil.copy(MNIST / "state_dict.pt", tmp_path)
    oracle = oracle_of(MNIST / "state_dict.pt")
    powers = np.exp(oracle["y"].astype(np.float64))
    np.savez(tmp_path / "state_dict.npz", x=oracle["x"], y=powers / powers.sum(axis=1, keepdims=True))
    for hints in ({}, {"readout": "last step"}):
        scenario = import_model(tmp_path / "state_dict.pt", **hints)
        assert scenario.network.layers[-1] == Dense("fc", 10, "softmax", "last step")
        assert scenario.imported is not None
        assert scenario.imported.is_proven


def test_without_samples_the_readout_alone_is_asked_of_an_lstm_with_a_linear_layer(tmp_path: Path) -> None:
    shutil.copy(MNIST / "state_dict.pt", tmp_path)
    with pytest.raises(UndecidedError) as caught:
        rnnviz.import_model(tmp_path / "state_dict.pt")
    assert [question.hint for question in caught.value.questions] == ["readout"]
    assert {"last step", "every step"} <= {choice.value for choice in caught.value.questions[0].choices}
