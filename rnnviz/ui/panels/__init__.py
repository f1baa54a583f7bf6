"""Every panel of the window: one file in this folder is one panel. Nothing else lists them."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from rnnviz.ui.panel import Panel


@cache
def load() -> Mapping[str, type[Panel]]:
    """Name -> class, in the order of the window. Imports every panel, so call it after the first paint."""
    modules = [f"{__name__}.{found.name}" for found in pkgutil.iter_modules(__path__)]
    classes = sorted(set(_classes(modules)), key=lambda panel: (panel.order, panel.name))
    return MappingProxyType({panel.name: panel for panel in classes})


def _classes(modules: list[str]) -> Iterator[type[Panel]]:
    for name in modules:
        for value in vars(importlib.import_module(name)).values():
            is_panel = isinstance(value, type) and issubclass(value, Panel) and bool(value.name)
            if is_panel and value.__module__ == name:
                yield value


def __getattr__(name: str) -> Mapping[str, type[Panel]]:
    """`PANELS`, made when it is first asked for: the panels must not be imported before the first paint."""
    if name == "PANELS":
        return load()
    raise AttributeError(name)
