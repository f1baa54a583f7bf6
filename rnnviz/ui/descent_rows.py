"""The table of descents: a row for each way of clipping, to be switched on, with its limit and where it stands."""

import math
from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from rnnviz.engine.clipping import Clipping, Kind
from rnnviz.engine.network import Params
from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.types import Scenario
from rnnviz.session import DescentPath, DescentRun
from rnnviz.session.edit_error import EditError
from rnnviz.ui import numbers, surface_words, theme
from rnnviz.ui.descent_look import LOOKS, WayLook, name_of
from rnnviz.ui.plots.style import DASHES, draw_marker
from rnnviz.ui.setting_field import SettingField
from rnnviz.ui.typed_numbers import parse_number

WIDE = 330  # pixels, from which there is room for the weights too
SHARES = (45, 67, 50, 50, 50)  # of the width: loss, gradient, next step, x, y
ARROW = "\N{THIN SPACE}\N{RIGHTWARDS ARROW}\N{THIN SPACE}"


class Glyph(QWidget):
    """A piece of the path with its mark, as it is on the surface."""

    def __init__(self, look: WayLook, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(26), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, self.height() / 2)
        pen = QPen(self._look.ink, 2)
        if DASHES[self._look.dash]:
            pen.setDashPattern(list(DASHES[self._look.dash]))
        painter.setPen(pen)
        painter.drawLine(QPointF(1, middle.y()), QPointF(self.width() - 1, middle.y()))
        painter.setPen(QPen(theme.current().panel, 1.5))
        painter.setBrush(self._look.ink)
        draw_marker(painter, self._look.marker, middle, theme.px(5))


class Row(QWidget):
    """One way: a line to set it, and a line of figures."""

    def __init__(self, way: Clipping, parent: QWidget) -> None:
        super().__init__(parent)
        self.way = way
        self.switch = QCheckBox(self)
        self.switch.setChecked(True)
        self.switch.setAccessibleName(name_of(way))
        self.switch.setToolTip(self.tr("Let this descent run with the others"))
        self.glyph = Glyph(LOOKS[way.kind], self)
        self.name = QLabel(name_of(way), self)
        self.field = SettingField(self._take, self)
        self.field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.field.setAccessibleName(self.tr("Limit of {0}").format(name_of(way)))
        self.field.setToolTip(self.tr("What is larger is clipped to this"))
        self.field.setVisible(way.kind != "none")
        self.field.show_value(numbers.text(way.limit))
        self.figures = Figures(self)
        line = QHBoxLayout()
        line.setSpacing(theme.px(6))
        line.addWidget(self.switch)
        line.addWidget(self.glyph)
        line.addWidget(self.name, 1)
        line.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.figures)

    changed = Signal()

    def _take(self, text: str) -> None:
        """Raises EditError or TypedNumberError for a limit that there cannot be."""
        limit = parse_number(text)
        if not (limit > 0 and math.isfinite(limit)):
            raise EditError(self.tr("expected a number above 0"))
        if limit != self.way.limit:
            self.show_limit(limit)
            self.changed.emit()

    def show_limit(self, limit: float) -> None:
        self.way = Clipping(self.way.kind, limit)
        self.field.show_value(numbers.text(limit))

    def restyle(self) -> None:
        self.name.setFont(theme.sans(12))
        self.field.setFont(theme.mono(theme.SMALL))
        self.field.setFixedSize(theme.px(52), theme.px(22))
        self.glyph.updateGeometry()
        self.figures.restyle()


