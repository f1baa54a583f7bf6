"""A real worker process: its results in order, pause, cancel at any moment, a process that dies, a parent that dies."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rnnviz.jobs import Batch, Job, Worker, run_here
from tests.jobs.counting import (
    count,
    count_for_ever,
    die_at,
    fail_at,
    large_ones,
    last_one,
    surroundings,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.close()


def polled(worker: Worker, until=lambda batches: batches and batches[-1].ended, within_s: float = 20) -> list[Batch]:
    """What comes until something holds; a worker that never gets there fails the test."""
    batches: list[Batch] = []
    end = time.monotonic() + within_s
    while not until(batches):
        assert time.monotonic() < end, f"only {len(batches)} batches"
        batches += worker.poll()
        time.sleep(0.002)
    return batches


def results(batches: list[Batch]) -> list:
    return [result for batch in batches for result in batch.results]


def is_there(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, within_s: float) -> bool:
    end = time.monotonic() + within_s
    while is_there(pid) and time.monotonic() < end:
        time.sleep(0.002)
    return not is_there(pid)


def test_the_results_are_those_of_this_process_in_the_same_order(worker):
    job = Job(count, (20_000,))
    worker.start(job, 7)
    assert worker.is_busy
    batches = polled(worker)
    assert results(batches) == list(run_here(job)) == list(range(20_000))
    assert {batch.generation for batch in batches} == {7}
    assert [batch.ended for batch in batches] == [False] * (len(batches) - 1) + [True]
    assert batches[-1].error == ""
    assert not worker.is_busy
    assert worker.poll() == []


def test_at_most_thirty_batches_a_second_are_sent(worker):
    worker.start(Job(count, (400, 0.002)), 1)
    batches = polled(worker)
    assert results(batches) == list(range(400))
    worked_s = batches[-1].worked_s
    assert 5 <= len(batches) <= 30 * worked_s + 2
    assert [batch.worked_s for batch in batches] == sorted(batch.worked_s for batch in batches)


def test_what_gathered_is_made_smaller_before_it_is_sent(worker):
    worker.start(Job(count, (5_000,), coalesce=last_one), 1)
    batches = polled(worker)
    found = results(batches)
    assert found[-1] == 4_999
    assert len(found) <= len(batches)


def test_the_process_is_another_with_one_thread_for_products_and_without_qt(worker):
    worker.start(Job(surroundings), 1)
    pid, threads, imported = results(polled(worker))
    assert pid != os.getpid()
    assert threads == "1"
    assert "PySide6" not in imported


def test_a_paused_job_rests_and_goes_on_where_it_was(worker):
    worker.start(Job(count, (1_000, 0.001)), 1)
    batches = polled(worker, lambda batches: len(results(batches)) > 20)
    worker.pause()
    assert worker.is_paused
    time.sleep(0.3)
    batches += worker.poll()
    so_far = len(results(batches))
    time.sleep(0.3)
    assert worker.poll() == []
    worker.resume()
    batches += polled(worker)
    assert results(batches) == list(range(1_000))
    assert so_far < 1_000
    assert not worker.is_paused
    after = next(batch for batch in batches if batch.results and batch.results[-1] >= so_far)
    before = next(batch for batch in reversed(batches) if batch.results and batch.results[-1] < so_far)
    assert after.worked_s - before.worked_s < 0.25  # without the 0.6 s of the pause


def test_a_job_that_waits_can_be_cancelled(worker):
    worker.start(Job(count, (1_000, 0.001)), 1)
    polled(worker, lambda batches: batches)
    pid = worker.pid
    worker.pause()
    worker.cancel()
    assert not worker.is_busy
    assert gone(pid, 0.25)


@pytest.mark.parametrize("job", [Job(count_for_ever), Job(large_ones, (3_000_000,))], ids=["small", "large"])
def test_a_job_is_cancelled_at_any_moment_within_a_quarter_of_a_second(worker, job):
    moments = random.Random(5)
    threads = threading.active_count()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for generation in range(12):
        worker.start(job, generation)
        pid = worker.pid
        end = time.monotonic() + moments.uniform(0, 0.6)
        while time.monotonic() < end:
            assert {batch.generation for batch in worker.poll()} <= {generation}
            time.sleep(0.01)
        began = time.monotonic()
        worker.cancel()
        assert time.monotonic() - began < 0.05
        assert gone(pid, 0.25)
        assert worker.poll() == []
        assert not worker.is_busy
    worker.close()
    assert threading.active_count() == threads
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 1  # the tracker of multiprocessing stays


def test_a_new_job_takes_the_place_of_the_one_that_runs(worker):
    worker.start(Job(count_for_ever), 1)
    polled(worker, lambda batches: batches)
    worker.start(Job(count, (5,)), 2)
    batches = polled(worker)
    assert results(batches) == [0, 1, 2, 3, 4]
    assert {batch.generation for batch in batches} == {2}


@pytest.mark.parametrize("after_s", [0.0, 0.5])
def test_a_process_that_is_killed_is_noticed_and_another_can_be_started(worker, after_s):
    worker.start(Job(large_ones, (300_000,)), 1)
    time.sleep(after_s)
    os.kill(worker.pid, signal.SIGKILL)
    last = polled(worker)[-1]
    assert last.error == "the worker process ended unexpectedly"
    assert not worker.is_busy
    worker.start(Job(count, (3,)), 2)
    assert results(polled(worker)) == [0, 1, 2]


def test_a_process_that_ends_by_itself_loses_nothing_that_it_sent(worker):
    worker.start(Job(die_at, (1,)), 1)
    batches = polled(worker)
    assert results(batches) == [0]
    assert batches[-1].error == "the worker process ended unexpectedly"


def test_a_paused_process_that_is_killed_is_noticed(worker):
    worker.start(Job(count_for_ever), 1)
    polled(worker, lambda batches: batches)
    worker.pause()
    os.kill(worker.pid, signal.SIGKILL)
    assert polled(worker)[-1].error == "the worker process ended unexpectedly"
    assert not worker.is_paused
    worker.resume()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("lstm.W_i has shape (2, 3);\n it needs (2, 2)"), "lstm.W_i has shape (2, 3); it needs (2, 2)"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (MemoryError(), "there is not enough memory for this"),
    ],
)
def test_an_error_of_the_job_comes_back_as_one_line(worker, error, line):
    worker.start(Job(fail_at, (3, error)), 1)
    batches = polled(worker)
    assert results(batches) == [0, 1, 2]
    assert batches[-1].error == line


def test_a_job_that_cannot_be_sent_says_so(worker):
    worker.start(Job(count, (lambda: 1,)), 1)
    assert "ickl" in polled(worker)[-1].error
    assert not worker.is_busy


def test_the_process_ends_when_its_parent_is_killed():
    program = [sys.executable, "-m", "tests.jobs.orphan"]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert is_there(pid)
        parent.kill()
        parent.wait()
        end = time.monotonic() + 5
        while is_there(pid):
            assert time.monotonic() < end
            time.sleep(0.01)
