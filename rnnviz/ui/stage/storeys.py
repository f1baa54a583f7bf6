"""The levels of a network on the stage: storeys, which can be opened, and pools, which only have a row in the strip.

A storey is a direction of a recurrent layer, or a readout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from rnnviz.engine.cell import Cell
from rnnviz.engine.network import DENSE, Dense, Embedding, Network, Pool, Recurrent


@dataclass(frozen=True, eq=False)
class Storey:
    """prefix : begins the names of its quantities, "lstm" or "bi.backward"; source : the quantity it reads."""

    prefix: str
    layer: str
    title: str
    source: str
    cell: Cell
    functions: Mapping[str, str]
    constants: Mapping[str, float]
    forced: frozenset[str] = frozenset()
    is_backward: bool = False
    is_readout: bool = False

    @property
    def shows_unit_of(self) -> str:
        """The storey whose opened unit is the one that the strip shows."""
        return self.prefix

    @property
    def memory(self) -> str:
        """The quantity that stands for it in the unrolled strip: the memory cell where there is one, else the state."""
        hidden = ("h", self.cell.output)
        carried = [name for name in self.cell.graph.carried if name not in hidden]
        if carried and "h" in self.cell.graph.carried:
            return carried[0]
        return "h" if "h" in self.cell.graph.sizes else self.cell.output

    @property
    def per_unit(self) -> str:
        """A quantity that has one number for each unit."""
        sizes = self.cell.graph.sizes
        return "h" if sizes.get("h") == "units" else next((q for q, size in sizes.items() if size == "units"), "y")


@dataclass(frozen=True, eq=False)
class Pooled:
    """A pool over time. shows_unit_of : the storey whose units it pools"""

    prefix: str
    title: str
    shows_unit_of: str
    memory: str = "y"
    is_backward: bool = False


Level = Storey | Pooled


def storeys(levels: tuple[Level, ...]) -> tuple[Storey, ...]:
    """Those that can be opened."""
    return tuple(level for level in levels if isinstance(level, Storey))


def has_readout(levels: tuple[Level, ...]) -> bool:
    """Whether the network's output is something else than a memory, which is shown already."""
    return bool(levels) and (isinstance(levels[-1], Pooled) or levels[-1].is_readout)


def levels_of(network: Network) -> tuple[Level, ...]:
    """From the inputs up."""
    found: list[Level] = []
    for index, layer in enumerate(network.layers):
        source = network.input_name(index)
        match layer:
            case Recurrent():
                found += [_of_recurrent(layer, direction, source) for direction in layer.directions]
            case Dense(name=name, activation=activation):
                found.append(Storey(name, name, name, source, DENSE, {"y": activation}, {}, is_readout=True))
            case Pool(name=name, kind=kind):
                below = source.removesuffix(".merged") + ".forward" if source.endswith(".merged") else source
                titles = {
                    "mean": QCoreApplication.translate("stage", "mean over time"),
                    "max": QCoreApplication.translate("stage", "largest over time"),
                    "sum": QCoreApplication.translate("stage", "sum over time"),
                }
                found.append(Pooled(name, titles[kind], below.rpartition(".")[0]))
    return tuple(found)


def embedding_of(network: Network) -> Embedding | None:
    return next((layer for layer in network.layers if isinstance(layer, Embedding)), None)


def _of_recurrent(layer: Recurrent, direction: str, source: str) -> Storey:
    translate = QCoreApplication.translate
    titles = {"forward": translate("stage", "{0} forward"), "backward": translate("stage", "{0} backward")}
    return Storey(
        prefix=layer.prefix(direction).removesuffix("."),
        layer=layer.name,
        title=titles[direction].format(layer.name) if layer.direction == "both" else layer.name,
        source=source,
        cell=layer.cell,
        functions=layer.functions(),
        constants=layer.constant_values(),
        forced=layer.forced,
        is_backward=direction == "backward",
    )
