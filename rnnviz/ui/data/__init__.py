"""Data come in through the window: a card with a preview, what was understood, what is wrong, and what will happen."""
