"""All parameters as coloured matrices, layer by layer; each number can be typed, dragged, or turned with the wheel."""

from itertools import accumulate

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from rnnviz.engine.trace import ParameterAddress
from rnnviz.session import Change, Session, Snapshot
from rnnviz.ui import icons, numbers, words
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.parameters_grid import ParameterGrid, nudged
from rnnviz.ui.typed_numbers import parse_number

_TYPED = set("0123456789+-−.,")


class ParametersPanel(Panel):
    name = "parameters"
    title = QT_TRANSLATE_NOOP("panel", "Parameters")
    subtitle = QT_TRANSLATE_NOOP("panel", "weights and biases")
    needs = Change.SCENARIO | Change.SELECTION
    place = "bottom"
    order = 10

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.grid = ParameterGrid()
        self.grid.shared_scale = self._shared_scale
        self._edited: ParameterAddress | None = None
        self._layers = self._build_layers_tool()
        self.body_layout.addWidget(self.grid)
        self.watch(self.grid.viewport())
        self.grid.edit_asked.connect(self.begin_edit)
        self.grid.dragged.connect(self._set)
        self.grid.heading_clicked.connect(self._toggle)
        self.grid.field.left.connect(self._field_left)

    def _build_layers_tool(self) -> QToolButton:
        """The keyboard's way to open and close a layer."""
        button = QToolButton()
        button.setIcon(icons.icon("more"))
        button.setToolTip(self.tr("Choose which layers are open"))
        button.setAccessibleName(self.tr("Choose which layers are open"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(button)
        menu.aboutToShow.connect(self._fill_layers_menu)
        menu.triggered.connect(self._layer_chosen)
        button.setMenu(menu)
        self.add_tool(button)
        return button

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        count = snapshot.scenario.network.parameter_count
        if not count:
            self.show_empty(self.tr("This network has no parameters."))
            return
        self.show_content()
        selection = snapshot.selection
        chosen = selection if isinstance(selection, ParameterAddress) else None
        self.grid.show_parameters(snapshot.scenario, chosen, self.shared_stamp)
        self._layers.setVisible(len(self.grid.headings) > 1)
        self.set_subtitle(self.tr("{count} weights and biases").format(count=numbers.count(count)))

    def _shared_scale(self, part: int, scale: float) -> float:
        """The scale of a layer, and of the layer that stands where it stands in a panel beside this one."""
        return max(float(values.max()) for values in self.shared([np.array([scale])], str(part)))

    def restyle(self) -> None:
        self.grid.restyle()

    def describe(self, snapshot: Snapshot) -> str:
        params = snapshot.scenario.params
        count = numbers.count(snapshot.scenario.network.parameter_count)
        said = [self.tr("{count} parameters").format(count=count)]
        for name, array in params.items():
            if array.size <= 8:
                said.append(f"{name} = {', '.join(numbers.text(value) for value in array.ravel())}")
            else:
                shape = " × ".join(map(str, array.shape))
                low, high = numbers.text(array.min()), numbers.text(array.max())
                said.append(self.tr("{name}: {shape}, from {low} to {high}").format(
                    name=name, shape=shape, low=low, high=high))  # fmt: skip
        return "; ".join(said)

    def table(self, snapshot: Snapshot) -> list[list[str | float]]:
        rows: list[list[str | float]] = [["parameter", "row", "column", "value"]]
        for name, array in snapshot.scenario.params.items():
            matrix = array.reshape(len(array), -1)
            rows += [[name, r, c, float(matrix[r, c])] for r in range(len(matrix)) for c in range(matrix.shape[1])]
        return rows

    # --- where the numbers are --------------------------------------------------------------------------------------

    def address_at(self, point: QPoint) -> AnyAddress | None:
        canvas = self.grid.viewport()
        place = canvas.mapFrom(self, point)
        return self.grid.address_at(place) if canvas.rect().contains(place) else None

    def rect_of(self, address: AnyAddress) -> QRect | None:
        rect = self.grid.rect_of(address) if isinstance(address, ParameterAddress) else None
        canvas = self.grid.viewport()
        if rect is None:
            return None
        rect = rect.intersected(canvas.rect())
        return QRect(canvas.mapTo(self, rect.topLeft()), rect.size())

    def cells(self) -> Grid | None:
        """All open matrices under each other."""
        tiles = self.grid.tiles
        ends = list(accumulate(len(tile.values) for tile in tiles))
        if not tiles:
            return None

        def address(row: int, column: int) -> ParameterAddress | None:
            number = next(n for n, end in enumerate(ends) if row < end)
            tile = tiles[number]
            inside = row - (ends[number] - len(tile.values))
            return ParameterAddress(tile.parameter, inside, column) if column < tile.values.shape[1] else None

        return Grid(ends[-1], max(tile.values.shape[1] for tile in tiles), address)

    def move_cursor(self, down: int, right: int) -> None:
        super().move_cursor(down, right)
        if isinstance(self.address, ParameterAddress):
            self.grid.ensure_visible(self.address)

    def _move_to(self, address: AnyAddress) -> None:
        row = 0
        for tile in self.grid.tiles:
            if isinstance(address, ParameterAddress) and tile.parameter == address.parameter:
                self._at = row + address.row, address.column
            row += len(tile.values)

    # --- editing ----------------------------------------------------------------------------------------------------

    def begin_edit(self, address: AnyAddress, typed: str = "") -> bool:
        if not isinstance(address, ParameterAddress) or self.snapshot is None:
            return False
        self._move_to(address)
        self._edited = address
        text = repr(words.value(address, self.snapshot)).removesuffix(".0")
        self.grid.edit(address, text, words.of_place(address, self.snapshot), self._take, typed)
        return True

    def _take(self, text: str) -> None:
        if self._edited is not None:
            self.session.edit_number(self._edited, parse_number(text))

    def _set(self, address: ParameterAddress, value: float, key: object) -> None:
        self.session.edit_number(address, value, merge=key)

    def _field_left(self, direction: int) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if direction:
            self.move_cursor(0, direction)
            if self.address is not None:
                self.begin_edit(self.address)

    def _nudge(self, steps: int) -> None:
        """The keyboard's way to drag."""
        address = self.address
        if isinstance(address, ParameterAddress) and self.snapshot is not None:
            value = nudged(words.value(address, self.snapshot), steps, self.grid.step_of(address))
            self._set(address, value, ("nudge", address))

    # --- layers -----------------------------------------------------------------------------------------------------

    def _toggle(self, prefix: str) -> None:
        self.grid.set_open(prefix, prefix in self.grid.closed)

    def _fill_layers_menu(self) -> None:
        menu = self._layers.menu()
        menu.clear()
        for heading in self.grid.headings:
            action = menu.addAction(heading.text)
            action.setCheckable(True)
            action.setChecked(heading.is_open)
            action.setData(heading.prefix)

    def _layer_chosen(self, action: QAction) -> None:
        self.grid.set_open(action.data(), action.isChecked())

    # --- mouse and keys ---------------------------------------------------------------------------------------------

    def _press(self, watched: QWidget, event: QMouseEvent) -> None:
        """After a click on a number, what one types goes into it."""
        super()._press(watched, event)
        if event.button() == Qt.MouseButton.LeftButton and self.grid.address_at(event.position().toPoint()) is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()  # on a number these keys change it; they are not the window's
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        if self.address is None or self.leads_on(event):
            return False
        if event.modifiers() == Qt.KeyboardModifier.AltModifier:
            return event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        return event.text() in _TYPED or event.key() in (Qt.Key.Key_E, Qt.Key.Key_F2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_own(event) or self.address is None:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._nudge(1 if event.key() == Qt.Key.Key_Up else -1)
        elif event.key() in (Qt.Key.Key_E, Qt.Key.Key_F2):
            self.begin_edit(self.address)
        else:
            self.begin_edit(self.address, event.text())
