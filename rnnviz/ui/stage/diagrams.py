"""Which diagram a cell is drawn by: laid out by hand for a standard cell, else made from its graph."""

from __future__ import annotations

from collections.abc import Callable

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.equations import Graph
from rnnviz.ui.stage.automatic.draw import automatic
from rnnviz.ui.stage.cells import dense, elman, gru, jordan, lstm
from rnnviz.ui.stage.diagram import Diagram

BY_HAND: dict[str, Callable[[Graph], Diagram]] = {
    "elman": elman.elman,
    "jordan": jordan.jordan,
    "lstm": lstm.lstm,
    "lstm_peephole": lstm.lstm_peephole,
    "lstm_feedback": lstm.lstm_feedback,
    "lstm_projected": lstm.lstm_projected,
    "gru": gru.gru,
    "gru_reset_after": gru.gru_reset_after,
    "dense": dense.dense,
}


def diagrams_of(cell: Cell) -> tuple[Diagram, ...]:
    """Drawings from much detail to little.

    A cell of the user's own may be called like a standard one: what counts are the equations.
    """
    known = BY_HAND.get(cell.name)
    standard = CELLS.get(cell.name)
    if known is not None and (standard is None or standard.graph.equations == cell.graph.equations):
        return (known(cell.graph),)
    return automatic(cell.graph, cell.output)
