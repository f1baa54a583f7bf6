"""Targets: numbers to be hit, or classes to be told apart, as the readout of the network has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Network
from rnnviz.interop.data import limits
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.sequences import Classes
from rnnviz.interop.data.wording import listed
from rnnviz.scenario.arrays import read_only
from rnnviz.scenario.types import Scenario

Array = NDArray[np.float64]


def readout_of(network: Network) -> str:
    """The activation of the last layer, "" where it is no dense one."""
    last = network.layers[-1]
    return last.activation if isinstance(last, Dense) else ""


def wants_classes(scenario: Scenario | None, choices: Choices, columns: int) -> bool:
    """Whether target columns of numbers are the numbers of classes."""
    if scenario is None:
        return choices.classes and columns == 1
    return readout_of(scenario.network) == "softmax" and columns == 1


def wants_scaled(scenario: Scenario | None, choices: Choices) -> bool:
    """Whether targets that are numbers are scaled as inputs are: not where the readout gives probabilities."""
    if scenario is None:
        return not choices.classes
    return readout_of(scenario.network) not in ("softmax", "sigmoid")


def classes_of(
    cells: Sequence[str], values: Array | None, rows: Sequence[NDArray[np.intp]], steps: int, name: str
) -> tuple[Classes, list[str]]:
    """The class of each step. Whole numbers are classes by their size, words by the alphabet."""
    used = np.unique(np.concatenate(rows))
    are_numbers = values is not None
    if values is not None:
        if (values[used] % 1 != 0).any():
            odd = values[used][values[used] % 1 != 0][0]
            raise DataError(
                f"{odd:g} in {name} is the number of no class; classes are whole numbers or words", where="target"
            )
        labels = sorted({int(value) for value in values[used]})
        names = tuple(str(label) for label in labels)
        at = {label: k for k, label in enumerate(labels)}
        index = {int(row): at[int(values[row])] for row in used}
    else:
        names = tuple(sorted({cells[row].strip() for row in used}))
        by_name = {label: k for k, label in enumerate(names)}
        index = {int(row): by_name[cells[row].strip()] for row in used}
    if len(names) > limits.CLASSES:
        raise DataError(
            f"{name} has {len(names):,} different values; at most {limits.CLASSES:,} classes are told apart",
            where="target",
        )
    found = np.zeros((steps, len(rows)), dtype=np.intp)
    for n, places in enumerate(rows):
        found[: len(places), n] = [index[int(row)] for row in places]
        found[len(places) :, n] = found[len(places) - 1, n]
    return Classes(read_only(found), names, are_numbers), [f"{name} names {len(names)} classes: {listed(names)}."]
