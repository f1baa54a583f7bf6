"""Compiled loops in a cache folder of the tests' own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest

import rnnviz.fast
from rnnviz.engine import accelerate
from rnnviz.engine.trace import Trace


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # what one process has compiled, another need not
    folder = folder / "cache"
    with mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(folder), "LOCALAPPDATA": str(folder)}):
        yield folder


Both = Callable[[Callable[[], Trace]], tuple[Trace, Trace]]


@pytest.fixture
def both(cache: Path) -> Iterator[Both]:
    """Takes a run by NumPy alone, and the same compiled; fails where no compiled loop was used."""
    before = accelerate.sequence

    def run_twice(run: Callable[[], Trace]) -> tuple[Trace, Trace]:
        rnnviz.fast.unload()
        numpy = run()
        rnnviz.fast.ask_for_everything()
        assert accelerate.sequence is not None
        with mock.patch.object(accelerate, "sequence", wraps=accelerate.sequence) as asked:
            answers = []
            asked.side_effect = lambda *words: answers.append(asked._mock_wraps(*words)) or answers[-1]
            compiled = run()
        assert answers
        assert None not in answers
        return numpy, compiled

    yield run_twice
    accelerate.sequence = before
