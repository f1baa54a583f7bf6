"""Diagrams of the standard cells, laid out by hand: one file is one family of cells."""
