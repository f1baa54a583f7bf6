"""The data that come with the program to be learned from, each in a part for training and a part held out.

    mnist-digits    1,000 hand-written digits, a row of pixels a step, and 200 others, all of MNIST's training part
    sunspots        yearly numbers / 100, foretell the next; 1700 to 1928, and from there to 2008

Where they come from: resources/data/README.md.
"""

from __future__ import annotations

import csv
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.training import Data
from rnnviz.resources import resource
from rnnviz.scenario.tasks import Lesson

LEARNED_YEARS = 229


def _digits() -> tuple[Lesson, Lesson]:
    with np.load(resource("data/mnist_training.npz"), allow_pickle=False) as archive:
        return tuple(_rows(archive[f"x_{part}"], archive[f"y_{part}"]) for part in ("train", "test"))  # type: ignore[return-value]


def _rows(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Lesson:
    answers = np.eye(10)[labels]
    return Lesson(Data(images.transpose(1, 0, 2) / 255, np.broadcast_to(answers, (28, *answers.shape))))


def _sunspots() -> tuple[Lesson, Lesson]:
    """The held-out years are foretold by a network that has read all years before them."""
    with resource("data/sunspots_yearly.csv").open(encoding="utf-8") as file:
        series = np.array([float(row["sunspots"]) for row in csv.DictReader(file)])[:, None, None] / 100
    years = np.arange(len(series) - 1)[:, None] >= LEARNED_YEARS
    learned = Lesson(Data(series[:LEARNED_YEARS], series[1 : LEARNED_YEARS + 1]))
    return learned, Lesson(Data(series[:-1], series[1:]), years)


DATA_SETS: dict[str, Callable[[], tuple[Lesson, Lesson]]] = {
    "mnist-digits": _digits,
    "sunspots": _sunspots,
}
