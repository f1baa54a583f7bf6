"""The lecture's LSTM: output and old memory cell are fed back to all four inputs (after Hung-yi Lee's lecture).

Not the peephole LSTM: here o sees the OLD memory cell, and the candidate sees it too.
"""

from rnnviz.engine.cell import Cell

CELL = Cell(
    name="lstm_feedback",
    title="LSTM with feedback of h and c",
    equations="""
    g = tanh(W_g @ x + U_g @ h_prev + V_g @ c_prev + b_g)         # candidate
    i = sigmoid(W_i @ x + U_i @ h_prev + V_i @ c_prev + b_i)      # input gate
    f = sigmoid(W_f @ x + U_f @ h_prev + V_f @ c_prev + b_f)      # forget gate
    c = f * c_prev + i * g                                        # memory cell
    o = sigmoid(W_o @ x + U_o @ h_prev + V_o @ c_prev + b_o)      # output gate
    h = o * tanh(c)                                               # hidden state
    """,
    source="after the lecture of Hung-yi Lee",
)
