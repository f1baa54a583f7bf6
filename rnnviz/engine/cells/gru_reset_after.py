"""Gated recurrent unit, reset gate applied after the product, as in cuDNN, PyTorch and the default of Keras."""

from rnnviz.engine.cell import Cell

CELL = Cell(
    name="gru_reset_after",
    title="GRU, reset after the product",
    equations="""
    r = sigmoid(W_r @ x + U_r @ h_prev + b_r)              # reset gate
    z = sigmoid(W_z @ x + U_z @ h_prev + b_z)              # update gate
    n = tanh(W_n @ x + b_n + r * (U_n @ h_prev + c_n))     # candidate
    h = (1 - z) * n + z * h_prev                           # hidden state
    """,
    source="Cho et al. 2014, as computed by cuDNN",
)
