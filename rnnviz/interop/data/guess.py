"""What a source looks like at first sight: choices to begin with, each of them shown and free to be changed."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Dense
from rnnviz.interop.data.arrays import INPUTS, Arrays
from rnnviz.interop.data.axes import readings
from rnnviz.interop.data.choices import Aim, Choices, Form, Role, Scale
from rnnviz.interop.data.pictures import Picture
from rnnviz.interop.data.source import PlainText, Source
from rnnviz.interop.data.table import Column, Table
from rnnviz.scenario.tokens import vocabulary_of
from rnnviz.scenario.types import Scenario

_SEQUENCE = {"sequence", "sequence id", "sequence_id", "seq", "seq_id", "series", "subject", "session", "group", "id"}
_STEP = {"step", "t", "time", "date", "year", "month", "week", "day", "hour", "timestamp", "index"}
_TARGET = {"target", "label", "class", "y", "output", "answer", "sentiment"}
_TARGETS = ("y", "targets", "target", "labels", "label", "y_train", "y_test")
_LENGTHS = ("lengths", "length", "mask", "sequence_lengths")
MOST_CLASSES = 20
# A network that is made anew is given smaller numbers than this; a trained one reads what it was trained on.
LARGE = 10.0
# Of a text that goes into a trained network, so many pieces; of one to learn from, so many characters.
SHOWN, LONG = 3, 200_000
# Below this, words rather than a number or a name stand in a column of text.
SENTENCE = 12


def first_choices(source: Source, scenario: Scenario | None = None) -> Choices:
    match source:
        case Table():
            return _of_table(source, scenario)
        case Arrays():
            return _of_arrays(source, scenario)
        case Picture():
            return Choices()
        case PlainText():
            return _of_text(source, scenario)


def is_forecast(scenario: Scenario) -> bool:
    """The targets of the scenario are its inputs, one step later."""
    x, y = scenario.inputs, scenario.targets
    if y is None or y.shape != x.shape or len(x) < 2:
        return False
    least = min(scenario.lengths) if scenario.lengths else len(x)
    return bool(np.array_equal(y[: least - 1], x[1:least]))


def foretells_tokens(scenario: Scenario) -> bool:
    """The network answers with a number for each token of its vocabulary."""
    vocabulary = vocabulary_of(scenario)
    last = scenario.network.layers[-1]
    if vocabulary is None or not isinstance(last, Dense) or last.at != "every step":
        return False
    return last.activation == "softmax" and last.units == len(vocabulary.tokens)


def _of_table(table: Table, scenario: Scenario | None) -> Choices:
    text = _text_column(table, scenario)
    if text is not None:
        roles: dict[str, Role] = {column.name: "ignored" for column in table.columns}
        roles[text.name] = "input"
        label = next((column for column in table.columns if column is not text and _named(column, _TARGET)), None)
        if label is not None:
            roles[label.name] = "target"
        elif scenario is None or not foretells_tokens(scenario):
            label = next((column for column in table.columns if column is not text and column.kind == "number"), None)
            if label is not None and len(table.columns) == 2:
                roles[label.name] = "target"
        has_target = "target" in roles.values()
        target: Aim = "columns" if has_target else "none"
        if not has_target and (scenario is None or foretells_tokens(scenario)):
            target = "next"
        return Choices(
            roles=MappingProxyType(roles), form="a row each", target=target, classes=_are_classes(table, roles)
        )
    roles = {column.name: _role(column) for column in table.columns}
    if "input" not in roles.values():
        for column in table.columns:
            if column.kind == "number" and roles[column.name] == "step":
                roles[column.name] = "input"
    form: Form = "by column" if "sequence" in roles.values() else "one series"
    return Choices(
        roles=MappingProxyType(roles),
        form=form,
        target=_aim("target" in roles.values(), scenario),
        scale="z-score" if scenario is None and _are_large(table, roles) else "none",
        classes=_are_classes(table, roles),
    )


def _are_large(table: Table, roles: dict[str, Role]) -> bool:
    columns = [column.values for column in table.columns if roles[column.name] == "input"]
    return any(values is not None and np.nanmax(np.abs(values), initial=0.0) > LARGE for values in columns)


def _aim(has_targets: bool, scenario: Scenario | None) -> Aim:
    """Without targets, what comes next, where that is what the network foretells, or there is none yet."""
    if has_targets:
        return "columns"
    return "next" if scenario is None or is_forecast(scenario) else "none"


def _text_column(table: Table, scenario: Scenario | None) -> Column | None:
    """The column that holds texts to be read, if there is one: the longest texts, more than a name or a date."""
    texts = [column for column in table.columns if column.kind == "text"]
    if scenario is not None and vocabulary_of(scenario) is None:
        return None
    longest = max(texts, key=_length, default=None)
    if longest is None or (_length(longest) < SENTENCE and len(table.columns) > 1 and not _named(longest, {"text"})):
        return None
    return longest


def _length(column: Column) -> float:
    return float(np.mean([len(cell) for cell in column.cells[:500]]))


def _named(column: Column, names: set[str]) -> bool:
    return column.name.lower().strip() in names


def _role(column: Column) -> Role:
    name = column.name.lower()
    if _named(column, _TARGET) or name.startswith(("target", "y_")):
        return "target"
    if _named(column, _SEQUENCE):
        return "sequence"
    if _named(column, _STEP) and (column.kind == "text" or _grows(column)):
        return "step"
    return "input" if column.kind == "number" else "ignored"


def _grows(column: Column) -> bool:
    """Whole numbers that mostly go up: years, or steps that begin anew with each sequence."""
    if column.values is None:
        return False
    values = column.values[~np.isnan(column.values)]
    return bool(len(values) > 1 and (values % 1 == 0).all() and np.mean(np.diff(values) > 0) > 0.5)


def _are_classes(table: Table, roles: dict[str, Role]) -> bool:
    """One target column of a few whole numbers."""
    targets = [column for column in table.columns if roles[column.name] == "target"]
    if len(targets) != 1 or targets[0].values is None:
        return False
    values = targets[0].values[~np.isnan(targets[0].values)]
    return bool(len(values) and (values % 1 == 0).all() and len(np.unique(values)) <= MOST_CLASSES)


def _of_arrays(source: Arrays, scenario: Scenario | None) -> Choices:
    by_name = {name.lower(): name for name in reversed(list(source.arrays))}
    inputs = next((by_name[name] for name in INPUTS if name in by_name), "")
    if not inputs and len(source.arrays) == 1:
        inputs = next(iter(source.arrays))
    part = inputs.lower().removeprefix("x").removeprefix("inputs")
    wanted = (f"y{part}", *_TARGETS) if part.startswith("_") else _TARGETS
    targets = next((by_name[name] for name in wanted if name in by_name), "")
    lengths = next((by_name[name] for name in _LENGTHS if name in by_name), "")
    arrays = {"inputs": inputs, "targets": targets, "lengths": lengths}
    chosen = {key: name for key, name in arrays.items() if name}
    counts = tuple(len(source.arrays[name]) for name in (targets, lengths) if name and source.arrays[name].ndim)
    features = scenario.network.inputs if scenario is not None else 0
    found = readings(source.arrays[inputs].shape, features, counts) if inputs else ()
    scale, divisor = _scale_of(source.arrays[inputs]) if inputs and scenario is None else ("none", 1.0)
    return Choices(
        scale=scale,
        divisor=divisor,
        arrays=MappingProxyType(chosen),
        axes=found[0] if len(found) == 1 else "",
        target=_aim(bool(targets), scenario),
        classes=bool(targets) and source.arrays[targets].dtype.kind in "iub",
    )


def _scale_of(array: NDArray[Any]) -> tuple[Scale, float]:
    """Grey levels are divided by the brightest; other large numbers become z-scores."""
    largest = float(np.max(np.abs(array.astype(np.float64)), where=np.isfinite(array), initial=0.0))
    if largest <= LARGE:
        return "none", 1.0
    return ("divide", largest) if array.dtype == np.uint8 else ("z-score", 1.0)


def _of_text(source: PlainText, scenario: Scenario | None) -> Choices:
    """A line each where a network judges texts; where it foretells what comes next, pieces of the whole."""
    if scenario is not None and not foretells_tokens(scenario):
        return Choices(form="a row each")
    window = min(len(scenario.inputs) if scenario is not None else 60, max(1, len(source.text) // 4))
    count = SHOWN if scenario is not None else 0 if len(source.text) <= LONG else LONG // window
    return Choices(form="windows", window=window, target="next", unit="character", count=count)
