"""A scenario with other steps: fed, inserted, deleted, moved, pasted; targets and lengths follow the inputs.

Sequences of one batch are edited one at a time. Where they come to differ in length, the shorter ones are padded with
zeros and the scenario says how long each of them is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnviz.engine.trace import Address
from rnnviz.scenario import limits
from rnnviz.scenario.types import Scenario
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_numbers import finite_array, same_bits
from rnnviz.session.places import check_index

Array = NDArray[np.float64]
Table = Sequence[Sequence[str | float]]


def length_of(scenario: Scenario, sequence: int) -> int:
    """How many steps this sequence of the batch has without its padding."""
    return scenario.lengths[sequence] if scenario.lengths is not None else len(scenario.inputs)


def with_step(scenario: Scenario, sequence: int, step: int, values: ArrayLike) -> Scenario:
    """The scenario with these inputs as a new step, in front of the one that has this number now.

    Its target is 0; but the target of a loss at the last step stays with the last step, wherever that is.
    """
    where = f"new step {step}"
    length = length_of(scenario, sequence)
    check_index("step", step, 1, length + 1, where)
    row = finite_array(values, where)
    width = scenario.inputs.shape[2]
    if row.shape != (width,):
        raise EditError(f"a step takes {_numbers(width)}, not {_numbers(row.size)}", where)

    def inserted(rows: Array, new: Array) -> Array:
        return np.insert(rows, step - 1, new, axis=0)

    new_target = np.zeros(()) if scenario.targets is None else np.zeros(scenario.targets.shape[2])
    return with_rows(scenario, sequence, lambda rows: inserted(rows, row), lambda rows: inserted(rows, new_target))


def without_steps(scenario: Scenario, sequence: int, steps: Collection[int]) -> Scenario:
    """The scenario without these steps of the sequence."""
    length = length_of(scenario, sequence)
    for step in steps:
        check_index("step", step, 1, length, "delete")
    if len(set(steps)) == length:
        raise EditError("one step has to stay", "delete")

    def kept(rows: Array) -> Array:
        return np.delete(rows, [step - 1 for step in steps], axis=0)

    return with_rows(scenario, sequence, kept, kept) if steps else scenario


def with_step_moved(scenario: Scenario, sequence: int, step: int, to: int) -> Scenario:
    """The scenario in which this step has become number `to`, and those between have made room."""
    length = length_of(scenario, sequence)
    check_index("step", step, 1, length, "move")
    check_index("step", to, 1, length, "move")
    order = [row for row in range(length) if row != step - 1]
    order.insert(to - 1, step - 1)

    def moved(rows: Array) -> Array:
        return rows[order]

    return with_rows(scenario, sequence, moved, moved)


def with_inputs(scenario: Scenario, inputs: ArrayLike) -> Scenario:
    """The scenario with other inputs (steps, sequences, features); targets are cut, or go on with 0."""
    new = finite_array(inputs, "inputs")
    old = scenario.inputs
    if new.ndim != 3 or new.shape[1:] != old.shape[1:] or not len(new):
        raise EditError(f"inputs here are (steps, {old.shape[1]}, {old.shape[2]}), not {new.shape}", "inputs")
    if same_bits(old, new):
        return scenario
    _check_room(scenario, len(new))
    lengths = scenario.lengths
    if lengths is not None and len(new) != len(old):
        lengths = tuple(min(length, len(new)) for length in lengths)
    targets = scenario.targets
    if targets is not None and len(targets) == len(old) != len(new):
        targets = _resized(targets, len(new))
    return replace(scenario, inputs=new, lengths=lengths, targets=targets)


def with_pasted(scenario: Scenario, sequence: int, step: int, unit: int, table: Table) -> Scenario:
    """The scenario with a table of typed numbers over its inputs, its first one at (step, unit).

    A row is a step, a column a feature. Rows beyond the last step become new steps.
    """
    values = _read_table(table)
    length, width = length_of(scenario, sequence), scenario.inputs.shape[2]
    where = str(Address("x", step, sequence, unit))
    check_index("step", step, 1, length + 1, where)
    check_index("unit", unit, 0, width - 1, where)
    if unit + values.shape[1] > width:
        raise EditError(f"a row of {_numbers(values.shape[1])} does not fit; there is room for {width - unit}", where)
    last = step - 1 + len(values)

    def pasted(rows: Array) -> Array:
        changed = _resized(rows, max(length, last))
        changed[step - 1 : last, unit : unit + values.shape[1]] = values
        return changed

    return with_rows(scenario, sequence, pasted, lambda rows: _resized(rows, max(length, last)))


def _read_table(table: Table) -> Array:
    if not table or not table[0]:
        raise EditError("there is nothing to paste", "paste")
    numbers: list[list[float]] = []
    for row, words in enumerate(table, start=1):
        if len(words) != len(table[0]):
            raise EditError(f"row {row} has {len(words)} columns, the first has {len(table[0])}", "paste")
        numbers.append([_read_number(word, f"row {row}, column {column}") for column, word in enumerate(words, 1)])
    return np.array(numbers)


def _read_number(word: str | float, where: str) -> float:
    """A number as spreadsheets write it; a true minus sign is a minus sign."""
    try:
        number = float(str(word).strip().replace("−", "-"))
    except ValueError:
        raise EditError(f"“{word}” is not a number", where) from None
    if not np.isfinite(number):
        raise EditError(f"“{word}” is not a finite number", where)
    return number


def with_rows(
    scenario: Scenario, sequence: int, of_inputs: Callable[[Array], Array], of_targets: Callable[[Array], Array]
) -> Scenario:
    """The scenario in which the steps of one sequence, without its padding, are what these functions make of them."""
    batch = scenario.inputs.shape[1]
    lengths = [length_of(scenario, each) for each in range(batch)]
    old_length = lengths[sequence]
    column = of_inputs(scenario.inputs[:old_length, sequence])
    lengths[sequence] = len(column)
    steps = max(lengths)
    _check_room(scenario, steps)
    inputs = _with_column(scenario.inputs, sequence, column, steps)
    targets = scenario.targets
    if targets is not None and len(targets) == len(scenario.inputs):
        rows = targets[:old_length, sequence]
        changed = of_targets(rows)
        if scenario.loss is not None and scenario.loss.at == "last step" and old_length:
            changed[-1] = rows[-1]
        targets = _with_column(targets, sequence, changed, steps)
    new_lengths = None if scenario.lengths is None and min(lengths) == steps else tuple(lengths)
    if new_lengths == scenario.lengths and same_bits(inputs, scenario.inputs) and _same(targets, scenario.targets):
        return scenario
    return replace(scenario, inputs=inputs, targets=targets, lengths=new_lengths)


def _same(left: Array | None, right: Array | None) -> bool:
    return left is right or (left is not None and right is not None and same_bits(left, right))


def _check_room(scenario: Scenario, steps: int) -> None:
    """A scenario that is larger than its file may be could not be saved."""
    batch, features = scenario.inputs.shape[1:]
    a_step = batch * (features + sum(scenario.network.quantities().values()))
    most = min(limits.STEPS, limits.TRACE_NUMBERS // a_step)
    if steps > most:
        raise EditError(f"{steps:,} steps are too many; this network can have {most:,}", "inputs")


def _with_column(array: Array, sequence: int, column: Array, steps: int) -> Array:
    changed = _resized(array, steps)
    changed[: len(column), sequence] = column
    changed[len(column) :, sequence] = 0
    changed.flags.writeable = False
    return changed


def _resized(rows: Array, steps: int) -> Array:
    """A copy with so many steps, cut at the end or gone on with zeros."""
    changed = np.zeros((steps, *rows.shape[1:]))
    kept = min(steps, len(rows))
    changed[:kept] = rows[:kept]
    return changed


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"
