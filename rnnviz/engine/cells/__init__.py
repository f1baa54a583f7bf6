"""All cells by name. A new file in this folder that defines `CELL` is a new cell."""

from __future__ import annotations

import importlib
import pkgutil

from rnnviz.engine.cell import Cell

CELLS: dict[str, Cell] = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").CELL for module in pkgutil.iter_modules(__path__)
}
