"""Whatever happens to a file of weights, it is read or refused in our own words: nothing else escapes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from rnnviz.interop.import_model import import_model
from rnnviz.interop.weights.safetensors_file import safetensors_bytes
from tests.interop.mutation import survives
from tests.interop.torch_files import linear, torch_file, torch_old_file, weights

SEED, FEW, MANY = 20_241, 500, 200_000
HINTS = {"readout": "last step", "activation": "tanh", "hidden_activation": "relu"}


def good() -> list[dict[str, np.ndarray]]:
    """Small ones, so that what describes the numbers is not lost among them."""
    classifier = {**weights("lstm", 2, 3, prefix="lstm."), **linear("fc", 3, 2)}
    stack = {**weights("gru", 2, 2), **weights("gru", 2, 2, layer=1, seed=2), **linear("a", 2, 2), **linear("b", 2, 1)}
    tagger = {"emb.weight": np.ones((5, 2), np.float16), **weights("rnn", 2, 2), "n": np.zeros(1, np.int64)}
    return [classifier, stack, tagger]


def npz(arrays: dict[str, np.ndarray]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def floats(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array for name, array in arrays.items() if array.dtype.kind == "f"}


FORMATS = {
    "torch": [torch_file(arrays) for arrays in good()],
    "torch_old": [torch_old_file(arrays) for arrays in good()],
    "safetensors": [safetensors_bytes(floats(arrays), {"format": "pt"}) for arrays in good()],
    "npz": [npz(arrays) for arrays in good()],
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_files_that_are_changed_are_good_ones(name: str, tmp_path: Path) -> None:
    for number, data in enumerate(FORMATS[name]):
        (tmp_path / f"{number}.bin").write_bytes(data)
        assert import_model(tmp_path / f"{number}.bin", **HINTS).network.recurrent


@pytest.mark.parametrize("name", FORMATS)
def test_no_mutant_ends_in_an_error_that_is_not_ours(name: str, tmp_path: Path) -> None:
    found = survives(FORMATS[name], lambda p: import_model(p, **HINTS), tmp_path / "m", seed=SEED, count=FEW)
    assert found[""] > 10  # some are still read: then the changes are not all at the front door
    assert found["ModelError"] > 100


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("name", FORMATS)
def test_none_of_200_000_mutants_ends_in_an_error_that_is_not_ours(name: str, tmp_path: Path) -> None:
    seed = int.from_bytes(np.random.SeedSequence().generate_state(1).tobytes(), "little")
    print(f"seed {seed}")
    survives(FORMATS[name], lambda p: import_model(p, **HINTS), tmp_path / "m", seed=seed, count=MANY)
