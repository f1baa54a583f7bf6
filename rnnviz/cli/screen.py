"""The screen: whether there is one, and the modules that need Qt."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from importlib import import_module
from types import ModuleType

from rnnviz.cli.outcome import CommandError


def ui(name: str) -> ModuleType:
    """A module that needs Qt; imported only now, so that the other commands start fast and do without it."""
    try:
        return import_module(name)
    except ImportError as error:
        if (error.name or "").startswith("rnnviz"):
            raise
        raise CommandError(f"Qt cannot be loaded ({error}); list, check, trace and explain do without it") from None


def no_screen() -> str:
    """Why a window cannot be opened, "" if it can. Qt itself would end the process without a word to the point."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if not sys.platform.startswith("linux") or chosen.split(":")[0] not in ("", "xcb", "wayland"):
        return ""
    if os.environ.get("WAYLAND_DISPLAY"):
        return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        return "there is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    return "" if _answers(display) else f"there is no screen (nothing answers at DISPLAY={display})"


def _answers(display: str) -> bool:
    """Whether an X server listens; one on another machine is believed."""
    host, _, number = display.rpartition(":")
    if host not in ("", "unix"):
        return True
    path = f"/tmp/.X11-unix/X{number.split('.')[0]}"
    for address in ("\0" + path, path):
        with socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(address)
            return True
    return False
