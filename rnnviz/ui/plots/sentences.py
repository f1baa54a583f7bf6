"""What a plot shows at the cursor, in words: for screen readers, for "Copy as text" and for F1."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication

from rnnviz.engine.trace import Address
from rnnviz.session import Snapshot
from rnnviz.ui import numbers, words
from rnnviz.ui.plots import keeping, reading
from rnnviz.ui.plots.few import FEW
from rnnviz.ui.plots.reading import Direction


def of_moment(title: str, snapshot: Snapshot) -> str:
    """ "Gates at step 4 of 5." """
    step, steps = snapshot.cursor.step, snapshot.trace.steps
    if steps == 0:
        return _tr("{title}: no steps yet.").format(title=title)
    if step == 0:
        return _tr("{title} before the first of {steps} steps.").format(title=title, steps=steps)
    said = _tr("{title} at step {step} of {steps}.").format(title=title, step=step, steps=steps)
    if snapshot.trace.is_masked(step, snapshot.cursor.sequence):
        said += " " + _tr("This step is padding: the state is held.")
    return said


def of_units(title: str, quantity: str, unit: int, snapshot: Snapshot) -> str:
    """Every value where there are few, else the opened unit, the least and the greatest."""
    said, step = of_moment(title, snapshot), snapshot.cursor.step
    if step == 0 or quantity in reading.pending(snapshot):
        return said
    column = reading.series(snapshot, quantity)[step - 1]
    shown = range(len(column)) if len(column) <= FEW else [unit]
    named = [f"{_unit_name(quantity, n, snapshot)}: {numbers.text(column[n])}" for n in shown]
    if len(column) > FEW and np.isfinite(column).all():
        for word, at in ((_tr("least"), int(column.argmin())), (_tr("greatest"), int(column.argmax()))):
            named.append(f"{word} {numbers.text(column[at])} ({_unit_name(quantity, at, snapshot)})")
    return f"{said} {', '.join(named)}."


def values(quantities: list[str], unit: int, snapshot: Snapshot) -> list[str]:
    """ "forget gate 0.99995, input gate 4.54e−5." of one unit."""
    step, missing = snapshot.cursor.step, reading.pending(snapshot)
    if step == 0:
        return []
    named = [
        f"{words.of_quantity(q, snapshot)} {numbers.text(reading.series(snapshot, q)[step - 1, unit])}"
        for q in quantities
        if q not in missing
    ]
    return [f"{_unit_prefix(quantities[0], unit, snapshot)}{', '.join(named)}."] if named else []


def of_keeping(direction: Direction, gate: str, unit: int, snapshot: Snapshot) -> str:
    """ "forget gate keeps 99.995 % per step: half is left after 15,268 steps." """
    quantity, step = direction.prefix + gate, snapshot.cursor.step
    if step == 0 or quantity in reading.pending(snapshot):
        return ""
    fraction = float(reading.series(snapshot, quantity)[step - 1, unit])
    said = _tr("{gate} keeps {percent} per step: {after}.")
    after = " ".join(keeping.after_words(fraction))
    return said.format(gate=words.of_quantity(quantity, snapshot), percent=numbers.percent(fraction), after=after)


def of_change(quantity: str, unit: int, snapshot: Snapshot) -> str:
    """ "memory cell 6.9998 before, 6.9995 after." """
    step = snapshot.cursor.step
    if step == 0:
        return ""
    name = _unit_prefix(quantity, unit, snapshot) + words.of_quantity(quantity, snapshot)
    before = numbers.text(reading.before(snapshot, quantity)[step - 1, unit])
    if quantity in reading.pending(snapshot):
        return _tr("{name} {before} before.").format(name=name, before=before)
    after = numbers.text(snapshot.trace.number(Address(quantity, step, snapshot.cursor.sequence, unit)))
    return _tr("{name} {before} before, {after} after.").format(name=name, before=before, after=after)


def _unit_name(quantity: str, unit: int, snapshot: Snapshot) -> str:
    names = snapshot.scenario.output_names
    if quantity == snapshot.trace.output_name and unit < len(names):
        return names[unit]
    return _tr("unit {number}").format(number=unit)


def _unit_prefix(quantity: str, unit: int, snapshot: Snapshot) -> str:
    return "" if snapshot.trace[quantity].shape[2] == 1 else _unit_name(quantity, unit, snapshot) + ": "


def _tr(text: str) -> str:
    return QCoreApplication.translate("plots", text)
