"""The cards: left column, stage, right column, a row along the bottom; panels close, float, maximise and move."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from rnnviz.ui import layouts, theme
from rnnviz.ui.card import Card, Cards
from rnnviz.ui.float_window import FloatWindow
from rnnviz.ui.layouts import Arrangement
from rnnviz.ui.panel import Panel
from rnnviz.ui.panel_header import PANEL_DRAG


class Workspace(QWidget):
    """Holds every panel of the window. `arrangement` is the truth; `_arrange` makes the widgets follow it."""

    changed = Signal()
    export_asked = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panels: dict[str, Panel] = {}
        self.arrangement = Arrangement(dict.fromkeys(layouts.PLACES, ()))
        self.applying: frozenset[str] = frozenset()
        self._maximised = ""
        self._floats: dict[str, FloatWindow] = {}
        self._cards: dict[str, Card] = {}
        self.setAcceptDrops(True)
        self._build()

    def _build(self) -> None:
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._rows = Cards(vertical, "rows")
        self._columns = Cards(horizontal, "columns")
        self._bottom = Cards(horizontal, "bottom")
        self._inner = {place: Cards(vertical, place, is_column=True) for place in ("left", "centre", "right")}
        for place, column in self._inner.items():
            card = Card()
            card.setObjectName(f"card-{place}")
            card.layout().addWidget(column)
            self._cards[place] = card
            self._columns.addWidget(card)
        self._rows.addWidget(self._columns)
        self._bottom_view = QScrollArea()
        self._bottom_view.setWidget(self._bottom)
        self._bottom_view.setWidgetResizable(True)
        self._bottom_view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._bottom_view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._rows.addWidget(self._bottom_view)
        for splitter in self._splitters().values():
            splitter.splitterMoved.connect(self._dragged)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, 0, theme.GAP, 0)
        layout.addWidget(self._rows)

    def _splitters(self) -> dict[str, Cards]:
        return {"rows": self._rows, "columns": self._columns, "bottom": self._bottom, **self._inner}

    # --- what is where ----------------------------------------------------------------------------------------------

    def add_panels(self, panels: Sequence[Panel], arrangement: Arrangement) -> None:
        for panel in panels:
            self.panels[panel.name] = panel
            panel.maximise_asked.connect(self._maximise_asked)
            panel.float_asked.connect(self._float_asked)
            panel.close_asked.connect(self._close_asked)
            panel.move_asked.connect(self._move_asked)
            panel.export_asked.connect(self.export_asked)
            panel.installEventFilter(self)
        self.applying = frozenset(self.panels)
        self.arrangement = arrangement
        self._arrange()

    def show_applying(self, names: frozenset[str]) -> None:
        """Show the panels that have something to say about the scenario; the others give their room away."""
        if names != self.applying:
            self.applying = names
            self._maximised = self._maximised if self._maximised in names else ""
            self._arrange()

    def arrange(self, arrangement: Arrangement) -> None:
        self.arrangement = arrangement
        self._maximised = ""
        self._arrange()
        self.changed.emit()

    def shown(self) -> list[Panel]:
        """The panels that are on the screen or in windows of their own, in the order of the keys 1 to 9."""
        order = [name for place in ("centre", "left", "right", "bottom") for name in self.arrangement.places[place]]
        return [self.panels[name] for name in order if self._is_shown(name)]

    def _is_shown(self, name: str) -> bool:
        return name in self.applying and name not in self.arrangement.closed

    # --- close, float, maximise, move -------------------------------------------------------------------------------

    def set_closed(self, name: str, is_closed: bool) -> None:
        self.arrange(self.arrangement.with_closed(name, is_closed))

    def bring_up(self, name: str) -> Panel:
        """Open a panel that is closed; give the window back where another one has all of it."""
        if name in self.arrangement.closed:
            self.set_closed(name, False)
        elif self._maximised not in ("", name) and name not in self.arrangement.floating:
            self.maximise("")
        return self.panels[name]

    def set_floating(self, name: str, is_floating: bool) -> None:
        self.arrange(self.arrangement.with_floating(name, is_floating))

    def move(self, name: str, place: str, index: int = 1000) -> None:
        self.arrange(self.arrangement.with_panel_at(name, place, index))

    def maximise(self, name: str) -> None:
        """Give the whole window to one panel; "" gives it back."""
        self._maximised = name
        self._arrange()
        self.changed.emit()

    @property
    def maximised(self) -> str:
        return self._maximised

    def _maximise_asked(self) -> None:
        name = self.sender().name
        self.maximise("" if name == self._maximised else name)

    def _float_asked(self) -> None:
        name = self.sender().name
        self.set_floating(name, name not in self.arrangement.floating)

    def _close_asked(self) -> None:
        self.set_closed(self.sender().name, True)

    def _move_asked(self, place: str) -> None:
        self.move(self.sender().name, place)

    # --- dragging a panel by its header -----------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PANEL_DRAG):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._place_at(event.position().toPoint()) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        target = self._place_at(event.position().toPoint())
        name = bytes(event.mimeData().data(PANEL_DRAG).data()).decode()
        if target is not None and name in self.panels:
            event.acceptProposedAction()
            self.move(name, *target)

    # --- making the widgets follow ----------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.setUpdatesEnabled(False)
        self._arrange_floats()
        docked = self._docked()
        for place, splitter in self._inner.items():
            self._fill(splitter, [self.panels[name] for name in docked[place]])
            self._cards[place].setVisible(bool(docked[place]))
        self._fill(self._bottom, [self._card_of(name) for name in docked["bottom"]])
        self._bottom_view.setVisible(bool(docked["bottom"]))
        self._columns.setVisible(any(docked[place] for place in self._inner))
        for name, panel in self.panels.items():
            panel.header.show_state(maximised=name == self._maximised, floating=name in self.arrangement.floating)
        self._size()
        self.setUpdatesEnabled(True)

    def _docked(self) -> dict[str, list[str]]:
        """place -> panels to show there now."""
        floating = self.arrangement.floating
        if self._maximised:
            return {place: [n for n in names if n == self._maximised] for place, names in self._places()}
        return {place: [n for n in names if self._is_shown(n) and n not in floating] for place, names in self._places()}

    def _places(self) -> list[tuple[str, tuple[str, ...]]]:
        return list(self.arrangement.places.items())

    def _fill(self, splitter: Cards, widgets: Sequence[QWidget]) -> None:
        """Exactly these widgets, in this order; the others are hidden and kept."""
        for index in reversed(range(splitter.count())):
            widget = splitter.widget(index)
            if widget not in widgets:
                widget.hide()
                widget.setParent(self)
        for index, widget in enumerate(widgets):
            if splitter.indexOf(widget) != index:
                splitter.insertWidget(index, widget)
            widget.show()

    def _card_of(self, name: str) -> Card:
        """Each panel of the bottom row has a card of its own."""
        card = self._cards.get(name)
        if card is None:
            card = self._cards[name] = Card(self)
            card.setObjectName(f"card-{name}")
        panel = self.panels[name]
        if panel.parent() is not card:
            card.layout().addWidget(panel)
        panel.show()
        return card

    def _arrange_floats(self) -> None:
        wanted = {name for name in self.arrangement.floating if self._is_shown(name) and name != self._maximised}
        for name in set(self._floats) - wanted:
            window = self._floats.pop(name)
            self.panels[name].setParent(self)
            window.discard()
        for name in sorted(wanted - set(self._floats)):
            window = FloatWindow(self.panels[name], self.window())
            window.closed.connect(self._float_closed)
            self._floats[name] = window
            window.show()

    def share_actions(self, actions: Sequence[QAction]) -> None:
        """Let the keys of the window work in the windows of floating panels."""
        for window in self._floats.values():
            window.share(actions)

    def _float_closed(self, name: str) -> None:
        self.set_floating(name, False)

    # --- sizes ------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size()

    def _dragged(self) -> None:
        """From now on this splitter keeps its proportions."""
        splitter = self.sender()
        sizes = {**self.arrangement.sizes, splitter.objectName(): tuple(splitter.sizes())}
        self.arrangement = replace(self.arrangement, sizes=sizes)
        self.changed.emit()

    def _size(self) -> None:
        """What the user dragged, else what suits the window: wide columns on a wide screen, most for the stage."""
        width, height = self.width() - 2 * theme.GAP, self.height()
        left = min(max(theme.px(212), round(0.155 * width)), round(0.25 * width))
        right = min(max(theme.px(268), round(0.2 * width)), round(0.28 * width))
        bottom = min(max(theme.px(190), round(0.27 * height)), round(0.46 * height))
        wanted: Mapping[str, list[int]] = {
            "rows": [height - bottom - theme.GAP, bottom],
            "columns": [left, width - left - right - 2 * theme.GAP, right],
            "bottom": self._bottom_sizes(width, left, right),
            **{
                place: self._column_sizes(splitter, height - bottom - theme.GAP)
                for place, splitter in self._inner.items()
            },
        }
        for name, splitter in self._splitters().items():
            kept = self.arrangement.sizes.get(name, ())
            splitter.setSizes(list(kept) if len(kept) == splitter.count() else wanted[name])

    def _bottom_sizes(self, width: int, left: int, right: int) -> list[int]:
        """The outer cards stand under the columns, the others share the room between; too many scroll."""
        count = self._bottom.count()
        for index in range(count):
            self._bottom.widget(index).setMinimumWidth(theme.px(140))
        if count < 3 or width < count * theme.px(148):
            return [1] * count
        room = (width - left - right - theme.GAP * (count - 1)) // (count - 2)
        return [left, *[room] * (count - 2), right]

    def _column_sizes(self, splitter: Cards, height: int) -> list[int]:
        """By weight, and all of the height: Qt would share out the rest in its own way."""
        weights = [self.panels[splitter.widget(index).name].weight for index in range(splitter.count())]
        return [round(height * weight / sum(weights)) for weight in weights]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape in a maximised panel gives the window back."""
        is_escape = event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape
        if is_escape and self._maximised:
            self.maximise("")
            return True
        return False

    def close_floats(self) -> None:
        """Before the window goes."""
        for window in self._floats.values():
            window.discard()
        self._floats.clear()

    def _place_at(self, point: QPoint) -> tuple[str, int] | None:
        """Where a panel goes that is dropped here: in front of the panel below it, or behind it in its second half."""
        for name, panel in self.panels.items():
            inside = panel.mapFrom(self, point) if panel.window() is self.window() else QPoint(-1, -1)
            if panel.isVisible() and panel.rect().contains(inside):
                place, names = next(pair for pair in self._places() if name in pair[1])
                along = inside.x() / panel.width() if place == "bottom" else inside.y() / panel.height()
                return place, names.index(name) + (along > 0.5)
        return None
