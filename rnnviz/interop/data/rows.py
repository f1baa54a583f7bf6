"""Rows of a table in which something is missing or wrong, and what is done with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.interop.data import limits
from rnnviz.interop.data.cells import is_missing
from rnnviz.interop.data.choices import Missing
from rnnviz.interop.data.errors import Problem
from rnnviz.interop.data.table import Column, Table

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Wrong:
    """
    rows : (rows,) in which something that is used is missing or no number
    problems : what, in the order of the rows; the first of them where there are many
    """

    rows: NDArray[np.bool_]
    problems: tuple[Problem, ...]

    @property
    def count(self) -> int:
        return int(self.rows.sum())

    def is_decided(self, missing: Missing) -> bool:
        return missing != "ask" or not self.rows.any()


def wrong_rows(table: Table, numbers: Iterable[Column], words: Iterable[Column], ragged: NDArray[np.bool_]) -> Wrong:
    """What is wrong in the columns that are used. `ragged` are the rows whose count of cells matters."""
    rows = ragged.copy()
    places = set(table.row_numbers[ragged].tolist())
    problems = [problem for problem in table.problems if problem.row in places]
    for column in numbers:
        if column.values is not None:
            rows |= np.isnan(column.values)
        problems += column.problems
    for column in words:
        empty = np.array([is_missing(cell) for cell in column.cells])
        rows |= empty
        found = table.row_numbers[empty][: limits.PROBLEMS_KEPT]
        problems += [Problem(int(row), column.name, "there is nothing", "a text") for row in found]
    return Wrong(rows, _without_echoes(problems)[: limits.PROBLEMS_KEPT])


def _without_echoes(problems: list[Problem]) -> tuple[Problem, ...]:
    """In a row that is too short, what is missing at its end is said once."""
    short = {problem.row for problem in problems if not problem.column}
    kept = [
        p
        for p in problems
        if not (p.column and p.row in short and p.wrong.startswith(("there is no number", "there is nothing")))
    ]
    return tuple(sorted(kept, key=lambda problem: (problem.row, problem.column)))


def left_out_in_words(count: int, noun: str, missing: Missing) -> str:
    """ "2 rows left out"; while nobody has said so, they are not in it yet, and may still be."""
    if missing != "ask":
        return f"{counted(count, noun)} left out"
    return f"{counted(count, noun)} {'waits' if count == 1 else 'wait'} for a decision"


def mended(values: Array, groups: list[NDArray[np.intp]], missing: Missing) -> Array:
    """With "last", each missing number is the one before it in its group; those without one stay missing."""
    if missing != "last" or not np.isnan(values).any():
        return values
    filled = values.copy()
    for group in groups:
        part = filled[group]
        places = np.where(np.isnan(part), -1, np.arange(len(part))[:, None])
        last = np.maximum.accumulate(places, axis=0)
        filled[group] = np.where(last >= 0, np.take_along_axis(part, np.maximum(last, 0), axis=0), np.nan)
    return filled
