"""Sequences made from a source: what a network can read, with names, with problems that were found on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.interop.data.errors import DataError, Problem
from rnnviz.scenario import limits
from rnnviz.scenario.arrays import read_only
from rnnviz.scenario.tokens import Vocabulary

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Classes:
    """
    labels : (T, N), which class each step belongs to, an index of `names`
    are_numbers : the names are whole numbers from the file, not words
    """

    labels: NDArray[np.intp]
    names: tuple[str, ...]
    are_numbers: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Sequences:
    """
    source : the name of the file
    inputs : (T, N, features); with `vocabulary`, (T, N, 1) ids of tokens
    lengths : steps of each sequence, None where all have T
    targets : (T, N, outputs) numbers, or classes, or None
    input_names : one for each feature; target_names : one for each output of targets that are numbers
    is_next : the targets are what comes next
    vocabulary : what the ids stand for; its tokens are those of the network, or made of this text
    notes : what was done to the numbers, in sentences, for the story
    problems : what is wrong, of all rows that were used; `wrong` counts them, also those that are not kept
    decided : a choice has been made about what is wrong; without one, nothing should be done with these
    """

    source: str
    inputs: Array
    lengths: tuple[int, ...] | None
    targets: Array | Classes | None = None
    input_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    sequence_names: tuple[str, ...] = ()
    is_next: bool = False
    vocabulary: Vocabulary | None = None
    images: bool = False
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    wrong: int = 0
    decided: bool = True

    @property
    def steps(self) -> tuple[int, int]:
        """The least and the most that a sequence has."""
        lengths = self.lengths or (len(self.inputs),)
        return min(lengths), max(lengths)

    @property
    def sentence(self) -> str:
        """ "3 sequences of 12 to 40 steps, 1 number each" """
        least, most = self.steps
        steps = counted(most, "step") if least == most else f"{least:,} to {most:,} steps"
        count = counted(self.inputs.shape[1], "sequence")
        if self.vocabulary is not None:
            unit = self.vocabulary.tokeniser.unit
            return f"{count} of {steps}, a {unit} each"
        return f"{count} of {steps}, {counted(self.inputs.shape[2], 'number')} each"


def padded(rows: Sequence[Array], value: float = 0.0) -> tuple[Array, tuple[int, ...] | None]:
    """Sequences (steps, features) as one array (T, N, features), and their lengths where these differ.

    Raises DataError, before the memory is taken, where that would be too much.
    """
    lengths = [len(row) for row in rows]
    if not rows or not min(lengths):
        raise DataError("no sequence is left" if not rows else "there is a sequence without steps", where="rows")
    features = rows[0].shape[1]
    check_size(max(lengths), len(rows), features)
    array = np.full((max(lengths), len(rows), features), value)
    for n, row in enumerate(rows):
        array[: len(row), n] = row
    return read_only(array), None if min(lengths) == max(lengths) else tuple(lengths)


def held(rows: Sequence[Array], steps: int) -> Array:
    """The same for targets: the last one of a sequence is held to the end, where it counts for nothing."""
    array = np.empty((steps, len(rows), rows[0].shape[1]))
    for n, row in enumerate(rows):
        array[: len(row), n] = row
        array[len(row) :, n] = row[-1]
    return read_only(array)


def check_size(steps: int, sequences: int, features: int) -> None:
    """What a scenario may hold. Raises DataError."""
    for count, most, what in (
        (steps, limits.STEPS, "steps"),
        (sequences, limits.SEQUENCES, "sequences"),
        (steps * sequences * features, limits.ARRAY_NUMBERS, "numbers, padding included"),
        (features, limits.UNITS, "numbers a step"),
    ):
        if count > most:
            raise DataError(f"{count:,} {what}; at most {most:,} are allowed; take fewer sequences", where="size")
