"""How long a gate keeps a value: the fraction kept and the half-life, in words."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication

from rnnviz.engine.gates import half_life
from rnnviz.ui import numbers


def after_words(fraction: float) -> tuple[str, str]:
    """What to say below the fraction kept, in two lines: ("half is left after", "15,268 steps")."""
    if math.isnan(fraction):
        return _tr("not a number:"), _tr("look where NaN begins")
    steps = half_life(fraction)
    if math.isinf(steps):
        return _tr("nothing is lost:"), _tr("kept for good")
    if steps == 0:
        return _tr("nothing is left"), _tr("after one step")
    if steps < 1:
        return _tr("more than half is gone"), _tr("after one step")
    count = _count(steps)
    return _tr("half is left after"), _tr("1 step") if count == "1" else _tr("{count} steps").format(count=count)


def _count(steps: float) -> str:
    if steps < 9.95:
        return numbers.text(round(steps, 1))
    return numbers.count(round(steps)) if steps < 1e7 else numbers.text(steps, 3)


def _tr(text: str) -> str:
    return QCoreApplication.translate("plots", text)
