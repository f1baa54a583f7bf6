"""Broken and hostile files of weights are refused in our words, in little memory, and nothing in them is executed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.hostile_files import FAMILIES, PWNED, hostile_files, nested

ROOT = Path(__file__).resolve().parents[2]
BAD = ROOT / "tests" / "data" / "bad_models"
GOOD = "ok_control_handmade.pt"
HINTS = {"readout": "last step", "activation": "tanh", "hidden_activation": "relu"}
MOST_BYTES = 200 * 1024**2

# file -> outcome, and what has to be said
EXPECTED = {
    GOOD: ("read", ""),
    "empty.pt": ("ModelError", "empty"),
    "not_a_model.pt": ("ModelError", "web page"),
    "npz_huge_shape.npz": ("ModelError", "larger or smaller than its record"),
    "npz_object_array.npz": ("ModelError", "object arrays are not read"),
    "pt_checkpoint_numpy_values.pt": ("read", ""),
    "pt_missing_record.pt": ("ModelError", "archive/data/7: this record of a storage is missing"),
    "pt_nan_inf_weights.pt": ("read", "NaN or infinite"),
    "pt_stride_out_of_bounds.pt": ("ModelError", "outside of its storage"),
    "pt_truncated.pt": ("ModelError", "not a complete zip file"),
    "pt_whole_module.pt": (
        "ModelError",
        "__main__.TinyNet, which only its own program can make; save the weights alone",
    ),
    "pt_zip_exec_inside_state_dict.pt": ("ModelError", "builtins.exec"),
    "st_header_length_2e60.safetensors": ("ModelError", "more than the file"),
    "st_shape_mismatch.safetensors": ("ModelError", "numbers are read"),
}


def read_in_children(paths: list[Path]) -> Iterator[dict[str, Any]]:
    """What comes of each file, in a process with 200 MB more than the program takes itself."""
    program = [sys.executable, str(ROOT / "tests" / "interop" / "in_a_child.py"), json.dumps(HINTS), str(BAD / GOOD)]
    done = subprocess.run(
        [*program, *map(str, paths)], capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()[1:]
    assert len(lines) == len(paths)
    return map(json.loads, lines)


@pytest.fixture(autouse=True)
def nothing_was_executed() -> Iterator[None]:
    Path(PWNED).unlink(missing_ok=True)
    yield
    assert not Path(PWNED).exists()


def test_each_file_of_the_collection_is_expected() -> None:
    assert EXPECTED.keys() == {path.name for path in BAD.iterdir() if path.suffix in (".pt", ".npz", ".safetensors")}


def test_bad_files_of_the_collection_are_refused_and_good_ones_read() -> None:
    for said in read_in_children([BAD / name for name in EXPECTED]):
        outcome, words = EXPECTED[Path(said["file"]).name]
        assert said["outcome"] == outcome, said
        assert words in said["says"], said
        assert said["bytes"] < MOST_BYTES, said


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_files_are_refused_by_what_is_wrong_with_them(family: str, tmp_path: Path) -> None:
    paths, words = [], []
    for number, (name, data, word) in enumerate(hostile_files(family)):
        paths.append(tmp_path / f"{number} {name[:60].replace('/', '_')}")
        paths[-1].write_bytes(data)
        words.append(word)
    assert len(paths) > 8
    for said, word in zip(read_in_children(paths), words, strict=True):
        assert said["outcome"] == "ModelError", said
        assert word in said["says"], said
        assert said["says"].isprintable(), said
        assert len(said["says"]) < 600, said
        assert said["bytes"] < MOST_BYTES, said


def test_a_model_inside_of_a_model_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "nested.pt").write_bytes(nested())
    (said,) = read_in_children([tmp_path / "nested.pt"])
    assert said["outcome"] == "ModelError"
    assert "no named weights, but weight" in said["says"]
