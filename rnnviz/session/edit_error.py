"""The one error of a session: an edit, or a place to go to, that cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rnnviz.scenario.errors import ScenarioError


class EditError(ValueError):
    """Says what is wrong and where. The session is as it was before.

    message : what is wrong and what would be right, one line
    where : the field that it belongs to, such as "x[1] at step 4", or "" where there is none
    """

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where


@contextmanager
def refusing() -> Iterator[None]:
    """What turns out to be wrong with a scenario in here is why the edit cannot be had."""
    try:
        yield
    except ScenarioError as error:
        raise EditError(error.message, error.where) from error
