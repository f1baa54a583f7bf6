"""`rnnviz inside`: what the units of a trained network do, depend on, and change."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from typing import Literal

import numpy as np

from rnnviz.cli.outcome import DONE, CommandError
from rnnviz.cli.words import add_file, count, opened, output
from rnnviz.scenario import inside, inside_report
from rnnviz.scenario.run_scenario import run as traced
from rnnviz.scenario.types import Scenario

SAYS = "Look into a trained network; with no option, what its units do over all sequences."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    questions = parser.add_mutually_exclusive_group()
    questions.add_argument(
        "--saliency",
        nargs=3,
        metavar=("NAME", "STEP", "UNIT"),
        help="how this number depends on every input and state; NAME as in explain, or NAME.pre before its activation",
    )
    questions.add_argument(
        "--lesion",
        metavar="QUANTITY",
        help="what changes when each unit of it, such as lstm.h or lstm.f, is held in turn",
    )
    questions.add_argument(
        "--match", nargs=3, metavar=("QUANTITY", "FROM", "TO"), help="which units are on at these steps, and where else"
    )
    parser.add_argument("--value", type=_value, default=0.0, metavar="V", help="at which a unit is held: 0, or mean")
    parser.add_argument(
        "--threshold", type=float, metavar="T", help="from which on a unit is on; suggested if not given"
    )
    parser.add_argument("--sequence", metavar="N", type=count, default=0, help="of the batch; 0 is the first")
    parser.add_argument("-o", dest="out", metavar="OUT", help="a file .npz or .csv with all that was found")


def run(chosen: argparse.Namespace) -> int:
    """What is asked for of saliency, lesion and match; without any, what the units do."""
    out = output(chosen.out, (".npz", ".csv")) if chosen.out is not None else None
    found = _looked_into(opened(chosen.file), chosen)
    for line in found.lines:
        print(line)
    if out is not None and out.suffix == ".npz":
        with out.open("wb") as file:
            np.savez(file, **found.arrays)
    elif out is not None:
        with out.open("w", newline="", encoding="utf-8") as text:
            csv.writer(text, lineterminator="\n").writerows(found.rows)
    return DONE


def _looked_into(scenario: Scenario, chosen: argparse.Namespace) -> inside_report.Report:
    sequence = chosen.sequence
    if chosen.saliency is not None:
        name, step, unit = chosen.saliency[0], *_whole_numbers(chosen.saliency[1:], "--saliency NAME STEP UNIT")
        found = inside.saliency(scenario, name, step, unit, sequence)
        return inside_report.of_saliency(scenario, traced(scenario), found)
    if chosen.lesion is not None:
        lesions = inside.lesion(scenario, chosen.lesion, sequence, chosen.value)
        return inside_report.of_lesions(scenario, chosen.lesion, lesions)
    if chosen.match is not None:
        name, first, last = chosen.match[0], *_whole_numbers(chosen.match[1:], "--match QUANTITY FROM TO")
        matches = inside.match(scenario, name, first, last, chosen.threshold, sequence)
        return inside_report.of_matches(scenario, matches)
    return inside_report.of_units(traced(scenario), inside.unit_statistics(scenario))


def _whole_numbers(words: Sequence[str], usage: str) -> list[int]:
    for word in words:
        if not word.isdecimal():
            raise CommandError(f"{word!r} is not a whole number from 0 on; it is {usage}")
    return [int(word) for word in words]


def _value(text: str) -> float | Literal["mean"]:
    try:
        return "mean" if text == "mean" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor 'mean'") from None
