"""A model that was read -> the scenario that shows it, with its own samples as inputs, or made-up ones."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Embedding
from rnnviz.interop.model import WITHIN, Array, Model, check_size
from rnnviz.interop.samples import Proof
from rnnviz.scenario.types import Expected, Imported, Scenario

SHOWN_SEQUENCES, SHOWN_STEPS = 16, 2_000
MADE_UP_STEPS = 12
EXPECTED_UNITS = 16
_EVEN, _OTHER = 0.754877666246693, 0.569840290998053  # powers of the root of x^3 + x^2 = 1


def scenario_of(model: Model, proof: Proof | None, file: str) -> Scenario:
    """Raises ModelError where the network is larger than a scenario may be."""
    check_size(model.network)
    inputs = _shown(proof.inputs) if proof is not None else _made_up(model)
    batch = inputs.shape[1]
    imported = _imported(model, proof, file)
    title = _title(file)
    return Scenario(
        name=title,
        title=title,
        group="Your own",
        story=_story(imported),
        network=model.network,
        params=MappingProxyType({name: _read_only(array) for name, array in model.params.items()}),
        inputs=_read_only(inputs.astype(np.float64)),
        lengths=model.lengths if model.lengths is not None and len(model.lengths) == batch else None,
        initial=MappingProxyType({name: _of_batch(state, batch) for name, state in model.initial.items()}),
        tokens=model.tokens,
        expected=_expected(imported, proof),
        imported=imported,
    )


def _imported(model: Model, proof: Proof | None, file: str) -> Imported:
    notes = model.notes
    names = [
        name
        for name, array in model.params.items()
        if not (model.is_finite and array.ndim > 1) and not np.isfinite(array).all()
    ]
    if names:
        notes = (f"Weights that are NaN or infinite are in {', '.join(names[:8])}.", *notes)
    if proof is None:
        return Imported(file=file, framework=model.framework, notes=notes, within=WITHIN[model.precision])
    return Imported(
        file=file,
        framework=model.framework,
        notes=notes,
        samples=proof.samples,
        compared=proof.compared,
        difference=proof.difference if math.isfinite(proof.difference) else None,
        within=WITHIN[model.precision],
    )


def _shown(inputs: Array) -> Array:
    return inputs[:SHOWN_STEPS, :SHOWN_SEQUENCES]


def _made_up(model: Model) -> NDArray[np.float64]:
    """Numbers of a normal distribution (Box & Muller 1958), or ids; the same ones each time.

    They come from two sequences that are evenly spread from 0 to 1: NumPy's random numbers would take longer to be
    loaded than a network of 25 MB to be read.
    """
    steps = model.input_steps or MADE_UP_STEPS
    batch = len(model.lengths) if model.lengths else max(model.input_sequences, *map(len, model.initial.values()), 1)
    shape = (max(steps, max(model.lengths or (1,))), batch, model.network.inputs)
    count = np.arange(1.0, math.prod(shape) + 1.0).reshape(shape)
    even, other = count * _EVEN % 1.0, count * _OTHER % 1.0
    first = model.network.layers[0]
    if isinstance(first, Embedding):
        least = min(1, first.vocabulary - 1)  # 0 often is padding
        return least + np.floor(even * (first.vocabulary - least))
    return np.asarray(np.sqrt(-2.0 * np.log(1.0 - even)) * np.cos(2.0 * np.pi * other)).round(3)


def _of_batch(state: Array, batch: int) -> NDArray[np.float64]:
    rows = state if len(state) == batch else state[:1]
    return _read_only(np.broadcast_to(rows, (batch, state.shape[1])).astype(np.float64))


def _expected(imported: Imported, proof: Proof | None) -> tuple[Expected, ...]:
    """What the framework itself gave at the last step of the first sequence, so that `rnnviz check` proves it again."""
    if proof is None or not imported.is_proven or len(proof.inputs) > SHOWN_STEPS:
        return ()
    values = proof.outputs[-1, 0, :EXPECTED_UNITS].tolist()
    return tuple(
        Expected(at="output", step=len(proof.inputs), unit=unit, value=value, within=imported.within)
        for unit, value in enumerate(values)
    )


def _story(imported: Imported) -> str:
    inputs = (
        f"The inputs are the samples of {imported.samples} that came with it."
        if imported.samples
        else "No inputs came with the file: these are made-up numbers. Type, paste or import your own."
    )
    lines = ["## What it is", "", f"A network from {imported.file}, written by {imported.framework}. {inputs}"]
    if imported.notes:
        lines += ["", "## How it was read", "", *(f"- {note}" for note in imported.notes)]
    return _plain("\n".join(lines))


def _plain(text: str) -> str:
    """Names in a file may look like the templates of a story; they are none."""
    return text.replace("{{", "{ {").replace("}}", "} }")


def _title(file: str) -> str:
    stem = file.rsplit(".", 1)[0].removesuffix(".weights")
    return " ".join(stem.split())[:200] or "Imported network"


def _read_only(array: NDArray[np.floating]) -> NDArray[np.float64]:
    view = array.view()
    view.flags.writeable = False
    return view  # type: ignore[return-value]  # weights stay as exact as the file has them
