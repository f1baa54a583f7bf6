"""`rnnviz render`: a panel or the window as a picture."""

import argparse

from rnnviz.cli.outcome import DONE
from rnnviz.cli.subject import add_subject, subject_of
from rnnviz.cli.words import output

SAYS = "Draw a panel, or the whole window, as the window shows it."
PICTURES = (".png", ".svg", ".pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_subject(parser, scale=2)
    parser.add_argument(
        "-o", dest="out", required=True, metavar="OUT", help="a file .png, .svg or .pdf, of a panel also .csv"
    )


def run(chosen: argparse.Namespace) -> int:
    out = output(chosen.out, (*PICTURES, ".csv") if chosen.panel else PICTURES)
    drawing, subject = subject_of(chosen)
    drawing.render(subject, out, chosen.scale)
    return DONE
