"""`rnnviz surface`: the loss over two weights."""

import argparse

import numpy as np

from rnnviz.cli.outcome import DONE
from rnnviz.cli.words import add_file, opened, output
from rnnviz.jobs.surface import loss_surface

SAYS = "Write the loss over the plane that the scenario asks for."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_file(parser)
    parser.add_argument(
        "-o",
        dest="out",
        required=True,
        metavar="OUT",
        help="a file .npz: x, y, loss (y, x), gradient_norm (y, x). A picture: rnnviz render --panel loss_surface",
    )


def run(chosen: argparse.Namespace) -> int:
    out = output(chosen.out, (".npz",))
    found = loss_surface(opened(chosen.file))
    with out.open("wb") as file:
        np.savez(file, x=found.x, y=found.y, loss=found.loss, gradient_norm=found.gradient_norm)
    return DONE
