"""How many units are few."""

FEW = 6  # up to so many are drawn as lines, more as a heat map
