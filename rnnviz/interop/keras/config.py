"""The configuration that Keras saves with a model: its layers as plain records; nothing that they name is imported.

A layer counts as Keras' own only where its module and its registered name say so; a class of the same name from
elsewhere is another layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rnnviz.interop.errors import ModelError
from rnnviz.interop.names import printable
from rnnviz.scenario.errors import ScenarioError, shown
from rnnviz.scenario.json_text import parse_json

MOST_LAYERS = 2_000
MOST_NUMBER = 1e38  # which float32 still holds
MODELS = ("Sequential", "Functional", "Model")
_OWN_MODULES = re.compile(r"(keras|tf_keras|tensorflow(\.python)?\.keras|tensorflow_core\.python\.keras)(\.|$)")
_CAPITAL_WORD = re.compile(r"(.)([A-Z][a-z0-9]+)")
_CAPITAL = re.compile(r"([a-z])([A-Z])")


@dataclass(frozen=True)
class LayerConfig:
    """
    kind : the name of its class, such as "LSTM"
    is_own : whether that is Keras' class of this name
    config : its settings
    call : what it is applied to: the `inbound_nodes` of a functional model
    path : where the file keeps its weights, such as "layers/lstm_1"
    group : name of the outermost layer that it is part of, under which old files keep its weights
    """

    kind: str
    name: str
    is_own: bool
    config: Mapping[str, Any]
    call: Any
    path: str
    group: str

    def flag(self, key: str, default: bool = False) -> bool:
        """A setting that is yes or no."""
        value = self.config.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"{key} is {shown(value)}, not true or false")
        return value

    def whole(self, key: str, most: int) -> int:
        """A setting that is a count, from 1 on."""
        value = self.config.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.error(f"{key} is {shown(value)}, not a count")
        if value > most:
            raise self.error(f"{key} is {shown(value)}; at most {most:,} can be shown")
        return value

    def number(self, key: str, default: float = 0.0) -> float:
        value = self.config.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > MOST_NUMBER:
            raise self.error(f"{key} is {shown(value)}, not a number")
        return float(value)

    def error(self, said: str) -> ModelError:
        kind = printable(self.kind.removesuffix("Layer"))
        return ModelError(f"in this {kind} layer {said}", where=printable(self.name))

    def inner(self, key: str) -> LayerConfig:
        """A layer in a setting: what `Bidirectional` and `TimeDistributed` wrap, the cell of `RNN`."""
        value = self.config.get(key)
        if not isinstance(value, dict):
            raise self.error(f"there is no '{key}' in the configuration")
        return _layer(value, self.path, self.group)


def parse_config(text: str, where: str) -> dict[str, Any]:
    """The JSON object. Raises ModelError for what is none, is nested too deeply, or can be read in two ways."""
    try:
        return parse_json(text)
    except ScenarioError as error:
        message = error.message.replace("this is no scenario", "this is no configuration of a model")
        raise ModelError(message.replace("a scenario is", "it should be"), where=joined(where, error.where)) from None


def joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def model_config(value: Mapping[str, Any]) -> LayerConfig:
    """A sequential or functional model. Raises ModelError."""
    whole = _layer(value, "", "")
    if whole.kind not in MODELS or not whole.is_own:
        what = f"the model is of the class {printable(whole.kind)}, whose code is not in the file"
        raise ModelError(f"{what}; Sequential and functional models are read")
    return whole


def inner_model(model: LayerConfig) -> tuple[LayerConfig, ...]:
    """The layers of a model, also of one that is a layer of another."""
    entries = model.config.get("layers")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ModelError("there is no list of layers in the configuration", where=printable(model.name))
    if len(entries) > MOST_LAYERS:
        raise ModelError(f"{len(entries):,} layers; at most {MOST_LAYERS:,} are read", where=printable(model.name))
    return tuple(_placed(entries, f"{model.path}/layers" if model.path else "layers", model.group))


def _placed(entries: list[dict[str, Any]], path: str, group: str) -> Iterator[LayerConfig]:
    """Each layer with the place of its weights: its class in small letters, and which of that class it is."""
    used: dict[str, int] = {}
    for entry in entries:
        layer = _layer(entry, "", group)
        base = snake_case(layer.kind)
        number = used.get(base, 0)
        used[base] = number + 1
        place = f"{path}/{base}_{number}" if number else f"{path}/{base}"
        yield replace(layer, path=place, group=group or layer.name)


def _layer(entry: Mapping[str, Any], path: str, group: str) -> LayerConfig:
    kind, config = entry.get("class_name"), entry.get("config")
    if not isinstance(kind, str):
        raise ModelError(f"a layer in the configuration has no class_name, but {shown(kind)}")
    if isinstance(config, list):  # a sequential model, as Keras wrote it before 2.2.3
        config = {"layers": config}
    if not isinstance(config, dict):
        raise ModelError(f"the {printable(kind)} layer has no configuration")
    name = config.get("name", entry.get("name", snake_case(kind)))
    if not isinstance(name, str):
        raise ModelError(f"the {printable(kind)} layer is called {shown(name)}, which is no name")
    return LayerConfig(kind, name, _is_own(entry, kind), config, entry.get("inbound_nodes"), path, group)


def _is_own(entry: Mapping[str, Any], kind: str) -> bool:
    module, registered = entry.get("module"), entry.get("registered_name")
    if module is not None and not (isinstance(module, str) and _OWN_MODULES.match(module)):
        return False
    return registered is None or registered == kind


def snake_case(kind: str) -> str:
    """As Keras turns the name of a class into that of a group: SimpleRNN, simple_rnn."""
    words = _CAPITAL_WORD.sub(r"\1_\2", re.sub(r"\W+", "", kind[:200]))
    return _CAPITAL.sub(r"\1_\2", words).lower()
