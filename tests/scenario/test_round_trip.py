"""What is saved is what was there: the same bytes when nothing changed, the same values when something did."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnviz.engine.cells import CELLS
from rnnviz.scenario import builtin
from rnnviz.scenario.build import build
from rnnviz.scenario.build_network import build_network
from rnnviz.scenario.decode import typed
from rnnviz.scenario.read import load, parse, read
from rnnviz.scenario.types import NetworkForm, Scenario, Training
from rnnviz.scenario.write import save, to_text


@pytest.mark.parametrize("name", builtin.names())
def test_a_built_in_scenario_is_saved_as_the_bytes_that_it_has(name: str, tmp_path: Path) -> None:
    save(builtin.load(name), tmp_path / "copy.rnnviz")
    assert (tmp_path / "copy.rnnviz").read_bytes() == builtin.path(name).read_bytes()


@pytest.mark.parametrize("name", builtin.names())
def test_a_built_in_scenario_is_laid_out_as_it_would_be_from_its_values_alone(name: str) -> None:
    assert to_text(replace(builtin.load(name), origin="")).encode() == builtin.path(name).read_bytes()


def test_a_file_written_by_hand_is_saved_byte_for_byte_until_something_changes(
    tree: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "mine.rnnviz"
    by_hand = "\ufeff" + json.dumps(tree, indent="\t").replace("0.5", "5e-1").replace("\n", "\r\n")
    path.write_bytes(by_hand.encode())
    scenario = read(path)
    save(scenario, path)
    assert path.read_bytes() == by_hand.encode()
    changed = replace(scenario, title="Another")
    save(changed, path)
    assert json.loads(path.read_bytes())["title"] == "Another"
    save(replace(changed, title=""), path)
    assert path.read_bytes() == by_hand.encode()


def test_unknown_keys_are_kept_where_they_were(tree: dict[str, Any]) -> None:
    note = {"text": "mine", "numbers": [1, 2.0, 10**30, None, True]}
    tree |= {"note": note, "view": {"step": 1, "zoom": 3}}
    tree["expected"] = [{"at": "output", "step": 1, "value": 1, "why": "x"}]
    tree["network"]["note"] = note
    tree["network"]["layers"][1]["colour"] = "red"
    tree["alternatives"] = [{"title": "a", "changes": {"future": {"key": 1}}, "note": 1}]
    scenario = parse(json.dumps(tree))
    back = json.loads(to_text(replace(scenario, title="changed")))
    assert back["note"] == note
    assert back["view"] == {"step": 1, "zoom": 3}
    assert back["network"]["note"] == note
    assert back["network"]["layers"][1]["colour"] == "red"
    assert back["expected"][0]["why"] == "x"
    assert back["alternatives"][0] == tree["alternatives"][0]
    assert repr(back["note"]["numbers"][1]) == "2.0"


def test_an_unknown_key_goes_with_its_layer_when_layers_change_places(tree: dict[str, Any]) -> None:
    tree["network"]["layers"][1]["colour"] = "red"
    scenario = parse(json.dumps(tree))
    elman, readout = scenario.network.layers
    wider = replace(scenario.network, layers=(elman, replace(readout, name="middle"), readout))
    params = dict(scenario.params) | {"middle.V": np.ones((1, 1)), "middle.b": np.ones(1)}
    layers = json.loads(to_text(replace(scenario, network=wider, params=params)))["network"]["layers"]
    assert [layer.get("colour") for layer in layers] == [None, None, "red"]


def test_half_a_surrogate_pair_survives(tree: dict[str, Any]) -> None:
    tree["title"] = "\ud800 and é"
    text = to_text(replace(parse(json.dumps(tree)), origin=""))
    text.encode("utf-8")
    assert parse(text).title == tree["title"]


def test_training_with_every_setting_at_its_default_is_still_there(tree: dict[str, Any]) -> None:
    tree["training"] = {}
    scenario = build(tree)
    assert scenario.training == Training()
    assert parse(to_text(replace(scenario, origin="")).encode()).training == Training()


def test_weights_from_a_seed_stay_a_seed_until_one_is_changed(tree: dict[str, Any]) -> None:
    tree["params"] = {"initialiser": "glorot", "seed": 5}
    scenario = parse(json.dumps(tree))
    assert json.loads(to_text(replace(scenario, title="x")))["params"] == {"initialiser": "glorot", "seed": 5}
    params = dict(scenario.params) | {"elman.U": np.array([[0.5]])}
    stored = json.loads(to_text(replace(scenario, params=params)))["params"]
    assert stored["elman.U"] == [[0.5]]
    assert parse(to_text(replace(scenario, params=params))).params["elman.W"] == pytest.approx(params["elman.W"], abs=0)


def test_a_cell_of_the_networks_own_is_written_with_its_equations(tree: dict[str, Any]) -> None:
    tree["cells"] = [{"name": "leaky", "equations": ["h = a * h_prev + W @ x  # leak"], "constants": {"a": 0.5}}]
    tree["network"]["layers"] = [{"kind": "recurrent", "name": "leaky", "cell": "leaky", "units": 1}]
    tree["params"] = {"leaky.W": [[1, 1]]}
    scenario = replace(parse(json.dumps(tree)), cells=())
    back = json.loads(to_text(scenario))
    assert back["cells"] == tree["cells"]


FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
NAMES = st.text(max_size=8)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """Trees of random scenarios: any cells, directions, masks, names, states and keys from the future."""
    steps, batch, inputs = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 3))
    layers: list[dict[str, Any]] = []
    if inputs == 1 and draw(st.booleans()):
        layers.append({"kind": "embedding", "name": "embedding", "vocabulary": 4, "size": draw(st.integers(1, 3))})
    for index in range(draw(st.integers(1, 2))):
        cell = draw(st.sampled_from(sorted(CELLS)))
        layer = {"kind": "recurrent", "name": f"r{index}", "cell": cell, "units": draw(st.integers(1, 3))}
        layer["direction"] = draw(st.sampled_from(["forward", "backward", "both"]))
        layer["merge"] = draw(st.sampled_from(["concat", "sum", "mean", "mul"]))
        layer["returns"] = draw(st.sampled_from(["sequence", "final"]))
        if CELLS[cell].has_outputs:
            layer["outputs"] = draw(st.integers(1, 2))
        layer["constants"] = {name: draw(FINITE) for name in CELLS[cell].constants}
        slots = draw(st.lists(st.sampled_from(sorted(CELLS[cell].slots)), unique=True))
        layer["activations"] = {slot: draw(st.sampled_from(["linear", "hard", "relu"])) for slot in slots}
        layers.append(layer)
    if draw(st.booleans()):
        layers.append({"kind": "pool", "name": "pool", "pool": draw(st.sampled_from(["mean", "max", "sum"]))})
    if draw(st.booleans()):
        layers.append({"kind": "dense", "name": "readout", "units": 2, "activation": "softmax"})
    form = {"inputs": inputs, "layers": layers}
    network = build_network(typed(form, NetworkForm), [])

    def numbers(*shape: int) -> Any:
        return [numbers(*shape[1:]) for _ in range(shape[0])] if shape else draw(FINITE)

    tree: dict[str, Any] = {
        "format": "rnnviz-scenario",
        "version": 1,
        "name": draw(NAMES),
        "title": draw(NAMES),
        "story": draw(st.lists(st.text(max_size=20).filter(lambda s: "\n" not in s and "{" not in s), max_size=3)),
        "images": draw(st.booleans()),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "sequence_names": draw(st.sampled_from([[], ["a"] * batch])),
        "network": form,
        "inputs": [[[draw(st.integers(0, 3)) for _ in range(inputs)] for _ in range(batch)] for _ in range(steps)],
        "params": {name: numbers(*shape) for name, shape in network.parameter_shapes().items()},
        "initial": {name: numbers(batch, size) for name, size in network.state_sizes().items() if draw(st.booleans())},
        "expected": [{"at": "output", "step": 1, "value": draw(FINITE), "within": draw(st.floats(0, 1))}],
        "from the future": draw(st.recursive(st.none() | st.integers() | FINITE | NAMES, st.lists, max_leaves=4)),
    }
    if draw(st.booleans()):
        tree["lengths"] = [draw(st.integers(1, steps)) for _ in range(batch)]
    return tree


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(trees())
def test_random_scenarios_are_read_back_bit_for_bit(tree: dict[str, Any]) -> None:
    scenario = build(tree)
    text = to_text(scenario)
    back = parse(text)
    assert_same(back, scenario)
    assert to_text(back) == text
    assert to_text(replace(back, origin="")) == text


def assert_same(scenario: Scenario, other: Scenario) -> None:
    assert scenario.network == other.network
    for name in ("name", "title", "story", "images", "seed", "lengths", "sequence_names", "expected", "extra"):
        assert getattr(scenario, name) == getattr(other, name), name
    assert scenario.inputs.tobytes() == other.inputs.tobytes()
    for mapping, its in ((scenario.params, other.params), (scenario.initial, other.initial)):
        assert list(mapping) == list(its)
        for name, array in mapping.items():
            assert array.shape == its[name].shape
            assert array.tobytes() == its[name].tobytes()


def test_arrays_of_a_scenario_are_read_only() -> None:
    scenario = load("lstm-counter")
    for array in (scenario.inputs, *scenario.params.values()):
        assert not array.flags.writeable
