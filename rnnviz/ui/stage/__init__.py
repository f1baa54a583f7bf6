"""The stage: the network unrolled over time, and the cell of the current step opened, with live numbers."""
