"""`rnnviz export`: a network for another program."""

import argparse

from rnnviz.cli.outcome import DONE
from rnnviz.cli.words import add_file, opened
from rnnviz.interop.export import TARGETS, export_model

SAYS = "Write a network for another program."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument(
        "--to",
        choices=TARGETS,
        help=f"{'; '.join(f'{name}: {target.title} ({target.suffix})' for name, target in TARGETS.items())}",
    )
    parser.add_argument(
        "-o",
        dest="out",
        required=True,
        metavar="OUT",
        help="the file; the numbers of a program stand beside it under the same name",
    )


def run(chosen: argparse.Namespace) -> int:
    """A line for each file that was written."""
    for path in export_model(opened(chosen.file), chosen.out, chosen.to):
        print(path)
    return DONE
