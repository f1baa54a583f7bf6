"""Bytes of a file -> plain JSON values, with everything refused that could hurt or be read in two ways."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from rnnviz.scenario import limits
from rnnviz.scenario.errors import ScenarioError, shown

# A string without an end reaches to the end of the text: then every character is looked at once only.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKET = re.compile(r"[^][{}]+")


def decode(data: bytes) -> str:
    """The text of a file. Raises ScenarioError when it is too large or not UTF-8."""
    if len(data) > limits.FILE_BYTES:
        raise ScenarioError(f"the file has {len(data):,} bytes; at most {limits.FILE_BYTES:,} are read")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"this is not a text in UTF-8 (byte {error.start:,} is {data[error.start]:#04x})") from None


def parse_json(text: str) -> dict[str, Any]:
    """The JSON object in `text`.

    Raises ScenarioError for what is no JSON object, nested too deeply, too long, holds a key twice or a number that is
    not finite.
    """
    _check_extent(text)
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_constant=float,
        )
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg[0].lower()}{error.msg[1:]}"
        raise ScenarioError(message, where=f"line {error.lineno}, column {error.colno}") from None
    except ValueError:  # Python's own limit on the digits of a whole number
        raise ScenarioError("a whole number in this file has thousands of digits") from None
    except RecursionError:
        raise ScenarioError(f"nested more than {limits.DEPTH} deep") from None
    if not isinstance(value, dict):
        raise ScenarioError(f"a scenario is a JSON object {{...}}, this is {shown(value)}")
    for fault in _faults(value, ""):
        raise fault
    return value


def _check_extent(text: str) -> None:
    """Refuse deep nesting before a parser recurses into it, and masses of values before they exist."""
    if text.count(",") > limits.TEXT_NUMBERS:
        raise ScenarioError(f"more than {limits.TEXT_NUMBERS:,} values; store long arrays as base64")
    depth = 0
    outside = _STRING.sub("", text) if "\\" in text else "".join(text.split('"')[::2])
    for bracket in _NO_BRACKET.sub("", outside):
        depth += 1 if bracket in "[{" else -1
        if depth > limits.DEPTH:
            raise ScenarioError(f"nested more than {limits.DEPTH} deep: this is no scenario")


class _Doubled(dict[str, Any]):
    """An object in which a key stands twice; marked, so that the walk can say where."""

    key = ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled = _Doubled(found)
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            doubled.key = key
            break
        seen.add(key)
    return doubled


def _faults(value: object, where: str) -> Iterator[ScenarioError]:
    """Doubled keys and numbers that are not finite, each with its key path."""
    match value:
        case dict():
            if isinstance(value, _Doubled):
                yield ScenarioError(f"the key {shown(value.key)} stands twice in this object", where=where)
            for key, item in value.items():
                yield from _faults(item, joined(where, key))
        case list():
            if not _all_finite(value):
                for index, item in enumerate(value):
                    yield from _faults(item, f"{where}[{index}]")
        case float() if not math.isfinite(value):
            yield ScenarioError("every number must be finite; NaN and infinities cannot be kept here", where=where)


def _all_finite(values: list[Any]) -> bool:
    """Whether lists in lists hold nothing but finite numbers; quick, since most lists of a scenario do."""
    while set(map(type, values)) == {list}:
        values = list(chain.from_iterable(values))
    try:
        return math.isfinite(sum(values))
    except (TypeError, OverflowError):
        return False


def joined(where: str, key: str) -> str:
    """The key path of a key inside the object at `where`."""
    key = key if len(key) <= 60 else key[:57] + "..."
    key = key if key.isprintable() else shown(key)
    return f"{where}.{key}" if where else key
