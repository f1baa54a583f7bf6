"""A network that was imported and then changed is no longer the one that was proven: it says so."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from rnnviz.scenario.types import Scenario


def marked(before: Scenario, after: Scenario) -> Scenario:
    """The scenario after an edit, marked as edited where its network or weights are others than before."""
    imported = after.imported
    if imported is None or imported.edited or (after.params is before.params and after.network == before.network):
        return after
    return replace(after, imported=structs.replace(imported, edited=True))
