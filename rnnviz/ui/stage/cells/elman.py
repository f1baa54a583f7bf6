"""Elman's network: the hidden state is the rail, and runs through the unit from left to right."""

from __future__ import annotations

from rnnviz.engine.equations import Graph
from rnnviz.ui.stage.cells.parts import terms
from rnnviz.ui.stage.diagram import (
    Bus,
    Column,
    Diagram,
    Law,
    Name,
    Pill,
    Place,
    Row,
    Sign,
    Square,
    TimeName,
    Wire,
)


def elman(graph: Graph) -> Diagram:
    columns = (
        Column("left", 0, stretch=0),
        Column("sum", 40, 1.5),
        Column("pre", 26, 0.5, 0.6),
        Column("h", 28, 0.5, 0.6),
        Column("right", 40, 1),
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
        Wire((Place("sum", "x"), Place("sum", "law", dy=9)), "h.pre", "h", "bus"),
        Wire((Place("sum", "name", dy=-9), Place("sum", rail)), "h.pre", "h", "bus"),
        Wire((Place("sum", rail), Place("h", rail)), "h.pre", "h", is_rail=True),
        Wire((Place("h", rail), Place("right", rail)), "h", "h", is_rail=True),
        Bus(rail, "left", "sum", "h_prev", ("sum",), starts_outside=True),
        Bus("x", "left", "right", "x", ("sum",)),
        Sign(Place("sum", rail), "+", "h"),
        Square(Place("h", rail), "h", "h.pre", "h", key="h"),
        Pill(Place("pre", rail), "h.pre", "h"),
        Pill(Place("right", rail, -13, pills=-0.5), "h", "h"),
        TimeName(Place("left", rail, 8, -18), "h", True, -1),
        TimeName(Place("right", rail, -8, -18), "h", False, 1),
        Name(Place("sum", "name"), "h"),
        Law(Place("sum", "law"), "h", terms(graph, "h")),
    )
    return Diagram(columns, rows, parts)
