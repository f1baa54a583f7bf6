"""Jordan's network: the output, not the hidden state, is fed back (Jordan 1986).

alpha is the share of the context that stays; 0 in textbooks, 0.3 in SNNS. With teacher forcing the layer puts the
target of the step before in the place of y_prev.
"""

from rnnviz.engine.cell import Cell

CELL = Cell(
    name="jordan",
    title="Jordan",
    equations="""
    s = alpha * s_prev + y_prev           # context
    h = tanh(W @ x + U @ s + b)           # hidden state
    y = linear(V @ h + b_y)               # output
    """,
    output="y",
    sizes={"s": "outputs", "y": "outputs"},
    constants={"alpha": 0.0},
    source="Jordan 1986",
)
