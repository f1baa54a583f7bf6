"""The losses of all descents over their steps: where a path meets the cliff, its loss jumps.

Step k stands at step k + 1 of the plot's axis, as the steps of descents count from 0.
"""

import numpy as np
from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtWidgets import QWidget

from rnnviz.session import DescentRun
from rnnviz.ui import numbers, theme
from rnnviz.ui.descent_look import LOOKS, name_of
from rnnviz.ui.iterate_plot import IteratePlot
from rnnviz.ui.plots import Line, Lines, Now, scale

LOG_FROM = 20  # greatest over least loss, from which the axis is logarithmic


class DescentCurve(IteratePlot):
    """A click or a drag anywhere asks for the step there."""

    step_sought = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: object = None  # the paths that are drawn
        self.setAccessibleName(self.tr("Losses of the descents"))
        self.sought.connect(self._ask)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, theme.px(96))

    def show_run(self, run: DescentRun) -> None:
        if run.paths is not self._shown:
            self._shown = run.paths
            self.axis.set_steps(run.number + 1)
            self.show_tracks(self._tracks(run))
        self.show_now(Now(run.shown + 1))
        said = [
            f"{name_of(path.clipping)} {numbers.text(float(path.losses[path.at(run.shown)]))}" for path in run.paths
        ]
        self.setAccessibleDescription(self.tr("step {0}: {1}").format(run.shown, ", ".join(said)))

    def _tracks(self, run: DescentRun) -> list[Lines]:
        lines = []
        for path in run.paths:
            look = LOOKS[path.clipping.kind]
            losses = np.full(run.number + 1, np.nan)  # a descent may have ended before the others
            losses[: len(path.losses)] = path.losses
            lines.append(Line(name_of(path.clipping), losses, look.ink, "loss", dash=look.dash, marker=look.marker))
        values = [line.values for line in lines]
        low, high = scale.finite_range(values)
        least = scale.least_positive(values)
        is_log = high / least >= LOG_FROM
        return [Lines(lines, scale.logarithmic(least, high) if is_log else scale.linear(min(low, 0.0), high))]

    # --- what differs from a plot over time -------------------------------------------------------------------------

    def _step_word(self) -> str:
        return QCoreApplication.translate("plots", "step")

    def restyle(self) -> None:
        self._shown = None
        super().restyle()

    def _ask(self, step: int) -> None:
        self.step_sought.emit(step - 1)
