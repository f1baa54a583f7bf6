"""Tables in which a column holds texts, each of them a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnnviz.interop.data.arrange_text import Lines, from_lines
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.columns import notes_of, numbers_among, one_each, values_of, without_words
from rnnviz.interop.data.rows import wrong_rows
from rnnviz.interop.data.sequences import Sequences
from rnnviz.interop.data.table import Column, Table
from rnnviz.scenario.types import Scenario


def from_sentences(
    table: Table, column: Column, targets: Sequence[Column], choices: Choices, scenario: Scenario | None
) -> Sequences:
    numbers, words = numbers_among(targets), [target for target in targets if target.kind == "text"]
    wrong = wrong_rows(table, numbers, [column, *words], table.ragged)
    left_out = wrong.rows if choices.missing != "last" else without_words([column, *words], None, table.rows)
    left_out = left_out | np.isnan(values_of(numbers, table.rows)).any(axis=1)
    rows = np.flatnonzero(~left_out)
    lines = Lines([column.cells[row] for row in rows], table.row_numbers[rows], column.name)
    read = from_lines(lines, choices, scenario, table.name)
    found, kept = read.sequences, rows[read.kept]
    notes: tuple[str, ...] = ()
    if targets:
        steps = len(found.inputs)
        aimed = one_each(table, targets, kept, found.lengths or (steps,) * len(kept), steps, choices, scenario)
        found, notes = replace(found, targets=aimed.targets, target_names=aimed.names), aimed.notes
    problems = sorted([*wrong.problems, *found.problems], key=lambda problem: (problem.row, problem.column))
    return replace(
        found,
        notes=(*notes_of(table, notes, wrong, left_out, choices), *found.notes),
        problems=tuple(problems),
        wrong=wrong.count + found.wrong,
        decided=found.decided and wrong.is_decided(choices.missing),
    )
