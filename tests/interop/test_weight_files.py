"""safetensors and .npz files of weights, and our own names in them: what goes out comes back, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.interop.errors import ModelError
from rnnviz.interop.export import export_model
from rnnviz.interop.import_model import import_model
from rnnviz.interop.weights.recognise import recognise
from rnnviz.interop.weights.safetensors_file import safetensors_bytes
from rnnviz.interop.weights.tensor import Tensor
from tests.interop.hostile_files import safetensors
from tests.interop.torch_files import linear, torch_file, weights

CLASSIFIER = {**weights("lstm", prefix="lstm."), **linear("fc", 4, 2)}


def imported(path: Path, data: bytes, **hints: str):
    path.write_bytes(data)
    return import_model(path, **hints)


def test_torch_safetensors_and_npz_give_the_same_network(tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", **CLASSIFIER)
    first = imported(tmp_path / "a", torch_file(CLASSIFIER), readout="last step")
    others = [
        imported(tmp_path / "b", safetensors_bytes(CLASSIFIER, {}), readout="last step"),
        import_model(tmp_path / "c.npz", readout="last step"),
    ]
    for other in others:
        assert other.network == first.network
        for name, array in first.params.items():
            np.testing.assert_array_equal(other.params[name], array)


def test_a_packed_archive_and_columns_first_are_read_too(tmp_path: Path) -> None:
    turned = {name: np.asfortranarray(array) for name, array in CLASSIFIER.items()}
    np.savez_compressed(tmp_path / "c.npz", **turned)
    scenario = import_model(tmp_path / "c.npz", readout="last step")
    np.testing.assert_array_equal(scenario.params["fc.V"], CLASSIFIER["fc.weight"])


def test_bfloat16_of_a_safetensors_file_is_widened_exactly(tmp_path: Path) -> None:
    header = {"fc.weight": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}
    data = np.array([0x3F80, 0xC020, 0x3DCD, 0x0000], "<u2").tobytes()
    params = imported(tmp_path / "a", safetensors(header, data)).params
    np.testing.assert_array_equal(params["fc.V"], [[1.0, -2.5], [0.10009765625, 0.0]])


def test_tensors_that_are_one_are_noted_in_the_metadata(tmp_path: Path) -> None:
    arrays = {
        "decoder.bias": np.zeros(9, np.float32),
        "encoder.weight": np.ones((9, 3), np.float32),
        **weights("lstm", 3, 3),
    }
    data = safetensors_bytes(arrays, {"decoder.weight": "encoder.weight"})
    scenario = imported(tmp_path / "a", data, readout="every step")
    assert [layer.name for layer in scenario.network.layers] == ["encoder", "rnn", "decoder"]


def test_samples_of_a_model_are_no_model(tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", x=np.ones((2, 3, 4)), y=np.ones((2, 5)))
    with pytest.raises(ModelError, match="inputs and outputs, the samples of a model"):
        import_model(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", spam=np.ones(2))
    with pytest.raises(ModelError, match=r"its arrays are spam; weights are called .* lstm.weight_ih_l0"):
        import_model(tmp_path / "d.npz")


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("direction", ["forward", "both"])
def test_a_cell_under_our_own_names_is_known_by_its_parameters(tmp_path: Path, name: str, direction: str) -> None:
    cell = CELLS[name]
    outputs = 3 if cell.has_outputs else 0
    recurrent = Recurrent("cell", cell, 4, outputs=outputs, direction=direction)  # type: ignore[arg-type]
    network = Network(1, (Embedding("words", 7, 2), recurrent, Dense("out", 5)))
    random = np.random.default_rng(0)
    params = {name: random.normal(size=shape) for name, shape in network.parameter_shapes().items()}
    np.savez(tmp_path / "own.npz", **params)
    scenario = import_model(tmp_path / "own.npz", readout="every step", activation="tanh")
    assert scenario.network == network
    for key, array in params.items():
        np.testing.assert_array_equal(scenario.params[key], array)


def test_our_own_names_with_shapes_that_do_not_fit_are_refused_by_name(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "own.npz", **{"a.V": np.ones((3, 2)), "a.b": np.ones(3), "b.V": np.ones((2, 4)), "b.b": np.ones(2)}
    )
    with pytest.raises(ModelError, match=r"b.V: has shape \(2, 4\); with the layers before it, it would be \(2, 3\)"):
        import_model(tmp_path / "own.npz", hidden_activation="relu")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_weights_that_were_imported_go_out_and_come_back_bit_for_bit(tmp_path: Path, suffix: str) -> None:
    gru = {**weights("gru", 3, 4, prefix="gru."), **linear("fc", 4, 2)}
    for number, arrays in enumerate((CLASSIFIER, gru, {**weights("rnn"), **linear("fc", 4, 2)})):
        hints = {"readout": "last step", "activation": "tanh"}
        first = imported(tmp_path / f"{number}", torch_file(arrays), **hints)
        target = tmp_path / f"{number}{suffix}"
        export_model(first, target, "npz" if suffix == ".npz" else "safetensors")
        again = import_model(target, **hints)
        assert again.network.parameter_shapes() == first.network.parameter_shapes()
        for name, array in first.params.items():
            assert again.params[name].dtype == array.dtype
            np.testing.assert_array_equal(again.params[name], array)


@pytest.mark.parametrize(
    ("inputs", "units", "outputs", "said"),
    [
        (3, 4, 16_385, "fc: there are 16,385 numbers side by side; at most 16,384 can be shown"),
        (16_385, 4, 2, "the inputs: there are 16,385 numbers side by side"),
        (16_000, 600, 2, "39,843,602 parameters; at most 32,000,000 can be shown"),
    ],
)
def test_a_network_that_is_too_large_to_be_saved_is_refused_before_its_weights_are_read(
    inputs: int, units: int, outputs: int, said: str
) -> None:
    def read() -> np.ndarray:
        raise AssertionError("read")

    def tensor(*shape: int) -> Tensor:
        return Tensor(shape, "float32", read)

    tensors = {
        "weight_ih_l0": tensor(4 * units, inputs),
        "weight_hh_l0": tensor(4 * units, units),
        "fc.weight": tensor(outputs, units),
    }
    with pytest.raises(ModelError, match=said):
        recognise(tensors, {"readout": "last step", "output_activation": "linear"}, "PyTorch")
