"""Files of Keras that somebody made to do harm: name -> content, and a word that has to be said of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import h5py
import numpy as np

from tests.interop.hostile_files import PWNED
from tests.interop.keras_files import LSTM, h5, keras, layer, lstm_weights, sequential
from tests.interop.mutation import zipped

Hostile = tuple[str, bytes, str]
IN_A_ZIP_TOO = ("external link", "ring of groups", "4 TiB", "little that unpacks to much")
MARSHALLED = "YwAAAAAAAAAAAAAAAAIAAAAAAAAA8wYAAACXAGQBUwA="


def hostile_keras() -> Iterator[Hostile]:
    yield from ((f"keras {name}", data, word) for name, data, word in _configurations())
    for name, fill, word in _hdf5():
        yield f"h5 {name}", h5(fill), word
        if name in IN_A_ZIP_TOO:
            yield f"keras with h5 {name}", keras(sequential(LSTM), h5(fill)), word
    yield from _broken()


# --- configurations ---------------------------------------------------------------------------------------------------


def _configurations() -> Iterator[Hostile]:
    for name, config, word in _layers():
        yield name, keras(config), word
    for name, text, word in _texts():
        yield name, keras(text), word


def _layers() -> Iterator[tuple[str, dict[str, Any], str]]:
    code = {"class_name": "__lambda__", "config": {"code": MARSHALLED, "defaults": None, "closure": None}}
    yield "lambda", sequential(layer("Lambda", name="l", function=code), LSTM), "holds code, which is never run"
    system = {"module": "os", "class_name": "system", "config": f"touch {PWNED}", "registered_name": "system"}
    yield "activation os.system", sequential(layer("LSTM", name="a", units=4, activation=system)), "system"
    named = {"module": "builtins", "class_name": "function", "config": f"open('{PWNED}','w')"}
    yield "activation by name", sequential(layer("LSTM", name="a", units=4, activation=named)), "rnnviz-pwned"
    yield "layer of os", sequential({**LSTM, "module": "os"}), "code of its own"
    yield "layer of mine", sequential({**LSTM, "registered_name": "Custom>LSTM"}), "code of its own"
    yield "layer like keras", sequential({**LSTM, "module": "keras_evil.layers"}), "code of its own"
    yield "model of mine", {**sequential(LSTM), "class_name": "Mine", "module": "os"}, "whose code is not in the file"
    for kind in ("Conv1D", "Attention", "MultiHeadAttention", "LayerNormalization", "ConvLSTM1D", "Bidirectional"):
        yield f"a {kind}", sequential(layer(kind, name="k"), LSTM), kind
    for units in (10**9, 2**63, -1, 0, True, "4", 4.0, None, [4], 10**300):
        yield f"units {str(units)[:9]}", sequential(layer("LSTM", name="lstm", units=units)), "units"
    yield "units of another file", sequential(layer("LSTM", name="lstm", units=8)), "shape"
    yield "vocabulary", sequential(layer("Embedding", name="e", input_dim=2**60, output_dim=1), LSTM), "input_dim"
    yield (
        "steps",
        layer("Sequential", layers=[layer("InputLayer", batch_shape=[None, 2**60, 2]), LSTM]),
        "shape",
    )
    yield "20,000 layers", sequential(*[layer("Dropout", name=f"d{k}") for k in range(20_000)], LSTM), "layers"
    deep = LSTM
    for _ in range(14):
        deep = layer("Sequential", name="s", layers=[deep])
    yield "models in models", deep, "deep"
    yield "wrappers in wrappers", sequential(_wrapped(12)), "inside"
    yield "a ring", _ring(), "does not come before it"
    yield "no layers", sequential(), "no recurrent layer"
    yield "layers that are none", layer("Sequential", layers={"lstm": LSTM}), "list of layers"
    yield "a long name", sequential(layer("LSTM" * 5_000, name="n" * 100_000), LSTM), "LSTMLSTM"
    yield "control characters", sequential(layer("\x1b[2J\nLSTM", name="\r\x07"), LSTM), "\\x1b"


def _wrapped(depth: int) -> dict[str, Any]:
    found = LSTM
    for _ in range(depth):
        found = layer("Bidirectional", name="b", layer=found)
    return found


def _ring() -> dict[str, Any]:
    def call(name: str) -> list[dict[str, Any]]:
        tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}
        return [{"args": [tensor], "kwargs": {}}]

    one = {**layer("LSTM", name="one", units=4), "inbound_nodes": call("two")}
    two = {**layer("LSTM", name="two", units=4), "inbound_nodes": call("one")}
    return layer("Functional", name="f", layers=[one, two], input_layers=["one", 0, 0], output_layers=["two", 0, 0])


def _texts() -> Iterator[tuple[str, str, str]]:
    yield "100,000 levels", "[" * 100_000, "deep"
    yield "100,000 levels of objects", '{"a":' * 100_000, "deep"
    yield "a key twice", '{"class_name": "Sequential", "class_name": "Functional", "config": {}}', "twice"
    yield "not a number", '{"class_name": "Sequential", "config": {"a": NaN}}', "finite"
    yield "infinite", '{"class_name": "Sequential", "config": {"a": 1e999}}', "finite"
    yield "a long number", '{"a": ' + "9" * 100_000 + "}", "digits"
    yield "a list", "[]", "object"
    yield "nothing", "", "JSON"
    yield "half", json.dumps(sequential(LSTM))[:200], "JSON"
    yield "no class", '{"config": {}}', "class_name"


# --- HDF5 -------------------------------------------------------------------------------------------------------------


def _hdf5() -> Iterator[tuple[str, Callable[[h5py.File], object], str]]:
    yield "soft link", lambda f: f.__setitem__("layers", h5py.SoftLink("/elsewhere")), "link"
    yield "soft link to itself", lambda f: f.__setitem__("layers", h5py.SoftLink("/layers")), "link"
    yield "external link", lambda f: f.__setitem__("layers", h5py.ExternalLink("/etc/passwd", "/")), "link"
    yield "ring of groups", _ring_of_groups, "the same as another"
    yield "array twice", _array_twice, "the same as another"
    yield "virtual array", _virtual, "put together from other arrays"
    yield "numbers in another file", _elsewhere, "in another file"
    yield "4 TiB", lambda f: f.create_dataset("layers/d/vars/0", (2**20, 2**20), "f4"), "32,000,000"
    yield "4 TiB in chunks", lambda f: f.create_dataset("layers/d/0", (2**20, 2**20), "f4", chunks=(1024, 1024)), "000"
    yield "nothing stored", lambda f: f.create_dataset("layers/d/vars/0", (1_000, 1_000), "f4"), "should have 4,000,000"
    yield (
        "a huge chunk",
        lambda f: f.create_dataset("layers/d/0", (4,), "f4", chunks=(2**28,), maxshape=(None,)),
        "chunk",
    )
    yield "many chunks", _many_chunks, "chunks"
    yield "little that unpacks to much", _bomb, "cannot unpack"
    yield "much that unpacks to very much", _zeros, "which no model does"
    yield "objects", lambda f: f.create_dataset("layers/d/0", (4,), h5py.ref_dtype), "not numbers"
    yield "texts", lambda f: f.create_dataset("layers/d/0", data=["a", "b"], dtype=h5py.string_dtype()), "not numbers"
    yield "lists", lambda f: f.create_dataset("layers/d/0", (2,), h5py.vlen_dtype(np.float32)), "not numbers"
    yield "records", lambda f: f.create_dataset("layers/d/0", (2,), np.dtype("f4,f4")), "not numbers"
    yield "arrays in arrays", lambda f: f.create_dataset("layers/d/0", (2,), np.dtype("(4,)f4")), "not numbers"
    yield "no shape", lambda f: f.create_dataset("layers/d/0", data=h5py.Empty("f4")), "no numbers"
    yield "a named type", lambda f: f.__setitem__("layers/d", np.dtype("f4")), "neither a group nor an array"
    yield "deep groups", lambda f: f.create_group("/".join("g" * 200)), "64 deep"
    yield "many groups", lambda f: [f.create_group(f"layers/{k}") for k in range(20_010)], "groups and arrays"
    yield "lzf", lambda f: lstm_weights(f, compression="lzf"), "packed in a way"
    yield "checksums", lambda f: lstm_weights(f, fletcher32=True), "packed in a way"
    yield "scale and offset", lambda f: lstm_weights(f, scaleoffset=2), "packed in a way"
    yield "another type of attribute", _attribute_of_numbers, "not a text"
    yield "a long attribute", lambda f: f.attrs.create("model_config", "x" * 20_000_000), "memory"
    yield "nothing of Keras", lambda f: f.create_dataset("a", data=np.ones(3)), ""


def _ring_of_groups(file: h5py.File) -> None:
    file.create_group("layers/lstm")
    file["layers/lstm/again"] = file["layers"]


def _array_twice(file: h5py.File) -> None:
    lstm_weights(file)
    for number in range(500):
        file[f"layers/lstm/cell/vars/{number + 3}"] = file["layers/lstm/cell/vars/0"]


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("layers/d/vars/0", layout)


def _elsewhere(file: h5py.File) -> None:
    file.create_dataset("layers/d/vars/0", (16,), "u1", external=[("/etc/hostname", 0, 16)])


def _many_chunks(file: h5py.File) -> None:
    file.create_dataset("layers/d/vars/0", (2_000_000,), "f4", chunks=(1,))


def _bomb(file: h5py.File) -> None:
    made = file.create_dataset("layers/d/vars/0", (5_000, 5_000), "f4", chunks=(5_000, 1_000), compression="gzip")
    made[:1, :1] = 1


def _zeros(file: h5py.File) -> None:
    for number in range(4):
        file.create_dataset(f"layers/d/vars/{number}", data=np.zeros((100, 40_000), np.float32), compression="gzip")


def _attribute_of_numbers(file: h5py.File) -> None:
    lstm_weights(file)
    file["layers"].attrs["name"] = np.ones(3)


# --- files that are none ----------------------------------------------------------------------------------------------


def _broken() -> Iterator[Hostile]:
    good = h5(lstm_weights)
    yield "h5 the signature alone", good[:8], "damaged"
    yield "h5 half", good[: len(good) // 2], "damaged"
    yield "h5 zeros", good[:16] + bytes(len(good)), "damaged"
    yield "keras that unpacks to much", _packed_zeros(), "model.weights.h5: 67,108,864 bytes; at most"
    yield "keras without weights", zipped({"config.json": json.dumps(sequential(LSTM)).encode()}), "no weights"
    yield "keras with text for weights", keras(sequential(LSTM), b"<html>"), "damaged"
    yield "keras with weights of another layer", keras(sequential(layer("GRU", name="g", units=4))), "3 weights"
    yield "keras metadata that is none", zipped({"config.json": b"{}", "metadata.json": b"[1]"}), "metadata.json"


def _packed_zeros() -> bytes:
    """Within what all zip files may do, but not weights."""
    random = np.random.default_rng(1).bytes(800_000)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(sequential(LSTM)))
        archive.writestr("random", random)
        archive.writestr("model.weights.h5", bytes(64 * 1024**2))
    return stream.getvalue()
