"""The layers of design are rules: they hold in the program, and a program that breaks them is caught."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = ROOT / "pyproject.toml"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    words = [str(program), "--config", str(PYPROJECT), "--no-cache"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("rnnviz", include_external_packages=True, cache_dir=None)


def imported_packages(graph: grimp.ImportGraph, package: str) -> set[str]:
    """Top-level names of what a package and all below it import from outside rnnviz and the standard library."""
    modules = {package} | graph.find_descendants(package)
    imported = {name.split(".")[0] for module in modules for name in graph.find_modules_directly_imported_by(module)}
    return imported - {"rnnviz"} - sys.stdlib_module_names


def test_the_program_keeps_its_layers() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


ALLOWED = {
    "__init__.py": "from rnnviz.engine import run",
    "__main__.py": "from rnnviz.cli import main",
    "cli/__init__.py": "def main():\n    from rnnviz.ui import window",
    "engine/__init__.py": "import numpy",
    "fast/__init__.py": "import rnnviz.engine",
    "scenario/__init__.py": "import rnnviz.engine, rnnviz.resources",
    "session/__init__.py": "import rnnviz.scenario",
    "ui/__init__.py": "",
    "ui/window.py": "import PySide6.QtCore\nimport rnnviz.session",
    "resources.py": "",
}
FORBIDDEN = {
    "the engine knows a scenario": ("engine/network.py", "import rnnviz.scenario"),
    "the engine finds a file": ("engine/network.py", "import rnnviz.resources"),
    "the engine knows what makes it fast": ("engine/run.py", "import rnnviz.fast"),
    "the session knows the window": ("session/undo.py", "import rnnviz.ui"),
    "the session uses Qt": ("session/undo.py", "from PySide6.QtCore import QObject"),
    "the command line uses Qt": ("cli/render.py", "import PySide6.QtGui"),
    "a function imports Qt": ("scenario/read.py", "def read():\n    import PySide6"),
    "the public functions open a window": ("__init__.py", "import rnnviz.ui"),
    "a new module is in no layer": ("helpers.py", ""),
}


def program(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / "rnnviz" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", "utf-8")
    return folder


def test_the_contracts_allow_what_the_layers_allow(tmp_path: Path) -> None:
    result = lint(program(tmp_path, ALLOWED))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("fault", FORBIDDEN)
def test_the_contracts_notice_that(tmp_path: Path, fault: str) -> None:
    name, text = FORBIDDEN[fault]
    result = lint(program(tmp_path, {**ALLOWED, name: text}))
    assert result.returncode == 1
    assert "rnnviz." + name.removesuffix(".py").replace("/", ".").removesuffix(".__init__") in result.stdout or (
        name == "__init__.py" and "rnnviz -> rnnviz.ui" in result.stdout
    )


def test_the_engine_needs_numpy_and_nothing_else(graph: grimp.ImportGraph) -> None:
    assert imported_packages(graph, "rnnviz.engine") == {"numpy"}


def test_every_package_that_is_imported_is_declared(graph: grimp.ImportGraph) -> None:
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    optional = [name for names in project.get("optional-dependencies", {}).values() for name in names]
    declared = {normalised(re.match(r"[\w.-]+", text).group()) for text in project["dependencies"] + optional}
    declared.add("shiboken6")  # a part of PySide6, which pins it
    brought_by = packages_distributions()
    undeclared = {
        name
        for name in imported_packages(graph, "rnnviz")
        if not declared & {normalised(distribution) for distribution in brought_by.get(name, [name])}
    }
    assert not undeclared


def normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_importing_rnnviz_imports_no_qt() -> None:
    code = "import sys, rnnviz; print([m for m in sys.modules if m in ('PySide6', 'shiboken6')])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "[]\n"
