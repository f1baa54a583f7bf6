"""`rnnviz film`: a panel or the window, step after step."""

from __future__ import annotations

import argparse
import sys

from rnnviz.cli.outcome import DONE
from rnnviz.cli.subject import add_subject, subject_of
from rnnviz.cli.words import count, output
from rnnviz.jobs.film import KINDS
from rnnviz.jobs.progress import ProgressBar

SAYS = "Draw a panel, or the whole window, step after step: a film as GIF or APNG."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_subject(parser, scale=1)
    parser.add_argument(
        "-o", dest="out", required=True, metavar="OUT", help="a file .gif, or .png or .apng for exact colours"
    )
    parser.add_argument(
        "--training", action="store_true", help="train first, and show the iterates in place of the steps"
    )
    parser.add_argument(
        "--from", dest="first", type=count, metavar="N", help="the first step (or iterate) that is shown"
    )
    parser.add_argument("--to", dest="last", type=count, metavar="N", help="the last")
    parser.add_argument("--every", type=_positive, default=1, metavar="N", help="show every so many, and the last")
    parser.add_argument("--fps", type=_speed, default=2.0, metavar="N", help="pictures a second, 2 if not given")
    parser.add_argument("--loops", type=count, default=0, metavar="N", help="how often it is shown; 0, for ever")


def run(chosen: argparse.Namespace) -> int:
    out = output(chosen.out, KINDS)
    drawing, subject = subject_of(chosen)
    over = "training" if chosen.training else "steps"
    wish = drawing.Wish(over, chosen.first, chosen.last, chosen.every, chosen.fps, chosen.loops, chosen.scale)
    bar = ProgressBar(1, sys.stderr) if sys.stderr.isatty() else None
    try:
        pictures = drawing.film(subject, wish, out, bar.show_share if bar is not None else _say_nothing)
    finally:
        if bar is not None:
            bar.clear()
    print(f"{out}: {pictures:,} pictures")
    return DONE


def _say_nothing(_share: float, _text: str) -> None:
    pass


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _speed(text: str) -> float:
    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not 0.1 <= fps <= 50:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of pictures a second, 0.1 to 50")
    return fps
