"""What a reader makes of a file: a network in the engine's terms, its weights, and what there is to say of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.interop.errors import ModelError
from rnnviz.interop.question import Question
from rnnviz.scenario import limits

Array = NDArray[np.floating]
Precision = Literal["float64", "float32", "float16", "bfloat16"]

# How far our numbers may be from those of the framework, by the precision of the weights in the file. Samples of a file
# in half precision are mostly those of the network before it was rounded: bfloat16 has 8 bits, which is 0.4 per cent.
WITHIN: Mapping[Precision, float] = {"float64": 1e-5, "float32": 1e-5, "float16": 5e-3, "bfloat16": 6e-2}


@dataclass(frozen=True, eq=False, kw_only=True)
class Model:
    """
    framework : who wrote the file, such as "PyTorch", "Keras 3.15" or "ONNX by pytorch 2.13"
    params : "layer.parameter" -> array; float32 stays float32, and may be a view into a tensor as it was read
    precision : of the weights in the file; half precision is widened to float32
    initial : carried quantity -> (N, size), where the file fixes the state before the first step
    lengths : where the file fixes how long each sequence is
    is_finite : whether the reader has seen that no number of the matrices is NaN or infinite
    input_steps, input_sequences : where the file fixes them, else 0
    outputs_reversed : whether the framework hands out the outputs of the last step first
    tokens : the word of each id, where the file has a vocabulary
    assumed : questions that the first of their choices was taken for, which samples may show to be wrong
    notes : whole sentences: what was left out, what was taken for granted, what is doubtful
    """

    framework: str
    network: Network
    params: Mapping[str, Array]
    precision: Precision = "float32"
    initial: Mapping[str, Array] = field(default_factory=dict)
    lengths: tuple[int, ...] | None = None
    is_finite: bool = False
    input_steps: int = 0
    input_sequences: int = 0
    outputs_reversed: bool = False
    tokens: tuple[str, ...] = ()
    assumed: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


def check_size(network: Network) -> None:
    """Raises ModelError where it is larger than a scenario may be, which could not be saved; to be asked before weights
    are read."""
    for where, count, most in _widths(network):
        if count > most:
            raise ModelError(f"there are {count:,} numbers side by side; at most {most:,} can be shown", where=where)
    if len(network.layers) > limits.LAYERS:
        raise ModelError(f"there are {len(network.layers):,} layers; at most {limits.LAYERS} can be shown")
    if network.parameter_count > limits.PARAMETERS:
        count, most = network.parameter_count, limits.PARAMETERS
        raise ModelError(f"the network has {count:,} parameters; at most {most:,} can be shown")


def _widths(network: Network) -> Iterator[tuple[str, int, int]]:
    yield "the inputs", network.inputs, limits.UNITS
    for layer in network.layers:
        match layer:
            case Recurrent() | Dense():
                yield layer.name, layer.units, limits.UNITS
            case Embedding():
                yield layer.name, layer.size, limits.UNITS
                yield f"the ids of {layer.name}", layer.vocabulary, limits.VOCABULARY


Hints = Mapping[str, Any]
