"""`rnnviz check`: do scenarios show what they expect?"""

import argparse
import sys

from rnnviz.cli.outcome import DONE, WANTING, complain
from rnnviz.cli.words import FILE
from rnnviz.engine.errors import EngineError
from rnnviz.scenario.check import check_all
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.read import load

SAYS = "Run scenarios and compare them with the values they expect; exit 1 if one is missed."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILE)


def run(chosen: argparse.Namespace) -> int:
    """All files are checked, also after one that cannot be opened."""
    code = DONE
    for file in chosen.files:
        try:
            scenario = load(file)
            misses = check_all(scenario)
        except (ScenarioError, EngineError) as error:
            sys.stdout.flush()
            code = complain(str(error))
            continue
        for miss in misses:
            print(f"{file}: {miss}")
        if misses:
            code = max(code, WANTING)
        else:
            print(f"{file}: as expected")
    return code
