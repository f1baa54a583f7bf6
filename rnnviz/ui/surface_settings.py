"""The card with which the axes, the range and the colours of a loss surface are chosen; each change is an edit."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.types import Scenario, SurfaceAxis
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_surface import Side, around, is_weight, with_axis, with_kind, with_view
from rnnviz.ui import numbers, theme
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.number_field import Complaint
from rnnviz.ui.popover import Popover
from rnnviz.ui.setting_field import SettingField
from rnnviz.ui.surface_planes import path_of
from rnnviz.ui.typed_numbers import parse_number

if TYPE_CHECKING:
    from rnnviz.ui.panels.loss_surface import LossSurfacePanel

MOST_POINTS = 2001
SIDES: tuple[Side, Side] = ("x", "y")
KINDS = {
    "parameter": QT_TRANSLATE_NOOP("surface", "weight"),
    "random": QT_TRANSLATE_NOOP("surface", "random direction"),
    "path": QT_TRANSLATE_NOOP("surface", "training path"),
    "gradient": QT_TRANSLATE_NOOP("surface", "gradient"),
}
SCALES = {"linear": QT_TRANSLATE_NOOP("surface", "linear"), "log": QT_TRANSLATE_NOOP("surface", "logarithmic")}
_WEIGHT = re.compile(r"\s*([\w.]+)\s*(?:\[\s*(\d+)\s*(?:,\s*(\d+)\s*)?\])?\s*")


def show_settings(panel: LossSurfacePanel) -> None:
    """The card, above the window that the panel is in."""
    window: QWidget = panel.window()
    above = panel.parentWidget()
    while above is not None:
        window = above if above.objectName() == "main-window" else window
        above = above.parentWidget()
    card = Popover(QCoreApplication.translate("surface", "Loss surface: axes, range, colours"), window, width=560)
    form = SurfaceForm(panel, card)
    card.add(form)
    card.open()
    form.kinds["x"].setFocus()


class SurfaceForm(QWidget):
    """`which` is the weight of an axis, such as lstm.U_f[0, 2], or the seed of a random direction."""

    def __init__(self, panel: LossSurfacePanel, card: Popover) -> None:
        super().__init__(card)
        self._panel = panel
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(8))
        grid.setVerticalSpacing(theme.px(6))
        for column, stretch in enumerate((0, 3, 4, 2, 2)):
            grid.setColumnStretch(column, stretch)
        for column, text in enumerate((self.tr("axis"), "", self.tr("weight or seed"), self.tr("from"), self.tr("to"))):
            grid.addWidget(self._muted(text), 0, column)
        self.kinds: dict[Side, QComboBox] = {}
        self.fields: dict[tuple[Side, str], SettingField] = {}
        for row, side in enumerate(SIDES, 1):
            grid.addWidget(QLabel(side, self), row, 0)
            self.kinds[side] = self._choice(
                KINDS, partial(self._choose_kind, side), self.tr("Kind of the axis {axis}").format(axis=side)
            )
            grid.addWidget(self.kinds[side], row, 1)
            for column, (name, said) in enumerate(self._columns(), 2):
                field = self._field(partial(self._take, side, name), said.format(axis=side))
                self.fields[side, name] = field
                grid.addWidget(field, row, column)
        self.resolution = self._field(self._take_resolution, self.tr("Points along each axis"))
        self.scale = self._choice(SCALES, self._choose_scale, self.tr("Colours"))
        self.cap = self._field(self._take_cap, self.tr("Display cap; nothing shows all losses"))
        grid.addLayout(self._below(), 3, 0, 1, 5)
        self.complaint = Complaint(self)
        grid.addWidget(self.complaint, 4, 0, 1, 5)
        grid.addLayout(self._foot(card), 5, 0, 1, 5)
        self.show_scenario()

    def _columns(self) -> tuple[tuple[str, str], ...]:
        return (
            ("which", self.tr("Weight or seed of the axis {axis}")),
            ("low", self.tr("Beginning of the axis {axis}")),
            ("high", self.tr("End of the axis {axis}")),
        )

    def _below(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.px(8))
        for text, widget in (
            (self.tr("points"), self.resolution),
            (self.tr("colours"), self.scale),
            (self.tr("cap"), self.cap),
        ):
            row.addWidget(self._muted(text))
            row.addWidget(widget, 1)
        return row

    def _foot(self, card: Popover) -> QHBoxLayout:
        row = QHBoxLayout()
        hint = WrappedLabel(self.tr("Or press X or Y on any weight, or use its context menu."), self)
        hint.setProperty("role", "muted")
        hint.setFont(theme.sans(theme.SMALL))
        self.take_shown = QPushButton(self.tr("Keep the range that is shown"), self)
        self.take_shown.clicked.connect(self._keep_shown)
        done = QPushButton(self.tr("Done"), self)
        done.clicked.connect(card.close)
        row.addWidget(hint, 1)
        row.addWidget(self.take_shown)
        row.addWidget(done)
        return row

    def show_scenario(self) -> None:
        view = self._scenario.surface
        if view is None:
            return
        for side in SIDES:
            form: SurfaceAxis = getattr(view, side)
            self.kinds[side].setCurrentIndex(self.kinds[side].findData(form.kind))
            which = self.fields[side, "which"]
            which.setEnabled(form.kind in ("parameter", "random"))
            which.show_value(_which(form))
            self.fields[side, "low"].show_value(numbers.full(form.low))
            self.fields[side, "high"].show_value(numbers.full(form.high))
        self.resolution.show_value(str(view.resolution))
        self.scale.setCurrentIndex(self.scale.findData(view.scale))
        self.cap.show_value("" if view.cap is None else numbers.full(view.cap))
        self.take_shown.setVisible(not self._panel.zooming.is_whole)

    # --- what is chosen or typed ------------------------------------------------------------------------------------

    @property
    def _scenario(self) -> Scenario:
        snapshot = self._panel.session.snapshot
        assert snapshot is not None, "the card is opened over a scenario"
        return snapshot.scenario

    def _choose_kind(self, side: Side, kind: Any) -> None:
        snapshot = self._panel.session.snapshot
        assert snapshot is not None, "the card is opened over a scenario"
        selected = snapshot.selection if isinstance(snapshot.selection, ParameterAddress) else None
        scenario = with_kind(snapshot.scenario, snapshot.trace, side, kind, selected, path_of(snapshot))
        self._edit(self.tr("Choose the axes of the loss surface"), scenario)

    def _choose_scale(self, scale: str) -> None:
        self._edit(self.tr("Choose the colours of the loss surface"), with_view(self._scenario, scale=scale))

    def _take(self, side: Side, name: str, text: str) -> None:
        scenario, form = self._scenario, getattr(self._scenario.surface, side)
        if name != "which":
            changes: dict[str, Any] = {name: parse_number(text)}
        elif form.kind == "random":
            changes = {"seed": _whole(text, 0, self.tr("A seed"))}
        else:
            address = _weight(text, scenario)
            if is_weight(form, address):
                return
            new = around(scenario, address)
            changes = {key: getattr(new, key) for key in ("parameter", "row", "column", "low", "high")}
            if is_weight(getattr(scenario.surface, "y" if side == "x" else "x"), address):
                raise EditError(self.tr("{weight} is the other axis; choose another weight").format(weight=address))
        self._edit(self.tr("Choose the axes of the loss surface"), with_axis(scenario, side, **changes))

    def _take_resolution(self, text: str) -> None:
        count = _whole(text, 2, self.tr("The number of points"))
        if count > MOST_POINTS:
            raise EditError(self.tr("At most {most} points along an axis").format(most=MOST_POINTS))
        self._edit(self.tr("Choose the points of the loss surface"), with_view(self._scenario, resolution=count))

    def _take_cap(self, text: str) -> None:
        cap = parse_number(text) if text.strip() else None
        if cap is not None and cap <= 0:
            raise EditError(self.tr("The display cap is a loss above 0, or nothing"))
        self._edit(self.tr("Choose the cap of the loss surface"), with_view(self._scenario, cap=cap))

    def _keep_shown(self) -> None:
        zoom, view = self._panel.zooming.zoom, self._scenario.surface
        if zoom is None or view is None:
            return
        ends = {side: dict(zip(("low", "high"), getattr(zoom.shown, side), strict=True)) for side in SIDES}
        scenario = with_axis(with_axis(self._scenario, "x", **ends["x"]), "y", **ends["y"])
        self._edit(self.tr("Keep the range of the loss surface"), scenario)

    def _edit(self, label: str, scenario: Scenario) -> None:
        if scenario.surface != self._scenario.surface:
            self._panel.session.edit(label, scenario)
        self.show_scenario()

    # --- how it is made ---------------------------------------------------------------------------------------------

    def _muted(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setProperty("role", "muted")
        label.setFont(theme.sans(theme.SMALL))
        return label

    def _field(self, take: Callable[[str], None], said: str) -> SettingField:
        field = SettingField(take, self)
        field.setAccessibleName(said)
        field.setToolTip(said)
        field.refused.connect(self._complain)
        return field

    def _choice(self, entries: dict[str, str], choose: Callable[[str], None], said: str) -> QComboBox:
        box = QComboBox(self)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setAccessibleName(said)
        box.setFont(theme.sans(12))
        for key, text in entries.items():
            box.addItem(QCoreApplication.translate("surface", text), key)
        box.activated.connect(lambda _: self._chosen(box, choose))
        return box

    def _chosen(self, box: QComboBox, choose: Callable[[str], None]) -> None:
        try:
            choose(box.currentData())
            self._complain("")
        except EditError as error:
            self._complain(str(error))
            self.show_scenario()

    def _complain(self, message: str) -> None:
        if message:
            self.complaint.say(message)
        else:
            self.complaint.hide()


def _which(form: SurfaceAxis) -> str:
    if form.kind == "parameter":
        return str(ParameterAddress(form.parameter, form.row, form.column))
    return str(form.seed) if form.kind == "random" else ""


def _weight(text: str, scenario: Scenario) -> ParameterAddress:
    """ "lstm.U_f[0, 2]", "lstm.b_f[3]", "cliff.b"; raises EditError with what there is."""
    found = _WEIGHT.fullmatch(text)
    name = found[1] if found else text
    if found is None or name not in scenario.params:
        said = QCoreApplication.translate("surface", "There is no weight “{text}”; the parameters are {names}")
        raise EditError(said.format(text=text.strip(), names=", ".join(list(scenario.params)[:12])))
    row, column = int(found[2] or 0), int(found[3] or 0)
    values = scenario.params[name]
    rows, columns = (*values.shape, 1)[:2]
    if row >= rows or column >= columns:
        said = QCoreApplication.translate("surface", "{name} has {rows} × {columns} numbers, counted from 0")
        raise EditError(said.format(name=name, rows=rows, columns=columns))
    return ParameterAddress(name, row, column)


def _whole(text: str, least: int, name: str) -> int:
    try:
        value = int(text)
    except ValueError:
        said = QCoreApplication.translate("surface", "{name} is a whole number; “{text}” is none")
        raise EditError(said.format(name=name, text=text)) from None
    if value < least:
        raise EditError(
            QCoreApplication.translate("surface", "{name} is at least {least}").format(name=name, least=least)
        )
    return value
