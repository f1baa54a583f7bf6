"""Where a file of Keras keeps the weights of a layer, in any of the ways in which Keras has done that.

layers/lstm_1/cell/vars/0                                     .keras, .weights.h5: by class and number
_layer_checkpoint_dependencies/lstm_1/cell/vars/0             the same in Keras 2.13
model_weights/my_lstm/my_lstm/lstm_cell/kernel:0              .h5: by the names that attributes list, in order
"""

from __future__ import annotations

from typing import Protocol

from rnnviz.interop.errors import ModelError
from rnnviz.interop.keras.config import LayerConfig
from rnnviz.interop.keras.hdf5_file import Contents
from rnnviz.interop.names import printable
from rnnviz.interop.weights.tensor import Tensor

_TREES = ("layers", "_layer_checkpoint_dependencies")


class Weights(Protocol):
    """The weights of layers, each asked for once and in the order of the layers."""

    def of(self, layer: LayerConfig, place: str, count: int) -> tuple[Tensor, ...]:
        """The `count` weights at `place` below a layer. Raises ModelError unless it has just so many."""


class TreeWeights:
    """By class and number, as in .keras and .weights.h5."""

    def __init__(self, contents: Contents) -> None:
        self._arrays = contents.arrays
        self._root = tree_of(contents)

    def of(self, layer: LayerConfig, place: str, count: int) -> tuple[Tensor, ...]:
        path = "/".join((self._root, *layer.path.split("/")[1:], *(place.split("/") if place else ()), "vars"))
        found: list[Tensor] = []
        while (name := f"{path}/{len(found)}") in self._arrays:
            found.append(self._arrays[name])
        return _counted(layer, found, count, path)


class ListedWeights:
    """By the names that attributes list, as in .h5 files of whole models and in old files of weights."""

    def __init__(self, contents: Contents, root: str) -> None:
        self._contents = contents
        self._root = root
        self._taken: set[str] = set()

    def of(self, layer: LayerConfig, place: str, count: int) -> tuple[Tensor, ...]:
        group = f"{self._root}/{layer.group}" if self._root else layer.group
        names = self._contents.list_of_texts(group, "weight_names") or ()
        if layer.group != layer.name:  # part of a model that is a layer
            names = tuple(name for name in names if layer.name in name.split("/"))
        paths = [f"{group}/{name}" for name in names if f"{group}/{name}" not in self._taken]
        for path in paths:
            if path not in self._contents.arrays:
                raise ModelError("these weights are listed, but not in the file", where=printable(path))
        paths = paths[:count] if place.startswith("forward_layer/") else paths
        self._taken |= set(paths)
        return _counted(layer, [self._contents.arrays[path] for path in paths], count, group)


def tree_of(contents: Contents) -> str:
    """The group in which the layers are, "" where there is none."""
    return next((root for root in _TREES if root in contents.groups), "")


def _counted(layer: LayerConfig, found: list[Tensor], count: int, place: str) -> tuple[Tensor, ...]:
    if len(found) != count:
        weights = f"{len(found)} weight{'s' * (len(found) != 1)}"
        raise layer.error(f"there should be {count} weights, and the file has {weights} at {printable(place)}")
    return tuple(found)
