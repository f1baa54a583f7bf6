"""LSTM whose gates look at the memory cell: i and f at the old one, o at the new one (Gers & Schmidhuber 2000)."""

from rnnviz.engine.cell import Cell

CELL = Cell(
    name="lstm_peephole",
    title="LSTM with peepholes",
    equations="""
    g = tanh(W_g @ x + U_g @ h_prev + b_g)                        # candidate
    i = sigmoid(W_i @ x + U_i @ h_prev + p_i * c_prev + b_i)      # input gate
    f = sigmoid(W_f @ x + U_f @ h_prev + p_f * c_prev + b_f)      # forget gate
    c = f * c_prev + i * g                                        # memory cell
    o = sigmoid(W_o @ x + U_o @ h_prev + p_o * c + b_o)           # output gate
    h = o * tanh(c)                                               # hidden state
    """,
    source="Gers & Schmidhuber 2000",
)
