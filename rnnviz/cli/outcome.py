"""How a command ends: its exit code, and the one line in which it says what is wrong."""

import sys

DONE, WANTING, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class CommandError(Exception):
    """What the command line itself refuses: one line that says what happened and what to do."""


def complain(message: str) -> int:
    """Say what is wrong; returns the exit code for that."""
    print("rnnviz: " + " ".join(message.split()), file=sys.stderr)
    return BAD_INPUT
