"""A readout: one output, from its inputs below through the activation to the right."""

from __future__ import annotations

from rnnviz.engine.equations import Graph
from rnnviz.ui.stage.cells.parts import terms
from rnnviz.ui.stage.diagram import Bus, Column, Diagram, Law, Name, Pill, Place, Row, Sign, Square, TimeName, Wire


def dense(graph: Graph) -> Diagram:
    columns = (
        Column("left", 0, stretch=0),
        Column("sum", 60, 1),
        Column("pre", 30, 0.5, 0.6),
        Column("y", 30, 0.5, 0.6),
        Column("right", 44, 1),
    )
    rows = (
        Row("top", 0, 0),
        Row("above", 14, 0.6),
        Row("rail", 40),
        Row("name", 44, 0.3),
        Row("law", 16, 0.0, rank=4),
        Row("x", 34),
        Row("bottom", 18, 0.3),
    )
    rail = "rail"
    parts = (
        Wire((Place("sum", "x"), Place("sum", "law", dy=9)), "y.pre", "y", "bus"),
        Wire((Place("sum", "name", dy=-9), Place("sum", rail)), "y.pre", "y", "bus"),
        Wire((Place("sum", rail), Place("y", rail)), "y.pre", "y", is_rail=True),
        Wire((Place("y", rail), Place("right", rail)), "y", "y", is_rail=True),
        Bus("x", "left", "right", "x", ("sum",)),
        Sign(Place("sum", rail), "+", "y"),
        Square(Place("y", rail), "y", "y.pre", "y", key="y"),
        Pill(Place("pre", rail), "y.pre", "y"),
        Pill(Place("right", rail, -13, pills=-0.5), "y", "y"),
        TimeName(Place("right", rail, -8, -18), "y", False, 1),
        Name(Place("sum", "name"), "y"),
        Law(Place("sum", "law"), "y", terms(graph, "y")),
    )
    return Diagram(columns, rows, parts)
