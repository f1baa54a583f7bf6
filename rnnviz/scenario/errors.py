"""What can go wrong with a scenario, said in one line: file, key path, what was found, what would be right."""

from __future__ import annotations

import json


class ScenarioError(ValueError):
    """A scenario that cannot be read, run or saved.

    path : the file, None for text that has none
    where : the key path in it, such as "network.layers[0].units"; "" for the file as a whole
    """

    def __init__(self, message: str, path: str | None = None, where: str = "") -> None:
        self.message = " ".join(message.split())
        self.path = path
        self.where = where
        super().__init__(": ".join(part for part in (path, where, self.message) if part))

    def within(self, path: str | None) -> ScenarioError:
        """The same error, said of the file `path`."""
        return ScenarioError(self.message, path, self.where)


def shown(value: object, limit: int = 40) -> str:
    """A value of a file as it may stand in a line of an error message: short, without line breaks."""
    match value:
        case dict():
            return f"an object with {_counted(len(value), 'key')}"
        case list():
            return f"a list of {_counted(len(value), 'item')}"
        case float() | int() if not isinstance(value, bool):
            text = repr(value) if abs(value) < 1e300 else "a huge number"
        case _:
            text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
