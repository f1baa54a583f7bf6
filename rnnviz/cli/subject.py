"""What `rnnviz render` and `rnnviz film` draw: a panel or the window, at a step, a size and in a look."""

from __future__ import annotations

import argparse
import os
from types import ModuleType
from typing import Any

from rnnviz.cli.outcome import CommandError
from rnnviz.cli.screen import no_screen, ui
from rnnviz.cli.words import add_file, opened

MIN_SIDE, MAX_SIDE = 32, 4_096


def add_subject(parser: argparse.ArgumentParser, scale: int) -> None:
    """The arguments that are the same for a picture and a film. scale : where none is given"""
    add_file(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--panel", metavar="NAME", help="such as gates")
    what.add_argument("--window", action="store_true", help="all of it, as it opens on the file")
    parser.add_argument("--step", type=int, metavar="STEP", help="where the cursor stands; as in the file if not given")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--size", type=_size, metavar="WxH", help="in pixels of the window, such as 900x600")
    parser.add_argument(
        "--scale",
        type=int,
        choices=(1, 2),
        default=scale,
        help=f"how many pixels of the picture for one of the window each way, {scale} if not given",
    )


def subject_of(chosen: argparse.Namespace) -> tuple[ModuleType, Any]:
    """The module that draws, and what it draws."""
    scenario = opened(chosen.file)
    last = len(scenario.inputs)
    if chosen.step is not None and not 0 <= chosen.step <= last:
        raise CommandError(f"there is no step {chosen.step}; it can be 0 (before the first) to {last}")
    if no_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    drawing = ui("rnnviz.ui.export.commands")
    return drawing, drawing.Subject(chosen.file, scenario, chosen.panel or "", chosen.step, chosen.size, chosen.theme)


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 900x600")
    size = int(width), int(height)
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in size):
        raise argparse.ArgumentTypeError(f"{text!r}: each side can be {MIN_SIDE} to {MAX_SIDE} pixels")
    return size
