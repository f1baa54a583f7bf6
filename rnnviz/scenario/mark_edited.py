"""A network that was imported and then changed or trained is no longer the one that was proven: it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from msgspec import structs

from rnnviz.scenario.types import Scenario


def mark_edited(before: Scenario, after: Scenario) -> Scenario:
    """The scenario after an edit, marked as edited where its network or weights are others than before."""
    imported = after.imported
    if imported is None or imported.edited or (after.network == before.network and _same(before.params, after.params)):
        return after
    return replace(after, imported=structs.replace(imported, edited=True))


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Weights of the same network."""
    return one is other or all(np.array_equal(values, other[name]) for name, values in one.items())
