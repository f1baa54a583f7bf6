"""A scenario -> the tree that stands in its file, without what is as it would be anyway."""

from __future__ import annotations

import functools
from typing import Any

import msgspec
import numpy as np

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Layer, Masking, Params, Pool, Recurrent
from rnnviz.scenario.arrays import number, write_array
from rnnviz.scenario.decode import restore_keys
from rnnviz.scenario.initialise import initialised
from rnnviz.scenario.types import (
    FORMAT,
    VERSION,
    DenseLayer,
    EmbeddingLayer,
    MaskingLayer,
    OwnCell,
    PoolLayer,
    RecurrentLayer,
    Scenario,
    ScenarioForm,
)

_FORMS: dict[type, type[msgspec.Struct]] = {
    Embedding: EmbeddingLayer,
    Masking: MaskingLayer,
    Recurrent: RecurrentLayer,
    Dense: DenseLayer,
}
# What a key says that need not be written.
_NOTHING: tuple[Any, ...] = ("", 0, None, [], {})


def tree_of(scenario: Scenario) -> dict[str, Any]:
    """The scenario as plain JSON values, keys in the order of `ScenarioForm`."""
    known: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": scenario.name,
        "title": scenario.title,
        "group": scenario.group,
        "licence": scenario.licence,
        "story": scenario.story.split("\n") if scenario.story else "",
        "seed": scenario.seed,
        "view": _plain(scenario.view),
        "input_names": list(scenario.input_names),
        "output_names": list(scenario.output_names),
        "sequence_names": list(scenario.sequence_names),
        "images": scenario.images,
        "cells": [_plain(cell) for cell in _cells(scenario)],
        "network": _network(scenario),
        "inputs": write_array(scenario.inputs),
        "lengths": None if scenario.lengths is None else list(scenario.lengths),
        "targets": None if scenario.targets is None else write_array(scenario.targets),
        "loss": None if scenario.loss is None else _plain(scenario.loss),
        "training": None if scenario.training is None else _plain(scenario.training),
        "surface": None if scenario.surface is None else _plain(scenario.surface),
        "params": _params(scenario),
        "initial": {name: write_array(array) for name, array in scenario.initial.items()},
        "tokens": list(scenario.tokens),
        "tokeniser": None if scenario.tokeniser is None else _plain(scenario.tokeniser),
        "expected": [_plain(item) for item in scenario.expected],
        "alternatives": [_alternative(item) for item in scenario.alternatives],
        "imported": None if scenario.imported is None else _plain(scenario.imported),
    }
    fields = {field.name: field for field in _fields(ScenarioForm)}
    tree = {key: value for key, value in known.items() if fields[key].required or _says(value, fields[key].default)}
    restore_keys(tree, scenario.extra)
    return tree


def _says(value: Any, default: Any) -> bool:
    """A record in which everything has its default value is not the same as none."""
    return value not in _NOTHING or (value == {} and default is None)


@functools.cache
def _fields(form: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(form)  # slow: it evaluates the annotations every time


def _plain(record: msgspec.Struct) -> dict[str, Any]:
    """A record as an object, without the fields that have their default value; 3.0 is written as 3."""
    tree: dict[str, Any] = msgspec.to_builtins(record)
    for field in _fields(type(record)):
        value = getattr(record, field.name)
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        if not field.required and value == default:
            del tree[field.name]
        elif isinstance(value, msgspec.Struct):
            tree[field.name] = _plain(value)
    return {key: _numbers(value) for key, value in tree.items()}


def _numbers(value: Any) -> Any:
    match value:
        case float():
            return number(value)
        case list() | tuple():
            return [_numbers(item) for item in value]
        case dict():
            return {key: _numbers(item) for key, item in value.items()}
    return value


def _alternative(alternative: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {"title": alternative.title, "changes": alternative.changes}
    return tree | ({"expected": [_plain(item) for item in alternative.expected]} if alternative.expected else {})


def _cells(scenario: Scenario) -> list[OwnCell]:
    """The cells that the file must bring along: those it brought, and those of the network that are not built in."""
    found = {cell.name: cell for cell in scenario.cells}
    for layer in scenario.network.layers:
        if isinstance(layer, Recurrent) and layer.cell.name not in CELLS and layer.cell.name not in found:
            cell = layer.cell
            found[cell.name] = OwnCell(
                name=cell.name,
                title="" if cell.title == cell.name else cell.title,
                equations=[line.strip() for line in cell.equations.splitlines() if line.strip()],
                sizes=dict(cell.sizes),  # type: ignore[arg-type]
                constants=dict(cell.constants),
                output=cell.output,
                source=cell.source,
            )
    return list(found.values())


def _network(scenario: Scenario) -> dict[str, Any]:
    return {"inputs": scenario.network.inputs, "layers": [_layer(layer) for layer in scenario.network.layers]}


def _layer(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Pool):
        return _plain(PoolLayer(name=layer.name, pool=layer.kind))
    form = _FORMS[type(layer)]
    values = {field.name: getattr(layer, field.name) for field in _fields(form)}
    if isinstance(layer, Recurrent):
        values |= {"cell": layer.cell.name, "activations": dict(layer.activations), "constants": dict(layer.constants)}
    return _plain(form(**values))


def _params(scenario: Scenario) -> dict[str, Any]:
    made = scenario.initialiser and initialised(scenario.network, scenario.initialiser)
    if scenario.initialiser and made and _are_same(scenario.params, made):
        return {"initialiser": scenario.initialiser.initialiser} | _plain(scenario.initialiser)
    return {name: write_array(array) for name, array in scenario.params.items()}


def _are_same(params: Params, others: Params) -> bool:
    return params.keys() == others.keys() and all(np.array_equal(params[name], others[name]) for name in params)
