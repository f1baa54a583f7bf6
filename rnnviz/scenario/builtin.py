"""The scenarios that come with the program."""

from rnnviz.scenario.builtin_index import Entry, entries, names, path
from rnnviz.scenario.read import read
from rnnviz.scenario.types import Scenario

__all__ = ["Entry", "entries", "load", "names", "path"]


def load(name: str) -> Scenario:
    """A built-in scenario. Raises ScenarioError when there is none of that name."""
    return read(path(name))
