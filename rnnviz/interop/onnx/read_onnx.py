"""An ONNX file -> a model: operators in order become layers, and what is not understood is refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.interop.errors import ModelError, UnsupportedError
from rnnviz.interop.model import Array, Hints, Model
from rnnviz.interop.onnx.file import read_onnx_file
from rnnviz.interop.onnx.graph import Result, read_graph
from rnnviz.interop.onnx.messages import Node, OnnxFile
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.signals import closed
from rnnviz.interop.onnx.values import Signal, Step, count_of

_LEAST_ROOM = 4_000_000


def read_onnx(path: Path, hints: Hints) -> Model:
    """Raises ModelError; UnsupportedError where the hint part="recurrent" would show less but something."""
    return model_of(read_onnx_file(path), hints)


def model_of(file: OnnxFile, hints: Hints) -> Model:
    part = hints.get("part", "whole")
    if part not in ("whole", "recurrent"):
        raise ModelError(f'the hint part is "{part}"; it can be "whole" or "recurrent"')
    reading = Reading(file.opset, file.producer, leaves_out=part == "recurrent", room=_room(file))
    with np.errstate(all="ignore"):  # weights that are NaN or infinite are said later
        result = read_graph(file, reading)
        steps = _ended(result)
    lengths = _lengths(steps)
    return Model(
        framework=f"ONNX by {file.producer}" if file.producer else "ONNX",
        network=Network(_inputs(steps), tuple(step.layer for step in steps)),
        params={f"{step.layer.name}.{name}": array for step in steps for name, array in step.params.items()},
        precision=file.precision,
        initial={f"{step.layer.name}.{name}": state for step in steps for name, state in step.initial.items()},
        lengths=lengths,
        input_steps=reading.steps,
        input_sequences=_sequences(reading, steps),
        notes=tuple(reading.notes),
    )


def _room(file: OnnxFile) -> int:
    """How many numbers may be worked out: a few times those that the file holds."""
    return max(_LEAST_ROOM, 4 * sum(array.size for array in file.graph.tensors.values()))


def _ended(result: Result) -> tuple[Step, ...]:
    """The layers, the last one such that the network hands out what the graph does."""
    signal = result.output
    steps = signal.chain
    last = steps[-1]
    if signal.lane is not None or signal.at in ("first", "final") or isinstance(last.layer, Dense):
        steps = _closed(signal, result.name)
        last = steps[-1]
    if signal.at == "last" and isinstance(last.layer, Recurrent):
        return (*steps[:-1], *_of_last_step(last))
    return steps


def _closed(signal: Signal, name: str) -> tuple[Step, ...]:
    return closed(signal, Node("output", "", name, (), (), {}))


def _of_last_step(last: Step) -> tuple[Step, ...]:
    """A layer of which the last step alone is handed out."""
    layer = last.layer
    assert isinstance(layer, Recurrent)
    if layer.direction == "forward" and last.lengths is None:
        return (replace(last, layer=replace(layer, returns="final")),)
    units = layer.units * (2 if layer.direction == "both" and layer.merge == "concat" else 1)
    unity: Array = np.eye(units, dtype=np.float32)
    answer = Dense(f"{layer.name}_last", units, at="last step")
    return last, Step(answer, {"V": unity, "b": np.zeros(units, np.float32)})


def _lengths(steps: Sequence[Step]) -> tuple[int, ...] | None:
    """How long the sequences are; every recurrent layer must be told the same."""
    given = {step.lengths for step in steps if isinstance(step.layer, Recurrent)}
    if len(given) > 1:
        raise UnsupportedError("some recurrent layers are given sequence_lens, others are not, or others")
    found = next(iter(given), None)
    return found if isinstance(found, tuple) else None


def _inputs(steps: Sequence[Step]) -> int:
    """How many numbers a step of the input has."""
    first = steps[0]
    match first.layer:
        case Embedding():
            return 1
        case Dense():
            return int(first.params["V"].shape[1])
        case Recurrent() as layer:
            name = next(name for name in layer.cell.graph.parameters if name.startswith("W"))
            return int(first.params[layer.prefix(layer.directions[0])[len(layer.name) + 1 :] + name].shape[1])
    raise ModelError(f"the layer '{first.layer.name}' comes before all that is recurrent")


def _sequences(reading: Reading, steps: Sequence[Step]) -> int:
    fixed = 0 if reading.batch is None else count_of((reading.batch,)) or 0
    return max([fixed, *(len(state) for step in steps for state in step.initial.values())], default=0)
