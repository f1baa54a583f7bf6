"""Loss: what each step of the shown sequence loses and their sum, and how the loss went down in training."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect
from PySide6.QtWidgets import QWidget

from rnnviz.engine.trace import Address
from rnnviz.session import Session, Snapshot
from rnnviz.ui import numbers
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots.log_tool import LogTool
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.plots.track import Track
from rnnviz.ui.training_bars import LossBars
from rnnviz.ui.training_step_losses import StepLosses, has_losses, kind_in_words, step_losses


class LossPanel(Panel):
    name = "loss"
    title = QT_TRANSLATE_NOOP("panel", "Loss")
    subtitle = QT_TRANSLATE_NOOP("panel", "of each step, and their sum")
    order = 65

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.over_time = OverTime(self)
        self.log = LogTool(self)
        self.losses = StepLosses(np.zeros(0), np.zeros(0, bool))

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return has_losses(snapshot)

    def draw(self, snapshot: Snapshot) -> None:
        self.losses = step_losses(snapshot)
        choice = (id(snapshot.scenario.loss), id(snapshot.scenario.targets), self.log.choice)
        self.over_time.show_snapshot(snapshot, choice, 0, lambda: self._tracks(snapshot))
        self.set_subtitle(self._subtitle(snapshot))

    def _subtitle(self, snapshot: Snapshot) -> str:
        count, total = int(self.losses.counts.sum()), numbers.text(self.losses.total)
        kind = kind_in_words(snapshot)
        if count == 1:
            return self.tr("{total} at the last step; {kind}").format(total=total, kind=kind)
        text = self.tr("sum over {count} steps {total}; {kind}")
        return text.format(total=total, kind=kind, count=numbers.count(count))

    def _tracks(self, snapshot: Snapshot) -> Sequence[Track]:
        shown = self.losses.values[self.losses.counts]
        scale = self.log.scale([np.append(shown, 0.0)] if not self.log.choice else [shown])
        colour = self.over_time.plot.style_now().theme.negative
        return [LossBars(self.losses, scale, colour, snapshot.trace.output_name, 0)]

    def describe(self, snapshot: Snapshot) -> str:
        said = self.tr("Loss, {0}.").format(self._subtitle(snapshot))
        here = self._said_at(snapshot.cursor.step)
        return f"{said} {here}." if here else said

    def words_of(self, address: AnyAddress) -> str:
        said = super().words_of(address)
        here = self._said_at(address.step) if isinstance(address, Address) else ""
        return f"{here}\n{said}" if here else said

    def _said_at(self, step: int) -> str:
        """ "loss of step 3: 0.125" """
        if not 1 <= step <= len(self.losses.values) or not self.losses.counts[step - 1]:
            return ""
        return self.tr("loss of step {0}: {1}").format(numbers.count(step), numbers.text(self.losses.values[step - 1]))

    def restyle(self) -> None:
        self.over_time.restyle()

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.over_time.address_at(point)

    def rect_of(self, address: AnyAddress) -> QRect | None:
        return self.over_time.rect_of(address)

    def cells(self) -> Grid:
        return self.over_time.cells()

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each step that counts."""
        rows = [[step + 1, float(self.losses.values[step])] for step in np.flatnonzero(self.losses.counts).tolist()]
        return [["step", "loss"], *rows]
