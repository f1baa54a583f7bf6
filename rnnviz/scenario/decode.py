"""Plain JSON values -> typed records, with errors that name key path, value and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from rnnviz.scenario.errors import ScenarioError, shown
from rnnviz.scenario.json_text import joined
from rnnviz.scenario.types import (
    ClippingForm,
    DenseLayer,
    Encoded,
    Expected,
    Initialiser,
    Loss,
    OptimizerForm,
    PoolLayer,
    RecurrentLayer,
    ScheduleForm,
    SurfaceAxis,
    SurfaceView,
)

T = TypeVar("T")

_PATH = re.compile(r"^(?P<message>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)
_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list [...]",
    "object": "an object {...}",
    "null": "null",
}
_KIND = {int: "int", float: "float", str: "str", bool: "bool", list: "array", dict: "object", type(None): "null"}

# By the key under which it stands, where another record has a key of the same name.
_RECORDS: dict[str, type[msgspec.Struct]] = {
    "optimizer": OptimizerForm,
    "clipping": ClippingForm,
    "schedule": ScheduleForm,
    "x": SurfaceAxis,
    "y": SurfaceAxis,
}

_SIGNS = {
    " of length >= ": " with a length of at least ",
    " of length <= ": " with a length of at most ",
    " matching regex '^[A-Za-z][A-Za-z0-9_]*$'": ": a letter, then letters, digits and _",
    " >= ": " of at least ",
    " <= ": " of at most ",
    " > ": " above ",
    " < ": " below ",
}


def typed(value: Any, kind: type[T], where: str = "") -> T:
    """`value` as a record of type `kind`. Raises ScenarioError; `where` is the key path of `value` in its file."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _in_words(str(error), value, where) from None


def _in_words(complaint: str, value: Any, where: str) -> ScenarioError:
    """msgspec's complaint with the value that it is about, and in the words of a person."""
    match = _PATH.match(complaint)
    message, path = (match["message"], match["path"] or "") if match else (complaint, "")
    for name, index in _PART.findall(path):
        if name or index == "...":
            key = name or _culprit(message, value)
            value = value.get(key) if isinstance(value, dict) else None
            where = joined(where, key)
        else:
            value = value[int(index)]
            where = f"{where}[{index}]"
    if missing := re.search(r"missing required field `(\w+)`", message):
        return ScenarioError(f'the key "{missing[1]}" is missing', where=where)
    if unknown := re.match(r"Invalid value '(.*)'$", message):
        message = f"unknown kind {shown(unknown[1])}; there are embedding, masking, recurrent, dense"
        return ScenarioError(message, where=where)
    if message.startswith("Invalid enum value"):
        choices = ", ".join(f'"{choice}"' for choice in _choices(where))
        return ScenarioError(f"expected one of {choices}, found {shown(value)}", where=where)
    return ScenarioError(f"expected {_right(message)}, found {shown(value)}", where=where)


def _culprit(message: str, value: Any) -> str:
    """The key of an object's entry that is wrong; msgspec names only the object and the entry's type or value."""
    kind = re.search(r"got `(\w+)`", message)
    choice = re.match(r"Invalid enum value '(.*)'$", message, re.DOTALL)
    for key, item in value.items() if isinstance(value, dict) else ():
        if (kind and _KIND.get(type(item)) == kind[1]) or (choice and item == choice[1]):
            return str(key)
    return "..."


def _choices(where: str) -> tuple[str, ...]:
    """What may stand at a key path where the type is a list of words."""
    keys = [re.sub(r"\[.*", "", part) for part in where.split(".")]
    if "sizes" in keys:
        return ("units", "outputs")
    records: tuple[type[msgspec.Struct], ...]
    records = (Encoded, Expected, Initialiser, Loss, RecurrentLayer, DenseLayer, PoolLayer, SurfaceView)
    if len(keys) > 1 and keys[-2] in _RECORDS:
        records = (_RECORDS[keys[-2]],)
    fields = [field for record in records for field in msgspec.structs.fields(record) if field.name == keys[-1]]
    return next(get_args(field.type) for field in fields if get_origin(field.type) is Literal)


def _right(message: str) -> str:
    """What would be right, from "Expected `int` >= 1", "Expected `str | null`, got `int`" and the like."""
    wanted = message.removeprefix("Expected ").split(", got")[0]
    wanted = re.sub(r"`([^`]*)`", lambda m: " or ".join(_WORDS.get(kind, kind) for kind in m[1].split(" | ")), wanted)
    wanted = re.sub(r"(text.*) of length <= (\d+)", r"\1 of at most \2 characters", wanted)
    for sign, words in _SIGNS.items():
        wanted = wanted.replace(sign, words)
    return wanted


def unknown_keys(raw: object, known: object, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Key path of each object -> the keys of `raw` that `known`, the same tree made from the records, has not.

    An item of a list that has a name is found by its name, so that its keys stay with it when the list changes.
    """
    match raw, known:
        case dict(), dict():
            foreign = {key: value for key, value in raw.items() if key not in known}
            if foreign:
                yield where, foreign
            for key, value in raw.items():
                if isinstance(value, dict | list) and key in known:
                    yield from unknown_keys(value, known[key], joined(where, key))
        case list(), list() | tuple():
            for index, (item, known_item) in enumerate(zip(raw, known, strict=False)):
                if isinstance(item, dict):
                    yield from unknown_keys(item, known_item, item_path(where, index, item))


def item_path(where: str, index: int, item: dict[str, Any]) -> str:
    """The key path of an object in a list: by its name, if it has one."""
    return f"{where}[{item.get('name', index)}]"


def restore_keys(tree: object, extra: Mapping[str, Mapping[str, Any]], where: str = "") -> None:
    """Write unknown keys back into the objects that they were found in; those of vanished objects are dropped."""
    match tree:
        case dict():
            for key, value in tree.items():
                restore_keys(value, extra, joined(where, key))
            tree.update({key: value for key, value in extra.get(where, {}).items() if key not in tree})
        case list():
            for index, item in enumerate(tree):
                if isinstance(item, dict):
                    restore_keys(item, extra, item_path(where, index, item))
