"""Output: what the network says at each step, and the targets it should have said; classes as probabilities."""

from collections.abc import Sequence

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect
from PySide6.QtWidgets import QWidget

from rnnviz.engine.network import Dense
from rnnviz.session import Session, Snapshot
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots import FEW, HeatMap, Range, reading, sentences, signed_range
from rnnviz.ui.plots.log_tool import LogTool
from rnnviz.ui.plots.over_time import OverTime
from rnnviz.ui.plots.quantity_lines import unit_lines
from rnnviz.ui.plots.track import Track


class OutputPanel(Panel):
    name = "output"
    title = QT_TRANSLATE_NOOP("panel", "Output")
    subtitle = QT_TRANSLATE_NOOP("panel", "y over time")
    order = 60

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.over_time = OverTime(self)
        self.log = LogTool(self)

    def draw(self, snapshot: Snapshot) -> None:
        unit = _selected_unit(snapshot)
        quantity, size = snapshot.trace.output_name, snapshot.trace.output.shape[2]
        choice = (quantity, unit if size <= FEW else None, self.log.choice)
        self.over_time.show_snapshot(snapshot, choice, unit, lambda: self._tracks(snapshot, unit))
        self.set_subtitle(self._subtitle(snapshot))

    def _subtitle(self, snapshot: Snapshot) -> str:
        layer = snapshot.scenario.network.layers[-1]
        at_last = isinstance(layer, Dense) and layer.at == "last step"
        if _activation(snapshot) == "softmax":
            said = self.tr("class probabilities")
        elif _activation(snapshot) == "sigmoid":
            said = self.tr("y over time, 0 to 1")
        else:
            said = self.translated(self.subtitle)
        said = self.tr("{what}, log axis").format(what=said) if self.log.isChecked() else said
        return self.tr("{what}; last step counts").format(what=said) if at_last else said

    def _tracks(self, snapshot: Snapshot, unit: int) -> Sequence[Track]:
        quantity, names = snapshot.trace.output_name, snapshot.scenario.output_names
        values = reading.series(snapshot, quantity)
        if _activation(snapshot) == "softmax":
            self.log.offer([])
            return [HeatMap(values, quantity, Range(0, 1), names=names)]
        if values.shape[1] > FEW:
            self.log.offer([])
            return [HeatMap(values, quantity, signed_range(*self.shared([values])), names=names)]
        style, is_fraction = self.over_time.plot.style_now(), _activation(snapshot) == "sigmoid"
        return [
            unit_lines(
                snapshot, quantity, self.log, style, strong=unit, names=names, is_output=True, is_fraction=is_fraction
            )
        ]

    def describe(self, snapshot: Snapshot) -> str:
        quantity = snapshot.trace.output_name
        return sentences.of_units(self.tr("Output"), quantity, _selected_unit(snapshot), snapshot)

    def restyle(self) -> None:
        self.over_time.restyle()

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return self.over_time.address_at(point)

    def rect_of(self, address: AnyAddress) -> QRect | None:
        return self.over_time.rect_of(address)

    def cells(self) -> Grid:
        return self.over_time.cells()

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        return self.over_time.table(snapshot)


def _activation(snapshot: Snapshot) -> str:
    layer = snapshot.scenario.network.layers[-1]
    return layer.activation if isinstance(layer, Dense) else ""


def _selected_unit(snapshot: Snapshot) -> int:
    """The output that is selected; else the one that is greatest at the end of the sequence."""
    place, trace = snapshot.selection, snapshot.trace
    if getattr(place, "quantity", "") in (trace.output_name, "target") and place.unit < trace.output.shape[2]:
        return int(place.unit)
    sequence = snapshot.cursor.sequence
    steps = trace.lengths[sequence] if trace.lengths else trace.steps
    return int(trace.output[steps - 1, sequence].argmax()) if steps else 0
