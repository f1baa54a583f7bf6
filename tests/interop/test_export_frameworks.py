"""PyTorch and Keras themselves run what is written for them, and give the engine's numbers.

They are looked for in the Python that RNNVIZ_FRAMEWORKS_PYTHON names; without it they are installed, once, into the
cache of pytest.
"""

from __future__ import annotations

import os
import subprocess
import venv
from pathlib import Path

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.run import run
from rnnviz.interop.export import TARGETS
from rnnviz.interop.programs.sample import answer_of
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario
from tests.interop.exported_networks import all_of_them, in_float32

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_000)]

PACKAGES = ("torch==2.13.0", "keras==3.15.1", "safetensors==0.8.0", "numpy")
WITHIN = 1e-6  # of the largest output, in float32
ROUNDING = 8  # times as far as float32 takes the engine itself, where a network makes more of rounding than that

# Each runs all programs of a folder in one process, since importing a framework takes seconds, and keeps the outputs.
TORCH = """
import pathlib, runpy, sys
import numpy as np
import torch

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    written = runpy.run_path(str(path))
    data, tensor = written["DATA"], written["tensor"]
    given = [tensor(data[key]) for key in ("x", "lengths", "targets") if key in data]
    start = {key: tensor(data[key]) for key in data if "." in key}
    with torch.no_grad():
        found = written["load"]()(*given, *[start] * bool(start))
    np.save(path.with_suffix(".found.npy"), found.numpy())
"""
KERAS = """
import pathlib, runpy, sys
import keras
import numpy as np

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    keras.backend.clear_session()
    written = runpy.run_path(str(path))
    given = [array for key, array in written["DATA"].items() if "." not in key and key != "y"]
    found = written["model"].predict(given if len(given) > 1 else given[0], verbose=0)
    np.save(path.with_suffix(".found.npy"), found.swapaxes(0, 1) if found.ndim == 3 else found)
"""
RUNNERS = {"torch": TORCH, "keras": KERAS}


@pytest.fixture(scope="module")
def python(request: pytest.FixtureRequest) -> str:
    """A Python that has the frameworks."""
    if named := os.environ.get("RNNVIZ_FRAMEWORKS_PYTHON"):
        return named
    folder = Path(request.config.cache.mkdir("frameworks"))
    program = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(program), "-m", "pip", "install", "-q", *PACKAGES]
        done = subprocess.run(install, capture_output=True, text=True, timeout=2_400)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            pytest.skip(f"pip cannot install {', '.join(PACKAGES)}: {reason}")
        (folder / "complete").touch()
    return str(program)


def differences(python: str, to: str, scenarios: dict[str, Scenario], folder: Path) -> dict[str, float]:
    """How far a framework's numbers are from the engine's, as a share of the largest, for all that can be exported."""
    written = {name: scenario for name, scenario in scenarios.items() if can_be_written(scenario, to, folder / name)}
    assert written
    environment = os.environ | {"KERAS_BACKEND": "torch", "PYTHONPATH": "", "PYTHONWARNINGS": "error"}
    runner = [python, "-W", "ignore", "-c", RUNNERS[to], str(folder)]
    done = subprocess.run(runner, env=environment, capture_output=True, text=True, timeout=2_400)
    assert done.returncode == 0, done.stderr[-4_000:]
    found = {}
    for name, scenario in written.items():
        wanted, output = answer_of(scenario), np.load(folder / f"{name}.found.npy")
        assert output.shape == wanted.shape, name
        found[name] = far(output, wanted)
    return found


def far(output: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs(output - wanted).max() / max(np.abs(wanted).max(), 1e-30))


def too_far(found: dict[str, float], scenarios: dict[str, Scenario]) -> dict[str, float]:
    """Those that are not within what float32 allows."""
    return {name: value for name, value in found.items() if value > max(WITHIN, ROUNDING * rounding(scenarios[name]))}


def rounding(scenario: Scenario) -> float:
    """How far the engine's own numbers in float32 are from those in float64."""
    given = {"lengths": scenario.lengths, "initial": scenario.initial, "targets": scenario.targets}
    single = run(scenario.network, scenario.params, scenario.inputs, dtype=np.float32, **given).output
    return far(single, rnnviz.run(scenario).output)


