"""The LSTM, its peephole form, and the lecture's form that feeds h and c back to all four inputs."""

from __future__ import annotations

from rnnviz.engine.equations import Graph
from rnnviz.engine.expression import Product
from rnnviz.ui.stage.cells.parts import GATE_ROWS, addends, gate
from rnnviz.ui.stage.diagram import (
    Bus,
    Column,
    Diagram,
    Dot,
    Part,
    Pill,
    Place,
    Row,
    Sign,
    Square,
    TimeName,
    Valve,
    Wire,
)

GATES = ("f", "i", "g", "o")
_MEMORY_ROW = Row("memory", 20, 0.4)


def lstm(graph: Graph) -> Diagram:
    return _diagram(graph, ())


def lstm_peephole(graph: Graph) -> Diagram:
    """i and f look at the memory before the step, o at the one after it."""
    peepholes: tuple[Part, ...] = (
        *_tap("p", "c_prev", ("f", "i"), "i"),
        *_tap("q", "c", ("o",), "o"),
    )
    return _diagram(graph, peepholes)


def lstm_projected(graph: Graph) -> Diagram:
    """What the output gate lets through is multiplied by a matrix before it is the hidden state."""
    return _diagram(graph, (), is_projected=True)


def lstm_feedback(graph: Graph) -> Diagram:
    """All four look at the memory before the step."""
    return _diagram(graph, _tap("p", "c_prev", GATES, "o"))


def _tap(column: str, key: str, gates: tuple[str, ...], end: str) -> tuple[Part, ...]:
    """A wire from the memory rail down to the laws of some gates."""
    path = (Place(column, "rail"), Place(column, "memory"), Place(end, "memory"))
    return (
        Wire(path, key, gates[-1]),
        Dot(Place(column, "rail"), key, gates[-1]),
        *(Dot(Place(gate, "memory"), key, gate) for gate in gates),
    )


def _diagram(graph: Graph, taps: tuple[Part, ...], *, is_projected: bool = False) -> Diagram:
    has_taps = bool(taps)
    columns = (
        Column("left", 0, stretch=0),
        Column("p", 16, 0, 0),
        Column("f", 30 if has_taps else 18, 1, 0.8),
        Column("i", 14, 1),
        Column("g", 14, 1),
        Column("q", 14, 0.5, 0.5),
        Column("t", 28 if has_taps else 14, 0, 0.3),
        Column("o", 30, 0.5, 0.7),
        *((Column("v", 50, 0, 0.5),) if is_projected else ()),
        Column("right", 36, 1),
    )
    buses = (_MEMORY_ROW,) if has_taps else ()
    rows = (
        Row("top", 0, 0),
        Row("rail", 24, 0.5),
        Row("mid", 48),
        *GATE_ROWS,
        *buses,
        Row("h", 30 if has_taps else 24, 0.4),
        Row("x", 28, 0.4, rank=0),
        Row("bottom", 20, 0.2),
    )
    return Diagram(
        columns, rows, (*_operations(graph, has_taps), *_hidden(graph, is_projected), *taps, *_gates(graph), *_buses())
    )


def _operations(graph: Graph, has_taps: bool) -> tuple[Part, ...]:
    kept, written = addends(graph, "c")
    rail, mid = "rail", "mid"
    return (
        Wire((Place("left", rail), Place("f", rail)), "c_prev", "c", is_rail=True),
        Wire((Place("f", rail), Place("g", rail)), kept, "c", is_rail=True),
        Wire((Place("g", rail), Place("right", rail)), "c", "c", is_rail=True),
        Wire((Place("f", "square"), Place("f", rail)), "f", "c", "f"),
        Wire((Place("i", "square"), Place("i", mid), Place("g", mid)), "i", "c", "i"),
        Wire((Place("g", "square"), Place("g", mid)), "g", "c", "g"),
        Wire((Place("g", mid), Place("g", rail)), written, "c"),
        Wire((Place("t", rail), Place("t", mid), Place("o", mid)), "c", "h"),
        Wire((Place("o", "square"), Place("o", mid)), "o", "h", "o"),
        Dot(Place("t", rail), "c", "h"),
        Valve(Place("f", rail), "f", "c_prev", "c", "f"),
        Valve(Place("g", mid), "i", "g", "c", "i", is_upright=True),
        Valve(Place("o", mid), "o", "c", "h", "o"),
        Sign(Place("g", rail), "+", "c", "c"),
        Square(Place("t", mid), "h", "c", "h"),
        TimeName(Place("left", "h", 8, -18), "h", True, -1),
        TimeName(Place("left", rail, 8, -18), "c", True, -1),
        TimeName(Place("right", rail, -8, -18), "c", False, 1),
        TimeName(Place("right", mid, -8, -18), "h", False, 1),
        Pill(Place("left", rail, 23 if has_taps else 11, pills=0.5), "c_prev", "c"),
        Pill(Place("right", rail, -13, pills=-0.5), "c", "c"),
        Pill(Place("right", mid, -13, pills=-0.5), "h", "h"),
    )


def _hidden(graph: Graph, is_projected: bool) -> tuple[Part, ...]:
    """From the output gate to the right edge."""
    mid = "mid"
    if not is_projected:
        return (Wire((Place("o", mid), Place("right", mid)), "h", "h", is_rail=True),)
    product = graph.equation("h").expression
    assert isinstance(product, Product)
    return (
        Wire((Place("o", mid), Place("v", mid)), product.vector, "h", is_rail=True),
        Wire((Place("v", mid), Place("right", mid)), "h", "h", is_rail=True),
        Sign(Place("v", mid), "V·", "h", "h"),
    )


def _gates(graph: Graph) -> tuple[Part, ...]:
    parts: list[Part] = []
    for name in GATES:
        parts += gate(graph, name, name, "x")
        parts.append(Pill(Place(name, "gate"), name, name, name))
    return tuple(parts)


def _buses() -> tuple[Part, ...]:
    return (
        Bus("h", "left", "o", "h_prev", GATES, starts_outside=True),
        Bus("x", "f", "o", "x", GATES),
    )
