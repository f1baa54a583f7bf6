"""Jobs for the tests of the worker; a module of its own, so that the worker process can import it."""

import os
import time
from collections.abc import Iterator


def count(to: int, pause_s: float = 0.0) -> Iterator[int]:
    for number in range(to):
        yield number
        if pause_s:
            time.sleep(pause_s)


def count_for_ever() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def large_ones(size: int) -> Iterator[bytes]:
    while True:
        yield bytes(size)


def fail_at(number: int, error: Exception) -> Iterator[int]:
    yield from range(number)
    raise error


def die_at(number: int) -> Iterator[int]:
    yield from range(number)
    time.sleep(0.1)
    os._exit(3)


def surroundings() -> Iterator[object]:
    import sys

    yield os.getpid()
    yield os.environ.get("OPENBLAS_NUM_THREADS")
    yield sorted({"PySide6", "pyqtgraph", "numpy"} & sys.modules.keys())


def last_one(results: list[int]) -> list[int]:
    return results[-1:]
