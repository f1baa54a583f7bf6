"""Keras' files: whole models and weights alone, of Keras 2 and 3; HDF5 is read by a process of its own."""
