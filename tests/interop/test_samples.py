"""Sample inputs and outputs beside a model: they prove it, or are no proof, and never keep it from being read."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from rnnviz.interop.errors import ModelError, SamplesError
from rnnviz.interop.import_model import import_model
from rnnviz.scenario.types import Imported
from tests.interop.mutation import zipped
from tests.interop.torch_files import torch_file, weights


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    path.write_bytes(torch_file(weights("lstm", 3, 4)))
    return path


def imported(path: Path) -> Imported:
    found = import_model(path, readout="every step").imported
    assert found is not None
    return found


@pytest.mark.parametrize(("batch", "steps"), [(0, 5), (2, 0)])
def test_samples_of_no_sequence_or_no_step_are_no_proof(model: Path, batch: int, steps: int) -> None:
    np.savez(model.with_suffix(".npz"), x=np.ones((batch, steps, 3)), y=np.ones((batch, steps, 4)))
    found = imported(model)
    assert not found.is_proven
    assert "model.npz lies beside it, but is no proof" in found.notes[-1]
    with pytest.raises(SamplesError, match=r"are not of a network of 3 inputs"):
        import_model(model, model.with_suffix(".npz"), readout="every step")


def test_a_file_beside_a_model_that_is_too_large_for_samples_does_not_keep_the_model_out(model: Path) -> None:
    np.savez(model.with_name("data.npz"), x=np.zeros((3_000_000, 3), np.uint8), y=np.zeros((1, 1)))
    assert "data.npz lies beside it, but is no proof: " in imported(model).notes[-1]
    with pytest.raises(ModelError, match="at most 8,000,000 are read"):
        import_model(model, model.with_name("data.npz"), readout="every step")


def test_samples_that_would_take_too_much_memory_to_be_run_are_refused_for_that(model: Path) -> None:
    np.savez(model.with_suffix(".npz"), x=np.zeros((2_000_000, 1, 3), np.uint8), y=np.zeros((1, 1)))
    wide = model.with_name("wide.pt")
    wide.write_bytes(torch_file(weights("lstm", 3, 64)))
    with pytest.raises(SamplesError, match="GiB are allowed"):
        import_model(wide, model.with_suffix(".npz"), readout="every step")


def test_an_array_of_nothing_with_an_endless_side_is_refused(model: Path) -> None:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': (0, {2**63 - 1}, {2**63 - 1})}}\n".encode()
    array = b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text
    model.with_suffix(".npz").write_bytes(zipped({"x.npy": array, "y.npy": array}))
    with pytest.raises(ModelError, match="numbers are read"):
        import_model(model, model.with_suffix(".npz"), readout="every step")
    assert not imported(model).notes
