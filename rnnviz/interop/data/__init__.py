"""Sequences from tables, arrays, texts and pictures, with what was understood and what is wrong with which row.

    source = open_source("passengers.csv")                  # what is there: a table, arrays, a text, a picture
    sequences = arranged(source, Choices(...), scenario)    # which of it are inputs, targets, sequences
    with_data(scenario, sequences)                          # the scenario with these in it

Reading never changes anything, runs nothing that is in a file, and raises DataError alone.
"""

from rnnviz.interop.data.arrange import arranged
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError, Problem
from rnnviz.interop.data.fit import with_data
from rnnviz.interop.data.guess import first_choices
from rnnviz.interop.data.new_network import NetworkPlan, new_scenario
from rnnviz.interop.data.sequences import Sequences
from rnnviz.interop.data.source import Source, open_source, open_text

__all__ = [
    "Choices",
    "DataError",
    "NetworkPlan",
    "Problem",
    "Sequences",
    "Source",
    "arranged",
    "first_choices",
    "new_scenario",
    "open_source",
    "open_text",
    "with_data",
]
