"""What a network that predicts its own next input says: probabilities at a temperature, and a draw from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import EngineError

Array = NDArray[np.floating]

GREEDY = 0.0


def next_probabilities(output: Array, is_probability: bool, temperature: float = 1.0) -> Array:
    """How likely each token comes next.

        p_k = exp(z_k / T) / sum_j exp(z_j / T)

    output : (..., tokens); the values of a softmax where `is_probability`, whose logarithms then stand for z, else z
    temperature : T. Below 1 the likely ones gain, above 1 all come nearer to each other, at 0 the likeliest is certain
    Raises EngineError for a temperature below 0, and for an output that holds no numbers.
    """
    if not 0 <= temperature < np.inf:
        raise EngineError(f"the temperature is {temperature:g}; it can be 0 (always the likeliest) or more")
    z = np.asarray(output, np.float64)
    if not np.isfinite(z).all():
        raise EngineError("the output is not finite: nothing can be drawn from it")
    if is_probability:
        with np.errstate(divide="ignore"):
            z = np.log(z)
    if temperature == GREEDY:
        return np.asarray((np.arange(z.shape[-1]) == z.argmax(axis=-1)[..., None]).astype(np.float64))
    powers = np.exp((z - z.max(axis=-1, keepdims=True)) / temperature)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def draw(probabilities: Array, seed: int, step: int) -> int:
    """A token, drawn with these probabilities (tokens,): always the same one for the same seed and step."""
    point = np.random.default_rng((seed, step)).random()
    token = int(np.searchsorted(np.cumsum(probabilities), point, side="right"))
    return min(token, len(probabilities) - 1)  # the sum may end below 1 by rounding
