"""A network for data that have none: what the data need in front and behind, a cell of one's choice between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from rnnviz.engine.cells import CELLS
from rnnviz.engine.digits import counted
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.fit_targets import one_hot
from rnnviz.interop.data.sequences import Array, Classes, Sequences
from rnnviz.interop.data.tell import licence_with, story_with
from rnnviz.interop.data.wording import listed
from rnnviz.scenario import limits
from rnnviz.scenario.arrays import read_only, write_array
from rnnviz.scenario.build import build
from rnnviz.scenario.types import FORMAT, VERSION, Scenario

FEW_SEQUENCES = 10


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """
    cell : the name of a built-in one
    seed : of the weights, made as Glorot & Bengio (2010) say
    """

    cell: str = "lstm"
    units: int = 16
    epochs: int = 100
    rate: float = 0.01
    seed: int = 1


def new_scenario(sequences: Sequences, plan: NetworkPlan = NetworkPlan()) -> Scenario:
    """A scenario with a network for these sequences, ready to be trained. Raises DataError.

    Words and characters go through an embedding. Numbers are answered with a linear readout and half the squared
    error, two classes with a sigmoid, more with a softmax, and cross entropy. Without targets there is no readout.
    """
    if plan.cell not in CELLS:
        raise DataError(f"there is no cell {plan.cell!r}; there are {listed(list(CELLS), 20)}", where="cell")
    if not 1 <= plan.units <= limits.UNITS:
        raise DataError(f"a layer has 1 to {limits.UNITS:,} units, not {plan.units:,}", where="units")
    targets, readout, kind, names = _behind(sequences)
    at = "last step" if targets is not None and not sequences.is_next and _is_one_each(targets) else "every step"
    layers: list[dict[str, Any]] = [*_in_front(sequences), _recurrent(plan, readout)]
    tree: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": _name(sequences.source),
        "title": sequences.source.rpartition(".")[0][:200] or sequences.source[:200],
        "seed": plan.seed,
        "view": {"layout": "train" if targets is not None else "step", "step": 1},
        "input_names": list(sequences.input_names),
        "output_names": names,
        "sequence_names": list(sequences.sequence_names) if any(sequences.sequence_names) else [],
        "images": sequences.images,
        "licence": licence_with("", sequences),
        "network": {"inputs": sequences.inputs.shape[2], "layers": layers},
        "inputs": write_array(sequences.inputs),
        "params": {"initialiser": "glorot", "seed": plan.seed},
    }
    if sequences.lengths:
        tree["lengths"] = list(sequences.lengths)
    if sequences.vocabulary is not None:
        tree["tokens"] = list(sequences.vocabulary.tokens)
        tree["tokeniser"] = msgspec.to_builtins(sequences.vocabulary.tokeniser)
    if targets is not None:
        layers.append({**readout, "at": at})
        tree |= {
            "targets": write_array(targets),
            "loss": {"kind": kind, "at": at},
            "training": _training(plan, sequences),
        }
    made = build(tree)
    return replace(made, story=story_with(made, sequences))


def _in_front(sequences: Sequences) -> list[dict[str, Any]]:
    if sequences.vocabulary is None:
        return []
    count = len(sequences.vocabulary.tokens)
    is_word = sequences.vocabulary.tokeniser.unit == "word"
    size = 12 if count > 12 else max(2, count)
    return [{"kind": "embedding", "name": "embedding", "vocabulary": count, "size": size, "mask_zero": is_word}]


def _recurrent(plan: NetworkPlan, readout: dict[str, Any]) -> dict[str, Any]:
    layer = {"kind": "recurrent", "name": plan.cell, "cell": plan.cell, "units": plan.units}
    if "outputs" in CELLS[plan.cell].sizes.values():
        layer["outputs"] = readout.get("units", 1)
    return layer


def _behind(sequences: Sequences) -> tuple[Array | None, dict[str, Any], str, list[str]]:
    """The targets as the readout has them, the readout, its loss, and the names of its outputs."""
    targets = sequences.targets
    layer: dict[str, Any] = {"kind": "dense", "name": "readout"}
    if targets is None:
        return None, {}, "", []
    if not isinstance(targets, Classes):
        return targets, layer | {"units": targets.shape[2]}, "half squared error", list(sequences.target_names)
    count = len(targets.names)
    if count < 2:
        raise DataError(f"all targets are {listed(targets.names)}: there is nothing to tell apart", where="targets")
    if count == 2 and not sequences.is_next:
        values = read_only(targets.labels[..., None].astype(np.float64))
        name = "answer" if targets.are_numbers else targets.names[1]
        return values, layer | {"units": 1, "activation": "sigmoid"}, "binary cross entropy", [name]
    readout = layer | {"units": count, "activation": "softmax"}
    if targets.labels.size * count > limits.ARRAY_NUMBERS:
        message = (
            f"{counted(targets.labels.size, 'target')} of {counted(count, 'class', 'classes')} are too many numbers"
        )
        raise DataError(f"{message}; take fewer sequences", where="targets")
    return one_hot(targets.labels, count), readout, "cross entropy", list(targets.names)


def _is_one_each(targets: Array) -> bool:
    """Each sequence has one target, and it is longer than one step."""
    return len(targets) > 1 and bool((targets == targets[-1]).all())


def _training(plan: NetworkPlan, sequences: Sequences) -> dict[str, Any]:
    count = sequences.inputs.shape[1]
    return {
        "optimizer": {"kind": "adam", "rate": plan.rate},
        "clipping": {"kind": "norm", "limit": 1},
        "epochs": plan.epochs,
        "batch_size": 32 if count > 64 else 0,
        "validation": 0.2 if count >= FEW_SEQUENCES else 0,
    }


def _name(source: str) -> str:
    stem = source.rpartition(".")[0] or source
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in stem.lower())[:60] or "data"
