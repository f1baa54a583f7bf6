"""Files of Keras as tests want them: HDF5 in memory, configurations, and both in a .keras file."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

from tests.interop.mutation import zipped


def h5(fill: Callable[[h5py.File], object], **settings: Any) -> bytes:
    """An HDF5 file in memory."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", **settings) as file:
        fill(file)
    return stream.getvalue()


def lstm_weights(file: h5py.File, units: int = 4, inputs: int = 2, **settings: Any) -> None:
    """Weights of an LSTM as Keras 3 keeps them; `settings` are those of its arrays."""
    for number, shape in enumerate(((inputs, 4 * units), (units, 4 * units), (4 * units,))):
        file.create_dataset(f"layers/lstm/cell/vars/{number}", data=np.ones(shape, np.float32), **settings)


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    first = layer("InputLayer", batch_shape=[None, 4, 2], name="i")
    return layer("Sequential", name="s", layers=[first, *layers])


LSTM = layer("LSTM", name="lstm", units=4)


def keras(config: dict[str, Any] | str, weights: bytes | None = None) -> bytes:
    text = config if isinstance(config, str) else json.dumps(config)
    members = {"metadata.json": b'{"keras_version": "3.15.1"}', "config.json": text.encode()}
    return zipped({**members, "model.weights.h5": h5(lstm_weights) if weights is None else weights})
