"""NumPy programs: each runs and gives the engine's numbers, is short, and is made of names and text that are safe."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import rnnviz
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Masking, Network, Recurrent
from rnnviz.interop.programs.numpy_program import LINES, numpy_files
from rnnviz.interop.programs.sample import answer_of
from rnnviz.interop.programs.text import WIDTH
from rnnviz.scenario.types import Scenario
from tests.engine.random_cells import random_cells
from tests.interop.exported_networks import (
    INPUTS,
    every_cell,
    in_float32,
    layer_of,
    rare,
    scenario_of,
    stacks,
)


def program(scenario: Scenario, folder: Path) -> dict[str, Any]:
    """What a program defines that was written into a folder, as `import` would."""
    for ending, content in numpy_files(scenario, "written.py").items():
        (folder / f"written{ending}").write_bytes(content)
    return runpy.run_path(str(folder / "written.py"))


def compare(scenario: Scenario, folder: Path, name: str = "") -> None:
    """Run what was written on the inputs that came with it: the same as the engine's numbers, in float64."""
    written = program(scenario, folder)
    given = [written["DATA"][key] for key in ("x", "lengths", "targets") if key in written["DATA"]]
    found = written["run"](*given)
    np.testing.assert_allclose(found, answer_of(scenario), rtol=1e-12, atol=1e-12, strict=True, err_msg=name)


def lines(folder: Path) -> list[str]:
    return (folder / "written.py").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", rnnviz.names())
def test_the_program_of_a_built_in_scenario_gives_its_numbers_in_less_than_sixty_lines(name, tmp_path):
    compare(rnnviz.load(name), tmp_path)
    assert len(lines(tmp_path)) < LINES
    assert max(map(len, lines(tmp_path))) <= WIDTH


@pytest.mark.parametrize("networks", [every_cell, stacks, rare])
def test_every_kind_of_network_can_be_written(networks, tmp_path):
    for name, scenario in networks():
        compare(scenario, tmp_path, name)
        assert max(map(len, lines(tmp_path))) <= WIDTH, name


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(cell=random_cells())
def test_every_cell_that_can_be_thought_of_can_be_written(cell, tmp_path_factory):
    layers = (Masking("mask"), Recurrent("cell", cell, 3, 2, direction="both"))
    compare(scenario_of(Network(INPUTS, layers), gaps=True, started=True), tmp_path_factory.mktemp("cell"))


def test_a_small_network_is_one_file_that_prints_what_the_lecture_shows(tmp_path):
    files = numpy_files(rnnviz.load("lstm-counter-hard"), "counter.py")
    assert set(files) == {".py"}
    (tmp_path / "counter.py").write_bytes(files[".py"])
    words = [sys.executable, "-I", "-W", "error", "counter.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert [float(word) for word in done.stdout.replace("[", " ").replace("]", " ").split()] == [0] * 5 + [7, 0, 0, 6]


def test_the_equations_stand_in_the_program_as_in_the_cell(tmp_path):
    program(scenario_of(Network(INPUTS, (layer_of(CELLS["lstm_peephole"]),))), tmp_path)
    for equation in CELLS["lstm_peephole"].graph.equations:
        assert f"{equation.text}  # {equation.meaning}" in [line.strip() for line in lines(tmp_path)]


def test_what_is_run_on_can_be_of_any_length_and_number(tmp_path):
    scenario = rnnviz.load("sentiment-bilstm")
    words = np.array([[[5.0], [9.0]], [[7.0], [0.0]]])  # a sequence of two ids, and one of one
    found = program(scenario, tmp_path)["run"](words)
    np.testing.assert_allclose(found, rnnviz.run(scenario, words).output[-1], rtol=1e-12)


def test_weights_keep_their_precision_and_are_worked_with_in_float64(tmp_path):
    scenario = scenario_of(Network(1, (layer_of(CELLS["gru"], units=8), Dense("readout", 2))))
    single = in_float32(scenario)
    compare(single, tmp_path)
    with np.load(tmp_path / "written.npz") as arrays:
        for name, array in single.params.items():
            assert arrays[name].dtype == np.float32
            assert arrays[name].tobytes() == array.tobytes()
    assert "float32" in (tmp_path / "written.py").read_text()


def test_numbers_in_the_program_are_exact_and_those_that_no_program_can_hold_are_in_the_archive(tmp_path):
    network = Network(1, (Dense("readout", 2),))
    weights = {"readout.V": np.array([[0.1], [-0.0]]), "readout.b": np.array([1e-300, np.nextafter(3.0, 4.0)])}
    inputs = np.ones((1, 1, 1))
    files = numpy_files(Scenario(name="small", network=network, params=weights, inputs=inputs), "small.py")
    assert '"readout.V": [[0.1], [-0.0]], "readout.b": [1e-300, 3.0000000000000004]' in files[".py"].decode()
    weights = weights | {"readout.b": np.array([np.nan, np.inf])}
    assert set(numpy_files(Scenario(name="nan", network=network, params=weights, inputs=inputs), "n.py")) == {
        ".py",
        ".npz",
    }


def test_a_title_can_neither_end_the_text_at_the_head_nor_become_a_part_of_the_program(tmp_path):
    scenario = scenario_of(Network(INPUTS, (Dense("readout", 2),)))
    assert '"""' in scenario.title
    assert "\n" in scenario.title
    written = program(scenario, tmp_path)
    assert written["__doc__"].startswith("Made of 'random' numbers / ''' in C:/users (in NumPy")
