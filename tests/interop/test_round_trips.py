"""Import, export, import: the parameters come back bit for bit, in every format that is both read and written."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from rnnviz.interop.export import export_model
from rnnviz.interop.import_model import import_model
from rnnviz.scenario import builtin, read, write
from rnnviz.scenario.types import Scenario

MODELS = Path(__file__).parents[1] / "data" / "models"
TRAINED = (
    "torch_bigru2_digits8x8/state_dict.pt",
    "torch_char_lstm/state_dict.pt",
    "torch_lstm_mnist_rows/state_dict.pt",
    "torch_lstm_mnist_rows/float64.pt",
    "torch_lstm_mnist_rows/half_fp16.pt",
    "torch_rnn_tanh_sunspots/state_dict.pt",
)


def same_bits(one: Scenario, other: Scenario) -> bool:
    return one.params.keys() == other.params.keys() and all(
        array.dtype == other.params[name].dtype and array.tobytes() == other.params[name].tobytes()
        for name, array in one.params.items()
    )


def hints(scenario: Scenario) -> dict[str, str]:
    """What a file of bare weights does not say of this network, in the words of the hints."""
    said = {}
    layers = scenario.network.layers
    for before, layer in itertools.pairwise(layers):
        if type(layer).__name__ == "Pool":
            said["readout"] = layer.kind
        elif type(layer).__name__ == "Dense" and type(before).__name__ == "Recurrent":
            said["readout"] = layer.at
    for layer in scenario.network.recurrent:
        if layer.cell.name == "elman":
            said["activation"] = layer.functions()["h"]
    return said


@pytest.mark.parametrize("model", TRAINED)
@pytest.mark.parametrize("target", ["safetensors", "npz"])
def test_weights_come_back_bit_for_bit(model: str, target: str, tmp_path: Path) -> None:
    before = import_model(MODELS / model)
    export_model(before, tmp_path / f"out.{target}")
    after = import_model(tmp_path / f"out.{target}", **hints(before))
    assert after.network == before.network
    assert same_bits(before, after)


@pytest.mark.parametrize("model", TRAINED[:4])
def test_a_scenario_file_gives_an_imported_network_back(model: str, tmp_path: Path) -> None:
    before = import_model(MODELS / model)
    write.save(before, tmp_path / "out.rnnviz")
    after = read.load(tmp_path / "out.rnnviz")
    assert after.network == before.network
    assert after.imported == before.imported
    for name, array in before.params.items():
        assert np.array_equal(array.astype(np.float64), after.params[name].astype(np.float64))


@pytest.mark.parametrize("name", ["lstm-counter", "char-rnn", "sunspots-gru", "mnist-rows-lstm", "all-ones-elman"])
def test_built_in_networks_come_back_from_safetensors(name: str, tmp_path: Path) -> None:
    before = builtin.load(name)
    export_model(before, tmp_path / "out.safetensors")
    said = hints(before) | {"output_activation": getattr(before.network.layers[-1], "activation", "linear")}
    after = import_model(tmp_path / "out.safetensors", **said)
    assert same_bits(before, after)
