"""The base of every panel: what a panel says about itself, and everything it gets for that.

A panel is one class in one file of `rnnviz/ui/panels/`, found by listing the folder.

Says, as class attributes:
    name, title, subtitle   "gates", "Gates", "opening, 0 shut to 1 open" (through QT_TRANSLATE_NOOP("panel", ...))
    needs                   the kinds of change after which it draws again: Change.TRACE | Change.CURSOR
    rests_in_training       True where drawing takes long: it waits while training runs and is looked at
    place, order, weight    "left", "centre", "right" or "bottom", its rank there (small first: left or top), its share
Where drawing takes long it works bit by bit while `self.is_watched`, and all at once otherwise; so does what moves.
Builds, in __init__(session, parent=None) after super().__init__: widgets into `self.body_layout` (a QVBoxLayout without
    margins; the card's padding of 12 is already there). Call `self.watch(canvas)` once for each widget that paints
    numbers: then hover, tool tip, click, grid cursor and context menu work on it. `self.add_tool(button)` puts a
    QToolButton into the header, shown on hover or focus.
Does:
    applies(snapshot)       classmethod; False hides the panel for this scenario
    draw(snapshot)          put the snapshot on the screen; asks the session nothing, changes nothing
    describe(snapshot)      the content in words: for screen readers, "Copy as text" and F1
    restyle()               optional: take new fonts and colours; the base draws again right after it
  and, when it shows numbers:
    address_at(point)       which number is under a point; None where there is none
    rect_of(address)        where a number is, or None when it is not on the screen
    cells()                 a Grid for the keyboard cursor (arrow keys, Enter), or None
    words_of(address)       optional: a number in words, for tool tips and the keyboard cursor
  and, when its values have a scale: `self.shared(arrays)` in place of its own arrays, so that panels side by side have
    one scale, and `self.shared_stamp` in what decides whether to work the drawing out again
    begin_edit(address)     optional: open the number for editing; False when it can't be edited
    table(snapshot)         optional: rows for CSV, the first one the headings; by default the cells of the grid
Points and rectangles are in the coordinates of the panel itself (`canvas.mapTo(self, point)`).

Gets: the header, its tools (maximise, float, close), hover and focus rings over the numbers, selection by click or
Enter (`session.select`), tool tips in words, the context menu (copy, CSV, export), an empty state (`show_empty`),
accessible name and description, and staleness: while it is hidden it only remembers the newest snapshot, and draws when
it is shown. `self.snapshot` is the snapshot that was drawn last, `self.session` is there to ask for changes,
`theme.current()` has the colours. No panel talks to another.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QStackedLayout, QToolButton, QToolTip, QVBoxLayout, QWidget

from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.session.change import Change
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import panel_menu, picture, theme, words
from rnnviz.ui.panel_header import PanelHeader
from rnnviz.ui.panel_overlay import EmptyState, PanelOverlay, Ring

if TYPE_CHECKING:
    from rnnviz.session.session import Session
    from rnnviz.ui.compare.beside import Beside
    from rnnviz.ui.plots.scale import Arrays

AnyAddress = Address | ParameterAddress | GradientAddress
_DIGITS = frozenset("123456789")


@dataclass(frozen=True)
class Grid:
    """The numbers of a panel as the keyboard sees them: `address(row, column)`, None for a hole."""

    rows: int
    columns: int
    address: Callable[[int, int], AnyAddress | None]


class Panel(QWidget):
    name = ""
    title = ""
    subtitle = ""
    needs = Change.SCENARIO | Change.TRACE | Change.CURSOR | Change.SELECTION
    rests_in_training = False
    place = "bottom"
    order = 50
    weight = 1.0

    maximise_asked = Signal()
    float_asked = Signal()
    close_asked = Signal()
    export_asked = Signal(object, str)  # itself, and one of `rnnviz.ui.kinds.PANEL`
    move_asked = Signal(str)  # "left", "centre", "right" or "bottom"

    def __init__(self, session: "Session", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.beside: Beside | None = None  # while it stands beside others of its kind
        self.snapshot: Snapshot | None = None
        self._waiting: Snapshot | None = None  # newer than what is drawn
        self._watched: list[QWidget] = []
        self._hovered: AnyAddress | None = None
        self._at = (0, 0)  # the keyboard cursor: row, column
        self._is_posed = False
        self.has_just_come = False  # by the digit of the panel: the next digit leads to another one
        self.setObjectName(f"panel-{self.name}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click, the arrow keys still step through time
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._build()
        theme.switch().changed.connect(self._theme_changed)

    def _build(self) -> None:
        self.header = PanelHeader(self.translated(self.title), self.translated(self.subtitle), self)
        self.body = QWidget(self)
        self.body_layout = QVBoxLayout(self.body)
        self.body_layout.setContentsMargins(0, 0, 0, 0)
        self.body_layout.setSpacing(theme.GAP)
        self._empty = QWidget(self)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.body)
        self._pages.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.PADDING, theme.PADDING - 1, theme.PADDING, theme.PADDING)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self.header)
        layout.addLayout(self._pages, 1)
        self._overlay = PanelOverlay(self, self.rings)
        for button, signal in zip(self.header.window_tools, self._window_signals(), strict=True):
            button.clicked.connect(signal)

    def _window_signals(self) -> tuple[Signal, Signal, Signal]:
        return self.maximise_asked, self.float_asked, self.close_asked

    def translated(self, text: str) -> str:
        return QCoreApplication.translate("panel", text)

    # --- what a panel overrides -------------------------------------------------------------------------------------

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return True

    def draw(self, snapshot: Snapshot) -> None:
        raise NotImplementedError

    def describe(self, snapshot: Snapshot) -> str:
        raise NotImplementedError

    def restyle(self) -> None:
        pass

    def address_at(self, point: QPoint) -> AnyAddress | None:
        return None

    def rect_of(self, address: AnyAddress) -> QRect | None:
        return None

    def cells(self) -> Grid | None:
        return None

    def begin_edit(self, address: AnyAddress) -> bool:
        return False

    def words_of(self, address: AnyAddress) -> str:
        return words.of_number(address, self.snapshot) if self.snapshot is not None else ""

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        return panel_menu.rows_of_grid(self.cells(), snapshot)

    # --- what a panel calls -----------------------------------------------------------------------------------------

    def shared(self, values: "Arrays", of: str = "") -> "Arrays":
        """The values that one scale is for: these, and those of the panels beside this one."""
        return values if self.beside is None else self.beside.shared(self, values, of)

    @property
    def shared_stamp(self) -> int:
        """Another number whenever the values of a panel beside this one have changed."""
        return 0 if self.beside is None else self.beside.stamp(self)

    def settle(self) -> None:
        """Call when shared values have changed outside of `draw`: the panels beside this one take their new scale."""
        if self.beside is not None:
            self.beside.settle()

    def seek(self, step: int) -> None:
        """Go to a step; a panel beside a longer sequence may ask for one that its own does not have."""
        (self.session if self.beside is None else self.beside).seek(step)

    def watch(self, canvas: QWidget) -> None:
        """Make the numbers on this widget answer to the mouse."""
        canvas.setMouseTracking(True)
        canvas.installEventFilter(self)
        self._watched.append(canvas)

    def add_tool(self, button: QToolButton) -> None:
        self.header.add_tool(button)

    def set_subtitle(self, text: str) -> None:
        """Say something else on the muted line, such as what the panel shows right now (already translated)."""
        self.header.set_subtitle(text)

    def show_empty(self, sentence: str, button: str = "", action: Callable[[], object] | None = None) -> None:
        """One sentence and at most one button in place of the content."""
        fresh = EmptyState(sentence, button, action)
        old, self._empty = self._empty, fresh
        self._pages.removeWidget(old)
        old.deleteLater()
        self._pages.addWidget(fresh)
        self._pages.setCurrentWidget(fresh)

    def show_content(self) -> None:
        self._pages.setCurrentWidget(self.body)

    # --- drawing ----------------------------------------------------------------------------------------------------

    def present(self, snapshot: Snapshot, change: Change) -> None:
        """Called by the window after every change: draws at once when visible, else remembers that it is stale."""
        if not change & self.needs and self.snapshot is not None and not self.is_stale:
            return
        self._waiting = snapshot
        run = snapshot.training
        rests = self.rests_in_training and run is not None and run.state == "running" and run.cursor is None
        if self.isVisible() and (not rests or self.snapshot is None):
            self._redraw_or_report()

    @property
    def is_watched(self) -> bool:
        """Whether somebody sees it being drawn; not while a picture is made."""
        return self.isVisible() and not self._is_posed

    @property
    def is_stale(self) -> bool:
        return self._waiting is not None

    def redraw(self, snapshot: Snapshot | None = None) -> None:
        """Draw what waits, or the given snapshot, now and whether visible or not."""
        shown = snapshot or self._waiting or self.snapshot
        if shown is None:
            return
        self._waiting = None
        self.snapshot = shown
        self.draw(shown)
        self.setAccessibleName(self.translated(self.title))
        self.setAccessibleDescription(self.describe(shown))
        self._overlay.refresh()
        self.settle()

    def draw_again(self) -> None:
        """What is shown is to be shown otherwise: now, or when it is next seen."""
        if self.isVisible():
            self._redraw_or_report()
        elif self._waiting is None:
            self._waiting = self.snapshot

    def _redraw_or_report(self) -> None:
        """Report a panel that fails, stop no other; an exception that left a Qt event could crash PySide."""
        try:
            self.redraw()
        except Exception:
            sys.excepthook(*sys.exc_info())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._waiting is not None:
            self._redraw_or_report()

    def _theme_changed(self) -> None:
        layout = self.layout()
        layout.setContentsMargins(theme.px(12), theme.px(11), theme.px(12), theme.px(12))
        self.header.restyle()
        self.restyle()
        self.draw_again()

    @contextmanager
    def posed(self) -> Iterator[None]:
        """For a picture: all of it, still, and without what only answers to the mouse."""
        with picture.untouched(self):
            self.header.show_tools(False)
            self._is_posed = True
            try:
                if self.snapshot is not None:
                    self.draw(self.snapshot)
            finally:
                self._is_posed = False
            QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # what came or went makes or leaves room
            yield
        self.header.show_tools(self.hasFocus() or self.underMouse())

    # --- the mouse on numbers ---------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(watched, QWidget) or self.snapshot is None:
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._hover(self.address_at(watched.mapTo(self, event.position().toPoint())))
        elif kind == QEvent.Type.Leave:
            self._hover(None)
        elif kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            self._press(watched, event)
        elif kind == QEvent.Type.ToolTip:
            return self._tool_tip(watched)
        elif kind == QEvent.Type.Resize:
            self._overlay.refresh()
        return False

    def _press(self, watched: QWidget, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        address = self.address_at(watched.mapTo(self, event.position().toPoint()))
        if address is not None:
            self._move_to(address)
            self.session.select(address)

    def _hover(self, address: AnyAddress | None) -> None:
        if address == self._hovered:
            return
        self._hovered = address
        if address is None:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._overlay.refresh()

    def _tool_tip(self, watched: QWidget) -> bool:
        point = watched.mapFromGlobal(watched.cursor().pos())
        address = self.address_at(watched.mapTo(self, point))
        if address is None or self.snapshot is None:
            QToolTip.hideText()
            return False
        rect = self.rect_of(address) or QRect()
        QToolTip.showText(self.cursor().pos(), self.words_of(address), self, rect)
        return True

    # --- the keyboard on numbers ------------------------------------------------------------------------------------

    @property
    def address(self) -> AnyAddress | None:
        """The number under the keyboard cursor."""
        grid = self.cells()
        if grid is None or not grid.rows or not grid.columns:
            return None
        row, column = min(self._at[0], grid.rows - 1), min(self._at[1], grid.columns - 1)
        return grid.address(row, column)

    _MOVES: ClassVar = {
        Qt.Key.Key_Up: (-1, 0),
        Qt.Key.Key_Down: (1, 0),
        Qt.Key.Key_Left: (0, -1),
        Qt.Key.Key_Right: (0, 1),
    }

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, plain = Qt.Key(event.key()), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and key in self._MOVES and self.cells() is not None:
            self.move_cursor(*self._MOVES[key])
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.address is not None:
            self.session.select(self.address)
        elif key == Qt.Key.Key_Escape and self.hasFocus():
            self.clearFocus()
            event.ignore()
        else:
            super().keyPressEvent(event)

    def grid_keys(self) -> set[Qt.Key]:
        """The keys that move the grid cursor: they belong to the panel while it has the focus."""
        return {*self._MOVES, Qt.Key.Key_Return, Qt.Key.Key_Enter} if self.cells() is not None else set()

    def move_cursor(self, down: int, right: int) -> None:
        """Move the keyboard cursor by cells; at an edge it stays; holes are jumped over."""
        grid = self.cells()
        if grid is None or self.snapshot is None:
            return
        row, column = self._at
        while 0 <= row + down < grid.rows and 0 <= column + right < grid.columns:
            row, column = row + down, column + right
            if grid.address(row, column) is not None:
                self._at = row, column
                break
        self._overlay.refresh()
        if self.address is not None:
            self.setAccessibleDescription(self.words_of(self.address))

    def _place_of_now(self) -> tuple[int, int]:
        """The column of the step that one looks at, if the columns are steps; else the beginning."""
        grid = self.cells()
        if grid is None or self.snapshot is None:
            return 0, 0
        step = self.snapshot.cursor.step
        for column in (step - 1, step):
            address = grid.address(0, column) if grid.rows and 0 <= column < grid.columns else None
            if isinstance(address, Address) and address.step == step:
                return 0, column
        return 0, 0

    def _move_to(self, address: AnyAddress) -> None:
        """Put the keyboard cursor where the mouse has clicked, in a grid small enough to look through."""
        grid = self.cells()
        if grid is None or grid.rows * grid.columns > 20_000:
            return
        places = ((r, c) for r in range(grid.rows) for c in range(grid.columns))
        self._at = next((place for place in places if grid.address(*place) == address), self._at)

    def copy_text(self) -> None:
        panel_menu.copy_text(self)

    def copy_csv(self) -> None:
        panel_menu.copy_csv(self)

    def copy_picture(self) -> None:
        panel_menu.copy_picture(self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        panel_menu.show(self, event.globalPos())

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)
        self.header.show_tools(True)
        if self._at == (0, 0):
            self._at = self._place_of_now()
        self._overlay.refresh()

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self.has_just_come = False
        self.header.show_tools(self.underMouse())
        self._overlay.refresh()

    def leads_on(self, event: QKeyEvent) -> bool:
        """Whether a key that a table would take is a digit right after the digit that has led here."""
        return self.has_just_come and event.type() == QEvent.Type.ShortcutOverride and event.text() in _DIGITS

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress):
            self.has_just_come = False
        if event.type() == QEvent.Type.HoverEnter:
            self.header.show_tools(True)
        elif event.type() == QEvent.Type.HoverLeave:
            self.header.show_tools(self.hasFocus())
        return super().event(event)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self._overlay.setGeometry(self.rect())
        self._overlay.raise_()

    def rings(self) -> list[Ring]:
        """The rectangles to outline now: hovered, selected, under the keyboard cursor."""
        colours = theme.current()
        wanted = [(self._hovered, colours.muted, 1)]
        if self.hasFocus():
            wanted.append((self.address, colours.accent, 2))
        return [(rect, colour, width) for at, colour, width in wanted if at and (rect := self.rect_of(at))]
