"""All units of one quantity as lines, where they are few, with their targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from rnnviz.session import Snapshot
from rnnviz.ui.plots import reading
from rnnviz.ui.plots.lines import Line, Lines
from rnnviz.ui.plots.log_tool import LogTool
from rnnviz.ui.plots.scale import UNIT
from rnnviz.ui.plots.style import Style

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def unit_lines(
    snapshot: Snapshot,
    quantity: str,
    log: LogTool,
    style: Style,
    *,
    strong: int,
    names: Sequence[str] = (),
    initial: NDArray[np.float64] | None = None,
    is_output: bool = False,
    is_fraction: bool = False,
) -> Lines:
    """`strong` is the opened unit; `is_output` adds the targets; `is_fraction`: the values are in 0..1 by nature."""
    letter = "y" if is_output else quantity.rpartition(".")[2]
    values = reading.series(snapshot, quantity)
    ghost = reading.ghost_series(snapshot, quantity, values.shape[1])
    lines = []
    for unit in range(values.shape[1]):
        lines.append(
            Line(
                unit_name(letter, unit, values.shape[1], names),
                values[:, unit],
                style.series_colour(unit),
                quantity,
                unit,
                dash=unit,
                marker=unit,
                initial=None if initial is None else float(initial[unit]),
                ghost=None if ghost is None else ghost[:, unit],
                strong=values.shape[1] > 1 and unit == strong,
            )
        )
    if is_output:
        lines += _targets(snapshot, lines, style)
    arrays = [array for line in lines for array in (line.values, line.ghost) if array is not None]
    return Lines(lines, UNIT if is_fraction else log.scale(arrays))


def _targets(snapshot: Snapshot, outputs: list[Line], style: Style) -> list[Line]:
    """Hollow markers at the steps that count."""
    targets = snapshot.scenario.targets
    if targets is None or targets.shape[2] != len(outputs):
        return []
    values = np.array(reading.series(snapshot, "target"), float)
    padding = reading.masked(snapshot)
    if padding is not None:
        values[padding] = np.nan
    loss = snapshot.scenario.loss
    if loss is not None and loss.at == "last step":
        values[: _last_step(snapshot) - 1] = np.nan
    word = QCoreApplication.translate("plots", "target")
    return [
        Line(
            word if unit == 0 else "",
            values[:, unit],
            style.theme.muted,
            "target",
            unit,
            marker=line.marker,
            hollow=True,
        )
        for unit, line in enumerate(outputs)
    ]


def _last_step(snapshot: Snapshot) -> int:
    lengths = snapshot.trace.lengths
    return int(lengths[snapshot.cursor.sequence] if lengths else snapshot.trace.steps)


def unit_name(letter: str, unit: int, size: int, names: Sequence[str] = ()) -> str:
    """ "h₂", or the name that the unit has; where there is only one, its letter."""
    if unit < len(names):
        return names[unit]
    return letter if size == 1 else letter + str(unit).translate(SUBSCRIPTS)
