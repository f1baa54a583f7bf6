"""Elman's simple recurrent network (Elman 1990)."""

from rnnviz.engine.cell import Cell

CELL = Cell(
    name="elman",
    title="Elman",
    equations="""
    h = tanh(W @ x + U @ h_prev + b)      # hidden state
    """,
    source="Elman 1990",
)
