"""Gated recurrent unit, reset gate applied before the product (Cho et al. 2014, eqs. 5-8). z weighs the old state."""

from rnnviz.engine.cell import Cell

CELL = Cell(
    name="gru",
    title="GRU, reset before the product",
    equations="""
    r = sigmoid(W_r @ x + U_r @ h_prev + b_r)              # reset gate
    z = sigmoid(W_z @ x + U_z @ h_prev + b_z)              # update gate
    n = tanh(W_n @ x + U_n @ (r * h_prev) + b_n)           # candidate
    h = (1 - z) * n + z * h_prev                           # hidden state
    """,
    source="Cho et al. 2014",
)
