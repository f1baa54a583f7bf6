"""Jordan's network: the context is the rail; the output comes in again one step later."""

from __future__ import annotations

from rnnviz.engine.equations import Graph
from rnnviz.ui.stage.cells.parts import GATE_ROWS, addends, gate
from rnnviz.ui.stage.diagram import Bus, Column, Diagram, Dot, Pill, Place, Row, Sign, TimeName, Wire


def jordan(graph: Graph) -> Diagram:
    kept, _ = addends(graph, "s")
    columns = (
        Column("left", 0, stretch=0),
        Column("alpha", 36, 1, 0.6),
        Column("sum", 50, 0, 0.6),
        Column("tap", 34, 1, 0.6),
        Column("h", 24, 0.5),
        Column("turn", 22, 0.5),
        Column("y", 22, 0.5),
        Column("right", 44, 1),
    )
    rows = (
        Row("top", 0, 0),
        Row("rail", 24, 0.5),
        Row("mid", 44, 0.8),
        *GATE_ROWS,
        Row("s", 24, 0.4),
        Row("x", 28, 0.4),
        Row("bottom", 20, 0.2),
    )
    rail, mid = "rail", "mid"
    parts = (
        Wire((Place("left", rail), Place("alpha", rail)), "s_prev", "s", is_rail=True),
        Wire((Place("alpha", rail), Place("sum", rail)), kept, "s", is_rail=True),
        Wire((Place("sum", rail), Place("right", rail)), "s", "s", is_rail=True),
        Wire((Place("left", mid), Place("sum", mid), Place("sum", rail)), "y_prev", "s"),
        Wire((Place("tap", rail), Place("tap", "s"), Place("h", "s")), "s", "h"),
        Wire(
            (Place("h", "square"), Place("h", mid), Place("turn", mid), Place("turn", "s"), Place("y", "s")), "h", "y"
        ),
        Wire((Place("y", "square"), Place("y", mid), Place("right", mid)), "y", "y", is_rail=True),
        Dot(Place("tap", rail), "s", "h"),
        Dot(Place("h", "s"), "s", "h"),
        Sign(Place("alpha", rail), "×α", "s", kept),
        Sign(Place("sum", rail), "+", "s", "s"),
        TimeName(Place("left", rail, 8, -18), "s", True, -1),
        TimeName(Place("left", mid, 8, -18), "y", True, -1),
        TimeName(Place("right", rail, -8, -18), "s", False, 1),
        TimeName(Place("right", mid, -8, -18), "y", False, 1),
        Pill(Place("left", rail, 9, pills=0.5), "s_prev", "s"),
        Pill(Place("left", mid, 9, pills=0.5), "y_prev", "s"),
        Pill(Place("right", rail, -13, pills=-0.5), "s", "s"),
        Pill(Place("right", mid, -13, pills=-0.5), "y", "y"),
        Pill(Place("h", "gate"), "h", "h"),
        *gate(graph, "h", "h", "x"),
        *gate(graph, "y", "y", "s"),
        Bus("x", "sum", "h", "x", ("h",)),
    )
    return Diagram(columns, rows, parts)
