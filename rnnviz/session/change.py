"""What differs between two snapshots, so that only what needs it is drawn again."""

from __future__ import annotations

from enum import Flag, auto


class Change(Flag):
    """One or more of these come with every snapshot that the listener gets."""

    SCENARIO = auto()
    TRACE = auto()
    CURSOR = auto()
    TRAINING = auto()
    SURFACE = auto()
    SELECTION = auto()
    DESCENT = auto()
