"""Older versions of the file form, brought up to date step by step: one function from dict to dict for each version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnnviz.scenario.errors import ScenarioError, shown
from rnnviz.scenario.types import FORMAT, VERSION

# UPGRADES[1] turns a tree of version 1 into one of version 2. There is one version so far.
UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def upgraded(
    tree: dict[str, Any],
    upgrades: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = UPGRADES,
    current: int = VERSION,
) -> dict[str, Any]:
    """The tree in the form of version `current`. Raises ScenarioError for another format or a newer version."""
    if "format" not in tree:
        raise ScenarioError(f'the key "format" is missing: a scenario begins with "format": "{FORMAT}"')
    if tree["format"] != FORMAT:
        raise ScenarioError(f'expected "{FORMAT}", found {shown(tree["format"])}: this is no scenario', where="format")
    version = tree.get("version")
    if version is None:
        raise ScenarioError(f'the key "version" is missing; this rnnviz writes "version": {current}')
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ScenarioError(f"expected a whole number of at least 1, found {shown(version)}", where="version")
    if version > current:
        message = f"version {version} is newer than {current}, the newest known here: update rnnviz to open the file"
        raise ScenarioError(message, where="version")
    for older in range(version, current):
        tree = {**upgrades[older](tree), "version": older + 1}
    return tree
