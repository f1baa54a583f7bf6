"""The engine: pure functions and frozen values of recurrent networks. NumPy only; no files, no global random state.

equations, expression   what may be written in a cell, and the graph it becomes
cell, cells/            the cells, each written once, as the equations of its paper
planner, plan, kernel   graph -> fused NumPy work over (time, unit, batch), in memory used again (memory)
network, run, trace     layers, whole sequences and single steps, every named quantity over time
live                    one input after another at the least cost
explain, origin         one number -> its equation with numbers in (scalar), typeset (latex)
loss, backward          reverse mode from the same graph: partials, and reverse through time
loss_gradients          the derivatives of one run, each opened into its sum by explain_gradient
"""
