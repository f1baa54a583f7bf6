"""A worker process as its parent sees it: start a job, ask for news, pause, go on, cancel."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Iterator

from rnnviz.jobs.child import Message, work
from rnnviz.jobs.job import Batch, Job

DIED = "the worker process ended unexpectedly"
PATIENCE_S = 0.2
NOTED_S = 0.001


class Worker:
    """At most one job at a time, each in a new process: what one leaves behind cannot trouble the next.

    No call waits for the job. The process ends with its parent, however that ends.
    """

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._talks: list[threading.Thread] = []  # of all processes that have not been seen off
        self.is_paused = False

    @property
    def is_busy(self) -> bool:
        """A job has been started, and its last batch has not been polled."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """The number of the worker process, None where there is none."""
        return self._process.process.pid if self._process else None

    def start(self, job: Job, generation: int) -> None:
        """Begin with a job; one that is under way is cancelled."""
        self.cancel()
        self._process = _Process(job, generation)
        self._talks = [talk for talk in self._talks if talk.is_alive()] + [self._process.talk]

    def poll(self) -> list[Batch]:
        """What has come since the last call, oldest first. Call it about 30 times a second while busy."""
        process = self._process
        if process is None:
            return []
        batches = process.batches()
        if batches and batches[-1].ended:
            self._process, self.is_paused = None, False
        return batches

    def pause(self) -> None:
        self._control(True)

    def resume(self) -> None:
        self._control(False)

    def cancel(self) -> None:
        """End the job now, without waiting for the process; nothing comes of it any more."""
        process, self._process, self.is_paused = self._process, None, False
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the job, and wait until all processes are gone and everything is given back."""
        self.cancel()
        for talk in self._talks:
            talk.join()

    def _control(self, is_paused: bool) -> None:
        if self._process is not None and is_paused != self.is_paused:
            self.is_paused = is_paused
            with contextlib.suppress(OSError):  # a process that died is noticed by poll
                self._process.controls.send(is_paused)


class _Process:
    """One process with one job. A thread talks with it, so that a long message never holds up the window."""

    def __init__(self, job: Job, generation: int) -> None:
        self.generation = generation
        self.inbox: deque[Message] = deque()
        context = multiprocessing.get_context("spawn")
        # Not an Event: a process that is killed while it looks at one keeps its lock, and we would wait for ever.
        controls, self.controls = context.Pipe(duplex=False)
        self.wire, wire = context.Pipe()
        self.process = context.Process(target=work, args=(wire, controls), name="rnnviz worker", daemon=True)
        with _one_thread_for_products():
            self.process.start()
        wire.close()
        controls.close()
        self.talk = threading.Thread(target=self._talk, args=(job,), name="rnnviz worker's messages", daemon=True)
        self.talk.start()

    def batches(self) -> list[Batch]:
        """What has come since the last call."""
        found = []
        while self.inbox:
            results, worked_s, ended, error = self.inbox.popleft()
            found.append(Batch(self.generation, results, worked_s, ended, error))
        return found

    def kill(self) -> None:
        """At once, also one that is stopped or starting: there is nothing in it that has to be put in order."""
        with contextlib.suppress(ValueError):  # it has ended by itself, and the thread has closed it
            self.process.kill()

    def _talk(self, job: Job) -> None:
        """Hand over the job, listen until the last message, see the process off. Runs in the thread."""
        self._listen(job)
        self.process.join(PATIENCE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self._close_process()
        self.wire.close()
        self.controls.close()

    def _close_process(self) -> None:
        """Starting another process also collects those that have ended, in another thread. Until that thread has noted
        what it has collected, this process counts as running."""
        while True:
            try:
                self.process.close()
            except ValueError:
                time.sleep(NOTED_S)
            else:
                return

    def _listen(self, job: Job) -> None:
        worked_s, ended = 0.0, False
        try:
            self.wire.send(job)
            while not ended:
                message = self.wire.recv()
                _, worked_s, ended, _ = message
                self.inbox.append(message)
        except (EOFError, OSError):
            self.inbox.append(((), worked_s, True, DIED))
        except Exception as error:  # the job cannot be sent, or a result cannot be read
            self.inbox.append(((), worked_s, True, f"{type(error).__name__}: {' '.join(str(error).split())}"))


@contextlib.contextmanager
def _one_thread_for_products() -> Iterator[None]:
    """OpenBLAS reads this once, when a process imports NumPy: it has to be there when the process starts."""
    name = "OPENBLAS_NUM_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
