"""The words or characters of a network, where a checkpoint has them beside its weights, under whatever key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rnnviz.interop import limits


def tokens_among(dicts: Iterable[Mapping[Any, Any]], count: int) -> tuple[str, ...]:
    """The word of each of `count` ids: from a list of them, a text of all characters, or a dict either way round.

    Empty where there is none, or where there are several that differ. Each value is looked at once, however many keys
    share it.
    """
    values = {id(value): value for entries in dicts for value in (entries, *entries.values())}
    found = {tokens for value in values.values() if (tokens := _tokens(value, count))}
    return found.pop() if len(found) == 1 else ()


def _tokens(value: object, count: int) -> tuple[str, ...]:
    if isinstance(value, (list, tuple, str, dict)) and len(value) == count:
        tokens = _by_id(value, count) if isinstance(value, dict) else tuple(value)
        if all(isinstance(token, str) and 0 < len(token) <= limits.TOKEN_LETTERS for token in tokens):
            return tokens if len(set(tokens)) == count else ()
    return ()


def _by_id(value: Mapping[Any, Any], count: int) -> tuple[Any, ...]:
    """The words of {word: id} or {id: word} in the order of the ids."""
    pairs = [(key, word) if type(key) is int else (word, key) for key, word in value.items()]
    if not all(type(number) is int for number, _ in pairs) or {number for number, _ in pairs} != set(range(count)):
        return ()
    return tuple(word for _, word in sorted(pairs))
