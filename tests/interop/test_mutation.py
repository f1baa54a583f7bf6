"""The files that fuzzing reads: many kinds, the same ones each time, and errors that are not ours are seen."""

from __future__ import annotations

import io
import itertools
import zipfile
from pathlib import Path

import pytest

from rnnviz.interop.errors import ModelError
from tests.interop.mutation import mutants, survives, zipped

GOOD = bytes(range(200))
ZIP = zipped({"data.pkl": b"a pickle" * 4, "data/0": bytes(64)})


def test_the_same_seed_makes_the_same_files_and_another_one_others() -> None:
    assert list(mutants([GOOD], 1, 50)) == list(mutants([GOOD], 1, 50))
    assert list(mutants([GOOD], 1, 50)) != list(mutants([GOOD], 2, 50))


def test_nearly_every_mutant_differs_from_the_good_file_and_they_have_many_lengths() -> None:
    found = list(mutants([GOOD], 3, 500))
    assert sum(mutant != GOOD for mutant in found) > 450
    assert min(map(len, found)) < 50 < 200 < max(map(len, found))


def test_members_of_a_zip_file_are_changed_behind_checksums_that_are_right() -> None:
    whole = 0
    for mutant in itertools.islice(mutants([ZIP], 4, 200), 200):
        try:
            with zipfile.ZipFile(io.BytesIO(mutant)) as archive:
                whole += archive.testzip() is None and mutant != ZIP
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
            continue
    assert whole > 100


def test_an_error_that_is_not_ours_is_said_with_the_number_of_its_mutant(tmp_path: Path) -> None:
    def read(path: Path) -> None:
        if len(path.read_bytes()) < 100:
            raise KeyError("short")
        raise ModelError("bad")

    with pytest.raises(AssertionError, match=r"mutant .* of seed 5.*KeyError"):
        survives([GOOD], read, tmp_path / "mutant", seed=5, count=500)


def test_errors_of_ours_are_counted(tmp_path: Path) -> None:
    def read(path: Path) -> None:
        raise ModelError("bad")

    assert survives([GOOD], read, tmp_path / "mutant", seed=6, count=20) == {"ModelError": 20}
