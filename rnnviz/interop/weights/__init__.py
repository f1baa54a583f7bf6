"""Weights by name alone: safetensors and .npz files, and which layers such weights are of."""
