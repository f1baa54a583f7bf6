"""`rnnviz import`: a network of PyTorch, Keras or ONNX as a scenario, and how well that is proven."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rnnviz.cli.outcome import DONE, WANTING, CommandError
from rnnviz.cli.words import SUFFIX, scenario_output
from rnnviz.interop.errors import UndecidedError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.in_words import report
from rnnviz.interop.question import HINTS, Question
from rnnviz.scenario.write import save

SAYS = "Read a network of PyTorch, Keras or ONNX, and say how well it is proven."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file .pt, .pth, .safetensors, .keras, .h5, .onnx or .npz")
    parser.add_argument("-o", dest="out", metavar="OUT", help=f"a file {SUFFIX}; without it, only the report")
    parser.add_argument(
        "--samples",
        metavar="NPZ",
        help="inputs x and outputs y of the framework itself; if not given, the .npz file beside MODEL",
    )
    parser.add_argument(
        "--vocabulary",
        metavar="FILE",
        help="the tokens that a network of words or characters reads: a JSON list or object of ids, or one a line",
    )
    parser.add_argument(
        "--hint",
        dest="hints",
        action="append",
        default=[],
        type=_hint,
        metavar="NAME=VALUE",
        help=f"what the file does not say: {'; '.join(f'{name}, {says}' for name, says in HINTS.items())}",
    )


def run(chosen: argparse.Namespace) -> int:
    """Where the file does not say enough, a person at the terminal is asked."""
    out = scenario_output(chosen.out)
    hints = dict(chosen.hints)
    is_asked = sys.stdin.isatty() and sys.stderr.isatty()
    while True:
        try:
            scenario = import_model(chosen.model, chosen.samples, chosen.vocabulary, **hints)
            break
        except UndecidedError as error:
            if not is_asked:
                raise CommandError(f"{error} On the command line: {_as_options(error.questions)}") from None
            hints |= {question.hint: _asked(question) for question in error.questions}
    for line in report(scenario):
        print(line)
    if out is not None:
        save(scenario, out)
        print(f"written: {out}")
    return DONE if scenario.imported is None or not scenario.imported.is_refuted else WANTING


def _hint(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or name not in HINTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no hint; say one of {', '.join(f'{n}=...' for n in HINTS)}")
    return name, value


def _as_options(questions: Sequence[Question]) -> str:
    return " ".join(f'--hint {question.hint}="{question.choices[0].value}"' for question in questions)


def _asked(question: Question) -> str:
    """The answer, read from standard input; an empty line takes the first choice. KeyboardInterrupt where that ends."""
    print(f"\n{question.text}", file=sys.stderr)
    if question.why:
        print(f"  {question.why}", file=sys.stderr)
    for number, choice in enumerate(question.choices, start=1):
        print(f"  {number}  {choice.value}: {choice.meaning}", file=sys.stderr)
    values = [choice.value for choice in question.choices]
    while True:
        print(f"1 to {len(values)} [1]: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt
        said = line.strip() or "1"
        if said in values:
            return said
        if said.isdecimal() and 1 <= int(said) <= len(values):
            return values[int(said) - 1]
