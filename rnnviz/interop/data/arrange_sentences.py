"""Tables in which a column holds texts, each of them a sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz.interop.data.arrange_text import Lines, from_lines
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.columns import notes_of, numbers_among, scaling_for, targets_of, values_of, without_words
from rnnviz.interop.data.rows import wrong_rows
from rnnviz.interop.data.sequences import Array, Classes, Sequences
from rnnviz.interop.data.table import Column, Table
from rnnviz.scenario.types import Scenario


def from_sentences(
    table: Table, column: Column, targets: Sequence[Column], choices: Choices, scenario: Scenario | None
) -> Sequences:
    numbers, words = numbers_among(targets), [target for target in targets if target.kind == "text"]
    wrong = wrong_rows(table, numbers, [column, *words], table.ragged)
    left_out = wrong.rows if choices.missing != "last" else without_words([column, *words], None, table.rows)
    left_out = left_out | (np.isnan(values_of(numbers)).any(axis=1) if numbers else False)
    rows = np.flatnonzero(~left_out)
    lines = Lines([column.cells[row] for row in rows], table.row_numbers[rows], column.name)
    read = from_lines(lines, choices, scenario, table.name)
    kept = rows[read.kept]
    made: Array | Classes | None = read.sequences.targets
    notes: list[str] = []
    names = read.sequences.target_names
    if targets:
        steps = len(read.sequences.inputs)
        lengths = read.sequences.lengths or (steps,) * len(kept)
        scaling = scaling_for(values_of(numbers)[kept] if numbers else np.zeros((1, 0)), choices, scenario, 0)
        y = scaling.applied(np.nan_to_num(values_of(numbers))) if numbers else np.zeros((table.rows, 0))
        repeated = [np.full(length, row) for row, length in zip(kept, lengths, strict=True)]
        made, notes = targets_of(targets, y, repeated, steps, choices, scenario)
        notes += [scaling.note(target.name, k) for k, target in enumerate(numbers)]
        names = tuple(scaling.name(target.name, k) for k, target in enumerate(numbers))
    found = read.sequences
    problems = sorted([*wrong.problems, *found.problems], key=lambda problem: (problem.row, problem.column))
    return Sequences(
        source=table.name,
        inputs=found.inputs,
        lengths=found.lengths,
        targets=made,
        input_names=found.input_names,
        target_names=names,
        sequence_names=found.sequence_names,
        is_next=found.is_next,
        vocabulary=found.vocabulary,
        notes=(*notes_of(table, notes, wrong, left_out, choices), *found.notes),
        problems=tuple(problems),
        wrong=int(wrong.rows.sum()) + found.wrong,
        decided=found.decided and (choices.missing != "ask" or not wrong.rows.any()),
    )
