"""The activations as source, in NumPy, PyTorch and Keras: imported where the library has them, else written out."""

from __future__ import annotations

from collections.abc import Collection, Mapping

# Name -> the value at z; lines before the last one lead up to it. "import" is a function that the library has.
NUMPY: Mapping[str, str] = {
    "tanh": "import",
    "sigmoid": "1 / (1 + np.exp(-z))",
    "relu": "np.maximum(z, 0)",
    "hard": "np.where(z > 0, 1.0, 0.0)",
    "hard_sigmoid": "np.clip(z / 6 + 0.5, 0, 1)",
    "hard_sigmoid_keras2": "np.clip(0.2 * z + 0.5, 0, 1)",
    "hard_tanh": "np.clip(z, -1, 1)",
    "softsign": "z / (1 + np.abs(z))",
    "elu": "np.maximum(z, np.expm1(np.minimum(z, 0)))",
    "softplus": "np.logaddexp(z, 0)",
    "exponential": "np.exp(z)",
    "softmax": "powers = np.exp(z - z.max(-2, keepdims=True))\npowers / powers.sum(-2, keepdims=True)",
}

TORCH: Mapping[str, str] = {
    "tanh": "import",
    "sigmoid": "import",
    "relu": "import",
    "hard": "(z > 0).to(z.dtype)",
    "hard_sigmoid": "(z / 6 + 0.5).clamp(0, 1)",
    "hard_sigmoid_keras2": "(0.2 * z + 0.5).clamp(0, 1)",
    "hard_tanh": "z.clamp(-1, 1)",
    "softsign": "z / (1 + z.abs())",
    "elu": "nn.functional.elu(z)",
    "softplus": "torch.logaddexp(z, torch.zeros_like(z))",
    "exponential": "torch.exp(z)",
    "softmax": "torch.softmax(z, dim=-1)",
}

# Keras has all of them by name, as in Dense(3, activation="tanh"), but for these two.
KERAS: Mapping[str, str] = dict.fromkeys(NUMPY, "import") | {
    "hard": "keras.ops.cast(z > 0, z.dtype)",
    "hard_sigmoid_keras2": "keras.ops.clip(0.2 * z + 0.5, 0, 1)",
}


def import_line(module: str, language: Mapping[str, str], used: Collection[str], *others: str) -> list[str]:
    """The line that imports those of the used activations that the library has, and other names of the module."""
    names = sorted([*others, *(name for name in used if language[name] == "import")])
    return [f"from {module} import {', '.join(names)}"] if names else []


def definitions(language: Mapping[str, str], used: Collection[str], *decorators: str) -> list[str]:
    """The functions of those that it does not have, each after two empty lines."""
    lines: list[str] = []
    for name in sorted(name for name in used if language[name] != "import"):
        *before, value = language[name].split("\n")
        lines += ["", "", *decorators, f"def {name}(z):", *(f"    {line}" for line in before), f"    return {value}"]
    return lines
