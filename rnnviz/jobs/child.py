"""What the worker process does: it takes one job, works on it, and tells of it at most 30 times a second."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import Any

from rnnviz.jobs.job import Job

INTERVAL_S = 1 / 30

# (results, seconds worked, whether this is the last, error): a tuple is read faster than a class.
Message = tuple[tuple[Any, ...], float, bool, str]


def work(wire: Connection[Message, Job], controls: Connection[Any, bool]) -> None:
    """Receive a job, send what comes of it. `controls` says True for pause and False for go on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too; the parent will end us
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    outbox = _Outbox(wire)
    try:
        try:
            _work(wire.recv(), outbox, controls)
        except (EOFError, BrokenPipeError):
            raise
        except MemoryError:
            outbox.send(ended=True, error="there is not enough memory for this")
        except Exception as error:
            outbox.send(ended=True, error=_line(error))
    except (EOFError, BrokenPipeError):
        return  # nobody listens any more


class _Outbox:
    """Results that wait to be sent, and the clock of the work."""

    def __init__(self, wire: Connection[Message, Job]) -> None:
        self.wire = wire
        self.coalesce: Any = None
        self.waiting: list[Any] = []
        self.began = time.perf_counter()
        self.due = self.began

    def add(self, result: Any) -> None:
        self.waiting.append(result)
        now = time.perf_counter()
        if now >= self.due:
            self.send()
            self.due = now + INTERVAL_S

    def send(self, ended: bool = False, error: str = "") -> None:
        results, self.waiting = self.waiting, []
        if self.coalesce is not None and results:
            results = self.coalesce(results)
        self.wire.send((tuple(results), time.perf_counter() - self.began, ended, error))


def _work(job: Job, outbox: _Outbox, controls: Connection[Any, bool]) -> None:
    from rnnviz import fast  # here, since a new process should be ready to take its job at once

    fast.load()
    outbox.coalesce = job.coalesce
    outbox.began = outbox.due = time.perf_counter()
    for result in job.function(*job.arguments):
        outbox.add(result)
        if controls.poll():
            _pause(outbox, controls)
    outbox.send(ended=True)


def _pause(outbox: _Outbox, controls: Connection[Any, bool]) -> None:
    """Tell all there is, then wait until it goes on; the time of that is not time of work."""
    if outbox.waiting:
        outbox.send()
    began = time.perf_counter()
    is_paused = controls.recv()
    while is_paused or controls.poll():
        is_paused = controls.recv()
    outbox.began += time.perf_counter() - began


def _line(error: Exception) -> str:
    """The error in one line; what rnnviz refuses says enough by itself."""
    said = " ".join(str(error).split())
    return said if said and isinstance(error, ValueError) else f"{type(error).__name__}: {said}".rstrip(": ")


def _end_with_the_parent() -> None:
    """A parent that was killed can tell nobody: its end is watched for."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)
