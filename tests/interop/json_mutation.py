"""Good JSON made bad where it matters: values of other kinds, keys that are missing, parts that are somewhere else."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 10**9, 2**63, -(2**63), 10**400, 0.5, -1.5, 1e300, "", "linear", "relu",
    "softmax", "LSTM", "Dense", "Sequential", "Functional", "Lambda", "concat", "../x", "\x00\x07", "é" * 300, [], {},
    [None], [[]], [0, 0, 0], ["lstm", 0, 0], {"class_name": "LSTM", "config": {}},
    {"class_name": "function", "config": "f"},
)  # fmt: skip


def json_mutants(good: dict[str, Any], seed: int, count: int) -> Iterator[str]:
    """`count` texts, each with one to three changes."""
    chance = random.Random(seed)
    text = json.dumps(good)
    for _ in range(count):
        value = json.loads(text)
        for _ in range(chance.choice((1, 1, 2, 3))):
            _change(chance, value)
        yield json.dumps(value)


def _change(chance: random.Random, root: Any) -> None:
    places = list(_places(root))
    if not places:
        return
    parent, key = chance.choice(places)
    other, other_key = chance.choice(places)
    match chance.randrange(8):
        case 0:
            del parent[key]
        case 1:
            parent[key] = copy.deepcopy(other[other_key])
        case 2 if isinstance(parent, list):
            parent.insert(key, copy.deepcopy(parent[key]))
        case 3 if isinstance(parent[key], int):
            parent[key] += chance.choice((-1, 1))
        case 4:
            parent[key] = [parent[key]]
        case 5 if isinstance(parent, dict) and isinstance(parent[key], dict):
            parent[chance.choice(("name", "config", "layer", "cell", "units", "class_name"))] = parent.pop(key)
        case _:
            parent[key] = copy.deepcopy(chance.choice(VALUES))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield value, key
            yield from _places(item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield value, index
            yield from _places(item)
