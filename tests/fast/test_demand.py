"""When a loop is compiled: once it has come to pay, in a thread where nobody should wait."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import rnnviz.fast
from rnnviz.engine import accelerate
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Recurrent
from rnnviz.fast import demand

LAYER = Recurrent("a", CELLS["elman"], 2)
PARAMS = {"W": np.ones((2, 1)), "U": np.ones((2, 2)), "b": np.zeros(2)}


@pytest.fixture(autouse=True)
def engine(cache: Path) -> Iterator[None]:
    before = accelerate.sequence
    yield
    accelerate.sequence = before


def answer(steps: int) -> accelerate.Sequence | None:
    assert accelerate.sequence is not None
    return accelerate.sequence(LAYER, 1, PARAMS, np.dtype(np.float64), steps)


def test_a_loop_is_compiled_when_the_work_asked_for_would_have_paid_for_it() -> None:
    rnnviz.fast.load()
    steps = int(demand.COMPILING_S / demand.STEP_S / 3)
    assert answer(steps) is None
    assert answer(steps) is None
    assert answer(steps + 10) is not None
    assert answer(demand.LEAST_STEPS) is not None
    assert answer(demand.LEAST_STEPS - 1) is None


def test_in_the_background_nobody_waits() -> None:
    rnnviz.fast.load_in_background()
    threads = threading.active_count()
    assert answer(999) is None
    assert threading.active_count() == threads
    assert answer(100_000) is None
    for thread in threading.enumerate():
        if thread.name == demand.THREAD:
            thread.join()
    assert answer(1000) is None  # an edit is run as what it is compared with was
    rnnviz.fast.take_up()
    assert answer(1000) is not None


def test_there_may_be_nothing_to_take_up() -> None:
    rnnviz.fast.unload()
    rnnviz.fast.take_up()
    assert accelerate.sequence is None


def test_a_loop_that_cannot_be_compiled_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fail(*words: object) -> None:
        asked.append(words)
        raise RuntimeError

    monkeypatch.setattr("rnnviz.fast.compiled.compiled", fail)
    rnnviz.fast.ask_for_everything()
    assert answer(10) is None
    assert answer(10) is None
    assert len(asked) == 1


def test_unload_goes_back_to_numpy() -> None:
    rnnviz.fast.load()
    rnnviz.fast.unload()
    assert accelerate.sequence is None
