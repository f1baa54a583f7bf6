"""JSON values as text that people can read and compare: one row of a matrix a line, short objects in one line."""

from __future__ import annotations

import json
from typing import Any

_WIDTH = 100


def laid_out(tree: dict[str, Any]) -> str:
    """The text of a file: the outermost object with a key a line, and a line break at the end."""
    return _broken(tree, 0) + "\n"


def _value(value: Any, indent: int) -> str:
    return _broken(value, indent) if _needs_lines(value) else _in_one_line(value)


def _broken(value: Any, indent: int) -> str:
    """An object with a key a line, or a list with an item a line."""
    line = "\n" + " " * (indent + 2)
    end = "\n" + " " * indent
    if isinstance(value, dict):
        items = (f"{line}{_text(key)}: {_value(item, indent + 2)}" for key, item in value.items())
        return "{" + ",".join(items) + end + "}"
    return "[" + ",".join(line + _item(item, indent + 2) for item in value) + end + "]"


def _item(item: Any, indent: int) -> str:
    """A part of a broken list; it may stay in one line even if it holds lists, as a step of the inputs does."""
    in_one_line = _in_one_line(item)
    is_plain = isinstance(item, list) or not _needs_lines(item)
    return in_one_line if is_plain and (len(in_one_line) <= _WIDTH or not _needs_lines(item)) else _broken(item, indent)


def _needs_lines(value: Any) -> bool:
    match value:
        case dict():
            has_parts = any(_holds_containers(item) or _is_long(item) for item in value.values())
            return has_parts or len(_in_one_line(value)) > _WIDTH
        case [dict() | list() as only]:
            return _needs_lines(only) or len(_in_one_line(value)) > _WIDTH
        case list() if _holds_containers(value):
            return True
        case [str(), *_]:
            return len(_in_one_line(value)) > _WIDTH
    return False


def _holds_containers(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(item, dict | list) for item in items)


def _is_long(value: Any) -> bool:
    """A text that fills a line by itself, known without writing it: it may have millions of letters."""
    return isinstance(value, str) and len(value) > _WIDTH


def _in_one_line(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_text(key)}: {_in_one_line(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_in_one_line, value)) + "]"
        case str():
            return _text(value)
    return json.dumps(value)


def _text(value: str) -> str:
    """A string in quotes; escaped to ASCII only where it cannot be UTF-8 (half of a surrogate pair)."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
