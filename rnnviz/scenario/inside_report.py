"""What looking into a network found, as lines to read, as arrays and as rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.lesion import Lesions
from rnnviz.engine.match import Matches
from rnnviz.engine.saliency import Saliency
from rnnviz.engine.trace import Trace
from rnnviz.engine.unit_statistics import UnitStatistics, first_not_finite
from rnnviz.scenario.types import Scenario

Row = Sequence[str | int | float]

MOST = 10  # of a list that is printed
MOST_UNITS = 20  # named in a line
CONTEXT = 8  # words before and after a place; of single letters, three times as many
BLANKS = ("blank", "space")  # how vocabularies of letters call " "


@dataclass(frozen=True)
class Report:
    """lines : for people; arrays : for an .npz; rows : for a .csv, the first one the headings"""

    lines: tuple[str, ...]
    arrays: Mapping[str, NDArray[Any]]
    rows: tuple[Row, ...]


def of_units(trace: Trace, found: Mapping[str, UnitStatistics]) -> Report:
    """A line for each quantity, then the units that never change, rest at an end, or are no numbers."""
    width = max(len(name) for name in found)
    lines = [f"{'quantity':{width}}  units   shut   open  root mean square"]
    for name, one in found.items():
        ends = "     -      -" if one.ends is None else f"{one.low.mean():6.1%} {one.high.mean():6.1%}"
        lines.append(f"{name:{width}}  {len(one.size):5} {ends}  {np.sqrt(np.mean(one.size**2)):.4g}")
    for says, marks in (("never change", "dead"), ("rest at one end", "saturated")):
        for name, one in found.items():
            units = np.flatnonzero(getattr(one, marks)).tolist()
            if units:
                lines.append(f"{name}: {_named(units)} {says}")
    bad = first_not_finite(trace)
    lines.append("all numbers are finite" if bad is None else f"the first number that is not finite: {bad}")
    columns = ("low", "high", "size", "least", "greatest", "mean", "dead", "saturated", "finite")
    rows: list[Row] = [("quantity", "unit", *columns)]
    for name, one in found.items():
        values = [np.asarray(getattr(one, column)).tolist() for column in columns]
        rows += [(name, unit, *numbers) for unit, numbers in enumerate(zip(*values, strict=True))]
    arrays = {f"{name}.{column}": np.asarray(getattr(one, column)) for name, one in found.items() for column in columns}
    return Report(tuple(lines), arrays, tuple(rows))


def of_saliency(scenario: Scenario, trace: Trace, found: Saliency) -> Report:
    """Each step of what enters the first layer with numbers, the ones that matter most first."""
    entering = "x" if "x" in _numbers_that_enter(trace) else _numbers_that_enter(trace)[0]
    norms, products = found.norms(entering), found.times_value(entering)
    order = [row for row in np.argsort(-norms, kind="stable")[:MOST].tolist() if norms[row] != 0.0]
    lines = [f"{found.of}: derivatives by {entering}", "step  length of gradient  gradient x value"]
    for row in sorted(order):
        word = word_at(scenario, row + 1, found.of.sequence)
        lines.append(f"{row + 1:4}  {norms[row]:18.6g}  {products[row]:16.6g}  {word}".rstrip())
    rows: list[Row] = [("quantity", "step", "unit", "derivative", "value")]
    for name, gradients in found.gradients.items():
        rows += _long(name, gradients, found.values[name])
    arrays = {f"d.{name}": values for name, values in found.gradients.items()}
    return Report(tuple(lines), arrays | {f"d0.{name}": values for name, values in found.initial.items()}, tuple(rows))


def _numbers_that_enter(trace: Trace) -> list[str]:
    """Ids of words are no numbers to differentiate by, what they stand for is."""
    first = trace.network.layers[0]
    return ["x"] if not hasattr(first, "vocabulary") else [f"{first.name}.e"]


def _long(name: str, gradients: NDArray[Any], values: NDArray[Any]) -> Iterator[Row]:
    for step, (slopes, there) in enumerate(zip(gradients.tolist(), values.tolist(), strict=True), start=1):
        for unit, (slope, value) in enumerate(zip(slopes, there, strict=True)):
            yield name, step, unit, slope, value


def of_lesions(scenario: Scenario, quantity: str, found: Lesions) -> Report:
    """A line for each of the units that change the output most."""
    size = np.sqrt(np.square(found.by_output).sum(axis=1))
    order = np.argsort(-size, kind="stable")
    lines = [f"{quantity}: what changes when one unit is held", "unit  at      change of output  loss      decided"]
    for row in order[:MOST].tolist():
        loss = "-" if np.isnan(found.loss[row]) else f"{found.loss[row]:+.4g}"
        decided = "-" if np.isnan(found.decided[row]) else f"{found.decided[row]:.1%} of steps otherwise"
        lines.append(f"{found.units[row]:4}  {found.values[row]:<6.4g}  {size[row]:<16.6g}  {loss:<8}  {decided}")
    names = scenario.output_names or tuple(str(k) for k in range(found.by_output.shape[1]))
    rows: list[Row] = [("unit", "held at", "loss", "decided", *(f"output {name}" for name in names))]
    for unit, value, lost, decided_, changes in zip(
        found.units, found.values, found.loss, found.decided, found.by_output, strict=True
    ):
        rows.append((int(unit), float(value), float(lost), float(decided_), *changes.tolist()))
    names_of = ("units", "values", "by_step", "by_output", "at_end", "decided", "loss")
    return Report(tuple(lines), {name: getattr(found, name) for name in names_of}, tuple(rows))


def of_matches(scenario: Scenario, found: Matches) -> Report:
    """The units, then a line for each place."""
    chosen = found.chosen
    above = "above" if chosen.threshold > 0 else "below"
    where = f"{chosen.quantity} {above} {chosen.threshold:.6g} at steps {chosen.first} to {chosen.last}"
    if not found.units:
        strongest = (found.weakest.max() if chosen.threshold > 0 else found.weakest.min()) if found.weakest.size else 0
        return Report((f"{where}: no unit; up to {strongest:.6g} one is",), {}, (("no unit",),))
    lines = [f"{where}: {_named(list(found.units))}"]
    rows: list[Row] = [("score", "sequence", "first", "last", "in common", "on")]
    for place in found.places:
        rows.append((place.score, place.sequence, place.first, place.last, place.common, place.on))
    for place in found.places[:MOST]:
        text = context(scenario, place.sequence, place.first, place.last)
        lines.append(
            f"{place.score:.3f}  sequence {place.sequence}, steps {place.first} to {place.last}  {text}".rstrip()
        )
    arrays = {"units": np.array(found.units), "weakest": found.weakest, "places": np.array(rows[1:], float)}
    return Report(tuple(lines), arrays, tuple(rows))


# -- words -------------------------------------------------------------------------------------------------------------


def has_words(scenario: Scenario) -> bool:
    """Whether inputs can be read as words."""
    return bool(scenario.tokens) or len(scenario.input_names) > 1


def word_at(scenario: Scenario, step: int, sequence: int) -> str:
    """What is read at a step, "" where that is no word."""
    if not scenario.tokens or not 1 <= step <= len(scenario.inputs):
        return _one_hot(scenario, step, sequence)
    word = int(scenario.inputs[step - 1, sequence, 0])
    return scenario.tokens[word] if 0 <= word < len(scenario.tokens) else ""


def _one_hot(scenario: Scenario, step: int, sequence: int) -> str:
    """The name of the only input that is 1, where all others are 0 and inputs have names."""
    names = scenario.input_names
    if len(names) < 2 or not 1 <= step <= len(scenario.inputs):
        return ""
    row = scenario.inputs[step - 1, sequence]
    on = np.flatnonzero(row)
    return names[on[0]] if len(on) == 1 and row[on[0]] == 1.0 and on[0] < len(names) else ""


def is_of_letters(scenario: Scenario) -> bool:
    """Whether the words are single letters, which stand close together."""
    names = scenario.tokens or scenario.input_names
    return len(names) > 1 and all(len(name) <= 1 or name in BLANKS for name in names)


def words(scenario: Scenario, sequence: int, first: int, last: int) -> str:
    """What is read at these steps, as far as the sequence goes."""
    end = len(scenario.inputs) if scenario.lengths is None else scenario.lengths[sequence]
    found = [word_at(scenario, step, sequence) for step in range(max(1, first), min(end, last) + 1)]
    if not any(found):
        return ""
    if is_of_letters(scenario):
        return "".join(" " if word in BLANKS else word for word in found)
    return " ".join(found)


def around(scenario: Scenario, sequence: int, first: int, last: int) -> tuple[str, str, str]:
    """The words before a place, at it, and after it; all "" where there are none."""
    middle = words(scenario, sequence, first, last)
    if not middle:
        return "", "", ""
    reach = CONTEXT * (3 if is_of_letters(scenario) else 1)
    gap = "" if is_of_letters(scenario) else " "
    before, after = (
        words(scenario, sequence, first - reach, first - 1),
        words(scenario, sequence, last + 1, last + reach),
    )
    return before + gap * bool(before), middle, gap * bool(after) + after


def context(scenario: Scenario, sequence: int, first: int, last: int) -> str:
    """The words of a place in brackets, with a few before and after."""
    before, middle, after = around(scenario, sequence, first, last)
    return f"{before}[{middle}]{after}" if middle else ""


def _named(units: list[int]) -> str:
    listed = ", ".join(str(unit) for unit in units[:MOST_UNITS])
    more = f" and {len(units) - MOST_UNITS} more" if len(units) > MOST_UNITS else ""
    return f"unit{'s' if len(units) > 1 else ''} {listed}{more}"
