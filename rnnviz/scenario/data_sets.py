"""The data that come with the program to be learned from, each in a part for training and a part held out.

    mnist-digits    1,000 hand-written digits, a row of pixels a step, and 200 others, all of MNIST's training part
    sentences       2,400 sentences of reviews as ids of words, happy or not, and 600 others; of each the first 40 words
    founding-texts  the Declaration of Independence and the Constitution of the United States, in pieces of 60
                    characters; foretell the next one; the last tenth is held out
    sunspots        yearly numbers / 100, foretell the next; 1700 to 1928, and from there to 2008

Where they come from: resources/data/README.md.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.training import Data
from rnnviz.resources import resource
from rnnviz.scenario.tasks import Lesson

LEARNED_YEARS = 229
MOST_WORDS = 40
HELD_OUT_EVERY = 5
UNKNOWN = 1
CHARACTERS = " abcdefghijklmnopqrstuvwxyz.,;'-"
PIECE = 60
PIECES_LEARNED = 0.9


def _digits() -> tuple[Lesson, Lesson]:
    with np.load(resource("data/mnist_training.npz"), allow_pickle=False) as archive:
        return tuple(_rows(archive[f"x_{part}"], archive[f"y_{part}"]) for part in ("train", "test"))  # type: ignore[return-value]


def _rows(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Lesson:
    answers = np.eye(10)[labels]
    return Lesson(Data(images.transpose(1, 0, 2) / 255, np.broadcast_to(answers, (28, *answers.shape))))


def _sentences() -> tuple[Lesson, Lesson]:
    known = {word: index for index, word in enumerate(words(), start=2)}
    with resource("data/sentences_training.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    ids = [word_ids(row["text"], known) for row in rows]
    answers = [int(row["label"]) for row in rows]
    every = range(len(rows))
    held_out = [n for n in every if n % HELD_OUT_EVERY == 0 and ids[n]]
    learned = [n for n in every if n % HELD_OUT_EVERY and ids[n]]
    return _read(ids, answers, learned), _read(ids, answers, held_out)


def words() -> list[str]:
    """The words that have ids, from 2 on; 0 is the padding, 1 any other word."""
    return resource("data/sentiment_words.txt").read_text(encoding="utf-8").split()


def word_ids(text: str, known: Mapping[str, int]) -> list[int]:
    return [known.get(word, UNKNOWN) for word in re.findall(r"[a-z']+", text.lower())][:MOST_WORDS]


def _read(ids: list[list[int]], answers: list[int], chosen: list[int]) -> Lesson:
    inputs = np.zeros((MOST_WORDS, len(chosen), 1))
    targets = np.zeros((MOST_WORDS, len(chosen), 1))
    for n, index in enumerate(chosen):
        inputs[: len(ids[index]), n, 0] = ids[index]
        targets[:, n, 0] = answers[index]
    return Lesson(Data(inputs, targets, tuple(len(ids[index]) for index in chosen)))


def _founding_texts() -> tuple[Lesson, Lesson]:
    ids = character_ids(resource("data/us_founding_texts.txt").read_text(encoding="ascii"))
    count = (len(ids) - 1) // PIECE
    read, following = (ids[at : at + count * PIECE].reshape(count, PIECE).T for at in (0, 1))
    data = Data(read[..., None].astype(np.float64), np.eye(len(CHARACTERS))[following])
    learned = round(PIECES_LEARNED * count)
    return Lesson(data.take(np.arange(learned))), Lesson(data.take(np.arange(learned, count)))


def character_ids(text: str) -> NDArray[np.intp]:
    """The characters of a text as places in CHARACTERS: small letters, and one blank for all that is not among them."""
    known = "".join(c if c in CHARACTERS else " " for c in text.lower())
    return np.array([CHARACTERS.index(character) for character in " ".join(known.split())])


def _sunspots() -> tuple[Lesson, Lesson]:
    """The held-out years are foretold by a network that has read all years before them."""
    with resource("data/sunspots_yearly.csv").open(encoding="utf-8") as file:
        series = np.array([float(row["sunspots"]) for row in csv.DictReader(file)])[:, None, None] / 100
    years = np.arange(len(series) - 1)[:, None] >= LEARNED_YEARS
    learned = Lesson(Data(series[:LEARNED_YEARS], series[1 : LEARNED_YEARS + 1]))
    return learned, Lesson(Data(series[:-1], series[1:]), years)


DATA_SETS: dict[str, Callable[[], tuple[Lesson, Lesson]]] = {
    "mnist-digits": _digits,
    "sentences": _sentences,
    "founding-texts": _founding_texts,
    "sunspots": _sunspots,
}
