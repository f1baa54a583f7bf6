"""The parts of the explain card: linked numbers, contribution bars, and what a number means in words."""
