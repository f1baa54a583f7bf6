"""Which scenarios come with the program, in the order of the gallery, and where their files are."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

from rnnviz.resources import resource
from rnnviz.scenario.errors import ScenarioError


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the gallery shows of a scenario before it is opened. `summary` is the first sentence of its story."""

    name: str
    title: str
    group: str
    summary: str


@functools.cache
def entries() -> tuple[Entry, ...]:
    """All built-in scenarios, read from the index that is made with them."""
    return msgspec.json.decode(resource("scenarios/index.json").read_bytes(), type=tuple[Entry, ...])


def names() -> tuple[str, ...]:
    """The names of all built-in scenarios."""
    return tuple(entry.name for entry in entries())


def path(name: str) -> Path:
    """The file of a built-in scenario. Raises ScenarioError when there is none of that name."""
    if name not in names():
        raise ScenarioError(f'there is no built-in scenario "{name}"; there are {", ".join(names())}')
    return resource(f"scenarios/{name}.rnnviz")
