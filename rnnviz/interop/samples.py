"""Inputs and outputs that came with a model, and how near our outputs are to them: the proof of an import."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import EngineError, LimitError
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Pool, Recurrent
from rnnviz.engine.run import run
from rnnviz.interop.errors import ModelError, SamplesError
from rnnviz.interop.model import Model
from rnnviz.interop.names import printable
from rnnviz.interop.numpy_file import npz_headers, read_npz

Array = NDArray[np.floating]

# What the arrays are called, most usual first.
INPUTS = ("x", "input", "inputs", "X")
OUTPUTS = ("y", "output", "outputs", "y_pred", "Y")
MOST_NUMBERS = 8_000_000


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs and outputs as they stand in the file `name`, whichever axis is time.

    note : what was done to them, a whole sentence
    """

    name: str
    inputs: NDArray[Any]
    outputs: NDArray[Any]
    note: str = ""


@dataclass(frozen=True, eq=False)
class Proof:
    """
    samples : name of the file
    inputs : (T, N, features), as the network takes them
    outputs : (T, N, outputs), or (1, N, outputs) where they are those of the last step
    difference : the largest between these outputs and ours; nan where one of ours is not finite
    compared : how many numbers
    """

    samples: str
    inputs: Array
    outputs: Array
    difference: float
    compared: int


def samples_beside(path: Path) -> Path | None:
    """The .npz file with sample inputs and outputs that came with a model: of the same name, or the only one there."""
    own = path.with_suffix(".npz")
    if own != path and own.is_file() and _has_samples(own):
        return own
    others = [other for other in sorted(path.parent.glob("*.npz")) if other != path]
    return others[0] if len(others) == 1 and _has_samples(others[0]) else None


def _has_samples(path: Path) -> bool:
    try:
        names = npz_headers(path).keys()
    except (ModelError, OSError):
        return False
    return any(name in names for name in INPUTS) and any(name in names for name in OUTPUTS)


def read_samples(path: Path) -> Samples:
    """Raises ModelError, naming what is missing."""
    arrays = read_npz(path, MOST_NUMBERS)
    inputs = next((arrays[name] for name in INPUTS if name in arrays), None)
    outputs = next((arrays[name] for name in OUTPUTS if name in arrays), None)
    if inputs is None or outputs is None:
        what = "inputs, called x" if inputs is None else "outputs, called y"
        some = ", ".join(map(printable, list(arrays)[:8])) + ", ..." * (len(arrays) > 8)
        raise ModelError(f"there are no {what}; there is {some}", str(path))
    if _are_logarithms(outputs):
        note = f"The outputs in {path.name} are logarithms of probabilities, and are compared as probabilities."
        return Samples(path.name, inputs, np.exp(outputs), note)
    return Samples(path.name, inputs, outputs)


def _are_logarithms(outputs: NDArray[Any]) -> bool:
    """Whether each row is what log_softmax gives, which nothing but probabilities does."""
    if outputs.dtype.kind != "f" or outputs.ndim < 2 or outputs.shape[-1] < 2 or not (outputs <= 0.0).all():
        return False
    return bool(np.allclose(np.exp(outputs.astype(np.float64)).sum(axis=-1), 1.0, atol=1e-3))


def prove(model: Model, samples: Samples) -> Proof:
    """Run the samples and compare. Where it is open which axis is time, the arrangement that fits better counts.

    Raises SamplesError where the shapes fit in no way, or are too large to be run.
    """
    found = [proof for inputs in _arranged(model, samples.inputs) for proof in _proofs(model, samples, inputs)]
    if not found:
        theirs = f"inputs {samples.inputs.shape} and outputs {samples.outputs.shape}"
        needs = f"{model.network.inputs} inputs and {model.network.output_size} outputs"
        raise SamplesError(f"{theirs} are not of a network of {needs} a step", samples.name)
    return min(found, key=lambda proof: proof.difference if np.isfinite(proof.difference) else np.inf)


def _arranged(model: Model, inputs: NDArray[Any]) -> Iterator[Array]:
    """The inputs as (T, N, features), in each way in which that is possible; batches usually come first."""
    width = model.network.inputs
    if isinstance(model.network.layers[0], Embedding) and (inputs.ndim != 3 or inputs.shape[2] != 1):
        inputs = inputs[..., None]
    if inputs.ndim == 2 and inputs.shape[1] == width:
        inputs = inputs[None]  # one sequence
    if inputs.ndim == 3 and inputs.shape[2] == width and inputs.size:
        yield inputs.swapaxes(0, 1)
        yield inputs


def _proofs(model: Model, samples: Samples, inputs: Array) -> Iterator[Proof]:
    steps, batch = inputs.shape[:2]
    lengths = model.lengths if model.lengths is not None and len(model.lengths) == batch else None
    initial = {name: state for name, state in model.initial.items() if len(state) in (1, batch)}
    try:
        ours = run(model.network, model.params, inputs, lengths=lengths, initial=_of_batch(initial, batch)).output
    except LimitError as error:
        raise SamplesError(str(error), samples.name) from None
    except EngineError:
        return
    for outputs in _outputs(samples.outputs, steps, batch, model.network.output_size):
        if steps > 1 and is_one_answer(model.network) != (len(outputs) == 1):
            continue
        outputs = outputs[::-1] if model.outputs_reversed else outputs
        difference = float(np.abs(ours[-len(outputs) :] - outputs).max())
        yield Proof(samples.name, inputs, outputs, difference, outputs.size)


def _of_batch(initial: dict[str, Array], batch: int) -> dict[str, Array]:
    return {name: np.broadcast_to(state, (batch, state.shape[1])) for name, state in initial.items()}


def _outputs(outputs: NDArray[Any], steps: int, batch: int, width: int) -> Iterator[Array]:
    """As (T, N, outputs) or (1, N, outputs), in each way in which that is possible."""
    if outputs.shape == (batch, width):
        yield outputs[None]
    if width == 1 and outputs.shape == (batch,):
        yield outputs[None, :, None]
    if outputs.shape == (batch, steps, width):
        yield outputs.swapaxes(0, 1)
    if outputs.shape == (steps, batch, width):
        yield outputs
    if batch == 1 and outputs.shape == (steps, width):
        yield outputs[:, None]


def is_one_answer(network: Network) -> bool:
    """Whether a network answers once for a whole sequence."""
    for layer in reversed(network.layers):
        match layer:
            case Dense(at="last step") | Recurrent(returns="final") | Pool():
                return True
            case Dense() | Masking():
                continue
            case Recurrent() | Embedding():
                return False
    return False
