"""Files and texts -> scenarios. Every fault is a ScenarioError of one line; nothing half-read is ever returned."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from rnnviz.scenario import builtin_index, limits
from rnnviz.scenario.build import build
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.json_text import decode, parse_json
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.upgrade import upgraded


def load(path_or_name: str | os.PathLike[str]) -> Scenario:
    """A scenario by the path of its file, or a built-in one by its name; where a file has that name, the file."""
    name = os.fspath(path_or_name)
    if name in builtin_index.names() and not Path(name).is_file():
        return read(builtin_index.path(name))
    if not Path(name).exists() and Path(name).name == name and not Path(name).suffix:
        near = difflib.get_close_matches(name, builtin_index.names(), n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `rnnviz list` shows the built-in scenarios"
        raise ScenarioError(f"there is no such file, and no built-in scenario of this name{hint}", name)
    return read(name)


def read(path: str | os.PathLike[str]) -> Scenario:
    """The scenario in a file."""
    name = os.fspath(path)
    try:
        with Path(name).open("rb") as file:
            data = file.read(limits.FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"cannot be read: {reason}", name) from None
    return parse(data, name)


def parse(text: str | bytes, source: str | None = None) -> Scenario:
    """The scenario in a text; `source` is the name of its file for messages."""
    try:
        text = decode(text) if isinstance(text, bytes) else text
        return build(upgraded(parse_json(text)), text)
    except ScenarioError as error:
        raise error.within(source) from None
