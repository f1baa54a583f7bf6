"""The diagram of a cell of one's own, made from its graph."""

from __future__ import annotations

from rnnviz.engine.equations import Graph
from rnnviz.ui.stage.diagram import Diagram


def automatic(graph: Graph) -> Diagram:
    raise NotImplementedError
