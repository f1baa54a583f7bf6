"""A piece of long work, and what comes back from it. Imports nothing of weight: a new process reads this first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Job:
    """
    function : a function of a module, which returns an iterator of small results
    arguments : what it is called with; both have to go to another process
    title : what people see, such as "Train"
    coalesce : makes what has gathered since the last message smaller, before it is sent
    """

    function: Callable[..., Iterator[Any]]
    arguments: tuple[Any, ...] = ()
    title: str = ""
    coalesce: Callable[[list[Any]], list[Any]] | None = None


@dataclass(frozen=True)
class Batch:
    """What a worker process has to tell, in the order of its work.

    generation : what the job was started with
    worked_s : seconds since the job began, without pauses
    ended : this is the last batch; error : why the job failed, one line, "" where it did not
    """

    generation: int
    results: tuple[Any, ...]
    worked_s: float
    ended: bool = False
    error: str = ""


def run_here(job: Job) -> Iterator[Any]:
    """The results of the same job, worked out in this process."""
    return job.function(*job.arguments)
