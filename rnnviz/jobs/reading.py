"""Reading a file of data, as a job: how far it is, and last what is in the file, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.source import Format, Source, reading
from rnnviz.jobs.job import Job


@dataclass(frozen=True)
class Progress:
    """share : of the work, from 0 to 1"""

    share: float


@dataclass(frozen=True)
class Found:
    """One of both: what is in the file, or what is wrong, in one line."""

    source: Source | None = None
    problem: str = ""


def read_job(path: str, how: Format) -> Job:
    return Job(read_file, (path, how), "Read", coalesce=_newest)


def read_file(path: str, how: Format) -> Iterator[Progress | Found]:
    """The last result is the Found."""
    try:
        for result in reading(path, how):
            yield Progress(result) if isinstance(result, float) else Found(result)
    except DataError as error:
        yield Found(problem=str(error))


def _newest(results: list[Any]) -> list[Any]:
    return results[-1:]
