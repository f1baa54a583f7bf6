"""A file of data into a network, in one call."""

from __future__ import annotations

import os
from typing import Any

from rnnviz.interop.data.arrange import arranged
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.fit import with_data
from rnnviz.interop.data.in_words import undecided
from rnnviz.interop.data.new_network import NetworkPlan, new_scenario
from rnnviz.interop.data.said import said
from rnnviz.interop.data.source import Format, open_source
from rnnviz.scenario.types import Scenario


def read_data(
    path: str | os.PathLike[str],
    scenario: Scenario | None = None,
    *,
    cell: str = "lstm",
    units: int = 16,
    encoding: str = "",
    **choices: Any,
) -> Scenario:
    """The scenario with the data of a CSV, TSV, .npy, .npz, .txt or PNG file; without one, a new network for them.

        rnnviz.read_data("passengers.csv", rnnviz.load("sunspots-forecast"), inputs="passengers", scale=100)
        rnnviz.read_data("walks.csv", inputs=["x", "y"], sequences="walk", target="next", missing="drop", cell="gru")

    cell, units : of a new network, with weights made from a seed
    choices : inputs, targets, sequences, steps (names of columns), lengths (of an array); form ("one series",
        "by column", "a row each", "windows"), window, stride, width; target ("none", "columns", "next"); missing
        ("drop" the row, or take the "last" value); scale ("z-score", "min-max", or a number to divide by); axes (such
        as "sequences, steps, features"); unknown ("leave out", "blank"); resize, invert; first, count
    Raises DataError, which is a ScenarioError; also where rows are wrong and nothing is said about them.
    """
    source = open_source(path, Format(encoding=encoding))
    found = arranged(source, said(source, scenario, **choices), scenario)
    if not found.decided:
        raise DataError(undecided(found), found.source)
    if scenario is not None:
        return with_data(scenario, found)
    return new_scenario(found, NetworkPlan(cell=cell, units=units))
