"""The state dict in what a PyTorch file holds: all of it, or one entry of a checkpoint, beside an optimiser's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnnviz.interop.errors import ModelError, UndecidedError
from rnnviz.interop.names import printable
from rnnviz.interop.question import Choice, Question
from rnnviz.interop.torch.numpy_values import PickledArray
from rnnviz.interop.torch.storage import Storages
from rnnviz.interop.torch.values import StoredTensor
from rnnviz.interop.weights.tensor import Tensor

StateDict = dict[str, Tensor]

_DEPTH = 5
_ENTRIES = 64  # of a list, or of a dict that holds no tensor
_MOST_SHOWN = 8
_RECURRENT = ("weight_ih", "weight_hh")


def state_dict_of(value: object, storages: Storages, wanted: str | None) -> StateDict:
    """The named tensors in `value`.

    wanted : the place of the one that is meant, as "model_state_dict", where there are several
    Raises UndecidedError where several have recurrent weights, ModelError where there is none.
    """
    found = {place: _tensors(entries, storages) for place, entries in dicts_in(value)}
    found = {place: tensors for place, tensors in found.items() if _has_weights(tensors)}
    if wanted is not None:
        if wanted not in found:
            raise ModelError(f"there is no state dict '{wanted}'; there is {_listed(found)}")
        return found[wanted]
    recurrent = {place: tensors for place, tensors in found.items() if _is_recurrent(tensors)}
    likely = recurrent or found
    if not likely:
        raise ModelError(_nothing(value))
    if len(likely) > 1:
        raise UndecidedError((_question(likely),))
    return next(iter(likely.values()))


def dicts_in(value: object) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Every dict with the place where it stands, none twice, however often the file refers to it."""
    seen: set[int] = set()
    level: list[tuple[str, object]] = [("", value)]
    for _ in range(_DEPTH):
        below: list[tuple[str, object]] = []
        for place, entry in level:
            if not isinstance(entry, (dict, list, tuple)) or id(entry) in seen:
                continue
            seen.add(id(entry))
            if isinstance(entry, dict):
                yield place, entry
            if len(entry) <= _ENTRIES or not place:
                below += [(f"{place}.{key}".lstrip("."), inner) for key, inner in _entries(entry)]
        level = below


def _entries(value: Any) -> list[tuple[str, object]]:
    """What is in a container, by key; numbers as keys are those of an optimiser."""
    if isinstance(value, dict):
        return [(key[:200], inner) for key, inner in value.items() if isinstance(key, str)][: _ENTRIES**2]
    return [(str(index), inner) for index, inner in enumerate(value[:_ENTRIES])]


def _tensors(entries: Mapping[Any, Any], storages: Storages) -> StateDict:
    found: StateDict = {}
    for name, value in entries.items():
        if not isinstance(name, str):
            continue
        if isinstance(value, StoredTensor):
            found[name] = value.as_tensor(printable(name), storages)
        elif isinstance(value, PickledArray):
            found[name] = value.as_tensor()
    return found


def _has_weights(tensors: StateDict) -> bool:
    return any(tensor.is_weight and len(tensor.shape) >= 2 for tensor in tensors.values())


def _is_recurrent(tensors: StateDict) -> bool:
    return any(name.rpartition(".")[2].startswith(_RECURRENT) for name in tensors)


def _question(found: Mapping[str, StateDict]) -> Question:
    choices = tuple(
        Choice(place, f"{len(tensors):,} tensors, {sum(tensor.count for tensor in tensors.values()):,} numbers.")
        for place, tensors in list(found.items())[:_MOST_SHOWN]
    )
    return Question(
        "weights",
        "Which of the state dicts is it?",
        choices,
        f"The file holds {len(found)} of them.",
    )


def _nothing(value: object) -> str:
    if isinstance(value, (StoredTensor, PickledArray)):
        return "it holds one tensor, without a name; save model.state_dict()"
    if isinstance(value, dict) and value:
        names = [printable(str(key)) if isinstance(key, (str, int)) else "..." for key in value]
        shown = ", ".join(names[:_MOST_SHOWN]) + ", ..." * (len(names) > _MOST_SHOWN)
        return f"it holds no named weights, but {shown}; save model.state_dict()"
    return f"it holds {type(value).__name__}, no named weights; save model.state_dict()"


def _listed(found: Mapping[str, StateDict]) -> str:
    return ", ".join(printable(place) or "the whole file" for place in list(found)[:_MOST_SHOWN]) or "none"
