"""Names in files of other programs: as they may be shown, and as layers may be called."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHOWN = 80
_LAYER = 60
_TAKEN = ("x", "target", "output", "loss")


def printable(name: str) -> str:
    """A name as it may stand in a line: no longer than that, no control characters."""
    shown = name if len(name) <= _SHOWN else name[: _SHOWN - 3] + "..."
    return shown if shown.isprintable() else ascii(shown)[1:-1]


def layer_names(paths: Iterable[str], default: str = "layer") -> tuple[str, ...]:
    """Paths such as "model.fc.0" as names of layers, all different: letters, digits and _."""
    found: dict[str, None] = {}
    for path in paths:
        name = re.sub(r"[^A-Za-z0-9_]", "_", path)[:_LAYER].strip("_") or default
        name = name if name[0].isalpha() else f"{default}_{name}"
        name = f"{name}_layer" if name in _TAKEN else name
        unique, number = name, 2
        while unique in found:
            unique, number = f"{name}_{number}", number + 1
        found[unique] = None
    return tuple(found)
