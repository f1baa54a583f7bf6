"""Columns of a table as arrays, and what all ways of arranging a table share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop.data.cells import is_missing
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.rows import Wrong, left_out_in_words
from rnnviz.interop.data.scaling import Scaling, scaling_of, with_rest_as_it_is
from rnnviz.interop.data.sequences import Classes, held
from rnnviz.interop.data.table import Column, Table
from rnnviz.interop.data.targets import classes_of, wants_classes, wants_scaled
from rnnviz.interop.data.wording import listed
from rnnviz.scenario.types import Scenario

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
Some = TypeVar("Some")


@dataclass(frozen=True, eq=False)
class Aimed:
    """Targets; names : of those that are numbers; notes : what was done to them"""

    targets: Array | Classes
    names: tuple[str, ...]
    notes: tuple[str, ...]


def numbers_among(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.kind == "number"]


def values_of(columns: Sequence[Column], rows: int) -> Array:
    """(rows, columns) of columns of numbers."""
    found = [column.values for column in columns if column.values is not None]
    return np.stack(found, axis=1) if found else np.zeros((rows, 0))


def without_words(words: Sequence[Column], apart: Column | None, rows: int) -> NDArray[np.bool_]:
    found = np.zeros(rows, bool)
    for column in (*words, *([apart] if apart else [])):
        found |= np.array([is_missing(cell) for cell in column.cells])
    return found


def scaling_for(values: Array, choices: Choices, scenario: Scenario | None, inputs: int) -> Scaling:
    """Of so many columns of inputs, and after them targets that are numbers to be hit, not classes."""
    scaling = scaling_of(list(values.T), choices.scale, choices.divisor)
    return scaling if wants_scaled(scenario, choices) else with_rest_as_it_is(scaling, inputs)


def targets_of(
    targets: Sequence[Column], y: Array, rows: Sequence[Rows], steps: int, choices: Choices, scenario: Scenario | None
) -> tuple[Array | Classes, list[str]]:
    """The targets of these rows of the table, held to the end of each sequence, and what is to be said of them."""
    texts = [column for column in targets if column.kind == "text"]
    if texts or wants_classes(scenario, choices, len(targets)):
        if len(targets) > 1:
            message = f"{texts[0].name if texts else targets[0].name} names classes; it can be a target only alone"
            raise DataError(message, where="columns")
        return classes_of(targets[0].cells, targets[0].values, rows, steps, targets[0].name)
    return held([y[places] for places in rows], steps), []


def one_each(
    table: Table,
    targets: Sequence[Column],
    rows: Rows,
    lengths: Sequence[int],
    steps: int,
    choices: Choices,
    scenario: Scenario | None,
) -> Aimed:
    """The targets of sequences of which each has one row: the same at each of its steps.

    rows, lengths : of each sequence
    """
    numbers = numbers_among(targets)
    y = values_of(numbers, table.rows)
    scaling = scaling_for(y[rows], choices, scenario, 0)
    repeated = [np.full(length, row) for row, length in zip(rows, lengths, strict=True)]
    made, notes = targets_of(targets, scaling.applied(np.nan_to_num(y)), repeated, steps, choices, scenario)
    return Aimed(
        made,
        tuple(scaling.name(column.name, k) for k, column in enumerate(numbers)),
        (*(scaling.note(column.name, k) for k, column in enumerate(numbers)), *notes),
    )


def taken(pieces: list[Some], choices: Choices) -> list[Some]:
    """The sequences that were asked for."""
    begin = choices.first - 1
    found = pieces[max(begin, 0) : begin + choices.count] if choices.count else pieces[max(begin, 0) :]
    if begin < 0 or not found:
        if not pieces:
            raise DataError("no row is left in which every number is there", where="rows")
        raise DataError(f"there is no sequence {choices.first:,}; there are {len(pieces):,}", where="first")
    return found


def notes_of(
    table: Table, notes: Sequence[str], wrong: Wrong, left_out: NDArray[np.bool_], choices: Choices
) -> tuple[str, ...]:
    said = [note for note in (*table.notes, *notes) if note]
    if left_out.any():
        numbers = [f"{row}" for row in table.row_numbers[left_out]]
        said.append(f"{left_out_in_words(len(numbers), 'row', choices.missing)}: {listed(numbers)}.")
    if choices.missing == "last" and wrong.rows.any():
        said.append("Missing numbers are the ones before them.")
    return tuple(said)
