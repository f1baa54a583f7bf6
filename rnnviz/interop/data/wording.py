"""Pieces of messages: what stands in a file, in one line and without what cannot be printed; lists that do not end."""

from __future__ import annotations

from collections.abc import Sequence


def printable(text: str) -> str:
    return "".join(c if c.isprintable() else "·" for c in text)


def in_a_line(text: str, most: int) -> str:
    """A text of a file, its blanks and line ends as single blanks, at most so many characters of it."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def quoted(text: str, limit: int = 32) -> str:
    """A piece of a file as it may stand in a line of a message."""
    shown = printable(text)
    return f"“{shown}”" if len(shown) <= limit else f"“{shown[: limit - 1]}…”"


def listed(words: Sequence[str], most: int = 6) -> str:
    """The first of many names, and how many more there are."""
    shown = ", ".join(words[:most])
    return f"{shown} and {len(words) - most:,} more" if len(words) > most else shown
