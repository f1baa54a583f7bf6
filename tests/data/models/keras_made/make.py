"""Makes the models of this folder: `KERAS_BACKEND=torch python make.py`, with Keras 3.15 and PyTorch 2.13.

Each is a .keras file with weights by chance, and an .npz file with inputs `x` and what `predict` gives for them, `y`.
The files are packed again by deflate, which Keras reads as well and which takes a fifth of the room.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import layers as k

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(7)


def numbers(steps: int, features: int, ragged: float | None = None) -> np.ndarray:
    x = RANDOM.standard_normal((4, steps, features)).astype("float32")
    if ragged is not None:
        for row in x:
            row[RANDOM.integers(1, steps + 1) :] = ragged
    return x


def ids(steps: int, vocabulary: int, padding: str = "") -> np.ndarray:
    x = RANDOM.integers(1, vocabulary, (6, steps)).astype("int32")
    for row in x:
        count = RANDOM.integers(0, steps) if padding else 0
        row[: count if padding == "before" else 0] = 0
        row[steps - count if padding == "after" else steps :] = 0
    return x


def sequential(*layers: object) -> keras.Model:
    return keras.Sequential(list(layers))


def imdb_example() -> keras.Model:
    """As in Keras' example "Bidirectional LSTM on IMDB", only smaller."""
    inputs = keras.Input(shape=(None,), dtype="int32")
    x = k.Embedding(30, 6)(inputs)
    x = k.Bidirectional(k.LSTM(5, return_sequences=True))(x)
    x = k.Bidirectional(k.LSTM(5))(x)
    return keras.Model(inputs, k.Dense(1, activation="sigmoid")(x))


def masked_functional() -> keras.Model:
    """Keras 3 writes operations that work out the mask into the configuration of such a model."""
    inputs = keras.Input(shape=(None,), dtype="int32")
    x = k.Embedding(30, 6, mask_zero=True)(inputs)
    x = k.Bidirectional(k.GRU(5, return_sequences=True), merge_mode="sum")(x)
    x = k.Dropout(0.3)(x)
    x = k.LSTM(4, return_sequences=True, zero_output_for_mask=True)(x)
    x = k.GlobalAveragePooling1D()(x)
    x = k.Dense(5, activation="relu")(x)
    return keras.Model(inputs, k.Dense(3, activation="softmax")(x))


def masking_functional() -> keras.Model:
    inputs = keras.Input((9, 3))
    x = k.Masking(-1.0)(inputs)
    x = k.SimpleRNN(4, activation="relu", return_sequences=True)(x)
    return keras.Model(inputs, k.TimeDistributed(k.Dense(2))(x))


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((7, 4)), k.LSTM(3, return_sequences=True), k.Dense(4)], name="inner")
    inputs = keras.Input((7, 4))
    x = inner(k.GRU(4, return_sequences=True)(inputs))
    return keras.Model(inputs, k.Dense(2)(k.LSTM(3)(x)))


def first_backwards() -> k.Layer:
    """Its first half reads backwards and the second one forwards, and time is turned round."""
    return k.Bidirectional(
        k.GRU(4, go_backwards=True, return_sequences=True, reset_after=False),
        backward_layer=k.GRU(4, return_sequences=True, reset_after=False),
    )


def backwards() -> keras.Model:
    """Three times turned round, so that time is reversed in between and at the end."""
    return sequential(
        keras.Input((8, 3)),
        k.LSTM(4, go_backwards=True, return_sequences=True),
        first_backwards(),
        k.SimpleRNN(3, return_sequences=True, go_backwards=True),
        k.Dense(2),
    )


def merged() -> keras.Model:
    return sequential(
        keras.Input((9, 2)),
        first_backwards(),
        k.Bidirectional(k.LSTM(4, return_sequences=True), merge_mode="ave"),
        k.Bidirectional(k.RNN(k.SimpleRNNCell(4), return_sequences=True), merge_mode="mul"),
        k.Bidirectional(k.GRU(3, use_bias=False), merge_mode="sum"),
        k.ELU(),
        k.Dense(2, use_bias=False),
        k.ReLU(),
    )


def activations() -> keras.Model:
    """Those that the engine has, and those that are written with them."""
    return sequential(
        keras.Input((9, 2)),
        k.LSTM(4, activation="softsign", recurrent_activation="hard_sigmoid", return_sequences=True),
        k.LSTM(4, activation=k.LeakyReLU(0.1), recurrent_activation="relu6", return_sequences=True),
        k.GRU(4, activation="selu", return_sequences=True),
        k.GRU(4, activation="silu", reset_after=False, return_sequences=True),
        k.SimpleRNN(4, activation="mish", return_sequences=True),
        k.LSTM(4, activation="tanh_shrink", return_sequences=True),
        k.SimpleRNN(4, activation="elu"),
        k.Dense(2, activation="softplus"),
    )


MODELS = {
    "imdb_example": (imdb_example, lambda: ids(11, 30)),
    "masked_functional": (masked_functional, lambda: ids(9, 30, "before")),
    "masking_functional": (masking_functional, lambda: numbers(9, 3, ragged=-1.0)),
    "nested": (nested, lambda: numbers(7, 4)),
    "backwards": (backwards, lambda: numbers(8, 3)),
    "merged": (merged, lambda: numbers(9, 2)),
    "activations": (activations, lambda: numbers(9, 2)),
}


def main() -> None:
    for seed, (name, (make, inputs)) in enumerate(MODELS.items()):
        keras.utils.set_random_seed(seed)
        model = make()
        model.set_weights([w + 0.2 * RANDOM.standard_normal(w.shape).astype(w.dtype) for w in model.get_weights()])
        x = inputs()
        np.savez_compressed(HERE / f"{name}.npz", x=x, y=model.predict(x, verbose=0))
        model.save(HERE / f"{name}.keras")
        _pack(HERE / f"{name}.keras")


def _pack(path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main()
