"""Scenarios into files: the same scenario is always the same bytes, and a failed save leaves the old file."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.form import tree_of
from rnnviz.scenario.layout import laid_out
from rnnviz.scenario.read import parse
from rnnviz.scenario.types import Scenario


def to_text(scenario: Scenario) -> str:
    """The text of the scenario's file; the very text that it was read from, if it still says the same."""
    text = laid_out(tree_of(scenario))
    if scenario.origin and scenario.origin != text and laid_out(tree_of(parse(scenario.origin))) == text:
        return scenario.origin
    return text


def save(scenario: Scenario, path: str | os.PathLike[str]) -> None:
    """Write the scenario to `path`. When this returns, it is on the disk.

    Raises ScenarioError; the old file is then as it was, except where the message says otherwise.
    """
    data = to_text(scenario).encode("utf-8")
    parse(data, str(path))  # what cannot be read again must not take the place of what can
    write_bytes(data, path)


def write_bytes(data: bytes, path: str | os.PathLike[str]) -> None:
    """Make `data` the content of a file, at once or not at all. When this returns, it is on the disk.

    Raises ScenarioError; the old file is then as it was, except where the message says otherwise.
    """
    target = Path(os.path.realpath(path))
    try:
        _replace(target, data)
    except OSError as error:
        message = f"not saved: {error.strerror or error}; what was there before is unchanged"
        raise ScenarioError(message, str(path)) from error
    try:
        _sync_folder(target.parent)
    except OSError as error:
        message = f"written, but the disk did not confirm it: {error.strerror or error}; save again"
        raise ScenarioError(message, str(path)) from error


def _replace(target: Path, data: bytes) -> None:
    """Put `data` in the place of `target` in one step, after it is safely on the disk beside it."""
    mode = _mode(target)
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    file = os.open(temporary, flags, 0o666 if mode is None else 0o600)
    try:
        try:
            if mode is not None:
                os.chmod(temporary, mode)
            _write_all(file, data)
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _mode(target: Path) -> int | None:
    """The permissions of the file that is there, None without one. Raises OSError where it must not be replaced."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "the path is not that of a file")
    if not os.access(target, os.W_OK):
        raise OSError(0, "the file is read-only")
    return stat.S_IMODE(status.st_mode)


def _write_all(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # there a folder cannot be opened
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
