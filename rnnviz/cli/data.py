"""`rnnviz data`: what is understood of a file of data, and a scenario with it."""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from rnnviz.cli.outcome import DONE, WANTING
from rnnviz.cli.words import FILE, SUFFIX, count, opened, scenario_output
from rnnviz.interop.data import NetworkPlan, arranged, in_words, new_scenario, open_source, with_data
from rnnviz.interop.data.bytes import ENCODINGS
from rnnviz.interop.data.choices import Aim, Axes, Form, Missing, Unknown
from rnnviz.interop.data.said import said
from rnnviz.interop.data.source import Format
from rnnviz.scenario.write import save

SAYS = (
    "Say what is understood of a file of data, and put it into a scenario; exit 1 if rows are wrong and nothing is "
    "said about them."
)

# Options that are handed on as they are said, by what is typed after them.
_COLUMNS = {
    "inputs": "names of columns, apart by commas; of a .npz, the array",
    "targets": "names of columns, apart by commas; of a .npz, the array",
    "sequences": "the column that tells sequences apart",
    "steps": "the column that numbers or dates the steps",
    "lengths": "of a .npz, the array of lengths, or a mask",
    "scale": "z-score, min-max, or a number that all are divided by",
}
_CHOICES = {
    "form": (get_args(Form), "what a sequence is"),
    "target": (get_args(Aim), "the target: none, columns, or what comes next"),
    "missing": (get_args(Missing)[1:], "rows in which something is wrong: drop them, or take the last value"),
    "unknown": (get_args(Unknown)[1:], "characters that the network does not know"),
    "axes": (get_args(Axes)[1:], "what the axes of an array are"),
    "unit": (("word", "character"), "what a text is split into for a new network"),
}
_COUNTS = {
    "window": "steps of a window",
    "stride": "from one window to the next; as many as it has, if not given",
    "width": "numbers that make one step, where a row is a sequence",
    "first": "the first sequence that is taken, from 1",
    "count": "how many sequences are taken",
}
_FLAGS = {"resize": "make a picture as wide as the network reads", "invert": "dark becomes large"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file .csv, .tsv, .npy, .npz, .txt or .png")
    parser.add_argument("--for", dest="scenario", metavar="SCENARIO", help=f"{FILE}; without it, a new network is made")
    parser.add_argument("-o", dest="out", metavar="OUT", help=f"a file {SUFFIX}, the scenario with the data in it")
    parser.add_argument("--cell", default="lstm", metavar="NAME", help="of a new network: lstm, gru, elman, ...")
    parser.add_argument("--units", type=count, default=16, metavar="N", help="of a new network")
    for name, says in _COLUMNS.items():
        parser.add_argument(f"--{name}", default="", metavar="NAMES" if name.endswith("puts") else "NAME", help=says)
    for name, (values, says) in _CHOICES.items():
        parser.add_argument(f"--{name}", choices=values, help=says)
    for name, says in _COUNTS.items():
        parser.add_argument(f"--{name}", type=count, metavar="N", help=says)
    for name, says in _FLAGS.items():
        parser.add_argument(f"--{name}", action="store_true", default=None, help=says)
    parser.add_argument("--no-header", dest="header", action="store_false", default=None, help="the first row is data")
    parser.add_argument("--encoding", choices=[name for name in ENCODINGS if name], default="", help="of a text")


def run(chosen: argparse.Namespace) -> int:
    """What was understood is printed before anything can go wrong with it."""
    out = scenario_output(chosen.out)
    scenario = opened(chosen.scenario) if chosen.scenario is not None else None
    source = open_source(chosen.file, Format(encoding=chosen.encoding, header=chosen.header))
    names = (*_COLUMNS, *_CHOICES, *_COUNTS, *_FLAGS)
    choices = said(source, scenario, **{name: getattr(chosen, name) for name in names})
    for line in (*in_words.understood(source, choices), ""):
        print(line)
    found = arranged(source, choices, scenario)
    for line in in_words.outcome(found):
        print(line)
    if not found.decided:
        print(f"rnnviz: {chosen.file}: {in_words.ways_out(found, option='--')}", file=sys.stderr)
        return WANTING
    if scenario is not None:
        made = with_data(scenario, found)
    else:
        made = new_scenario(found, NetworkPlan(cell=chosen.cell, units=chosen.units))
    if out is not None:
        save(made, out)
    return DONE
