"""The functions that scripts and notebooks use: five verbs, no window."""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import rnnviz

ROOT = Path(__file__).resolve().parents[1]


def in_a_fresh_python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    return done.stdout.strip()


def test_importing_rnnviz_imports_neither_qt_nor_numpy():
    heavy = "{'PySide6', 'shiboken6', 'numpy', 'msgspec'}"
    assert in_a_fresh_python(f"import rnnviz, sys; print({heavy} & set(sys.modules))") == "set()"


def test_nothing_in_the_public_functions_imports_qt():
    program = (
        "import rnnviz, sys\n"
        "for name in rnnviz.__all__: getattr(rnnviz, name)\n"
        "rnnviz.run(rnnviz.load('lstm-counter')); rnnviz.explain(rnnviz.load('lstm-counter'), 'lstm.c', 4, 0)\n"
        "print({'PySide6', 'shiboken6'} & set(sys.modules))"
    )
    assert in_a_fresh_python(program) == "set()"


def test_every_public_name_is_there_and_listed():
    for name in rnnviz.__all__:
        assert getattr(rnnviz, name).__name__ == name
        assert name in dir(rnnviz)
    with pytest.raises(AttributeError, match="no attribute 'train_for_ever'"):
        rnnviz.train_for_ever  # noqa: B018


def test_the_version_is_the_one_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert rnnviz.__version__ == project["version"]


def test_the_trace_of_a_built_in_scenario_is_that_of_the_lecture():
    trace = rnnviz.run(rnnviz.load("lstm-counter-hard"))
    assert trace["lstm.c"].shape == (9, 1, 1)
    assert trace["lstm.c"].ravel().tolist() == [0, 3, 3, 7, 7, 7, 0, 6, 6]
    assert trace.output.ravel().tolist() == [0, 0, 0, 0, 0, 7, 0, 0, 6]


def test_own_inputs_take_the_place_of_those_of_the_scenario():
    scenario = rnnviz.load("all-ones-elman")
    inputs = np.array([[[1, 1], [2, 2]], [[2, 2], [1, 1]], [[1, 1], [1, 1]]], dtype=float)
    output = rnnviz.run(scenario, inputs).output
    assert output.shape == (3, 2, 2)
    assert output[:, 0, 0].tolist() == [4, 16, 36]
    assert output[:, 1, 0].tolist() == [8, 20, 44]


def test_own_lengths_end_a_sequence_early():
    scenario = rnnviz.load("all-ones-elman")
    trace = rnnviz.run(scenario, np.ones((3, 2, 2)), lengths=[3, 1])
    assert trace["elman.h"][:, 1, 0].tolist() == [2, 2, 2]  # held where the sequence is over


@pytest.mark.parametrize("shape", [(3, 1, 5), (3, 2)])
def test_inputs_of_another_shape_are_refused_with_both_shapes(shape):
    with pytest.raises(ValueError, match="input") as caught:
        rnnviz.run(rnnviz.load("all-ones-elman"), np.ones(shape))
    assert "\n" not in str(caught.value)


def test_a_number_is_explained():
    explanation = rnnviz.explain(rnnviz.load("lstm-counter"), "lstm.c", 4, 0)
    assert explanation.law == "c = f * c_prev + i * g"
    assert explanation.value == pytest.approx(6.999501, abs=1e-6)
    assert explanation.recompute() == pytest.approx(explanation.value, rel=1e-12)


def test_a_saved_scenario_is_loaded_again(tmp_path):
    scenario = rnnviz.load("lstm-counter")
    rnnviz.save(scenario, tmp_path / "mine.rnnviz")
    again = rnnviz.load(tmp_path / "mine.rnnviz")
    assert again.params["lstm.W_i"].tolist() == scenario.params["lstm.W_i"].tolist()
    rnnviz.save(again, tmp_path / "again.rnnviz")
    assert (tmp_path / "mine.rnnviz").read_bytes() == (tmp_path / "again.rnnviz").read_bytes()


def test_a_name_that_does_not_exist_gets_the_nearest():
    with pytest.raises(rnnviz.ScenarioError, match="did you mean lstm-counter"):
        rnnviz.load("lstm-countr")


def test_all_names_can_be_loaded():
    assert "lstm-counter" in rnnviz.names()
    for name in rnnviz.names():
        assert rnnviz.load(name).name == name


def test_a_trace_is_written_with_its_names_and_the_output(tmp_path):
    trace = rnnviz.run(rnnviz.load("all-ones-jordan"))
    trace.to_npz(tmp_path / "trace.npz")
    with np.load(tmp_path / "trace.npz") as arrays:
        assert set(arrays) == {*trace, "output"}
        assert arrays["output"][:, 0, 0].tolist() == [4, 20, 88]
