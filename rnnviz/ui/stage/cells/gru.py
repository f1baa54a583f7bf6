"""The GRU, with the reset gate before or after the product with the hidden state."""

from __future__ import annotations

from rnnviz.engine.equations import Graph
from rnnviz.engine.expression import Product, Times, Variable, summands
from rnnviz.ui.stage.cells.parts import GATE_ROWS, addends, gate, terms
from rnnviz.ui.stage.diagram import (
    Bus,
    Column,
    Diagram,
    Dot,
    Law,
    Part,
    Pill,
    Place,
    Row,
    Sign,
    TimeName,
    Valve,
    Wire,
)


def gru(graph: Graph) -> Diagram:
    """The reset gate stands on the way of the hidden state to the candidate."""
    reset = next(
        node.vector for _, node in terms(graph, "n") if isinstance(node, Product) and node.vector != Variable("x")
    )
    columns = (
        Column("left", 0, stretch=0),
        Column("p", 18, 1, 0.5),
        Column("z", 46, 0.0, 0.5),
        Column("r", 18, 1),
        Column("k", 26, 0.5),
        Column("n", 26, 0.5),
        Column("right", 44, 1, 0.7),
    )
    parts = (
        Wire((Place("p", "rail"), Place("p", "h"), Place("k", "h")), "h_prev", "r"),
        Wire((Place("k", "h"), Place("n", "h")), reset, "n"),
        Wire(
            (Place("r", "square"), Place("r", "gate", dy=-19), Place("k", "gate", dy=-19), Place("k", "h")),
            "r",
            "n",
            "r",
        ),
        Dot(Place("p", "rail"), "h_prev", "r"),
        Dot(Place("z", "h"), "h_prev", "z"),
        Dot(Place("r", "h"), "h_prev", "r"),
        Dot(Place("n", "h"), reset, "n"),
        Valve(Place("k", "h"), "r", "h_prev", "n", "r"),
        *gate(graph, "n", "n", "x"),
        Bus("x", "z", "n", "x", ("z", "r", "n")),
    )
    return Diagram(columns, _rows(26), (*_operations(graph), *parts, *_gates(graph)))


def gru_reset_after(graph: Graph) -> Diagram:
    """The reset gate stands on the way of the product U h + c to the candidate."""
    reset = next(node for _, node in terms(graph, "n") if isinstance(node, Times))
    direct = tuple(term for term in terms(graph, "n") if not isinstance(term[1], Times))
    columns = (
        Column("left", 0, stretch=0),
        Column("p", 18, 1, 0.5),
        Column("z", 46, 0.0, 0.5),
        Column("r", 18, 1),
        Column("m", 54, 0.5, 0.8),
        Column("k", 34, 0.0, 0.6),
        Column("n", 16, 0.5, 0.6),
        Column("right", 44, 1, 0.7),
    )
    parts = (
        Wire((Place("p", "rail"), Place("p", "h"), Place("m", "h"), Place("m", "name", dy=17)), "h_prev", "r"),
        Wire((Place("m", "name", dy=-1), Place("m", "sum"), Place("k", "sum")), reset.right, "n"),
        Wire((Place("k", "sum"), Place("n", "sum")), reset, "n"),
        Wire(
            (Place("r", "square"), Place("r", "gate", dy=-19), Place("k", "gate", dy=-19), Place("k", "sum")),
            "r",
            "n",
            "r",
        ),
        Dot(Place("p", "rail"), "h_prev", "r"),
        Dot(Place("z", "h"), "h_prev", "z"),
        Dot(Place("r", "h"), "h_prev", "r"),
        *gate(graph, "n", "n", "x", direct),
        Valve(Place("k", "sum"), "r", reset.right, "n", "r"),
        Sign(Place("n", "sum"), "+", "n"),
        Law(Place("m", "name", dy=8), "n", tuple(summands(reset.right))),
        Bus("x", "z", "n", "x", ("z", "r", "n")),
    )
    rows = tuple(
        row for before in _rows(24) for row in ((Row("sum", 28, 0.3), before) if before.name == "name" else (before,))
    )
    return Diagram(columns, rows, (*_operations(graph), *parts, *_gates(graph)))


def _rows(bus_gap: float) -> tuple[Row, ...]:
    return (
        Row("top", 0, 0),
        Row("rail", 24, 0.5),
        Row("mid", 48),
        Row("gate", 36),
        *GATE_ROWS[1:],
        Row("h", bus_gap, 0.4),
        Row("x", 32, 0.4),
        Row("bottom", 20, 0.2),
    )


def _operations(graph: Graph) -> tuple[Part, ...]:
    """h = (1 - z) n + z h_prev."""
    written, kept = addends(graph, "h")
    rail, mid = "rail", "mid"
    return (
        Wire((Place("left", rail), Place("z", rail)), "h_prev", "h", is_rail=True),
        Wire((Place("z", rail), Place("n", rail)), kept, "h", is_rail=True),
        Wire((Place("n", rail), Place("right", rail)), "h", "h", is_rail=True),
        Wire((Place("z", "square"), Place("z", rail)), "z", "h", "z"),
        Wire((Place("z", mid), Place("n", mid)), "z", "h", "z"),
        Wire((Place("n", "square"), Place("n", mid)), "n", "h", "n"),
        Wire((Place("n", mid), Place("n", rail)), written, "h"),
        Dot(Place("z", mid), "z", "h", "z"),
        Valve(Place("z", rail), "z", "h_prev", "h", "z"),
        Valve(Place("n", mid), "z", "n", "h", "z", is_upright=True, is_complement=True),
        Sign(Place("z", mid, 34), "1−", "h", "z"),
        Sign(Place("n", rail), "+", "h", "h"),
        TimeName(Place("left", rail, 8, -18), "h", True, -1),
        TimeName(Place("right", rail, -8, -18), "h", False, 1),
        Pill(Place("left", rail, 9, pills=0.5), "h_prev", "h"),
        Pill(Place("right", rail, -13, pills=-0.5), "h", "h"),
        Pill(Place("n", "gate"), "n", "n", "n"),
    )


def _gates(graph: Graph) -> tuple[Part, ...]:
    parts: list[Part] = []
    for name in ("z", "r"):
        parts += gate(graph, name, name, "x")
        parts.append(Pill(Place(name, "gate"), name, name, name))
    return tuple(parts)
