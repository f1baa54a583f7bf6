"""ONNX models of PyTorch and of ONNX's own tools give the numbers that PyTorch and ONNX Runtime give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from rnnviz.interop.errors import ModelError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.model import Model
from rnnviz.interop.onnx.file import parse_onnx
from rnnviz.interop.onnx.read_onnx import model_of
from rnnviz.scenario.read import parse
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.write import to_text

DATA = Path(__file__).resolve().parents[1] / "data"
MODELS = DATA / "models"
EXPORTS = MODELS / "onnx_exports"
WITHIN = 1e-5


def oracle_of(folder: str) -> dict[str, NDArray[Any]]:
    with np.load(MODELS / folder / "oracle.npz") as arrays:
        return dict(arrays)


def imported(name: str) -> tuple[Scenario, dict[str, NDArray[Any]]]:
    """The scenario of an export, and the oracle of the model."""
    folder = name.split(".")[0]
    path, samples = EXPORTS / name, MODELS / folder / "oracle.npz"
    return import_model(path, samples=samples), oracle_of(folder)


def traced(scenario: Scenario, x: NDArray[Any]) -> Trace:
    """x : batches first, as PyTorch has it"""
    inputs = x.swapaxes(0, 1)
    return run(scenario.network, scenario.params, inputs if inputs.ndim == 3 else inputs[..., None])


def farthest(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max())


def test_a_stack_of_lstms_gives_every_output_and_state() -> None:
    scenario, oracle = import_model(MODELS / "onnx_lstm_stack2" / "model.onnx"), oracle_of("onnx_lstm_stack2")
    trace = run(scenario.network, scenario.params, oracle["x"])
    assert farthest(trace.output, oracle["y"]) < WITHIN
    assert farthest(trace["lstm.h"], oracle["Y0"][:, 0]) < WITHIN
    assert farthest(trace["lstm_2.h"], oracle["Y1"][:, 0]) < WITHIN
    assert farthest(trace["lstm_2.h"][-1], oracle["Yh1"][0]) < WITHIN
    assert farthest(trace["lstm_2.c"][-1], oracle["Yc1"][0]) < WITHIN


def test_an_lstm_with_peepholes_gives_every_output_and_state() -> None:
    scenario, oracle = import_model(MODELS / "onnx_peephole_lstm" / "model.onnx"), oracle_of("onnx_peephole_lstm")
    trace = run(scenario.network, scenario.params, oracle["x"])
    assert farthest(trace.output, oracle["y"]) < WITHIN
    assert farthest(trace["lstm.h"], oracle["Y"][:, 0]) < WITHIN
    assert farthest(trace["lstm.c"][-1], oracle["Yc"][0]) < WITHIN


@pytest.mark.parametrize(
    "name",
    ["torch_lstm_mnist_rows.dynamo.onnx", "torch_lstm_mnist_rows.torchscript.onnx", "torch_char_lstm.torchscript.onnx"],
)
def test_an_export_of_an_lstm_gives_the_outputs_and_states_of_pytorch(name: str) -> None:
    scenario, oracle = imported(name)
    trace = traced(scenario, oracle["x"])
    output = trace.output[-1] if oracle["y"].ndim == 2 else trace.output.swapaxes(0, 1)
    assert farthest(output, oracle["y"]) < WITHIN
    assert farthest(trace["lstm.h"].swapaxes(0, 1), oracle["h_steps"][:, :, 0]) < WITHIN
    assert farthest(trace["lstm.c"].swapaxes(0, 1), oracle["c_steps"][:, :, 0]) < 2 * WITHIN
    assert scenario.imported is not None
    assert scenario.imported.is_proven


def test_an_export_of_a_plain_recurrent_network_gives_the_states_of_pytorch() -> None:
    scenario, oracle = imported("torch_rnn_tanh_sunspots.torchscript.onnx")
    trace = traced(scenario, oracle["x"])
    assert farthest(trace.output.swapaxes(0, 1), oracle["y"]) < WITHIN
    assert farthest(trace["rnn.h"].swapaxes(0, 1), oracle["h_steps"][:, :, 0]) < WITHIN


@pytest.mark.parametrize("way", ["dynamo", "torchscript"])
def test_an_export_of_two_directions_and_a_mean_gives_the_outputs_of_every_step(way: str) -> None:
    scenario, oracle = imported(f"torch_bigru2_digits8x8.{way}.onnx")
    trace = traced(scenario, oracle["x"])
    assert farthest(trace.output[-1], oracle["y"]) < WITHIN
    assert farthest(trace[f"{scenario.network.recurrent[1].name}.merged"].swapaxes(0, 1), oracle["rnn_out"]) < WITHIN


def test_an_unrolled_export_is_refused_with_the_way_out() -> None:
    with pytest.raises(ModelError, match=r"no RNN operator here.*dynamo=False, or give the state dict"):
        imported("torch_rnn_tanh_sunspots.dynamo.onnx")


def operators() -> list[str]:
    with np.load(DATA / "oracles" / "onnx" / "operators.npz") as arrays:
        return sorted({name.split("/")[0] for name in arrays.files})


@pytest.mark.parametrize("key", operators())
def test_an_operator_with_any_attributes_gives_what_onnx_runtime_gives(key: str) -> None:
    with np.load(DATA / "oracles" / "onnx" / "operators.npz") as arrays:
        case = {name.split("/")[1]: arrays[name] for name in arrays.files if name.startswith(f"{key}/")}
    model = model_of(parse_onnx(case["model"].tobytes()), {})
    check_operator(model, case)


def check_operator(model: Model, case: dict[str, NDArray[Any]]) -> None:
    """Y, Y_h and Y_c of one operator with layout 0; X is its input."""
    batch = case["X"].shape[1]
    initial = {name: np.broadcast_to(state, (batch, state.shape[1])) for name, state in model.initial.items()}
    trace = run(model.network, model.params, case["X"], lengths=model.lengths, initial=initial)
    (layer,) = model.network.recurrent
    both = case["Y"].swapaxes(1, 2).reshape(trace.output.shape)
    assert farthest(trace.output, both) < WITHIN * max(1.0, float(np.abs(both).max()))
    for output, quantity in (("Y_h", "h"), ("Y_c", "c")):
        if output not in case:
            continue
        for direction, theirs in zip(layer.directions, case[output], strict=True):
            ours = trace[layer.prefix(direction) + quantity][-1 if direction == "forward" else 0]
            assert farthest(ours, theirs) < WITHIN * max(1.0, float(np.abs(theirs).max()))


def test_a_cell_of_its_own_is_kept_in_the_scenario_file(tmp_path: Path) -> None:
    with np.load(DATA / "oracles" / "onnx" / "operators.npz") as arrays:
        (tmp_path / "clipped.onnx").write_bytes(arrays["00/model"].tobytes())
        x = arrays["00/X"]
    scenario = import_model(tmp_path / "clipped.onnx")
    again = parse(to_text(scenario))
    assert again.network.recurrent[0].cell.name.startswith("onnx_")
    ours, theirs = (run(one.network, one.params, x, lengths=None).output for one in (scenario, again))
    np.testing.assert_array_equal(ours, theirs)
