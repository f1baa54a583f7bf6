"""`export_model`: the target from the ending or from a word, files that belong together, and what is refused before."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

import rnnviz
from rnnviz.cli import main
from rnnviz.engine.network import Network
from rnnviz.interop.export import TARGETS
from tests.interop.exported_networks import AWKWARD, INPUTS, layer_of, scenario_of


def header_of(path: Path) -> dict[str, dict[str, object]]:
    data = path.read_bytes()
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])


def test_an_ending_that_fits_one_target_says_it(tmp_path):
    scenario = rnnviz.load("sunspots-gru")
    assert rnnviz.export_model(scenario, tmp_path / "gru.npz") == (tmp_path / "gru.npz",)
    with np.load(tmp_path / "gru.npz") as arrays:
        assert set(arrays) == set(scenario.params)
        assert all(arrays[name].tobytes() == scenario.params[name].tobytes() for name in arrays)
    assert rnnviz.export_model(scenario, tmp_path / "gru.safetensors") == (tmp_path / "gru.safetensors",)
    header = header_of(tmp_path / "gru.safetensors")
    assert header["__metadata__"]["names"] == "torch"
    assert "gru.weight_hh_l0" in header or any(name.endswith("weight_hh_l0") for name in header)


def test_weights_that_torch_has_no_module_for_keep_our_names(tmp_path):
    scenario = rnnviz.load("lstm-peephole")
    rnnviz.export_model(scenario, tmp_path / "w.safetensors")
    header = header_of(tmp_path / "w.safetensors")
    assert header.pop("__metadata__")["names"] == "layer.parameter"
    assert set(header) == set(scenario.params)


def test_a_program_and_its_numbers_are_written_and_replaced_together(tmp_path):
    scenario = rnnviz.load("mnist-rows-lstm")
    written = rnnviz.export_model(scenario, tmp_path / "rows.py", "torch")
    assert written == (tmp_path / "rows.py", tmp_path / "rows.safetensors", tmp_path / "rows.npz")
    assert set(tmp_path.iterdir()) == set(written)
    first = [path.read_bytes() for path in written]
    assert rnnviz.export_model(scenario, tmp_path / "rows.py", "torch") == written
    assert [path.read_bytes() for path in written] == first


def test_a_file_beside_that_nobody_has_named_is_not_replaced(tmp_path):
    (tmp_path / "rows.npz").write_bytes(b"mine")
    with pytest.raises(rnnviz.ScenarioError, match=r"rows\.npz has to be written beside it, and there is a file"):
        rnnviz.export_model(rnnviz.load("mnist-rows-lstm"), tmp_path / "rows.py", "numpy")
    assert (tmp_path / "rows.npz").read_bytes() == b"mine"
    assert not (tmp_path / "rows.py").exists()


def test_a_file_beside_a_program_that_is_not_ours_is_not_replaced(tmp_path):
    (tmp_path / "rows.npz").write_bytes(b"mine")
    (tmp_path / "rows.py").write_bytes(b"print('mine')")
    with pytest.raises(rnnviz.ScenarioError, match=r"rows\.npz has to be written beside it, and there is a file"):
        rnnviz.export_model(rnnviz.load("mnist-rows-lstm"), tmp_path / "rows.py", "numpy")
    assert (tmp_path / "rows.npz").read_bytes() == b"mine"
    assert (tmp_path / "rows.py").read_bytes() == b"print('mine')"


@pytest.mark.parametrize(
    ("name", "to", "says"),
    [
        ("out.py", None, "the ending fits several targets; say which: numpy, torch"),
        ("out.txt", None, "the ending does not say what to write; say which: numpy"),
        ("out.py", "caffe", "there is no target 'caffe'; there are numpy"),
        ("out.py", "npz", "a file for npz has to end in .npz"),
        ("missing/out.npz", None, "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line_and_nothing_is_written(tmp_path, name, to, says):
    with pytest.raises(rnnviz.ScenarioError) as caught:
        rnnviz.export_model(rnnviz.load("lstm-counter"), tmp_path / name, to)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_goes_out_with_its_samples_comes_back_proven_by_them_and_the_same_bit_for_bit(tmp_path):
    scenario = rnnviz.load("mnist-rows-lstm")
    rnnviz.export_model(scenario, tmp_path / "rows.py", "torch")
    again = rnnviz.import_model(tmp_path / "rows.safetensors")
    assert again.imported is not None
    assert again.imported.samples == "rows.npz"
    assert again.imported.difference == 0.0
    found = sorted(array.tobytes() for array in again.params.values())
    assert found == sorted(array.tobytes() for array in scenario.params.values())


def test_weights_beside_a_model_are_not_taken_for_its_samples(tmp_path):
    scenario = rnnviz.load("lstm-counter")
    for ending in (".npz", ".safetensors"):
        rnnviz.export_model(scenario, tmp_path / f"counter{ending}")
    assert rnnviz.import_model(tmp_path / "counter.safetensors").params["lstm.b_f"] == scenario.params["lstm.b_f"]


@pytest.mark.parametrize("target", [name for name, target in TARGETS.items() if target.suffix == ".py"])
def test_every_program_can_be_compiled_and_has_lines_that_fit(tmp_path, target):
    scenario = scenario_of(Network(INPUTS, (layer_of(AWKWARD, "class"),)), lengths=True)
    program, *_ = rnnviz.export_model(scenario, tmp_path / "out.py", target)
    text = program.read_text("utf-8")
    compile(text, "out.py", "exec")
    assert max(map(len, text.splitlines())) <= 100


def test_the_command_names_every_file_that_it_has_written(tmp_path, capsys):
    out = tmp_path / "rows.py"
    assert main(["export", "mnist-rows-lstm", "--to", "numpy", "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n{tmp_path / 'rows.npz'}\n"
    with np.load(io.BytesIO((tmp_path / "rows.npz").read_bytes())) as arrays:
        assert "lstm.W_i" in arrays


def test_the_command_says_in_one_line_what_it_cannot_do(tmp_path, capsys):
    assert main(["export", "lstm-counter", "-o", str(tmp_path / "out.py")]) == 2
    said = capsys.readouterr().err
    assert "say which: numpy" in said
    assert said.count("\n") == 1
