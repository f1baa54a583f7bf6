"""LSTM whose hidden state is a projection of fewer numbers than there are cells (Sak, Senior & Beaufays 2014)."""

from rnnviz.engine.cell import Cell

CELL = Cell(
    name="lstm_projected",
    title="LSTM with projection",
    equations="""
    g = tanh(W_g @ x + U_g @ h_prev + b_g)         # candidate
    i = sigmoid(W_i @ x + U_i @ h_prev + b_i)      # input gate
    f = sigmoid(W_f @ x + U_f @ h_prev + b_f)      # forget gate
    c = f * c_prev + i * g                         # memory cell
    o = sigmoid(W_o @ x + U_o @ h_prev + b_o)      # output gate
    h = V_h @ (o * tanh(c))                        # hidden state, projected
    """,
    sizes={"h": "outputs"},
    source="Sak, Senior & Beaufays 2014",
)
