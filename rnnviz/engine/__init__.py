"""The engine: pure functions and frozen values of recurrent networks. NumPy only; no files, no global random state.

equations, expression   what may be written in a cell, and the graph it becomes
cell, cells/            the cells, each written once, as the equations of its paper
plan, emit, kernel      graph -> fused NumPy work over (time, unit, batch)
network, run, trace     layers, whole sequences and single steps, every named quantity over time
explain                 one number -> its equation with numbers in
backward, loss          reverse mode from the same graph
"""
