"""The classical tasks of recurrent networks, made from a seed: as many sequences as are wanted, always the same ones.

temporal-xor    two random bits, then their exclusive or, and so on; foretell the next bit         Elman 1990
anbn            n times a, then n times b, then the end; foretell the next symbol           Wiles & Elman 1995
parentheses     ( and ); is everything closed that was opened?
flip-flop       three channels of rare pulses of +1 and -1; hold the last one of each   Sussillo & Barak 2013
adding          numbers from 0 to 1, two of them marked; their sum at the end      Hochreiter & Schmidhuber 1997
copy-memory     three symbols, a long pause, then say them again                   Hochreiter & Schmidhuber 1997
sine            a sine of 25 steps a period that begins anywhere; foretell the next value
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.training import Data
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Array

PERIOD = 25
PULSES = 0.25
SYMBOLS = 4
REMEMBERED = 3


@dataclass(frozen=True)
class Lesson:
    """Sequences to learn from, or to be measured on.

    counted : (T, N), the steps whose answer can be known, on which right answers are counted; None for all
    """

    data: Data
    counted: NDArray[np.bool_] | None = None


def lesson(task: str, steps: int, sequences: int, random: np.random.Generator) -> Lesson:
    """So many sequences of a task. Raises ScenarioError when it cannot be made so short."""
    if steps < SHORTEST[task]:
        raise ScenarioError(f"{task} needs at least {SHORTEST[task]} steps, found {steps}", where="training.data.steps")
    return TASKS[task](steps, sequences, random)


def _temporal_xor(steps: int, sequences: int, random: np.random.Generator) -> Lesson:
    bits = random.integers(0, 2, (steps + 1, sequences))
    for t in range(2, steps + 1, 3):
        bits[t] = bits[t - 1] ^ bits[t - 2]
    known = np.broadcast_to(np.arange(1, steps + 1)[:, None] % 3 == 2, (steps, sequences))
    return Lesson(_next(bits[..., None].astype(np.float64)), known)


def _anbn(steps: int, sequences: int, random: np.random.Generator) -> Lesson:
    counts = random.integers(1, (steps - 1) // 2 + 1, sequences)
    symbols = np.full((steps + 1, sequences), 2)  # 0 a, 1 b, 2 the end, which is also the beginning
    for n, count in enumerate(counts):
        symbols[1 : count + 1, n] = 0
        symbols[count + 1 : 2 * count + 1, n] = 1
    data = _next(np.eye(3)[symbols])
    lengths = tuple(int(2 * count + 1) for count in counts)
    return Lesson(Data(data.inputs, data.targets, lengths), symbols[:-1] == 1)


def _parentheses(steps: int, sequences: int, random: np.random.Generator) -> Lesson:
    opens = random.random((steps, sequences)) < 0.5
    depth = np.zeros(sequences, int)
    closed = np.zeros((steps, sequences, 1))
    for t in range(steps):
        opens[t] |= depth == 0
        depth += np.where(opens[t], 1, -1)
        closed[t, :, 0] = depth == 0
    return Lesson(Data(np.eye(2)[np.where(opens, 0, 1)], closed))


def _flip_flop(steps: int, sequences: int, random: np.random.Generator) -> Lesson:
    pulses = random.choice([-1.0, 0.0, 1.0], (steps, sequences, 3), p=[PULSES / 2, 1 - PULSES, PULSES / 2])
    held = pulses.copy()
    for t in range(1, steps):
        held[t] = np.where(pulses[t] == 0, held[t - 1], pulses[t])
    return Lesson(Data(pulses, held))


def _adding(steps: int, sequences: int, random: np.random.Generator) -> Lesson:
    numbers = random.random((steps, sequences))
    marks = np.zeros((steps, sequences))
    every = np.arange(sequences)
    marks[random.integers(0, steps // 2, sequences), every] = 1
    marks[random.integers(steps // 2, steps, sequences), every] = 1
    total = (numbers * marks).sum(axis=0)
    return Lesson(Data(np.stack([numbers, marks], axis=-1), np.tile(total[:, None], (steps, 1, 1))))


def _copy_memory(steps: int, sequences: int, random: np.random.Generator) -> Lesson:
    """Symbols 0 to 3, then the pause (4), then the sign to begin (5) and pauses; the answers are pauses until then."""
    said = random.integers(0, SYMBOLS, (REMEMBERED, sequences))
    heard = np.full((steps, sequences), SYMBOLS)
    heard[:REMEMBERED] = said
    heard[-REMEMBERED] = SYMBOLS + 1
    answers = np.full((steps, sequences), SYMBOLS)
    answers[-REMEMBERED:] = said
    last = np.broadcast_to(np.arange(steps)[:, None] >= steps - REMEMBERED, (steps, sequences))
    return Lesson(Data(np.eye(SYMBOLS + 2)[heard], np.eye(SYMBOLS + 1)[answers]), last)


def _sine(steps: int, sequences: int, random: np.random.Generator) -> Lesson:
    begin = random.uniform(0, 2 * np.pi, sequences)
    data = _next(np.sin(2 * np.pi * np.arange(steps + 1)[:, None] / PERIOD + begin)[..., None])
    # one value does not say whether the sine rises or falls
    return Lesson(data, np.broadcast_to(np.arange(steps)[:, None] > 0, (steps, sequences)))


def _next(series: Array) -> Data:
    """What comes next is the target at each step."""
    return Data(series[:-1], series[1:])


TASKS: dict[str, Callable[[int, int, np.random.Generator], Lesson]] = {
    "temporal-xor": _temporal_xor,
    "anbn": _anbn,
    "parentheses": _parentheses,
    "flip-flop": _flip_flop,
    "adding": _adding,
    "copy-memory": _copy_memory,
    "sine": _sine,
}
SHORTEST = dict.fromkeys(TASKS, 2) | {"anbn": 3, "adding": 2, "copy-memory": 2 * REMEMBERED}
