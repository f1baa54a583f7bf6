"""`rnnviz list`: the built-in scenarios."""

import argparse

from rnnviz.cli.outcome import DONE
from rnnviz.scenario import builtin

SAYS = "The built-in scenarios, a line each."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--names", action="store_true", help="the names alone")


def run(chosen: argparse.Namespace) -> int:
    entries = builtin.entries()
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        print(entry.name if chosen.names else f"{entry.name:{width}}  {entry.title}")
    return DONE
