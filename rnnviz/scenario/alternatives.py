"""Named variants of a scenario: its file with a few things changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rnnviz.scenario.build import build
from rnnviz.scenario.errors import ScenarioError, shown
from rnnviz.scenario.form import tree_of
from rnnviz.scenario.types import Scenario

# Objects with one of these keys stand for an array, or for all weights: they are replaced, not merged.
_WHOLE = {"base64", "initialiser"}


def apply_alternative(scenario: Scenario, index: int) -> Scenario:
    """The scenario with the changes of its alternative `index`, and what that one expects in place of its own.

    Weights and states of layers that the change takes away are dropped. Raises ScenarioError with the key path of a
    change that does not fit.
    """
    alternative = scenario.alternatives[index]
    where = f"alternatives[{index}].changes"
    try:
        tree = _merged(tree_of(scenario), alternative.changes, where)
        for key in ("params", "initial"):
            _drop_orphans(tree, key, alternative.changes.get(key, {}))
        varied = build(tree)
    except ScenarioError as error:
        place = error.where if error.where.startswith(where) else f"{where}.{error.where}".rstrip(".")
        raise ScenarioError(error.message, error.path, place) from None
    return replace(varied, expected=alternative.expected, origin=scenario.origin)


def _merged(old: Any, change: Any, where: str) -> Any:
    """`old` with `change` merged in, key by key; a list of named objects is entered by name."""
    if isinstance(change, dict) and isinstance(old, list) and all(isinstance(item, dict) for item in old):
        names = [item.get("name") for item in old]
        for name in change:
            if name not in names:
                raise ScenarioError(f"there is no layer {shown(name)} here", where=where)
        return [_merged(item, change.get(name, {}), f"{where}.{name}") for name, item in zip(names, old, strict=True)]
    if not isinstance(change, dict) or not isinstance(old, dict) or _WHOLE & change.keys():
        return change
    merged = dict(old)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(old.get(key, {} if isinstance(value, dict) else None), value, f"{where}.{key}")
    return merged


def _drop_orphans(tree: dict[str, Any], key: str, changes: Mapping[str, Any]) -> None:
    """Take away arrays of layers that are gone; one that the change itself brings must fit."""
    if "initialiser" in tree.get(key, {}):
        return
    layers = {layer["name"] for layer in tree["network"]["layers"]}
    tree[key] = {
        name: array for name, array in tree.get(key, {}).items() if name in changes or name.partition(".")[0] in layers
    }