def can_be_written(scenario: Scenario, to: str, path: Path) -> bool:
    """Write a program; what Keras cannot do, see `test_export_keras.py`, is left out."""
    try:
        rnnviz.export_model(scenario, path.with_name(f"{path.name}.py"), to)
    except ScenarioError:
        return to != "keras"
    return True


def builtin() -> dict[str, Scenario]:
    return {name: rnnviz.load(name) for name in rnnviz.names()}


@pytest.mark.parametrize("to", RUNNERS)
def test_every_built_in_network_gives_its_numbers_in_float32(to, python, tmp_path):
    scenarios = {name: in_float32(scenario) for name, scenario in builtin().items()}
    found = differences(python, to, scenarios, tmp_path)
    assert len(found) == len(rnnviz.names())
    print(f"{to}, built in, float32: {max(found.values()):.1e}, {max(found, key=found.__getitem__)}")
    assert too_far(found, scenarios) == {}


def test_every_built_in_network_gives_its_numbers_in_float64_in_pytorch(python, tmp_path):
    found = differences(python, "torch", builtin(), tmp_path)
    print(f"torch, built in, float64: {max(found.values()):.1e}, {max(found, key=found.__getitem__)}")
    assert {name: value for name, value in found.items() if value > 1e-13} == {}


@pytest.mark.parametrize("to", RUNNERS)
def test_every_kind_of_network_gives_the_engines_numbers_in_float32(to, python, tmp_path):
    scenarios = {name: in_float32(scenario) for name, scenario in all_of_them().items()}
    found = differences(python, to, scenarios, tmp_path)
    print(f"{to}, {len(found)} kinds, float32: {max(found.values()):.1e}, {max(found, key=found.__getitem__)}")
    assert too_far(found, scenarios) == {}


def test_the_package_safetensors_reads_the_file_that_is_written(python, tmp_path):
    scenario = rnnviz.load("sunspots-gru")
    rnnviz.export_model(scenario, tmp_path / "w.safetensors")
    program = (
        "import sys, numpy, safetensors.numpy; numpy.savez(sys.argv[2], **safetensors.numpy.load_file(sys.argv[1]))"
    )
    words = [python, "-c", program, str(tmp_path / "w.safetensors"), str(tmp_path / "read.npz")]
    subprocess.run(words, check=True, timeout=120)
    with np.load(tmp_path / "read.npz") as arrays:
        assert arrays["gru_reset_after.weight_hh_l0"].dtype == np.float64
        own = [scenario.params[f"gru_reset_after.U_{gate}"] for gate in "rzn"]
        assert arrays["gru_reset_after.weight_hh_l0"].tobytes() == np.concatenate(own).tobytes()


def test_a_state_dict_is_read_without_the_package_safetensors(python, tmp_path):
    rnnviz.export_model(rnnviz.load("sunspots-gru"), tmp_path / "gru.py", "torch")
    program = (
        "import runpy, sys, torch; written = runpy.run_path('gru.py'); first = written['read']('gru.safetensors'); "
        "sys.modules['safetensors.torch'] = None; second = written['read']('gru.safetensors'); "
        "assert first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)"
    )
    subprocess.run([python, "-W", "ignore", "-c", program], check=True, cwd=tmp_path, timeout=120)


def test_all_targets_that_are_programs_are_run_here():
    programs = {name for name, target in TARGETS.items() if target.suffix == ".py"}
    assert programs == {"numpy", *RUNNERS}


def test_a_program_prints_its_outputs_when_it_is_started(python, tmp_path):
    for to in RUNNERS:
        rnnviz.export_model(rnnviz.load("lstm-counter-hard"), tmp_path / f"{to}_counter.py", to)
        environment = os.environ | {"KERAS_BACKEND": "torch"}
        words = [python, f"{to}_counter.py"]
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        numbers = [word for word in done.stdout.replace("[", " ").replace("]", " ").split() if word[0].isdigit()]
        assert [float(word.rstrip(",")) for word in numbers[:9]] == [0, 0, 0, 0, 0, 7, 0, 0, 6]
