"""Groups of parts that several cells share."""

from __future__ import annotations

from rnnviz.engine.equations import Graph
from rnnviz.engine.expression import Activation, Node, summands
from rnnviz.ui.stage.diagram import Law, Name, Part, Pill, Place, Row, Square, Terms, Wire

# Rows below the operations, the same in every gated cell: the gate's number, its activation, what goes into it, its
# name and law, and the buses on which the vectors come in.
GATE_ROWS = (
    Row("gate", 31),
    Row("square", 34),
    Row("pre", 34, rank=3),
    Row("name", 25, 0.6),
    Row("law", 16, 0.0, rank=4),
)


def terms(graph: Graph, quantity: str) -> Terms:
    """The summands inside a quantity's activation."""
    expression = graph.equation(quantity).expression
    inside = expression.operand if isinstance(expression, Activation) else expression
    return tuple(summands(inside))


def gate(graph: Graph, quantity: str, column: str, bottom: str, law: Terms | None = None) -> tuple[Part, ...]:
    """A quantity from its law at the bottom up to its activation; what leads on from there is the cell's."""
    at = {row: Place(column, row) for row in ("square", "pre", "name", "law")}
    return (
        Wire((Place(column, "name", dy=-9), at["square"]), f"{quantity}.pre", quantity, quantity),
        Wire((Place(column, bottom), Place(column, "law", dy=9)), f"{quantity}.pre", quantity, "bus"),
        Square(at["square"], quantity, f"{quantity}.pre", quantity, quantity, quantity),
        Pill(at["pre"], f"{quantity}.pre", quantity, quantity),
        Name(at["name"], quantity, quantity),
        Law(at["law"], quantity, terms(graph, quantity) if law is None else law),
    )


def addends(graph: Graph, quantity: str) -> tuple[Node, ...]:
    """What is added up to a quantity that has no activation, in the order of its equation."""
    return tuple(node for _, node in summands(graph.equation(quantity).expression))
