"""What is typed: the parser, arguments that several commands have, and how words become files and numbers."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path
from typing import NoReturn

from rnnviz.cli.commands import COMMANDS
from rnnviz.cli.outcome import CommandError
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.read import load
from rnnviz.scenario.types import Scenario

SUFFIX = ".rnnviz"
FILE = "a scenario file, or the name of a built-in scenario; a file of that name comes first, ./NAME is always a file"


class Parser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}; see {self.prog} --help")


def add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=FILE)


def count(text: str) -> int:
    """A type of an argument: 0, 1, 2, ..."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def opened(file: str) -> Scenario:
    """The scenario; for a word that is nearly a command, the error says so."""
    try:
        return load(file)
    except ScenarioError as error:
        near = difflib.get_close_matches(file, COMMANDS, n=1)
        if near and not Path(file).exists():
            raise CommandError(f"{error} (or is it the command {near[0]}?)") from None
        raise


def output(name: str, suffixes: tuple[str, ...]) -> Path:
    """Where the result goes. Refused before any work is done for it."""
    path = Path(name)
    if path.suffix not in suffixes:
        raise CommandError(f"{name}: the output has to end in {' or '.join(suffixes)}")
    if not path.parent.is_dir():
        raise CommandError(f"{name}: there is no folder {path.parent}")
    return path


def scenario_output(name: str | None) -> Path | None:
    """The same for a scenario file that need not be written."""
    return None if name is None else output(name, (SUFFIX,))
