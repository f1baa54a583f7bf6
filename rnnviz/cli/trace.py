"""`rnnviz trace`: every named quantity over time, or the table of one layer."""

from __future__ import annotations

import argparse

from rnnviz.cli.outcome import DONE, CommandError
from rnnviz.cli.words import add_file, count, opened, output
from rnnviz.scenario import step_table, write_trace
from rnnviz.scenario.run_scenario import run as traced

SAYS = "Write every named quantity over time, and the output."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument(
        "-o",
        dest="out",
        required=True,
        metavar="OUT",
        help="a file .npz, arrays (steps, sequences, units); or .csv, a line per number",
    )
    parser.add_argument(
        "--table",
        metavar="LAYER",
        help="instead, the table of one layer as lecture notes print it, a line per step; OUT is then .csv or .tex",
    )
    parser.add_argument("--unit", metavar="N", type=count, help="in the table, this unit alone; 0 is the first")
    parser.add_argument("--sequence", metavar="N", type=count, default=0, help="of the table; 0 is the first")


def run(chosen: argparse.Namespace) -> int:
    if chosen.table is not None:
        return _write_table(chosen)
    if chosen.unit is not None or chosen.sequence:
        raise CommandError("--unit and --sequence choose what is in a table; say --table LAYER too")
    out = output(chosen.out, (".npz", ".csv"))
    write_trace.write(traced(opened(chosen.file)), out)
    return DONE


def _write_table(chosen: argparse.Namespace) -> int:
    out = output(chosen.out, (".csv", ".tex"))
    scenario = opened(chosen.file)
    table = step_table.step_table(scenario, traced(scenario), chosen.table, chosen.sequence, chosen.unit)
    step_table.write(table, out)
    return DONE
