"""The arrangement of the panels as a value: which are in which place, which are closed, floating or maximised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP

from rnnviz.ui.panel import Panel

TITLES = {
    "step": QT_TRANSLATE_NOOP("layouts", "Step"),
    "train": QT_TRANSLATE_NOOP("layouts", "Train"),
    "inside": QT_TRANSLATE_NOOP("layouts", "Inside"),
}
PLACES = ("left", "centre", "right", "bottom")
# Closed in the Step layout until they are asked for.
OF_TRAINING = frozenset({"training", "loss", "loss_surface", "gradient_flow", "descent"})

OF_INSIDE = frozenset({"units", "saliency", "lesion", "match"})

# The Train layout, where it departs from what the panels say of themselves.
_TRAIN: Mapping[str, tuple[str, ...]] = {
    "left": ("training", "descent"),
    "right": ("loss", "explain"),
    "bottom": ("gradient_flow", "inputs", "parameters", "hidden_state", "gates", "output", "story"),
}
_CLOSED_IN_TRAIN = frozenset({"kept", "memory_cell"})
# The Inside layout shows these alone.
_INSIDE: Mapping[str, tuple[str, ...]] = {
    "centre": ("units",),
    "right": ("explain",),
    "bottom": ("saliency", "lesion", "match"),
}
# Their shares, in parts of far more pixels than there are.
_SIZES_INSIDE = {"rows": (55_000, 45_000), "bottom": (32_000, 32_000, 36_000)}


@dataclass(frozen=True)
class Arrangement:
    """places : place -> names of panels in order; sizes : splitter -> parts in pixels, as the user dragged them."""

    places: Mapping[str, tuple[str, ...]]
    closed: frozenset[str] = frozenset()
    floating: frozenset[str] = frozenset()
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def with_panel_at(self, name: str, place: str, index: int = 1000) -> "Arrangement":
        """The panel moved to a place, in front of the index-th panel there."""
        places = {key: tuple(n for n in names if n != name) for key, names in self.places.items()}
        row = list(places[place])
        row.insert(index - (name in self.places[place][:index]), name)
        return replace(self, places={**places, place: tuple(row)}, sizes={})

    def with_closed(self, name: str, is_closed: bool) -> "Arrangement":
        closed = self.closed | {name} if is_closed else self.closed - {name}
        return replace(self, closed=closed, floating=self.floating - {name})

    def with_floating(self, name: str, is_floating: bool) -> "Arrangement":
        floating = self.floating | {name} if is_floating else self.floating - {name}
        return replace(self, floating=floating, closed=self.closed - {name})

    def to_json(self) -> dict[str, Any]:
        return {
            "places": {place: list(names) for place, names in self.places.items()},
            "closed": sorted(self.closed),
            "floating": sorted(self.floating),
            "sizes": {key: list(sizes) for key, sizes in self.sizes.items()},
        }


def default(panels: Mapping[str, type[Panel]], layout: str = "step") -> Arrangement:
    """Every panel where its class says; in the layout "train" those of training beside the stage, in "inside" only
    those that look into the network."""
    own = {place: tuple(n for n, p in panels.items() if p.place == place) for place in PLACES}
    if layout not in ("train", "inside"):
        return Arrangement(own, closed=(OF_TRAINING | OF_INSIDE) & panels.keys())
    moved = _TRAIN if layout == "train" else _INSIDE
    placed = {name for names in moved.values() for name in names}
    places = {
        place: (*_known(moved.get(place, ()), panels), *(name for name in own[place] if name not in placed))
        for place in PLACES
    }
    closed = (_CLOSED_IN_TRAIN | OF_INSIDE) & panels.keys() if layout == "train" else panels.keys() - placed
    return Arrangement(places, frozenset(closed), sizes={} if layout == "train" else _SIZES_INSIDE)


def from_json(stored: Mapping[str, Any], panels: Mapping[str, type[Panel]], layout: str = "step") -> Arrangement:
    """A remembered arrangement; panels new to it stand in their own place, and a broken one counts as the default."""
    fresh = default(panels, layout)
    try:
        known = {place: _known(stored["places"].get(place, ()), panels) for place in PLACES}
        sizes = {str(key): tuple(int(part) for part in parts) for key, parts in stored.get("sizes", {}).items()}
        closed, floating = (frozenset(_known(stored.get(key, ()), panels)) for key in ("closed", "floating"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return fresh
    placed = {name for names in known.values() for name in names}
    for place, names in fresh.places.items():
        new = tuple(name for name in names if name not in placed)
        known[place] = (*known[place], *new)
        closed |= fresh.closed & frozenset(new)
    return Arrangement(known, closed, floating, sizes)


def _known(names: Iterable[Any], panels: Mapping[str, type[Panel]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for name in names if name in panels))
