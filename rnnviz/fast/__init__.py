"""The extra `fast`: compiled loops for long sequences, printed from the same graph as the NumPy calls. Never needed.

    rnnviz.fast.load()                  # from now on, where it pays, and where Numba is installed

Whoever asks for a run gets the same numbers with and without: rounding differs in the last places, within 1e-12.
The environment variable RNNVIZ_FAST=0 turns it off.

printer, layout     graph -> the source of a loop; where its operands lie
lanes, products     vectors for Numba: activations, matrix times vector (panels: in which order weights lie)
compiled            source -> machine code, kept on disk
kernel              a loop with weights in it, as rnnviz.engine.run uses it
demand              when a loop is worth being compiled
"""

from rnnviz.fast.demand import ask_for_everything, load, load_in_background, unload

__all__ = ["ask_for_everything", "load", "load_in_background", "unload"]
