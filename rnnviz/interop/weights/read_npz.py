"""Weights in an .npz file: under the names of a state dict of PyTorch, as np.savez(path, **state_dict) leaves them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Hints, Model
from rnnviz.interop.numpy_file import Header, archive_headers, npz_array
from rnnviz.interop.samples import INPUTS, OUTPUTS
from rnnviz.interop.weights.arena import Arena
from rnnviz.interop.weights.recognise import recognise
from rnnviz.interop.weights.tensor import NUMPY_KINDS, Array, Tensor, check_shape, widened
from rnnviz.interop.zip_archive import ZipArchive

FRAMEWORK = "NumPy"


def read_weights_npz(archive: ZipArchive, hints: Hints) -> Model:
    headers = archive_headers(archive)
    if not any("." in name or name.startswith(("weight", "bias")) for name in headers):
        raise ModelError(_no_weights(list(headers)))
    arena = Arena(sum(header.count * header.dtype.itemsize + 64 for header in headers.values()))
    tensors = {name: _tensor(archive, arena, name, header) for name, header in headers.items()}
    return replace(recognise(tensors, hints, FRAMEWORK), is_finite=arena.is_finite)


def _tensor(archive: ZipArchive, arena: Arena, name: str, header: Header) -> Tensor:
    check_shape(header.shape, name)
    kind = NUMPY_KINDS.get(header.dtype.str[1:], str(header.dtype))
    return Tensor(header.shape, kind, partial(_numbers, archive, arena, name, header, kind))


def _numbers(archive: ZipArchive, arena: Arena, name: str, header: Header, kind: str) -> Array:
    array = npz_array(archive, name, header, arena)
    return widened(array.astype(array.dtype.newbyteorder("="), copy=False), kind)


def _no_weights(names: list[str]) -> str:
    if any(name in names for name in INPUTS) and any(name in names for name in OUTPUTS):
        return "these are inputs and outputs, the samples of a model; import the model itself, with them beside it"
    shown = ", ".join(names[:6]) + ", ..." * (len(names) > 6)
    return f"its arrays are {shown}; weights are called as in a state dict, such as lstm.weight_ih_l0"
