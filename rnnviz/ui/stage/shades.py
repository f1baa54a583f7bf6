"""Colours between two colours, made once: a step mixes the same few of them dozens of times."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QColor

from rnnviz.ui import theme

_STEPS = 64  # more than the eye tells apart on a thin wire


def mix(ground: QColor, over: QColor, part: float) -> QColor:
    """`part` of one colour laid over another, in steps of 1/64."""
    return _mixed(ground.rgb(), over.rgb(), round(part * _STEPS))


@lru_cache(maxsize=4096)
def _mixed(ground: int, over: int, steps: int) -> QColor:
    return theme.mix(QColor(ground), QColor(over), steps / _STEPS)
