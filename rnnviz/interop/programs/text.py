"""Pieces of source that all written programs have: wrapped lines, numbers between brackets, the text at their head."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import rnnviz
from rnnviz.scenario.types import Scenario

WIDTH = 100
INLINE = 60  # numbers up to which they stand in the program itself


def head(scenario: Scenario, library: str, usage: str) -> list[str]:
    """The docstring: what it is, and how it is used."""
    title = plain(scenario.title or scenario.name) or "A network"
    written = f"{title} (in {library}, written by rnnviz {rnnviz.__version__})"
    return [*wrapped('"""' + written), "", *wrapped(usage), '"""', ""]


def plain(text: str) -> str:
    """A text of a file as it may stand in a comment or between triple quotes: one line, no quotes, no backslashes."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.replace("\\", "/").replace('"', "'").split())


def assigned(name: str, value: str, indent: int) -> list[str]:
    """`name = value` for a place that is `indent` spaces in; between brackets a long line may end at any space."""
    line = f"{name} = {value}"
    if indent + len(line) <= WIDTH:
        return [line]
    return [f"{name} = (", *(line[indent:] for line in wrapped(value, " " * (indent + 4))), ")"]


def wrapped(text: str, indent: str = "", hang: str = "") -> list[str]:
    """Lines of at most WIDTH characters, broken at spaces; all but the first stand in by `hang` more."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def filled(items: Iterable[str], indent: str = "    ") -> list[str]:
    """Items with commas behind them, as many to a line as there is room for."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) + 2 <= WIDTH:
            lines[-1] += f" {item},"
        else:
            lines += wrapped(f"{item},", indent, "    ")
    return lines


def arrays(name: str, values: Mapping[str, NDArray[Any]]) -> list[str]:
    """A dictionary with the numbers in it."""
    return [f"{name} = {{", *filled(f'"{key}": {numbers(array)}' for key, array in values.items()), "}"]


def from_archive(name: str) -> list[str]:
    """The same from the .npz file that has the name of the program."""
    return ['with np.load(__file__[:-3] + ".npz") as file:', f"    {name} = dict(file)"]


def numbers(array: NDArray[Any]) -> str:
    """Nested lists that read back as the same numbers."""
    if array.ndim:
        return f"[{', '.join(numbers(row) for row in array)}]"
    value = array.item()
    text = repr(value)
    return text[:-2] if text.endswith(".0") and text != "-0.0" else text


def fit_inline(values: Iterable[NDArray[Any]]) -> bool:
    """Whether arrays are so few numbers that they may stand in the program; NaN and infinities cannot."""
    given = list(values)
    return sum(array.size for array in given) <= INLINE and all(np.isfinite(array).all() for array in given)


def unpacked(names: Iterable[str], source: str, indent: str) -> list[str]:
    """`a, b, c = source`, over as many lines as it takes."""
    listed = list(names)
    line = f"{indent}{', '.join(listed)}{',' * (len(listed) == 1)} = {source}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{indent}(", *filled(listed, indent + "    "), f"{indent}) = {source}"]


def class_name(name: str) -> str:
    """As classes are written: "lstm_peephole" becomes LstmPeephole."""
    return "".join(word.capitalize() for word in name.split("_"))


def identifier(text: str, taken: Collection[str]) -> str:
    """A name of Python that is like `text` and not taken yet."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII)
    while name in taken or keyword.iskeyword(name):
        name += "_"
    return name


def finished(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8")
