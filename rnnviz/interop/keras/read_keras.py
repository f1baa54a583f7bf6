"""Models that Keras saves: .keras, .h5 of a whole model, and files of weights alone."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from rnnviz.engine.errors import EngineError
from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.keras.bare import bare_layers
from rnnviz.interop.keras.chain import Call, chain, graph_of, is_recurrent, pieces, unsupported
from rnnviz.interop.keras.config import LayerConfig, model_config, parse_config
from rnnviz.interop.keras.hdf5_file import Contents, Hdf5File
from rnnviz.interop.keras.layers import Entrance, NotShownError, Recurrence, Spec, spec_of
from rnnviz.interop.keras.network import Builder
from rnnviz.interop.keras.weights import ListedWeights, TreeWeights, Weights, tree_of
from rnnviz.interop.model import Array, Hints, Model, Precision
from rnnviz.interop.names import layer_names, printable
from rnnviz.interop.zip_archive import ZipArchive
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.json_text import decode

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
PARTS = ("whole", "recurrent")
LATEST = 3
MOST_RATIO = 8  # of unpacked weights to the file: they can hardly be packed
KEPT_BYTES = 4 * 1024**2


@dataclass(frozen=True)
class Plan:
    """What is to be built, before any weight has been looked at.

    layers : in order, and what each of them does
    calls : all layers of the model, also those that are left out
    precision : "float16" where Keras works with fewer digits than the weights have
    """

    layers: tuple[tuple[LayerConfig, Spec], ...]
    calls: tuple[Call, ...]
    framework: str
    notes: tuple[str, ...] = ()
    precision: Precision | None = None


def read_keras(archive: ZipArchive, hints: Hints) -> Model:
    """A .keras file. Raises ModelError; UnsupportedError for layers that cannot be shown."""
    metadata = parse_config(_text(archive.read(METADATA), METADATA), METADATA) if METADATA in archive else {}
    version = metadata.get("keras_version")
    config = parse_config(_text(archive.read(CONFIG), CONFIG), CONFIG)
    plan = _planned(config, version if isinstance(version, str) else "", hints)
    if WEIGHTS not in archive:
        raise ModelError("there are no weights in this file: this member is missing", where=WEIGHTS)
    most = limits.ALWAYS_UNPACKED + MOST_RATIO * archive.file_size
    with _opened(archive.read(WEIGHTS, min(most, limits.FILE_BYTES))) as stream, Hdf5File(stream) as file:
        return _built(plan, TreeWeights(file.contents()))


def read_keras_h5(path: Path, hints: Hints) -> Model:
    """An .h5 file: a whole model, or weights alone, for which UndecidedError asks what they do not say."""
    with path.open("rb") as stream:
        about = os.fstat(stream.fileno())
        kept = _kept(path, about.st_size, about.st_mtime_ns, about.st_ino) if about.st_size < KEPT_BYTES else None
        if kept is not None:
            return _read(kept, hints)
        with Hdf5File(stream) as file:
            return _read(file.contents(), hints)


@lru_cache(maxsize=1)
def _kept(path: Path, size: int, changed_ns: int, inode: int) -> Contents | None:
    """All of a small file, since samples try every answer on weights alone; None where much is packed into it."""
    with path.open("rb") as stream, Hdf5File(stream) as file:
        contents = file.contents()
        numbers = sum(tensor.count for tensor in contents.arrays.values())
        return contents.in_memory() if numbers < KEPT_BYTES else None


def _read(contents: Contents, hints: Hints) -> Model:
    text = contents.text("", "model_config")
    if text:
        config = parse_config(text, "model_config")
        root = "model_weights" if "model_weights" in contents.groups else ""
        return _built(_planned(config, contents.text("", "keras_version"), hints), ListedWeights(contents, root))
    if contents.list_of_texts("", "layer_names") is not None:
        return _built(_planned_bare(contents, hints), ListedWeights(contents, ""))
    if tree_of(contents):
        return _built(_planned_bare(contents, hints), TreeWeights(contents))
    raise ModelError("there is neither a model of Keras in this HDF5 file nor weights of one")


# --- what is to be built ----------------------------------------------------------------------------------------------


def _planned(config: Mapping[str, Any], version: str, hints: Hints) -> Plan:
    for name in hints:
        if name != "part":
            raise ModelError(f"the file says by itself what the hint '{name}' is about; leave it out")
    keras = _major(version)
    graph = graph_of(model_config(config))
    calls = graph.calls
    framework = f"Keras {version[:20]}".strip() if version.isprintable() else "Keras"
    precision: Precision | None = "float16" if any(_is_coarse(call.layer) for call in calls) else None
    if _part(hints) == "recurrent":
        layers, notes = _recurrent_part(calls, keras)
        return Plan(layers, calls, framework, notes, precision)
    specs = {call.layer.path: _spec(call.layer, keras, calls) for call in calls}
    if not any(is_recurrent(call.layer) for call in calls):
        raise ModelError("there is no recurrent layer in this model, so there is nothing to show step by step")
    layers = tuple((layer, specs[layer.path]) for layer in chain(graph))
    return Plan(layers, calls, framework, precision=precision)


def _planned_bare(contents: Contents, hints: Hints) -> Plan:
    _part(hints)
    layers, notes = bare_layers(contents, hints)
    calls = tuple(Call(layer) for layer in layers)
    return Plan(tuple((layer, _spec(layer, LATEST, calls)) for layer in layers), calls, "Keras", notes)


def _part(hints: Hints) -> str:
    part = hints.get("part", "whole")
    if part not in PARTS:
        raise ModelError(f"the hint part cannot be '{part}'; it is {' or '.join(PARTS)}")
    return str(part)


def _major(version: str) -> int:
    """Version 2 of "2.15.0"; what says nothing was written long before version 3."""
    match = re.match(r"\d{1,3}", version)
    return int(match[0]) if match else 2


def _is_coarse(layer: LayerConfig) -> bool:
    """Whether a layer works with 16 bits, whatever its weights have."""
    policy = layer.config.get("dtype")
    inner = policy.get("config") if isinstance(policy, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else policy
    return isinstance(name, str) and "float16" in name


def _spec(layer: LayerConfig, keras: int, calls: Sequence[Call]) -> Spec:
    try:
        return spec_of(layer, keras)
    except NotShownError as reason:
        raise unsupported(layer, str(reason), calls) from None


def _recurrent_part(calls: Sequence[Call], keras: int) -> tuple[tuple[tuple[LayerConfig, Spec], ...], tuple[str, ...]]:
    """The layers around most recurrent ones that can be shown, and what of the others was left out."""
    runs = [run for piece in pieces(calls) for run in _runs(piece, keras)]
    best = max(runs, key=_recurrences, default=())
    if not _recurrences(best):
        raise ModelError("there is no recurrent layer in this model that can be shown by itself")
    kept = {layer.path for layer, _ in best}
    left = [call.layer for call in calls if call.layer.path not in kept and call.layer.kind != "InputLayer"]
    names = ", ".join(f"{printable(layer.kind)} {printable(layer.name)}" for layer in left[:12])
    more = f" and {len(left) - 12} more" if len(left) > 12 else ""
    return best, (f"Only a part of the model is shown. Left out: {names}{more}.",) if left else ()


def _recurrences(run: Sequence[tuple[LayerConfig, Spec]]) -> int:
    return sum(isinstance(spec, Recurrence) for _, spec in run)


def _runs(piece: Sequence[LayerConfig], keras: int) -> Iterator[tuple[tuple[LayerConfig, Spec], ...]]:
    """The layers of a piece between those that cannot be shown."""
    run: list[tuple[LayerConfig, Spec]] = []
    for layer in piece:
        try:
            run.append((layer, spec_of(layer, keras)))
        except NotShownError:
            yield tuple(run)
            run = []
    yield tuple(run)


# --- building it ------------------------------------------------------------------------------------------------------


def _built(plan: Plan, weights: Weights) -> Model:
    builder = Builder(weights, notes=list(plan.notes))
    layers = tuple(_entered(plan.layers))
    names = layer_names(layer.name for layer, _ in layers)
    layer = layers[0][0]
    try:
        for name, (layer, spec) in zip(names, layers, strict=True):
            builder.add(name, layer, spec)
        network = builder.network()
    except NotShownError as reason:
        raise unsupported(layer, str(reason), plan.calls) from None
    except EngineError as error:
        raise ModelError(str(error)) from None
    params: dict[str, Array] = {}
    for taken in builder.taken:
        params |= taken.params(*(tensor.numbers() for tensor in taken.weights))
    return Model(
        framework=plan.framework,
        network=network,
        params=params,
        precision=plan.precision or builder.precision,
        input_steps=builder.steps,
        input_sequences=builder.sequences,
        outputs_reversed=builder.is_sequence and builder.is_reversed,
        notes=tuple(builder.notes),
    )


def _entered(layers: Sequence[tuple[LayerConfig, Spec]]) -> Iterator[tuple[LayerConfig, Spec]]:
    """An input whose shape cannot be shown stands before a layer that was left out."""
    for index, (layer, spec) in enumerate(layers):
        if index == 0 or not isinstance(spec, Entrance):
            yield layer, spec


@contextmanager
def _opened(data: bytes) -> Iterator[BinaryIO]:
    """A file without a name that holds `data`."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file


def _text(data: bytes, where: str) -> str:
    try:
        return decode(data)
    except ScenarioError as error:
        raise ModelError(error.message, where=where) from None
