"""The built-in scenarios: their names, their index, and that they are what scripts/make_scenarios makes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnviz.engine.network import Recurrent
from rnnviz.scenario import builtin
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.opening import opened_number
from rnnviz.scenario.read import load
from rnnviz.scenario.run_scenario import explain, run
from rnnviz.scenario.types import View

ROOT = Path(__file__).parent.parent.parent
NAMES = {
    "all-ones-elman",
    "all-ones-own-memory",
    "all-ones-jordan",
    "all-ones-bidirectional",
    "lstm-counter",
    "lstm-counter-table",
    "lstm-counter-hard",
    "lstm-peephole",
    "lstm-feedback",
    "gru-keep-replace",
    "gru-conventions",
    "elman-vs-jordan",
    "thousand-steps",
    "padding-masking",
    "mnist-rows-lstm",
    "sentiment-bilstm",
    "sunspots-gru",
    "bptt-sum",
    "sine",
    "temporal-xor",
    "flip-flop",
    "anbn",
    "parentheses",
    "adding",
    "copy-memory",
    "sunspots-forecast",
    "char-rnn",
    "mnist-train",
    "rnn-vs-lstm-gradient",
    "rnn-vs-lstm-surface",
    "sentiment-train",
    "cliff",
    "cliff-four-clippings",
}
GROUPS = ("First steps", "Memory cells", "Training", "Loss surface", "Both directions", "Real data", "Dynamics")


def test_all_are_there() -> None:
    assert set(builtin.names()) == NAMES
    assert {path.stem for path in (ROOT / "resources" / "scenarios").glob("*.rnnviz")} == NAMES


@pytest.mark.parametrize("name", builtin.names())
def test_the_index_says_what_the_file_says(name: str) -> None:
    scenario = load(name)
    entry = next(entry for entry in builtin.entries() if entry.name == name)
    assert (scenario.name, scenario.title, scenario.group) == (entry.name, entry.title, entry.group)
    assert entry.group in GROUPS
    assert scenario.story.replace("\n", " ").startswith(f"## What it is {entry.summary.rstrip('.')}")


@pytest.mark.parametrize("name", builtin.names())
def test_layers_are_called_as_their_cells_and_open_where_there_is_a_step(name: str) -> None:
    scenario = load(name)
    for layer in scenario.network.layers:
        if isinstance(layer, Recurrent):
            assert layer.name.removesuffix("_2") == layer.cell.name
    assert scenario.network.layers[-1].name in ("readout", layer.cell.name if isinstance(layer, Recurrent) else "")
    assert 1 <= scenario.view.step <= len(scenario.inputs)
    assert scenario.view.sequence < scenario.inputs.shape[1]
    assert len(scenario.input_names) == scenario.network.inputs
    assert len(scenario.output_names) == scenario.network.output_size


def test_they_are_what_the_script_makes() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "make_scenarios"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_there_is_no_other() -> None:
    with pytest.raises(ScenarioError, match="no built-in scenario"):
        builtin.load("lstm")
    with pytest.raises(ScenarioError, match="no built-in scenario"):
        builtin.path("../../etc/passwd")


@pytest.mark.parametrize(
    ("name", "quantity", "values"),
    [
        ("lstm-counter-hard", "lstm.c", [0, 3, 3, 7, 7, 7, 0, 6, 6]),
        ("lstm-counter-hard", "lstm.h", [0, 0, 0, 0, 0, 7, 0, 0, 6]),
        ("all-ones-elman", "readout.y", [4, 12, 32]),
        ("all-ones-own-memory", "readout.y", [4, 8, 16]),
        ("all-ones-jordan", "jordan.y", [4, 20, 88]),
        ("all-ones-bidirectional", "readout.y", [48, 32, 40]),
    ],
)
def test_the_trace_of_a_worked_example(name: str, quantity: str, values: list[float]) -> None:
    trace = run(load(name))
    assert trace.output_name == quantity or quantity == "lstm.c"
    assert (trace[quantity] == np.array(values)[:, None, None]).all()


def test_own_inputs_take_the_place_of_the_scenarios() -> None:
    scenario = load("all-ones-elman")
    trace = run(scenario, [[[1, 1]], [[2, 2]], [[1, 1]]])
    assert trace.output[:, 0, 0].tolist() == [4, 16, 36]
    with pytest.raises(ScenarioError, match="shape"):
        run(scenario, [[[1]]])


def test_own_lengths_mask_the_rest() -> None:
    trace = run(load("all-ones-elman"), np.ones((3, 2, 2)), lengths=[3, 1])
    assert trace["elman.h"][:, 1, 0].tolist() == [2, 2, 2]


def test_a_number_is_explained_by_name() -> None:
    scenario = load("lstm-counter")
    explanation = explain(scenario, "lstm.c", 4, 0)
    assert explanation.value == run(scenario)["lstm.c"][3, 0, 0]
    assert explanation.recompute() == pytest.approx(explanation.value, rel=1e-12)
    assert explain(scenario, "output", 4).value == run(scenario).output[3, 0, 0]
    assert explain(scenario, "lstm.W_i", 0, 1).value == 100
    for name, step in (("lstm.q", 1), ("lstm.c", 9)):
        with pytest.raises(ScenarioError):
            explain(scenario, name, step)


@pytest.mark.parametrize("name", builtin.names())
def test_a_number_is_open_from_the_start(name: str) -> None:
    scenario = load(name)
    trace = run(scenario)
    place = opened_number(scenario.view, trace)
    assert place is not None
    assert (place.step, place.sequence) == (scenario.view.step, scenario.view.sequence)
    assert scenario.view.explain in (place.quantity, f"{place.quantity}[{place.unit}]")
    for gone in ("", "lstm.q", f"{place.quantity}[99]", f"{place.quantity}[x]"):
        assert opened_number(View(step=1, explain=gone), trace) is None
