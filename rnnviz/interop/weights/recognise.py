"""Bare tensors by name -> a network: what names and shapes say is taken, what they leave open is asked."""

from __future__ import annotations

from rnnviz.engine.network import Network
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Hints, Model, check_size
from rnnviz.interop.names import printable
from rnnviz.interop.weights.bare_weights import layers_of, params_of, tensors_of
from rnnviz.interop.weights.chain import chain_of, recurrent_chain
from rnnviz.interop.weights.left_open import decided
from rnnviz.interop.weights.modules import Table, modules_of
from rnnviz.interop.weights.own_names import are_own_names, own_model
from rnnviz.interop.weights.tensor import Tensors, least_exact

_PARTS = ("whole", "recurrent")


def recognise(tensors: Tensors, hints: Hints, framework: str, *, is_ordered: bool = True) -> Model:
    """The network that named tensors are the weights of.

    is_ordered : whether they come in the order in which the program made its modules
    Raises UndecidedError with all that has to be answered, UnsupportedError for what cannot be shown, ModelError else.
    """
    if are_own_names(tensors):
        return own_model(tensors, hints, framework)
    modules = modules_of(tensors)
    if not modules:
        some = ", ".join(printable(name) for name in list(tensors)[:6]) or "nothing"
        raise ModelError(f"there are no weights in it, only {some}")
    if _part(hints) == "recurrent":
        chain, notes = recurrent_chain(modules, hints.get("order"))
    else:
        chain, notes = chain_of(modules, hints.get("order"), is_ordered=is_ordered)
    layers = layers_of(chain)
    settled = decided(layers, hints)
    network = Network(1 if isinstance(chain[0], Table) else chain[0].inputs, settled.layers)
    check_size(network)
    return Model(
        framework=framework,
        network=network,
        params=params_of(chain, layers),
        precision=least_exact(tensors_of(chain)),
        notes=notes + settled.notes,
        assumed=settled.assumed,
    )


def _part(hints: Hints) -> str:
    part = str(hints.get("part", "whole"))
    if part not in _PARTS:
        raise ModelError(f"part cannot be '{printable(part)}'; it can be {' or '.join(_PARTS)}")
    return part
