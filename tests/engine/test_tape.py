"""Arithmetic that is written down first and worked out stretch by stretch gives what NumPy gives at once."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import reverse_loop
from rnnviz.engine.backward import backward, parameter_gradients
from rnnviz.engine.cells import CELLS
from rnnviz.engine.run import run
from rnnviz.engine.tape import Recorded, Tape
from tests.engine.networks import random_inputs, random_params, single

STEPS = 7


def worked_out(tape: Tape, value: Recorded, length: int) -> np.ndarray:
    tape.lay_out([value])
    found = []
    for start in range(0, STEPS, length):
        stop = min(start + length, STEPS)
        tape.work_out(start, stop)
        found.append(value.stretch(start, stop).copy())
    return np.concatenate(found)


@pytest.mark.parametrize("cache", [1, 600, 1 << 20])
def test_a_stretch_gives_what_all_steps_give(monkeypatch: pytest.MonkeyPatch, cache: int) -> None:
    monkeypatch.setattr("rnnviz.engine.tape.CACHE_BYTES", cache)
    random = np.random.default_rng(1)
    a, b = random.normal(size=(2, STEPS, 3, 2))
    v, m = random.normal(size=(1, 3, 1)), random.normal(size=(4, 3))
    tape = Tape(STEPS)
    given_a, given_b, given_v = (tape.given(array) for array in (a, b, v))
    constant = np.tanh(given_v) - 0.5
    value = m @ (given_a * (1.0 - given_a) + constant * given_b) - np.maximum(tape.given(a[:, :1]), 0.0)
    assert isinstance(value, Recorded)
    assert value.array is None
    tape.choose_length(0)
    expected = m @ (a * (1 - a) + (np.tanh(v) - 0.5) * b) - np.maximum(a[:, :1], 0)
    np.testing.assert_array_equal(worked_out(tape, value, tape.length), expected)


def test_values_side_by_side_and_kept_ones() -> None:
    a = np.arange(STEPS * 2.0).reshape(STEPS, 2, 1)
    tape = Tape(STEPS)
    given = tape.given(a)
    square, fixed = given * given, np.full((1, 1, 1), 3.0)
    group = tape.grouped([square, fixed, given, square], 2, 1)
    tape.keep(doubled := given + given)
    tape.choose_length(0)
    found = worked_out(tape, group, tape.length)
    np.testing.assert_array_equal(found, np.stack([a * a, 0 * a + 3.0, a, a * a], axis=1))
    np.testing.assert_array_equal(doubled.whole, 2 * a)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_a_loop_that_is_run_again_holds_nothing_of_the_run_before(cell: str) -> None:
    network = single(CELLS[cell])
    for seed, lengths in ((1, None), (2, None), (3, (5, 3)), (4, None), (5, (2, 5))):
        params = random_params(network, seed)
        trace = run(network, params, random_inputs(network, 5, 2, seed), lengths=lengths)
        sources = {trace.output_name: np.random.default_rng(seed).normal(size=trace.output.shape)}
        whole = backward(trace, sources).params  # its loops are printed anew each time
        again = parameter_gradients(trace, sources)
        for name, values in whole.items():
            np.testing.assert_allclose(again[name], values, rtol=1e-11, atol=1e-13, err_msg=name)


def gradients_of_steps(steps: int) -> dict[str, np.ndarray]:
    network = single(CELLS["elman"])
    trace = run(network, random_params(network), random_inputs(network, steps, 1))
    return parameter_gradients(trace, {trace.output_name: np.ones_like(trace.output)})


def test_few_loops_wait_and_those_that_were_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[reverse_loop.Loop] = []
    monkeypatch.setattr(reverse_loop, "_idle", waiting)
    monkeypatch.setattr(reverse_loop, "MOST_IDLE", 2)
    for steps in (3, 4, 3, 5):
        gradients_of_steps(steps)
    assert [loop.steps for loop in waiting] == [3, 5]
    monkeypatch.setattr(reverse_loop, "MOST_BYTES_OF_ALL", waiting[-1].size)
    gradients_of_steps(4)
    assert [loop.steps for loop in waiting] == [4]
    monkeypatch.setattr(reverse_loop, "MOST_BYTES", waiting[-1].size)
    gradients_of_steps(5)
    assert [loop.steps for loop in waiting] == [4]


def test_a_way_back_that_was_broken_off_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reverse_loop, "MOST_IDLE", 1)
    expected = gradients_of_steps(3)

    def no_memory(loop: reverse_loop.Loop, first: int, last: int) -> None:
        loop.product += 1.0
        raise MemoryError

    with monkeypatch.context() as short:
        short.setattr(reverse_loop.Loop, "_add_product", no_memory)
        with pytest.raises(MemoryError):
            gradients_of_steps(3)
    gradients_of_steps(4)
    gradients_of_steps(5)
    again = gradients_of_steps(3)
    assert all(np.array_equal(again[name], expected[name]) for name in expected)
