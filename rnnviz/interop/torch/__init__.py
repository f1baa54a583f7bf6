"""PyTorch's files: state dicts, new and old, and checkpoints that hold one; nothing in their pickles is executed."""
