"""The vocabulary of a network that reads texts, from a file: JSON as programs write it, or a token a line.

["(padding)", "the", ...]        a token for each id
"\\n abc..."                      the same for characters
{"the": 1, "a": 2}               the id of each token; ids without one are shown as numbers
{"config": {"word_index": ...}}  what Keras' Tokenizer.to_json() writes
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rnnviz.interop.errors import ModelError
from rnnviz.interop.limits import TOKEN_LETTERS
from rnnviz.scenario import limits
from rnnviz.scenario.errors import ScenarioError, shown
from rnnviz.scenario.json_text import decode, parse_json
from rnnviz.scenario.tokens import PADDING


def read_vocabulary(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The token of each id, from 0 on. Raises ModelError, naming file and entry."""
    name = os.fspath(path)
    try:
        with Path(name).open("rb") as file:
            text = decode(file.read(limits.FILE_BYTES + 1)).removeprefix("\ufeff")
        tokens = _of_json(text) if text.lstrip()[:1] in ("[", "{", '"') else _of_lines(text)
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror or error}", name) from None
    except ScenarioError as error:
        raise ModelError(error.message, name, error.where) from None
    if len(tokens) < 2:
        raise ModelError("a vocabulary has at least two tokens; write one a line, or a JSON list", name)
    long = next((number for number, token in enumerate(tokens) if len(token) > TOKEN_LETTERS), None)
    if long is not None:
        said = f"a token of {len(tokens[long]):,} characters; at most {TOKEN_LETTERS} are read"
        raise ModelError(said, name, f"token {long}")
    return tokens


def _of_lines(text: str) -> tuple[str, ...]:
    """A token a line; one single line is read as characters."""
    lines = text.removesuffix("\n").split("\n")
    return tuple(lines[0] if len(lines) == 1 else (line.removesuffix("\r") for line in lines))


def _of_json(text: str) -> tuple[str, ...]:
    value = parse_json('{"vocabulary": ' + text + "}")["vocabulary"]
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        value = _of_keras(value["config"])
    match value:
        case str():
            return tuple(value)
        case list():
            wrong = next((index for index, token in enumerate(value) if not isinstance(token, str)), None)
            if wrong is not None:
                raise ModelError(
                    f"expected a token in quotation marks, found {shown(value[wrong])}", where=f"[{wrong}]"
                )
            return tuple(value)
        case dict():
            return _of_ids(value)
    raise ModelError(f"expected a list of tokens, or an object that gives each its id, found {shown(value)}")


def _of_keras(config: dict[str, Any]) -> dict[str, Any]:
    words = config.get("word_index")
    if not isinstance(words, str):
        raise ModelError('this is not what Tokenizer.to_json() writes: "word_index" is missing', where="config")
    return parse_json(words)


def _of_ids(ids: dict[str, Any]) -> tuple[str, ...]:
    tokens: dict[int, str] = {}
    for token, number in ids.items():
        if type(number) is not int or not 0 <= number < limits.VOCABULARY:
            most = limits.VOCABULARY - 1
            raise ModelError(f"expected an id from 0 to {most:,}, found {shown(number)}", where=shown(token))
        if number in tokens:
            raise ModelError(f"the id {number} is given to {shown(tokens[number])} too", where=shown(token))
        tokens[number] = token
    size = max(tokens, default=-1) + 1
    return tuple(tokens.get(number, PADDING if number == 0 else str(number)) for number in range(size))
