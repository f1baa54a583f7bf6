"""`rnnviz [FILE]`: the window, on a scenario, a model or data, or on the gallery."""

from __future__ import annotations

import argparse
from pathlib import Path

import rnnviz
from rnnviz.cli.commands import COMMANDS
from rnnviz.cli.outcome import CommandError
from rnnviz.cli.screen import no_screen, ui
from rnnviz.cli.words import FILE, Parser, opened


def parser() -> argparse.ArgumentParser:
    made = Parser(
        prog="rnnviz",
        description="Open the window on a scenario; without FILE, on the gallery of built-in ones.",
        epilog=f"Commands that need no screen: {', '.join(COMMANDS)}. `rnnviz COMMAND --help` says more about each.",
        usage="rnnviz [FILE] | rnnviz COMMAND ...",
        allow_abbrev=False,
    )
    made.add_argument("file", nargs="?", metavar="FILE", help=FILE)
    made.add_argument("--version", action="version", version=f"rnnviz {rnnviz.__version__}")
    return made


def run(chosen: argparse.Namespace) -> int:
    if chosen.file is not None:
        _look_at(chosen.file)
    reason = no_screen()
    if reason:
        *names, last = COMMANDS
        raise CommandError(f"{reason}; {', '.join(names)} and {last} work without one")
    return ui("rnnviz.ui.app").start(chosen.file)


def _look_at(file: str) -> None:
    """What is wrong with a file is said here, before there is a window."""
    from rnnviz.interop.data.bytes import beginning  # here: the window on its gallery starts without all of this
    from rnnviz.interop.data.source import is_data
    from rnnviz.interop.errors import ModelError
    from rnnviz.interop.formats import SUFFIXES, format_of

    if is_data(file):
        beginning(file)
    elif file.lower().endswith(SUFFIXES):
        try:
            format_of(Path(file))
        except ModelError as error:
            raise error.within(file) from None
    else:
        opened(file)
