"""The extra `fast`: compiled loops for long sequences, printed from the same graph as the NumPy calls. Never needed.

    rnnviz.fast.load()                  # from now on, where it pays, and where Numba is installed

A run gives the same numbers with and without, but for rounding in the last places. A chaotic network blows that up, as
it does any rounding: after some hundred steps its states are others.
The environment variable RNNVIZ_FAST=0 turns it off.

printer, forward, backward              graph -> the source of a loop over steps
layout, reverse_layout, weights         where the operands of the two loops lie
lanes, formulas, products, panels       vectors for Numba, activations on them, matrix times vector
compiled                                source -> machine code, kept on disk
kernel, reverse                         the loops with numbers in them, as the engine uses them
demand                                  when a loop is worth being compiled
"""

from rnnviz.fast.demand import ask_for_everything, load, load_in_background, take_up, unload

__all__ = ["ask_for_everything", "load", "load_in_background", "take_up", "unload"]
