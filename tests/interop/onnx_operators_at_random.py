"""Random models of one recurrent operator, over all attributes of the standard, for comparison with ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnviz.interop.onnx.bytes import NewNode, NewSlot, model_bytes

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
FUNCTIONS = {"RNN": 1, "LSTM": 3, "GRU": 2}
PLAIN = ("Relu", "Tanh", "Sigmoid", "Softsign", "Softplus")
WITH_ALPHA = ("LeakyRelu", "ThresholdedRelu", "Elu")
WITH_BOTH = ("Affine", "ScaledTanh", "HardSigmoid")


@dataclass(frozen=True, eq=False)
class Case:
    model: bytes
    x: np.ndarray
    batch_first: bool


def random_case(seed: int) -> Case:
    """An operator with random attributes and weights; ONNX Runtime refuses some of them."""
    random = np.random.default_rng(seed)
    operator = ("RNN", "LSTM", "GRU")[seed % 3]
    steps, batch, inputs, units = (int(random.integers(1, most)) for most in (7, 4, 5, 5))
    direction = ("forward", "reverse", "bidirectional")[random.integers(3)]
    sides = 2 if direction == "bidirectional" else 1
    rows = GATES[operator] * units
    tensors = {"W": _weights(random, sides, rows, inputs), "R": _weights(random, sides, rows, units)}
    names = ["X", "W", "R", "", "", "", "", ""]
    if random.random() < 0.7:
        names[3], tensors["B"] = "B", _weights(random, sides, 2 * rows)
    if random.random() < 0.4:
        names[4], tensors["lengths"] = "lengths", random.integers(1, steps + 1, batch).astype(np.int32)
    if random.random() < 0.4:
        names[5], tensors["first_h"] = "first_h", _weights(random, sides, batch, units)
    if operator == "LSTM" and random.random() < 0.4:
        names[6], tensors["first_c"] = "first_c", _weights(random, sides, batch, units)
    if operator == "LSTM" and random.random() < 0.4:
        names[7], tensors["P"] = "P", _weights(random, sides, 3 * units)
    attributes = _attributes(random, operator, direction, sides, units)
    batch_first = random.random() < 0.2
    if batch_first:
        attributes["layout"] = 1
        for name in ("first_h", "first_c"):
            if name in tensors:
                tensors[name] = np.ascontiguousarray(tensors[name].swapaxes(0, 1))
    while not names[-1]:
        names.pop()
    outputs = ["Y", "Y_h"] + (["Y_c"] if operator == "LSTM" else [])
    shape: tuple[Any, ...] = (batch, steps, inputs) if batch_first else ("time", batch, inputs)
    x = random.uniform(-2, 2, (batch, steps, inputs) if batch_first else (steps, batch, inputs)).astype(np.float32)
    model = model_bytes(
        [NewNode(operator, names, outputs, attributes)],
        tensors,
        [NewSlot("X", shape)],
        [NewSlot(name, tuple("abcd"[: 4 if name == "Y" else 3])) for name in outputs],
        opset=int(random.choice([14, 17, 22])),
    )
    return Case(model, x, batch_first)


def _weights(random: np.random.Generator, *shape: int) -> np.ndarray:
    return random.uniform(-0.8, 0.8, shape).astype(np.float32)


def _attributes(random: np.random.Generator, operator: str, direction: str, sides: int, units: int) -> dict[str, Any]:
    attributes: dict[str, Any] = {"hidden_size": units, "direction": direction}
    if random.random() < 0.7:
        _choose_activations(random, attributes, FUNCTIONS[operator] * sides, alike=random.random() < 0.3)
    if random.random() < 0.3:
        attributes["clip"] = float(random.uniform(0.2, 1.0))
    if operator == "LSTM" and random.random() < 0.3:
        attributes["input_forget"] = 1
    if operator == "GRU" and random.random() < 0.5:
        attributes["linear_before_reset"] = 1
    return attributes


def _choose_activations(random: np.random.Generator, attributes: dict[str, Any], count: int, alike: bool) -> None:
    chosen = [str(random.choice(PLAIN + WITH_ALPHA + WITH_BOTH)) for _ in range(count)]
    if alike:
        chosen = [chosen[0]] * count
    alphas = [float(random.uniform(0.2, 0.9)) for name in chosen if name not in PLAIN]
    betas = [float(random.uniform(0.2, 0.9)) for name in chosen if name in WITH_BOTH]
    attributes["activations"] = chosen
    if alphas:
        attributes["activation_alpha"] = alphas
    if betas:
        attributes["activation_beta"] = betas
