"""Whatever happens to a file of Keras, it is read or refused in our own words: nothing else escapes.

HDF5 is read by one process for many files here, so that they can be many; in the program each file has its own.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.interop.errors import UndecidedError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.keras import read_keras
from rnnviz.scenario.errors import ScenarioError
from tests.interop.json_mutation import json_mutants
from tests.interop.mutation import survives, zipped
from tests.interop.served_hdf5 import ServedHdf5

MODELS = Path(__file__).resolve().parents[1] / "data" / "models"
SEED, FEW, MANY = 20_242, 200, 200_000
HINTS = {"readout": "every step", "activation": "relu", "output_activation": "linear"}
UNREAD = ("_initializer", "_regularizer", "_constraint", "dtype", "build_config", "compile_config", "shared_object_id")
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
SOURCES = ("masking_functional", "nested", "merged", "imdb_example")


def members(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(MODELS / "keras_made" / f"{name}.keras") as archive:
        return {member: archive.read(member) for member in archive.namelist()}


def h5() -> list[bytes]:
    """A whole model, and weights alone."""
    whole = MODELS / "keras_gru_reset_before_sunspots" / "keras2_legacy.h5"
    return [whole.read_bytes(), members("masking_functional")[WEIGHTS]]


def keras() -> list[bytes]:
    return [zipped(members(name)) for name in SOURCES]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedHdf5]:
    served = ServedHdf5()
    monkeypatch.setattr(read_keras, "Hdf5File", served)
    yield served
    served.close()


def read_part(path: Path) -> None:
    """The part that can be shown, where the whole cannot."""
    try:
        import_model(path)
    except ScenarioError:
        import_model(path, part="recurrent")


def read_h5(path: Path) -> None:
    """A whole model takes no hints; weights alone do."""
    try:
        import_model(path)
    except UndecidedError:
        import_model(path, **HINTS)


READERS: dict[str, tuple[Callable[[], list[bytes]], Callable[[Path], None]]] = {
    "keras": (keras, read_part),
    "h5": (h5, read_h5),
}


def trimmed(value: Any) -> Any:
    """Without what nobody reads, so that changes fall on what is read."""
    match value:
        case dict():
            return {key: trimmed(item) for key, item in value.items() if not key.endswith(UNREAD)}
        case list():
            return [trimmed(item) for item in value]
    return value


def configs_survive(tmp_path: Path, seed: int, count: int) -> int:
    """How many of the changed configurations were read."""
    read = 0
    path = tmp_path / "model.keras"
    for name in SOURCES:
        source = members(name)
        good = trimmed(json.loads(source[CONFIG]))
        for number, text in enumerate(json_mutants(good, seed, count // len(SOURCES))):
            path.write_bytes(zipped({**source, CONFIG: text.encode()}))
            try:
                read_part(path)
                read += 1
            except ScenarioError:
                continue
            except Exception as error:
                raise AssertionError(f"{name}, configuration {number} of seed {seed}, kept in {path}") from error
    return read


def random_seed() -> int:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print(f"seed {seed}")
    return seed


def test_the_files_that_are_changed_are_good_ones(served: ServedHdf5, tmp_path: Path) -> None:
    for number, data in enumerate(keras()):
        (tmp_path / f"{number}.keras").write_bytes(data)
        assert import_model(tmp_path / f"{number}.keras").network.recurrent
    for number, data in enumerate(h5()):
        (tmp_path / f"{number}.h5").write_bytes(data)
        hints = HINTS if number else {}
        assert import_model(tmp_path / f"{number}.h5", **hints).network.recurrent


@pytest.mark.parametrize("kind", READERS)
def test_no_mutant_ends_in_an_error_that_is_not_ours(kind: str, served: ServedHdf5, tmp_path: Path) -> None:
    seeds, read = READERS[kind]
    found = survives(seeds(), read, tmp_path / "m", seed=SEED, count=FEW)
    assert found[""] > 10  # some are still read: then the changes are not all at the front door
    assert sum(found.values()) - found[""] > 50


def test_no_changed_configuration_ends_in_an_error_that_is_not_ours(served: ServedHdf5, tmp_path: Path) -> None:
    read = configs_survive(tmp_path, SEED, FEW)
    assert 0 < read < FEW


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("kind", READERS)
def test_none_of_200_000_mutants_ends_in_an_error_that_is_not_ours(
    kind: str, served: ServedHdf5, tmp_path: Path
) -> None:
    seeds, read = READERS[kind]
    survives(seeds(), read, tmp_path / "m", seed=random_seed(), count=MANY)


@pytest.mark.slow
@pytest.mark.timeout(7_200)
def test_none_of_200_000_changed_configurations_ends_in_an_error_that_is_not_ours(
    served: ServedHdf5, tmp_path: Path
) -> None:
    configs_survive(tmp_path, random_seed(), MANY)
