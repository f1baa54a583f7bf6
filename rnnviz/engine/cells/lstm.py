"""Long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000)."""

from rnnviz.engine.cell import Cell

CELL = Cell(
    name="lstm",
    title="LSTM",
    equations="""
    g = tanh(W_g @ x + U_g @ h_prev + b_g)         # candidate
    i = sigmoid(W_i @ x + U_i @ h_prev + b_i)      # input gate
    f = sigmoid(W_f @ x + U_f @ h_prev + b_f)      # forget gate
    c = f * c_prev + i * g                         # memory cell
    o = sigmoid(W_o @ x + U_o @ h_prev + b_o)      # output gate
    h = o * tanh(c)                                # hidden state
    """,
    source="Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000",
)
