"""Tables in which a row is a whole sequence; empty cells at its end are no steps, so that rows may differ in length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.interop.data import limits
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.columns import Array, Rows, notes_of, numbers_among, one_each, taken, values_of, without_words
from rnnviz.interop.data.errors import DataError, Problem
from rnnviz.interop.data.rows import Wrong, mended, wrong_rows
from rnnviz.interop.data.scaling import scaling_of
from rnnviz.interop.data.sequences import Classes, Sequences, held, padded
from rnnviz.interop.data.table import Column, Table
from rnnviz.scenario.types import Scenario


@dataclass(frozen=True, eq=False)
class _Wide:
    """
    values : (rows, columns), NaN where there is no number
    is_used : (rows, columns), up to the last step that has anything in it
    lengths : (rows,) steps
    """

    values: Array
    is_used: NDArray[np.bool_]
    lengths: Rows

    @property
    def has_gaps(self) -> NDArray[np.bool_]:
        return np.asarray((np.isnan(self.values) & self.is_used).any(axis=1))


def from_wide(
    table: Table, inputs: Sequence[Column], targets: Sequence[Column], choices: Choices, scenario: Scenario | None
) -> Sequences:
    wide = _read(inputs, table.rows, choices)
    wrong = _wrong(table, inputs, targets, wide)
    rows = np.array(taken(list(np.flatnonzero(~_left_out(targets, wide, wrong, choices))), choices), dtype=np.intp)
    used = wide.values[rows][wide.is_used[rows]]
    scaling = scaling_of([used], choices.scale, choices.divisor)
    width = choices.width
    series = [scaling.applied(wide.values[row, : wide.lengths[row] * width].reshape(-1, width)) for row in rows]
    notes = [scaling.note(inputs[0].name if len(inputs) == 1 else f"{inputs[0].name} to {inputs[-1].name}", 0)]
    following: list[Array] = []
    if choices.target == "next":
        following, series = _next(series, rows, table)
    array, lengths = padded(series)
    made: Array | Classes | None = held(following, len(array)) if following else None
    names: tuple[str, ...] = ()
    if targets:
        aimed = one_each(table, targets, rows, [len(steps) for steps in series], len(array), choices, scenario)
        made, names, notes = aimed.targets, aimed.names, [*notes, *aimed.notes]
    left_out = wrong.rows.copy()
    left_out[rows] = False
    return Sequences(
        source=table.name,
        inputs=array,
        lengths=lengths,
        targets=made,
        target_names=names,
        sequence_names=tuple(f"row {table.row_numbers[row]}" for row in rows),
        is_next=bool(following),
        notes=notes_of(table, notes, wrong, left_out, choices),
        problems=wrong.problems,
        wrong=wrong.count,
        decided=wrong.is_decided(choices.missing),
    )


def _read(inputs: Sequence[Column], rows: int, choices: Choices) -> _Wide:
    width = choices.width
    if width < 1 or len(inputs) % width:
        message = f"{counted(len(inputs), 'column')} cannot be parted into steps of {counted(width, 'number')}"
        raise DataError(message, where="width")
    values = values_of(inputs, rows)
    filled = np.array([[bool(cell.strip()) for cell in column.cells] for column in inputs]).T
    last = np.where(filled.any(axis=1), filled.shape[1] - np.argmax(filled[:, ::-1], axis=1), 0)
    lengths = -(-last // width)
    is_used = np.arange(values.shape[1]) < (lengths * width)[:, None]
    if choices.missing == "last":
        steps = values.reshape(len(values), -1, width)
        values = np.stack([mended(row, [np.arange(len(row))], "last") for row in steps]).reshape(values.shape)
    return _Wide(values, is_used, lengths)


def _wrong(table: Table, inputs: Sequence[Column], targets: Sequence[Column], wide: _Wide) -> Wrong:
    """Rows that are too long, gaps in rows, rows without anything, and what is wrong with targets."""
    words = [column for column in targets if column.kind == "text"]
    too_long = table.widths > len(table.columns)
    others = wrong_rows(table, numbers_among(targets), words, too_long)
    at = {int(number): row for row, number in enumerate(table.row_numbers)}
    gaps = [
        problem
        for place, column in enumerate(inputs)
        for problem in column.problems
        if wide.is_used[at[problem.row], place]
    ]
    empty = wide.lengths == 0
    nothing = [Problem(int(number), "", "there are no numbers", "at least one") for number in table.row_numbers[empty]]
    rows = others.rows | empty
    for problem in gaps:
        rows[at[problem.row]] = True
    problems = sorted([*others.problems, *gaps, *nothing], key=lambda problem: (problem.row, problem.column))
    return Wrong(rows | wide.has_gaps, tuple(problems[: limits.PROBLEMS_KEPT]))


def _left_out(targets: Sequence[Column], wide: _Wide, wrong: Wrong, choices: Choices) -> NDArray[np.bool_]:
    """With "last", rows are kept whose gaps have been filled."""
    if choices.missing != "last":
        return wrong.rows
    words = [column for column in targets if column.kind == "text"]
    count = len(wide.lengths)
    missing = np.isnan(values_of(numbers_among(targets), count)).any(axis=1)
    return np.asarray(wide.has_gaps | (wide.lengths == 0) | without_words(words, None, count) | missing)


def _next(series: list[Array], rows: Rows, table: Table) -> tuple[list[Array], list[Array]]:
    """What comes next at each step, and the steps that have a next one."""
    for row, steps in zip(rows, series, strict=True):
        if len(steps) < 2:
            number = table.row_numbers[row]
            raise DataError("has one step: there is nothing that comes next", where=f"row {number}")
    return [steps[1:] for steps in series], [steps[:-1] for steps in series]
