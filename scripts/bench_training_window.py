"""The window while training runs at full speed, and cancelling it at random moments.

Smoothness: a window steps through a run 30 times a second, first with nothing else to do, then beside training in the
worker process. What is measured is the time between two paintings, and the longest stretch of CPU that the GUI thread
spent without going back to its events. Cancel: 200 runs, each stopped at a random moment; how long the call takes, how
long until the worker process is gone, and whether the document is as before or a whole iterate.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
import numpy as np
from bench_redraw import Walk, settle

FRAME_S = 1 / 30
WATCHED_S = 8.0
MOST_TIMES_IDLE = 2.0
CANCELS, LATEST_S = 200, 1.5
ACKNOWLEDGED_S, STOPPED_S = 0.05, 0.25


def bench_smoothness() -> None:
    from rnnviz.scenario import builtin

    print(f"\nA window that steps 30 times a second, for {WATCHED_S:.0f} s, without and with training (mnist-train)")
    with tempfile.TemporaryDirectory() as folder:
        walk = Walk(16, 100, str(Path(folder) / "settings.ini"))
        scenario = builtin.load("mnist-train")
        training = msgspec.structs.replace(scenario.training, epochs=10_000)
        walk.session.open(replace(scenario, training=training))
        settle(walk.application.processEvents)
        idle = watched(walk)
        walk.session.start_training()
        while (run := walk.session.snapshot.training) is None or run.number < 3:
            walk.session.poll()
            time.sleep(0.02)
        training = watched(walk)
        state = walk.session.snapshot.training.state
        walk.session.close()
    assert state == "running", f"training was over before the measurement: {state}"
    for name, (gaps, work) in {"idle": idle, "training": training}.items():
        median, late, worst = (1e3 * np.quantile(gaps, share) for share in (0.5, 0.95, 1.0))
        print(
            f"{name:<10} between paintings: median {median:.1f} ms, p95 {late:.1f} ms, worst {worst:.1f} ms", end="; "
        )
        print(f"GUI thread: {sum(work) / WATCHED_S:.0%} of a core, longest without events {max(work) * 1e3:.1f} ms CPU")
    ratio = np.quantile(training[0], 0.95) / np.quantile(idle[0], 0.95)
    short = " SHORT" if ratio > MOST_TIMES_IDLE else ""
    print(f"p95 while training / idle: {ratio:.2f} (at most {MOST_TIMES_IDLE:.0f}){short}")


def watched(walk: Walk) -> tuple[list[float], list[float]]:
    """Seconds between paintings, and CPU seconds of the GUI thread from one return to the events to the next."""
    gaps, work = [], []
    end = time.monotonic() + WATCHED_S
    painted = due = time.monotonic()
    while time.monotonic() < end:
        began = time.thread_time()
        walk.session.step(1 if walk.session.snapshot.cursor.step < walk.session.snapshot.trace.steps else -27)
        walk.application.processEvents()
        work.append(time.thread_time() - began)
        now = time.monotonic()
        gaps.append(now - painted)
        painted = now
        due = max(due + FRAME_S, now)
        while (left := due - time.monotonic()) > 0:
            began = time.thread_time()
            walk.application.processEvents()
            work.append(time.thread_time() - began)
            time.sleep(min(left, 0.002))
    return gaps, work


def bench_cancel() -> None:
    from rnnviz.scenario import builtin
    from rnnviz.session import Session

    print(f"\nTraining cancelled at {CANCELS} random moments (sine)")
    random = np.random.default_rng(0)
    scenario = builtin.load("sine")
    session = Session()
    session.open(scenario)
    calls, ends, kept = [], [], 0
    for moment in random.uniform(0, LATEST_S, CANCELS):
        session.start_training()
        process = session._training.worker._process.process
        before = session.snapshot.document
        end = time.monotonic() + moment
        while time.monotonic() < end and session.is_busy:
            session.poll()
            time.sleep(0.005)
        began = time.monotonic()
        session.cancel_job()
        calls.append(time.monotonic() - began)
        while _is_alive(process):
            time.sleep(0.001)
        ends.append(time.monotonic() - began)
        run, document = session.snapshot.training, session.snapshot.document
        if document is not before:
            whole = run.params_of(run.number)
            assert all(np.array_equal(document.params[name], values) for name, values in whole.items()), "torn weights"
            kept += 1
            session.undo()
        assert session.snapshot.document is before or document is before, "undo leads back"
    session.close()
    short = " SHORT" if max(calls) > ACKNOWLEDGED_S or max(ends) > STOPPED_S else ""
    for name, times, most in (("acknowledged", calls, ACKNOWLEDGED_S), ("process gone", ends, STOPPED_S)):
        print(
            f"{name}: median {np.median(times) * 1e3:.1f} ms, worst {max(times) * 1e3:.1f} (at most {most * 1e3:.0f}); "
        )
    print(f"{kept} times a whole iterate was kept, {CANCELS - kept} times the document stayed as it was{short}")


def _is_alive(process) -> bool:
    try:
        return process.is_alive()
    except ValueError:  # it has been seen off
        return False


def bench_training_window() -> None:
    bench_smoothness()
    bench_cancel()


if __name__ == "__main__":
    bench_training_window()
