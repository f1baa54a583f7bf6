"""`rnnviz train`: train as the scenario says, and the final figures."""

from __future__ import annotations

import argparse
import sys

from rnnviz.cli.outcome import DONE, INTERRUPTED, WANTING
from rnnviz.cli.words import SUFFIX, add_file, count, opened, scenario_output
from rnnviz.engine.training import Iterate
from rnnviz.jobs import run_here
from rnnviz.jobs.progress import ProgressBar
from rnnviz.jobs.summary import Summary, first_steps, in_the_scenarios_measure
from rnnviz.jobs.training import job_of, plan_of, with_weights
from rnnviz.scenario.write import save

SAYS = "Train as the scenario says and print the final figures, the same as in the window."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument("-o", dest="out", metavar="OUT", help=f"a file {SUFFIX} with the weights that were learned")
    parser.add_argument("--epochs", type=count, metavar="N", help="another number than the scenario's")
    parser.add_argument(
        "--go-on", action="store_true", help="begin with the weights of FILE, also where it says what to begin with"
    )
    parser.add_argument("--quiet", action="store_true", help="neither progress nor figures")


def run(chosen: argparse.Namespace) -> int:
    """OUT is written when all is done: an interrupted run leaves it as it was."""
    out = scenario_output(chosen.out)
    scenario = opened(chosen.file)
    plan = plan_of(scenario, chosen.epochs, chosen.go_on)
    shown = sys.stderr.isatty() and not chosen.quiet
    summary, bar = Summary(), ProgressBar(plan.updates, sys.stderr) if shown else None
    last: Iterate | None = None
    try:
        for last in run_here(job_of(scenario, plan, keep_every=0)):
            summary.add(last)
            if bar is not None:
                bar.show(last)
    except KeyboardInterrupt:
        written = f"{out} is not written" if out else "nothing is written"
        if bar is not None:
            bar.clear()
        print(f"rnnviz: interrupted after update {last.number if last else 0:,}; {written}", file=sys.stderr)
        return INTERRUPTED
    if bar is not None:
        bar.clear()
    learned = with_weights(scenario, last)
    if out is not None:
        save(learned, out)
    if not chosen.quiet:
        for line in (*summary.lines(plan), *in_the_scenarios_measure(learned), *first_steps(scenario)):
            print(line)
    if last is not None and last.stopped.startswith("not finite"):
        kept = f"; {out} has the last good weights" if out else ""
        print(f"rnnviz: training stopped: {last.stopped}{kept}", file=sys.stderr)
        return WANTING
    return DONE
