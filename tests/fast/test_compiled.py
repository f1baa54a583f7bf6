"""Machine code on disk: found again, not needed, shared by processes, harmless where it is damaged."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import rnnviz.fast.compiled as compiled_module
from rnnviz.engine.cell import Cell
from rnnviz.engine.network import Recurrent
from rnnviz.fast.compiled import compiled
from rnnviz.fast.kernel import FastKernel
from rnnviz.fast.layout import layout_of

DOUBLE = np.dtype(np.float64)
# h = 2 x + h_prev / 2 over x = 1, 1, 1
SUM = Cell("sum", "Sum", "h = W @ x + 0.5 * h_prev")
H = [2.0, 3.0, 3.5]

PROGRAM = """
import numpy as np, rnnviz.fast
from rnnviz.engine.cell import Cell
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.run import run
rnnviz.fast.{start}()
network = Network(1, (Recurrent("a", Cell("sum", "Sum", "h = W @ x + 0.5 * h_prev"), 1),))
print(run(network, {{"a.W": np.full((1, 1), 2.0)}}, np.ones((3, 1, 1)))["a.h"].ravel().tolist())
{more}
"""


def h(function: object) -> list[float]:
    """What a compiled function makes of three steps."""
    layout = layout_of(Recurrent("a", SUM, 1), 1, DOUBLE)
    kernel = FastKernel(function, layout, {"W": np.full((1, 1), 2.0)}, DOUBLE)
    records = kernel.records(4)
    kernel.fill(records, 0, np.ones((3, 1, 1)))
    place = kernel.plan.slots["h"].start
    records[0, place] = 0.0
    kernel.run(records, 0, 3)
    return records[1:, place].tolist()


@pytest.fixture
def source() -> str:
    return layout_of(Recurrent("a", SUM, 1), 1, DOUBLE).printed.source


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiled_module, "cache_folder", lambda: tmp_path / "rnnviz" / "kernels")
    return tmp_path / "rnnviz" / "kernels"


def start(program: str, folder: Path, **more: str) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[2]
    environment = {"PATH": "", "PYTHONPATH": str(root), "XDG_CACHE_HOME": str(folder), "HOME": str(folder), **more}
    words = [sys.executable, "-W", "error", "-c", program]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_was_compiled_is_found_again(folder: Path, source: str) -> None:
    first, second = compiled(source, 8), compiled(source, 8)
    assert [function.stats.cache_hits.total() for function in (first, second)] == [0, 1]
    assert h(first) == h(second) == H


def test_what_was_compiled_is_found_again_by_another_process(tmp_path: Path) -> None:
    more = """
print([loop.function.stats.cache_hits.total() for loop in accelerate.sequence.__self__._loops.values()])
"""
    program = "from rnnviz.engine import accelerate" + PROGRAM.format(start="ask_for_everything", more=more)
    assert start(program, tmp_path).communicate(timeout=100) == (f"{H}\n[0]\n", "")
    assert start(program, tmp_path).communicate(timeout=100) == (f"{H}\n[1]\n", "")


def test_other_source_is_other_code(folder: Path, source: str) -> None:
    compiled(source, 8)
    assert compiled(source + "\n", 8).stats.cache_hits.total() == 0
    assert len(list(folder.glob("kernel_*.py"))) == 2


@pytest.mark.parametrize("damage", ["code", "index", "both", "source"])
def test_damage_on_disk_does_no_harm(folder: Path, source: str, damage: str) -> None:
    compiled(source, 8)
    names = {"code": ["*.nbc"], "index": ["*.nbi"], "both": ["*.nbc", "*.nbi"], "source": []}[damage]
    for name in names:
        next((folder / "__pycache__").glob(name)).write_bytes(b"nothing that can be read")
    if damage == "source":
        next(folder.glob("kernel_*.py")).write_text("raise SystemExit('what the file holds is never run')", "utf-8")
    assert h(compiled(source, 8)) == H


def test_a_cache_that_cannot_be_made_is_not_needed(folder: Path, source: str) -> None:
    folder.parent.write_text("a file where the folder should be", "utf-8")
    assert h(compiled(source, 8)) == H
    assert not folder.exists()


def test_a_cache_that_cannot_be_written_is_not_needed(
    folder: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled(source, 8)
    before = sorted(folder.rglob("*.nb?"))
    monkeypatch.setattr("os.access", lambda *words: False)  # root may write everywhere
    assert compiled(source + "\n", 8).stats.cache_hits.total() == 0
    assert sorted(folder.rglob("*.nb?")) == before


def test_processes_that_compile_the_same_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    program = PROGRAM.format(start="ask_for_everything", more="")
    together = [start(program, tmp_path) for _ in range(3)]
    assert [process.communicate(timeout=100) for process in together] == [(f"{H}\n", "")] * 3
    assert len(list(tmp_path.rglob("*.nbi"))) == 1
    assert start(program, tmp_path).communicate(timeout=100) == (f"{H}\n", "")


BLOCKED = """
import sys
class Nowhere:
    def find_spec(name, *more):
        if name.split(".")[0] in ("numba", "llvmlite"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Nowhere)
"""


@pytest.mark.parametrize("function", ["load", "load_in_background", "ask_for_everything"])
def test_without_numba_everything_is_as_before(tmp_path: Path, function: str) -> None:
    more = "from rnnviz.engine import accelerate; print(accelerate.sequence)"
    program = BLOCKED + PROGRAM.format(start=function, more=more)
    assert start(program, tmp_path).communicate(timeout=100) == (f"{H}\nNone\n", "")


def test_the_environment_turns_it_off(tmp_path: Path) -> None:
    program = PROGRAM.format(start="ask_for_everything", more="import sys; print('numba' in sys.modules)")
    assert start(program, tmp_path, RNNVIZ_FAST="0").communicate(timeout=100) == (f"{H}\nFalse\n", "")


def test_short_runs_do_not_import_numba(tmp_path: Path) -> None:
    program = PROGRAM.format(start="load", more="import sys; print('numba' in sys.modules)")
    assert start(program, tmp_path).communicate(timeout=100) == (f"{H}\nFalse\n", "")


def test_a_numba_that_does_not_work_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "numba.py").write_text("raise RuntimeError('broken')", "utf-8")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + PROGRAM.format(
        start="ask_for_everything", more=""
    )
    assert start(program, tmp_path).communicate(timeout=100) == (f"{H}\n", "")
