"""Networks written as ONNX come back bit for bit; ONNX's checker takes them, ONNX Runtime gives their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Pool
from rnnviz.engine.run import run
from rnnviz.interop.export import export_model
from rnnviz.interop.import_model import import_model
from rnnviz.interop.model import Model
from rnnviz.interop.onnx.file import parse_onnx
from rnnviz.interop.onnx.read_onnx import model_of
from rnnviz.interop.onnx.write_onnx import onnx_bytes, write_onnx
from rnnviz.interop.programs.sample import answer_of
from rnnviz.scenario.builtin_index import names
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario
from tests.interop.exported_networks import all_of_them, in_float32, layer_of, scenario_of
from tests.interop.onnx_runtime import PYTHON, run_models

WITHIN = 1e-6  # of the largest output, in float32
ROUNDING = 8  # times as far as float32 takes the engine itself, where a network makes more of rounding than that
WRITTEN = ("elman", "lstm", "lstm_peephole", "gru", "gru_reset_after")
REFUSED = {
    "jordan-forward-concat": "it is of the cell 'jordan'",
    "lstm_projected-forward-concat": "it is of the cell 'lstm_projected'",
    "forced-forward": "it is forced to its targets",
    "lstm-of-relu": "its gates i, f, o have different activations",
    "final-below": "its final state goes into every step of the next layer",
    "elman-forward-concat-zeroed": "there is padding before real steps",
}


def read(data: bytes) -> Model:
    return model_of(parse_onnx(data), {})


def fits(name: str) -> bool:
    """Whether a scenario can be written, and holds nothing that only lengths say."""
    cell = name.split("-")[0] if not name.startswith("stack-") else name.split("-")[1]
    only_by_lengths = name.endswith(("-lengths", "-zeroed", "-words"))
    return cell in WRITTEN and not only_by_lengths and not name.startswith("lstm-of")


ROUND_TRIPS = {name: in_float32(scenario) for name, scenario in all_of_them().items() if fits(name)}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_what_is_written_is_read_as_it_was_bit_for_bit(name: str) -> None:
    scenario = ROUND_TRIPS[name]
    model = read(onnx_bytes(scenario))
    assert model.network == scenario.network
    assert model.params.keys() == scenario.params.keys()
    for parameter, weights in scenario.params.items():
        np.testing.assert_array_equal(model.params[parameter], weights, err_msg=parameter)
    for quantity, state in model.initial.items():
        np.testing.assert_array_equal(state, np.asarray(scenario.initial[quantity], np.float32))


def test_weights_of_every_cell_are_there_to_be_compared() -> None:
    assert {name.split("-")[0] for name in ROUND_TRIPS} >= {*WRITTEN, "stack"}
    assert sum(bool(read(onnx_bytes(scenario)).initial) for scenario in ROUND_TRIPS.values()) > 20


@pytest.mark.parametrize(
    "function",
    ["relu", "sigmoid", "tanh", "softsign", "softplus", "elu", "linear", "hard_sigmoid", "hard_sigmoid_keras2"],
)
def test_activations_come_back(function: str) -> None:
    gates = dict.fromkeys(("i", "f", "o", "h"), function)
    layers = (layer_of(CELLS["lstm"], activations=gates), Dense("readout", 3, function))
    scenario = in_float32(scenario_of(Network(4, layers)))
    network = read(onnx_bytes(scenario)).network
    assert network.recurrent[0].functions() == layers[0].functions()
    assert network.layers[1] == layers[1]


@pytest.mark.parametrize("function", ["softmax", "exponential", "hard_tanh", "hard"])
def test_activations_of_readouts_come_back(function: str) -> None:
    layers = (layer_of(CELLS["gru"]), Dense("readout", 3, function))
    assert read(onnx_bytes(scenario_of(Network(4, layers)))).network.layers == layers


def test_padding_becomes_an_input_of_lengths() -> None:
    network = Network(4, (Masking("mask"), layer_of(CELLS["lstm"], masked_output="zero"), Dense("readout", 2)))
    scenario = scenario_of(network, lengths=True)
    file = parse_onnx(onnx_bytes(scenario))
    assert [slot.name for slot in file.graph.inputs] == ["x", "lengths"]
    model = model_of(file, {})
    assert model.network.layers == network.layers[1:]
    assert any("comes from the input 'lengths'" in note for note in model.notes)


def test_what_is_written_and_imported_again_is_written_alike(tmp_path: Path) -> None:
    """A file that came from elsewhere: import, write, import."""
    models = Path(__file__).resolve().parents[1] / "data" / "models"
    for number, path in enumerate(sorted(models.glob("onnx_*/*.onnx"))):
        if path.name == "torch_rnn_tanh_sunspots.dynamo.onnx":
            continue  # unrolled
        first = import_model(path)
        write_onnx(first, tmp_path / f"{number}.onnx")
        again = import_model(tmp_path / f"{number}.onnx")
        assert again.network == first.network
        for name, weights in first.params.items():
            np.testing.assert_array_equal(again.params[name], weights, err_msg=f"{path.name}: {name}")


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_standard_cannot_say_is_refused_by_layer_and_reason(name: str) -> None:
    with pytest.raises(ScenarioError, match=REFUSED[name]):
        onnx_bytes(all_of_them()[name])


def test_pooling_that_another_layer_reads_step_by_step_is_refused() -> None:
    layers = (layer_of(CELLS["gru"], "below"), Pool("pool"), layer_of(CELLS["gru"], "above"))
    with pytest.raises(ScenarioError, match="layer 'pool': cannot be written as ONNX: it pools anew at every step"):
        onnx_bytes(scenario_of(Network(4, layers)))


def test_weights_beyond_float32_are_refused() -> None:
    scenario = scenario_of(Network(4, (layer_of(CELLS["elman"]),)))
    scenario.params["cell.W"][0, 0] = 1e300  # type: ignore[index]
    with pytest.raises(ScenarioError, match=r"cell\.W: has numbers that are too large for float32"):
        onnx_bytes(scenario)


def test_onnx_is_one_of_the_targets_of_an_export(tmp_path: Path) -> None:
    scenario = scenario_of(Network(1, (Embedding("words", 5, 4), layer_of(CELLS["lstm"]), Dense("readout", 2))))
    assert export_model(scenario, tmp_path / "net.onnx") == (tmp_path / "net.onnx",)
    assert import_model(tmp_path / "net.onnx").network == scenario.network


def feeds(scenario: Scenario, data: bytes) -> dict[str, np.ndarray]:
    """The inputs of the file: the scenario's own, and how many steps of each sequence its trace says are real."""
    steps, batch = scenario.inputs.shape[:2]
    is_text = isinstance(scenario.network.layers[0], Embedding)
    x = scenario.inputs[..., 0].astype(np.int64) if is_text else scenario.inputs.astype(np.float32)
    if "lengths" not in [slot.name for slot in parse_onnx(data).graph.inputs]:
        return {"x": x}
    mask = rnnviz.run(scenario).mask
    lengths = np.full(batch, steps) if mask is None else mask.sum(axis=0)
    return {"x": x, "lengths": lengths.astype(np.int32)}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not PYTHON, reason="RNNVIZ_FRAMEWORKS_PYTHON names no Python that has onnx and onnxruntime")
def test_onnx_runtime_gives_the_numbers_of_every_network_that_can_be_written(tmp_path: Path) -> None:
    scenarios = {f"made/{name}".replace("/", " "): scenario for name, scenario in all_of_them().items()}
    scenarios |= {name: rnnviz.load(name) for name in names()}
    models = {}
    for name, scenario in scenarios.items():
        try:
            data = onnx_bytes(in_float32(scenario))
        except ScenarioError:
            continue
        models[name] = data, feeds(scenario, data)
    assert len(models) > 150
    for name, found in run_models(models, tmp_path).items():
        assert not isinstance(found, str), f"{name}: {found}"
        check_alike(name, in_float32(scenarios[name]), found["y"])


def check_alike(name: str, scenario: Scenario, theirs: np.ndarray) -> None:
    ours = answer_of(scenario)
    single = run(
        scenario.network,
        scenario.params,
        scenario.inputs,
        lengths=scenario.lengths,
        initial=scenario.initial,
        dtype=np.float32,
    ).output
    rounding = np.abs((single if ours.ndim == 3 else single[-1]) - ours).max()
    assert theirs.shape == ours.shape, name
    assert np.abs(theirs - ours).max() <= max(WITHIN * np.abs(ours).max(), ROUNDING * rounding), name
