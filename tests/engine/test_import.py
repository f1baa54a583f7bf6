"""The engine is NumPy and nothing else: no files, no global random state, and no Python made from a cell's text."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rnnviz.engine
from rnnviz.engine import kernel
from rnnviz.engine.cell import Cell
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.run import run
from tests.engine.networks import random_params

FOLDER = Path(rnnviz.engine.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
# Names that would open a file, draw a number from a state that all share, or run text.
FORBIDDEN = {"open", "eval", "exec", "compile", "__import__", "print", "input", "globals", "save", "load", "savetxt"}
PLACES = {
    "kernel.py": {"exec", "compile"},  # prints its own source
    "trace.py": {"open"},  # to_npz writes where it is told to
}


def called(tree: ast.AST) -> set[str]:
    """The last name of everything that is called."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                names.add(node.func.id)
            elif isinstance(node.func, ast.Attribute) and ast.unparse(node.func) != "re.compile":
                names.add(node.func.attr)
    return names


def test_the_scan_sees_the_whole_engine() -> None:
    assert {"run.py", "kernel.py", "lstm.py"} <= {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FOLDER)))
def test_a_module_opens_nothing_and_runs_no_text(file: Path) -> None:
    found = called(ast.parse(file.read_text())) & FORBIDDEN
    assert found <= PLACES.get(file.name, set())


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FOLDER)))
def test_random_numbers_come_from_a_generator_of_their_own(file: Path) -> None:
    """np.random.default_rng(seed) and the types beside it; nothing of the state that all share."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random"):
            assert node.attr in ("default_rng", "Generator", "SeedSequence")
        if isinstance(node, ast.ImportFrom):
            assert node.module not in ("random", "numpy.random")
        if isinstance(node, ast.Import):
            assert "random" not in {alias.name for alias in node.names}


def test_importing_the_engine_imports_numpy_alone_and_touches_no_random_state() -> None:
    program = """
import random, sys
import numpy as np
states = random.getstate(), repr(np.random.get_state())
before = set(sys.modules)
import pkgutil, importlib, rnnviz.engine
for module in pkgutil.walk_packages(rnnviz.engine.__path__, "rnnviz.engine."):
    importlib.import_module(module.name)
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.run import run
network = Network(2, (Recurrent("lstm", CELLS["lstm"], 3),))
run(network, {name: np.zeros(shape) for name, shape in network.parameter_shapes().items()}, np.zeros((3, 1, 2)))
assert states == (random.getstate(), repr(np.random.get_state())), "random state"
others = {name.split(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)
print(sorted(others - {"numpy"}))
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=FOLDER.parents[1])
    assert result.stderr == ""
    assert result.stdout.strip() == "['rnnviz']"


def test_no_text_of_a_cell_gets_into_the_printed_source(monkeypatch: pytest.MonkeyPatch) -> None:
    sources: list[str] = []
    compiled = kernel.compiled

    def seen(source: str) -> object:
        sources.append(source)
        return compiled(source)

    monkeypatch.setattr(kernel, "compiled", seen)
    text = "strange_state = tanh(Matrix_name @ x + 12345.5 * strange_state_prev + b_vector + marker_constant)"
    cell = Cell("own", "Own", text, output="strange_state", constants={"marker_constant": 54321.5})
    network = Network(2, (Recurrent("layer_name", cell, 3),))
    run(network, random_params(network), np.ones((2, 1, 2)))
    assert sources
    for word in ("strange", "Matrix", "12345", "vector", "marker", "54321", "layer"):
        assert all(word not in source for source in sources)
