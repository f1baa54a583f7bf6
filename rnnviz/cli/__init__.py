"""The command `rnnviz`: the window, and what can be done without one.

Each command is a module of this folder: what it says of itself (`SAYS`), its arguments (`add_arguments`), and what it
does (`run`, which returns the exit code). It is imported when it is asked for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import rnnviz.fast
from rnnviz.cli import window
from rnnviz.cli.commands import COMMANDS
from rnnviz.cli.outcome import DONE, INTERRUPTED, CommandError, complain
from rnnviz.cli.words import Parser
from rnnviz.engine.errors import EngineError
from rnnviz.scenario.errors import ScenarioError
from rnnviz.session import EditError


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Nothing that a user can cause gets out of here as an exception."""
    given = list(sys.argv[1:] if words is None else words)
    sys.stdout.reconfigure(errors="replace")  # a terminal may not have the letters of a title
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        _flush_into_nothing()  # whoever was reading has seen enough
        return DONE
    except (CommandError, ScenarioError, EngineError, EditError) as error:
        return complain(str(error))
    except OSError as error:
        if not error.filename:
            _flush_into_nothing()
        return complain(f"{error.filename or 'the output'}: {error.strerror}" if error.strerror else str(error))
    except MemoryError:
        return complain("there is not enough memory for this; take fewer steps, sequences or units")
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _flush_into_nothing() -> None:
    """Python flushes its output once more at exit; what could not be written is not tried again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> int:
    """A first word that is a command is one; a file of that name is opened as ./NAME."""
    if not words or words[0] not in COMMANDS:
        return window.run(window.parser().parse_args(words))
    command = import_module(COMMANDS[words[0]])
    parser = Parser(prog=f"rnnviz {words[0]}", description=command.SAYS, allow_abbrev=False)
    command.add_arguments(parser)
    chosen = parser.parse_args(words[1:])
    rnnviz.fast.load()
    return command.run(chosen)
