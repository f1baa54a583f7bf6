"""The table of a cell as lecture notes print it: a line per step, a column per number, as CSV and as LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rnnviz.engine.latex import escaped, of_number, quantity, upright
from rnnviz.engine.network import Dense, Embedding, Layer, Masking, Pool, Recurrent
from rnnviz.engine.trace import Array, Trace
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.names import input_name
from rnnviz.scenario.types import Scenario

MOST_IN_LATEX = 20_000  # numbers; more than TeX puts on any page
_DIGITS = 6


@dataclass(frozen=True)
class Column:
    """One number of each step.

    name : "c before"; typeset : the same as LaTeX, c_{t-1}
    unit : None for an input, whose name says all
    """

    name: str
    typeset: str
    unit: int | None
    values: Array

    @property
    def heading(self) -> str:
        return self.name if self.unit is None else f"{self.name}[{self.unit}]"


@dataclass(frozen=True)
class StepTable:
    """padding : for each step, whether it is padding; empty where nothing is masked"""

    title: str
    columns: tuple[Column, ...]
    steps: int
    padding: tuple[bool, ...] = ()

    @property
    def count(self) -> int:
        return self.steps * len(self.columns)


def step_table(scenario: Scenario, trace: Trace, layer: str, sequence: int = 0, unit: int | None = None) -> StepTable:
    """Every quantity of a layer at each step of one sequence; a carried one as the step finds it and as it leaves it.

    unit : this one alone; None for all. Raises ScenarioError.
    """
    network = trace.network
    found = next((known for known in network.layers if known.name == layer), None)
    if found is None or isinstance(found, Masking):
        there = ", ".join(known.name for known in network.layers if not isinstance(known, Masking))
        raise ScenarioError(f"there is no table of a layer '{layer}'; there are {there}")
    if not 0 <= sequence < trace.batch:
        raise ScenarioError(f"there is no sequence {sequence}; it can be 0 to {trace.batch - 1}")
    columns = [*_inputs(scenario, trace, found, sequence), *_quantities(trace, found, sequence, unit)]
    if unit is not None and all(column.unit is None for column in columns):
        raise ScenarioError(f"layer '{layer}' has no unit {unit}; units count from 0")
    padding = () if trace.mask is None else tuple((~trace.mask[:, sequence]).tolist())
    return StepTable(scenario.title or scenario.name or layer, tuple(columns), trace.steps, padding)


def _inputs(scenario: Scenario, trace: Trace, layer: Layer, sequence: int) -> Iterator[Column]:
    """What the table of the first layer begins with; what enters a later one is in the table of the layer before."""
    if trace.network.input_name(trace.network.layers.index(layer)) != "x":
        return
    for k in range(trace["x"].shape[2]):
        name = input_name(scenario, k)
        letter, digits = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
        short = f"{letter}_{{{digits}}}" if len(letter) == 1 and letter.isalpha() and digits else ""
        typeset = short or (upright(name) if name.isalpha() and name.isascii() else rf"\text{{{escaped(name)}}}")
        yield Column(name, typeset, None, trace["x"][:, sequence, k])


def _quantities(trace: Trace, layer: Layer, sequence: int, unit: int | None) -> Iterator[Column]:
    for name, label in _named(layer):
        size = trace[name].shape[2]
        units = range(size) if unit is None else [unit] if 0 <= unit < size else []
        is_carried = name in trace.carried
        if is_carried:
            when = "t+1" if trace.is_backward(name) else "t-1"
            for k in units:
                yield Column(f"{label} before", quantity(label, when), k, trace.before(name)[:, sequence, k])
        for k in units:
            yield Column(f"{label} after" if is_carried else label, quantity(label), k, trace[name][:, sequence, k])


def _named(layer: Layer) -> Iterator[tuple[str, str]]:
    """Name in the trace, and name within the layer."""
    match layer:
        case Embedding(name=name):
            yield f"{name}.e", "e"
        case Dense(name=name) | Pool(name=name):
            yield f"{name}.y", "y"
        case Recurrent():
            for direction in layer.directions:
                prefix = layer.prefix(direction)
                for equation in layer.cell.graph.equations:
                    yield prefix + equation.name, prefix.removeprefix(f"{layer.name}.") + equation.name


def write(table: StepTable, path: Path) -> None:
    """As LaTeX or CSV, by the ending. Raises OSError, and ScenarioError where it would be too large for LaTeX."""
    lines = iter((latex(table),)) if path.suffix == ".tex" else csv_lines(table)
    first = next(lines)  # what is refused is refused before there is a file
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(first)
        file.writelines(lines)


def csv_lines(table: StepTable) -> Iterator[str]:
    """A line per step, in digits that read back as the same number."""
    marks = ["padding"] if table.padding else []
    yield _csv_line(["step", *marks, *(column.heading for column in table.columns)])
    for row in range(table.steps):
        marks = ["yes" if table.padding[row] else ""] if table.padding else []
        yield _csv_line([str(row + 1), *marks, *(repr(float(column.values[row])) for column in table.columns)])


def latex(table: StepTable) -> str:
    """A tabular of LaTeX and amsmath. Raises ScenarioError where it would be too large."""
    if table.count > MOST_IN_LATEX:
        raise ScenarioError(
            f"the table has {table.count:,} numbers, and LaTeX gets at most {MOST_IN_LATEX:,}; "
            "take one unit (--unit), or write .csv"
        )
    groups = [(key, list(found)) for key, found in groupby(table.columns, key=lambda column: column.typeset)]
    lines = [
        f"% {escaped(table.title)}",
        rf"\begin{{tabular}}{{r{''.join('|' + 'r' * len(found) for _, found in groups)}}}",
        " & ".join(["$t$", *(_group_heading(key, len(found), key is groups[-1][0]) for key, found in groups)]) + r" \\",
    ]
    if any(len(found) > 1 for _, found in groups):
        units = ["" if column.unit is None else str(column.unit) for column in table.columns]
        lines.append(" & ".join(["unit", *units]) + r" \\")
    lines.append(r"\hline")
    for row in range(table.steps):
        step = f"{row + 1} (padding)" if table.padding and table.padding[row] else str(row + 1)
        numbers = (f"${of_number(float(column.values[row]), _DIGITS)}$" for column in table.columns)
        lines.append(" & ".join([step, *numbers]) + r" \\")
    return "\n".join([*lines, r"\end{tabular}", ""])


def _group_heading(typeset: str, columns: int, is_last: bool) -> str:
    if columns == 1:
        return f"${typeset}$"
    return rf"\multicolumn{{{columns}}}{{{'c' if is_last else 'c|'}}}{{${typeset}$}}"


def _csv_line(cells: list[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()
