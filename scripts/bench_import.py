"""Import of a state dict of 25 MB beside torch.load(weights_only=True) of the same file, and the memory that it takes.

rnnviz makes a whole scenario: it also tells the layers, cuts the gates apart, and looks for what is not finite.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from bench_engine import Work, cpu_times, report, torch

from rnnviz.interop.import_model import import_model
from rnnviz.interop.weights.safetensors_file import safetensors_bytes

VOCABULARY, EMBEDDED, UNITS, LAYERS, OUTPUTS = 6_000, 256, 512, 2, 1_800
AIM = {"torch.load": 1.0}
MOST_MEMORY = 1.3
HINTS = {"readout": "last step"}
# What the import of a small file takes is there already; the rest is what this one takes, at its highest.
PROGRAM = """
import re, sys
from pathlib import Path
from rnnviz.interop.import_model import import_model
peak = lambda: int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text("ascii"))[1]) * 1024
import_model(sys.argv[1], readout="last step")
before = peak()
scenario = import_model(sys.argv[2], readout="last step")
print((peak() - before) / sum(array.nbytes for array in scenario.params.values()))
"""


def bench_import() -> None:
    if torch is None:
        print("\nPyTorch is not installed here: import is not measured")
        return
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small", Path(folder) / "large"
        _write(small, 10, 2, 3)
        _write(large, VOCABULARY, EMBEDDED, UNITS)
        size = large.with_suffix(".pt").stat().st_size
        print(f"\nImport of a state dict of {size / 1e6:.1f} MB, to a scenario")
        for suffix, title in ((".pt", "zip"), (".pth", "before 1.6"), (".safetensors", "safetensors")):
            _row(title, large.with_suffix(suffix), large.with_suffix(".pt" if suffix == ".safetensors" else suffix))
            _memory(title, small.with_suffix(suffix), large.with_suffix(suffix))


def _write(path: Path, vocabulary: int, embedded: int, units: int) -> None:
    torch.manual_seed(1)
    modules = {
        "embedding": torch.nn.Embedding(vocabulary, embedded),
        "lstm": torch.nn.LSTM(embedded, units, LAYERS),
        "fc": torch.nn.Linear(units, OUTPUTS),
    }
    weights = torch.nn.ModuleDict(modules).state_dict()
    torch.save(weights, path.with_suffix(".pt"))
    torch.save(weights, path.with_suffix(".pth"), _use_new_zipfile_serialization=False)
    arrays = {name: tensor.numpy() for name, tensor in weights.items()}
    path.with_suffix(".safetensors").write_bytes(safetensors_bytes(arrays, {"format": "pt"}))


def _row(title: str, path: Path, theirs: Path) -> None:
    loaded, scenario = torch.load(theirs, weights_only=True), import_model(path, **HINTS)
    assert np.array_equal(scenario.params["embedding.E"], loaded["embedding.weight"].numpy())
    works: dict[str, Work] = {
        "rnnviz": lambda: import_model(path, **HINTS),
        "torch.load": lambda: torch.load(theirs, weights_only=True),
    }
    report(title, cpu_times(works), AIM)


def _memory(title: str, small: Path, large: Path) -> None:
    if not Path("/proc/self/status").exists():  # not Linux
        return
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(small), str(large)], capture_output=True, text=True)
    ratio = float(done.stdout)
    short = "" if ratio <= MOST_MEMORY else " SHORT"
    print(
        f"    memory at its highest, above the program's own: {ratio:.2f} of the weights (at most {MOST_MEMORY}){short}"
    )
