"""Tables as sequences: a row is a step, or a whole sequence, or a text."""

from __future__ import annotations

from rnnviz.interop.data.arrange_long import from_long
from rnnviz.interop.data.arrange_sentences import from_sentences
from rnnviz.interop.data.arrange_wide import from_wide
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.sequences import Sequences
from rnnviz.interop.data.table import Table
from rnnviz.scenario.types import Scenario


def from_table(table: Table, choices: Choices, scenario: Scenario | None) -> Sequences:
    inputs = [table.column(name) for name in choices.named("input")]
    targets = [table.column(name) for name in choices.named("target")] if choices.target == "columns" else []
    if not inputs:
        raise DataError("no column is an input; choose at least one", where="columns")
    if choices.target == "columns" and not targets:
        raise DataError("no column is a target; choose one, or another target", where="columns")
    texts = [column.name for column in inputs if column.kind == "text"]
    if texts:
        if len(inputs) > 1:
            raise DataError(f"{texts[0]} is text; it can be an input only alone", where="columns")
        return from_sentences(table, inputs[0], targets, choices, scenario)
    if choices.form == "a row each":
        return from_wide(table, inputs, targets, choices, scenario)
    return from_long(table, inputs, targets, choices, scenario)
