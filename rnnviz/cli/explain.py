"""`rnnviz explain`: one number, and the equation that it came from."""

from __future__ import annotations

import argparse

from rnnviz.cli.outcome import DONE
from rnnviz.cli.words import add_file, opened
from rnnviz.engine import latex_card
from rnnviz.engine.explain import Explanation
from rnnviz.scenario.run_scenario import explain

SAYS = "One number: its equation with the numbers in."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument(
        "name", metavar="NAME", help="a quantity, such as lstm.c; grad:lstm.c is the derivative of the loss by it"
    )
    parser.add_argument(
        "step", metavar="STEP", type=int, help="1 is the first; 0 the state before it; of a weight, ROW"
    )
    parser.add_argument("unit", metavar="UNIT", type=int, help="0 is the first; of a weight, COLUMN")
    parser.add_argument("--sequence", metavar="N", type=int, default=0, help="of the batch; 0 is the first")
    parser.add_argument("--latex", action="store_true", help="as LaTeX (amsmath) instead of text")


def run(chosen: argparse.Namespace) -> int:
    scenario = opened(chosen.file)
    explanation = explain(scenario, chosen.name, chosen.step, chosen.unit, chosen.sequence)
    print(latex_card.card(explanation) if chosen.latex else _in_words(explanation))
    return DONE


def _in_words(explanation: Explanation) -> str:
    title = f"{explanation.title}: {explanation.meaning}"
    if not explanation.law:
        return f"{title}\n  {explanation.value!r}"
    return f"{title}\n  {explanation.law}\n  = {explanation.numbers()}\n  = {explanation.value!r}"
