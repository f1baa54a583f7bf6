"""The modules of torch.nn that a network becomes, and their state dict under PyTorch's own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Embedding, Layer, Network, Params, Recurrent
from rnnviz.interop.framework_layout import torch_class, torch_weights
from rnnviz.interop.programs.text import identifier

Array = NDArray[np.floating]

# What an nn.Module calls something already, and names that a program needs.
_NAMES = """
T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules
mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer
register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory
state_dict to to_empty train training type xpu zero_grad
"""
_TAKEN = frozenset(_NAMES.split())


@dataclass(frozen=True)
class Part:
    """A module of the network.

    name : of the attribute, and what its names in the state dict begin with
    kind : a class of torch.nn, or "" for a loop of our own
    layers : the layers that it does; several for a stack
    direction : of a loop; what torch.nn has does both directions at once
    """

    name: str
    kind: str
    layers: tuple[Layer, ...]
    direction: str = ""

    @property
    def layer(self) -> Layer:
        return self.layers[-1]


def parts_of(network: Network) -> tuple[Part, ...]:
    """All that has weights, in order."""
    parts: list[Part] = []
    names: set[str] = set(_TAKEN)

    def add(name: str, kind: str, layers: tuple[Layer, ...], direction: str = "") -> None:
        name = identifier(name, names)
        names.add(name)
        parts.append(Part(name, kind, layers, direction))

    for layers in _stacks(network):
        match layers[0]:
            case Embedding(name=name):
                add(name, "Embedding", layers)
            case Dense(name=name):
                add(name, "Linear", layers)
            case Recurrent() as layer if torch_class(layer):
                add(_common_name(layers), torch_class(layer), layers)
            case Recurrent() as layer:
                for direction in layer.directions:
                    both = f"_{direction}" if layer.direction == "both" else ""
                    add(layer.name + both, "", layers, direction)
    return tuple(parts)


def is_torch_like(network: Network) -> bool:
    """Whether torch.nn has everything that is in a network."""
    return all(part.kind for part in parts_of(network))


def state_dict(parts: tuple[Part, ...], params: Params) -> dict[str, Array]:
    """The weights under the names of the modules."""
    found: dict[str, Array] = {}
    for part in parts:
        found.update({f"{part.name}.{key}": array for key, array in _part_weights(part, params).items()})
    return found


def _part_weights(part: Part, params: Params) -> Mapping[str, Array]:
    match part.layer:
        case Embedding(name=name):
            return {"weight": params[f"{name}.E"]}
        case Dense(name=name):
            return {"weight": params[f"{name}.V"], "bias": params[f"{name}.b"]}
        case Recurrent() as layer if not part.kind:
            return _own(layer, part.direction, params)
    return {
        f"{key}_l{depth}{'_reverse' if direction == 'backward' and layer.direction == 'both' else ''}": array
        for depth, layer in enumerate(part.layers)
        if isinstance(layer, Recurrent)
        for direction in layer.directions
        for key, array in torch_weights(layer.cell.name, _own(layer, direction, params)).items()
    }


def _own(layer: Recurrent, direction: str, params: Params) -> dict[str, Array]:
    prefix = layer.prefix(direction)
    return {name: params[prefix + name] for name in layer.cell.graph.parameters}


def _stacks(network: Network) -> list[tuple[Layer, ...]]:
    """The layers, those together that one module with num_layers can do."""
    stacks: list[tuple[Layer, ...]] = []
    for layer in network.layers:
        below = stacks[-1][-1] if stacks else None
        if isinstance(layer, Recurrent) and isinstance(below, Recurrent) and _go_together(below, layer):
            stacks[-1] = (*stacks[-1], layer)
        else:
            stacks.append((layer,))
    return stacks


def _go_together(below: Recurrent, layer: Recurrent) -> bool:
    def like(of: Recurrent) -> tuple[object, ...]:
        return of.cell.name, torch_class(of), of.functions(), of.units, of.outputs, of.direction, of.merge

    hands_on_all = below.returns == "sequence" or below.direction == "forward"
    is_plain = below.direction != "both" or below.merge == "concat"
    return bool(torch_class(layer)) and like(below) == like(layer) and hands_on_all and is_plain


def _common_name(layers: tuple[Layer, ...]) -> str:
    """Of a stack what its layers' names begin with: "lstm" for lstm_1 and lstm_2, or lstm_l0 and lstm_l1."""
    if len(layers) == 1:
        return layers[0].name
    if all(layer.name.endswith(f"_l{number}") for number, layer in enumerate(layers)):  # as they are imported
        return layers[0].name.removesuffix("_l0")
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*(layer.name for layer in layers), strict=False))
    return "".join(letters[0] for letters in alike).rstrip("_0123456789") or layers[0].name
