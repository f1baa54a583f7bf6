"""Broken and hostile files of Keras are refused in our words, in little memory, and nothing in them is executed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np
import pytest

from rnnviz.interop.errors import ModelError, UnsupportedError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.keras import hdf5_file, read_keras
from rnnviz.interop.keras.hdf5_file import Hdf5File
from tests.interop.hostile_files import PWNED
from tests.interop.hostile_keras import hostile_keras
from tests.interop.keras_files import LSTM, h5, keras, layer, lstm_weights, sequential
from tests.interop.served_hdf5 import ServedHdf5

ROOT = Path(__file__).resolve().parents[2]
BAD = ROOT / "tests" / "data" / "bad_models"
GOOD = ROOT / "tests" / "data" / "models" / "keras_made" / "nested.keras"
MOST_BYTES = 200 * 1024**2

# file -> what has to be said
EXPECTED = {
    "h5_external_raw_storage.h5": "in another file, which is not opened",
    "h5_huge_shape.h5": "1,099,511,627,776 numbers",
    "keras_conv_layer.keras": "Conv1D",
    "keras_lambda_code.keras": "Lambda layer cannot be shown: it holds code, which is never run",
    "keras_units_1e9.keras": "units is 1000000000; at most",
}


@pytest.fixture(autouse=True)
def nothing_was_executed() -> Iterator[None]:
    Path(PWNED).unlink(missing_ok=True)
    yield
    assert not Path(PWNED).exists()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedHdf5]:
    """One process for all HDF5 files."""
    served = ServedHdf5()
    monkeypatch.setattr(read_keras, "Hdf5File", served)
    yield served
    served.close()


def test_hostile_files_are_refused_by_what_is_wrong_with_them(served: ServedHdf5, tmp_path: Path) -> None:
    count = 0
    for name, data, word in hostile_keras():
        path = tmp_path / "model"
        path.write_bytes(data)
        with pytest.raises(ModelError) as caught:
            import_model(path)
        said = str(caught.value)
        assert type(caught.value) in (ModelError, UnsupportedError), name
        assert word in said, (name, said)
        assert said.isprintable(), name
        assert len(said) < 600, name
        count += 1
    assert count > 80
    assert not served.restarts


def test_bad_files_of_the_collection_are_refused_in_little_memory_of_all_processes() -> None:
    assert EXPECTED.keys() == {path.name for path in BAD.iterdir() if path.suffix in (".h5", ".keras")}
    program = [sys.executable, str(ROOT / "tests" / "interop" / "in_a_child.py"), "{}", str(GOOD)]
    done = subprocess.run(
        [*program, *(str(BAD / name) for name in EXPECTED)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    good, *bad = map(json.loads, done.stdout.splitlines())
    assert good["outcome"] == "read"
    assert len(bad) == len(EXPECTED)
    for said in bad:
        assert said["outcome"] in ("ModelError", "UnsupportedError"), said
        assert EXPECTED[Path(said["file"]).name] in said["says"], said
        assert said["bytes"] < MOST_BYTES, said


def test_the_recurrent_part_is_offered_and_shown_without_the_layer_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(keras(sequential(layer("Conv1D", name="conv"), LSTM, layer("Attention", name="a"))))
    with pytest.raises(UnsupportedError, match=r'Conv1D .* part="recurrent"'):
        import_model(path)
    scenario = import_model(path, part="recurrent")
    assert [record.name for record in scenario.network.layers] == ["lstm"]
    assert scenario.imported is not None
    assert "Conv1D conv, Attention a" in scenario.imported.notes[0]


def stream(path: Path, data: bytes) -> BinaryIO:
    path.write_bytes(data)
    return path.open("rb")


def test_a_process_that_dies_of_a_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with stream(tmp_path / "a.h5", h5(lstm_weights)) as file, Hdf5File(file) as hdf5:
        os.kill(hdf5._process.pid, 9)
        with pytest.raises(ModelError, match="died of this file"):
            hdf5.contents()


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_file, "PATIENCE_S", 0.2)
    with stream(tmp_path / "a.h5", h5(lstm_weights)) as file:
        monkeypatch.setattr(hdf5_file, "_START", "import time; time.sleep(60)")
        with pytest.raises(ModelError, match="takes too long"):
            Hdf5File(file)


def test_a_process_that_runs_in_circles_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = hdf5_file._START.split("; from rnnviz")[0]
    circles = (
        "def listing(*_):\n while True: pass\nchild.listing, child.WORK_S = listing, 0.2\nchild.main(int(sys.argv[1]))"
    )
    monkeypatch.setattr(hdf5_file, "_START", f"{begin}\nimport rnnviz.interop.keras.hdf5_child as child\n{circles}")
    with (
        stream(tmp_path / "a.h5", h5(lstm_weights)) as file,
        Hdf5File(file) as hdf5,
        pytest.raises(ModelError, match="died of this file"),
    ):
        hdf5.contents()


def test_a_process_that_says_what_makes_no_sense_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = {"groups": [], "arrays": {}, "texts": {}, "sent": []}
    for answer in ([], {}, {"error": 1}, {**nothing, "sent": ["x"]}, {**nothing, "arrays": {"x": [[-1], "<f4"]}}):
        program = (
            f"import os, struct, sys; text = {json.dumps(answer)!r}.encode();"
            " os.write(1, struct.pack('<Q', 2) + b'{}');"
            " sys.stdin.readline(); os.write(1, struct.pack('<Q', len(text)) + text); sys.stdin.readline()"
        )
        monkeypatch.setattr(hdf5_file, "_START", program)
        with (
            stream(tmp_path / "a.h5", h5(lstm_weights)) as file,
            Hdf5File(file) as hdf5,
            pytest.raises(ModelError, match="makes no sense"),
        ):
            hdf5.contents()


def test_without_h5py_the_command_that_installs_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_file, "_START", f"import sys; sys.modules['h5py'] = None; {hdf5_file._START[12:]}")
    path = tmp_path / "a.h5"
    path.write_bytes(h5(lstm_weights))
    with pytest.raises(ModelError, match=r'pip install "rnnviz\[keras\]"'):
        import_model(path)


def test_the_process_cannot_open_another_file_nor_write_one_nor_take_much_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it would do if a file took it over: tried when it lists the file."""
    tries = {
        "open('/etc/passwd')": "OSError",
        f"open({str(tmp_path / 'new')!r}, 'w')": "OSError",
        "bytearray(400 * 1024**2)": "MemoryError",
        "bytearray(8 * 1024**2) and 1 / 0": "ZeroDivisionError",
    }
    for code, error in tries.items():
        listing = f"def listing(*_):\n try: {code}\n except BaseException as e: raise RuntimeError(type(e).__mro__)\n"
        begin, main = hdf5_file._START.split("; from rnnviz")[0], "import rnnviz.interop.keras.hdf5_child as child"
        program = (
            f"{begin}\n{main}\n{listing}\nchild.listing, child.WORK_S = listing, 0.2\nchild.main(int(sys.argv[1]))"
        )
        with monkeypatch.context() as changed:
            changed.setattr(hdf5_file, "_START", program)
            with (
                stream(tmp_path / "a.h5", h5(lstm_weights)) as file,
                Hdf5File(file) as hdf5,
                pytest.raises(ModelError, match=error),
            ):
                hdf5.contents()
    assert not (tmp_path / "new").exists()


def test_large_arrays_and_half_precision_come_over_unchanged(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    arrays = {
        "a/f2": random.standard_normal((7, 300)).astype("f2"),
        "a/f4": random.standard_normal((700, 300)).astype("f4"),
        "a/big": random.standard_normal((9, 8)).astype(">f8"),
        "a/packed": random.integers(0, 3, (600, 70)).astype("f4"),
        "a/none": np.zeros((0, 3), "f4"),
        "a/one": np.float32(2.5),
    }

    def fill(file: h5py.File) -> None:
        for name, array in arrays.items():
            packing = {"compression": "gzip", "shuffle": True, "chunks": (100, 70)} if name == "a/packed" else {}
            file.create_dataset(name, data=array, **packing)

    with stream(tmp_path / "a.h5", h5(fill)) as file, Hdf5File(file) as hdf5:
        found = hdf5.contents().arrays
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name].numbers(), array)
            assert found[name].shape == np.shape(array)


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    with stream(tmp_path / "a.h5", h5(lstm_weights)) as file:
        with Hdf5File(file) as hdf5:
            pid = hdf5._process.pid
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