class DescentRows(QWidget):
    """`ways` are those that are switched on. Figures are those at the step that is played, and of the step after it."""

    refused = Signal(str)  # why a limit cannot be had; "" when all is well
    changed = Signal()  # other ways, or another limit

    def __init__(self, ways: Sequence[Clipping], parent: QWidget) -> None:
        super().__init__(parent)
        self.heads = Figures(self)
        self.heads.setToolTip(
            self.tr(
                "At the step that is shown: the loss, the length of the gradient and what clipping made of it, and "
            )
            + self.tr("how long the step is that follows")
        )
        self.rows = [Row(way, self) for way in ways]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(5))
        column.addWidget(self.heads)
        for row in self.rows:
            column.addWidget(row)
            row.changed.connect(self.changed)
            row.switch.toggled.connect(self._switched)
            row.field.refused.connect(self.refused)
        self.restyle()

    @property
    def ways(self) -> list[Clipping]:
        return [row.way for row in self.rows if row.switch.isChecked()]

    def show_limit(self, kind: Kind, limit: float) -> None:
        """The training of the scenario has another limit now."""
        for row in self.rows:
            if row.way.kind == kind and kind != "none":
                row.show_limit(limit)

    def show_run(self, run: DescentRun | None, places: Sequence[Sequence[float]], signs: Sequence[str]) -> None:
        """places : of the step that is shown, on the axes of the surface, for each descent"""
        self.heads.setVisible(run is not None)
        self.heads.show_texts([self.tr("loss"), self.tr("gradient"), self.tr("next step"), *signs])
        paths = {path.clipping.kind: index for index, path in enumerate(run.paths)} if run is not None else {}
        for row in self.rows:
            index = paths.get(row.way.kind)
            has_figures = run is not None and run.has_steps and index is not None
            texts = []
            if run is not None and index is not None and has_figures:
                texts = figures_at(run.paths[index], run.shown)
                texts += [numbers.text(value, 5) for value in places[index]] if index < len(places) else ["", ""]
            row.figures.show_texts(texts)
            row.figures.setVisible(has_figures)

    def restyle(self) -> None:
        self.heads.restyle(muted=True)
        for row in self.rows:
            row.restyle()

    def _switched(self) -> None:
        """One of them stays on."""
        if not self.ways:
            self.sender().setChecked(True)
        else:
            self.changed.emit()


class Figures(QWidget):
    """Loss, gradient, next step; and where there is room, the values on both axes. One below the other they align."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.labels = [QLabel(self) for _ in SHARES]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(2))
        for label, share in zip(self.labels, SHARES, strict=True):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(label, share)

    def show_texts(self, texts: Sequence[str]) -> None:
        for label, text in zip_longest(self.labels, texts[: len(self.labels)], fillvalue=""):
            label.setText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for label in self.labels[3:]:
            label.setVisible(self.width() >= theme.px(WIDE))

    def restyle(self, muted: bool = False) -> None:
        look = theme.current()
        for label in self.labels:
            label.setFont(theme.sans(theme.SMALL))
            label.setStyleSheet(f"color: {(look.muted if muted else look.ink).name()};")


def figures_at(path: DescentPath, step: int) -> list[str]:
    """Loss, gradient ("3320 → 1" where it is clipped), and how long the step is that follows."""
    at = path.at(step)
    before, after = float(path.norms_before[at]), float(path.norms_after[at])
    gradient = "" if math.isnan(before) else _short(before)
    if path.clipped[at]:
        gradient += f"{ARROW}{_short(after)}"
    following = _short(float(path.steps[at + 1])) if at + 1 < len(path.steps) else "–"
    return [_short(float(path.losses[at])), gradient, following]


def _short(length: float) -> str:
    """Three digits: the panel is narrow, and a gradient is clipped to 0.0399999 where the limit is 0.04."""
    return numbers.text(float(f"{length:.3g}"), 3)


def on_axes(run: DescentRun | None, scenario: Scenario) -> tuple[list[list[float]], tuple[str, ...]]:
    """The weights that are the axes of the surface: of each descent at the step that is shown, and what they are."""
    signs, _ = weights_on_axes(scenario, scenario.params)
    if run is None or not run.has_steps:
        return [], signs
    return [weights_on_axes(scenario, path.weights[path.at(run.shown)])[1] for path in run.paths], signs


def weights_on_axes(scenario: Scenario, params: Params) -> tuple[tuple[str, ...], list[float]]:
    """Nothing where an axis is a direction."""
    view = scenario.surface
    if view is None or view.x.kind != "parameter" or view.y.kind != "parameter":
        return (), []
    addresses = [ParameterAddress(form.parameter, form.row, form.column) for form in (view.x, view.y)]
    values = [params[each.parameter].reshape(len(params[each.parameter]), -1) for each in addresses]
    return (
        tuple(surface_words.short(address, scenario) for address in addresses),
        [float(table[address.row, address.column]) for table, address in zip(values, addresses, strict=True)],
    )
