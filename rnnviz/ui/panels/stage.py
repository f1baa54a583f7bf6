"""The stage: the network unrolled over time, and the cell of the current step opened."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.engine.trace import Trace
from rnnviz.session.session import Session
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import numbers, theme
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.stage import motion, paint_stage, words
from rnnviz.ui.stage.arrange import Arrangement, arranged
from rnnviz.ui.stage.compose import Stage, composed
from rnnviz.ui.stage.diagram import Diagram
from rnnviz.ui.stage.diagrams import diagrams_of
from rnnviz.ui.stage.keyboard import Rows, rows_of
from rnnviz.ui.stage.measures import Measures
from rnnviz.ui.stage.picture import Picture, picture_of
from rnnviz.ui.stage.places import unit_of
from rnnviz.ui.stage.storeys import Level, Storey, levels_of, storeys

_MOST_DIGITS = 17


class StagePanel(Panel):
    """Which storey and which unit are opened is a matter of looking, so it is kept here and not in the session.

    Beside what every panel does: Page Up and Down open another unit, with Ctrl another storey; + and - (or Ctrl and the
    wheel) write more or fewer digits; a click on a dot opens that unit, a double click on a step goes there.
    `is_animated` : whether valves and highlight move to their places after a step by hand; off in tests
    """

    name = "stage"
    title = QT_TRANSLATE_NOOP("panel", "Stage")
    subtitle = ""
    place = "centre"
    order = 0

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.is_animated = True
        self.digits = numbers.DIGITS
        self.stage: Stage | None = None
        self._levels: tuple[Level, ...] = ()
        self._storeys: tuple[Storey, ...] = ()
        self._network: object = None
        self._opened = ""  # prefix of the opened storey
        self._units: dict[str, int] = {}
        self._diagrams: dict[str, tuple[Diagram, ...]] = {}
        self._measures = Measures()
        self._measured: Trace | None = None  # the trace that they are of
        self._rows: Rows | None = None
        self._pointer = QPointF(-1, -1)  # where the mouse was last: what it is on is ringed there
        self._read: tuple[tuple[object, ...], Picture] | None = None
        self._arranged: tuple[tuple[object, ...], Arrangement] | None = None
        self.canvas = _Canvas(self)
        self._motion = motion.Motion(self.canvas)
        self.body_layout.addWidget(self.canvas)
        self.watch(self.canvas)
        self._free_the_head()

    def _free_the_head(self) -> None:
        """The stage is the figure itself and needs no title above it: only the tools stay, over its corner."""
        self.layout().removeWidget(self.header)
        self.header.set_title("")
        self._place_head()

    def _place_head(self) -> None:
        width, height = min(theme.px(92), self.width()), theme.px(26)  # the numbers beside it can be clicked
        self.header.setGeometry(self.width() - width - 8, 6, width, height)
        self.header.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_head()

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        self._follow(snapshot)
        self._compose(snapshot)
        if self.stage is not None:
            self._motion.go_to(self.stage, self.is_animated and self.is_watched)
        self._rows = None
        self.canvas.update()

    def describe(self, snapshot: Snapshot) -> str:
        self._follow(snapshot)
        return words.described(self._picture(snapshot)) if self._storeys else ""

    def restyle(self) -> None:
        self._arranged = None
        self._place_head()

    def _follow(self, snapshot: Snapshot) -> None:
        """Keep what is opened as long as it is there; go along when the session opens another layer."""
        if snapshot.scenario.network is not self._network:
            self._network = snapshot.scenario.network
            self._levels = levels_of(snapshot.scenario.network)
            self._storeys = storeys(self._levels)
            self._diagrams.clear()
            self._read = self._arranged = None
        if self._measured is not snapshot.trace:
            self._measured, self._measures = snapshot.trace, Measures()
        opened = self._storey()
        if opened is None or (not opened.is_readout and opened.layer != snapshot.opened_layer):
            fitting = (s.prefix for s in self._storeys if s.layer == snapshot.opened_layer)
            self._opened = next(fitting, self._storeys[0].prefix if self._storeys else "")

    def _storey(self) -> Storey | None:
        return next((storey for storey in self._storeys if storey.prefix == self._opened), None)

    def _picture(self, snapshot: Snapshot) -> Picture:
        """Kept for the snapshot, so that the description reads the same numbers as the drawing."""
        storey = self._storey()
        assert storey is not None
        unit = self._units.get(storey.prefix, 0)
        key = (snapshot, storey, unit)
        if self._read is None or any(a is not b for a, b in zip(self._read[0], key, strict=True)):
            self._read = key, picture_of(snapshot, storey, unit, self._measures)
        return self._read[1]

    def _arrangement(self, storey: Storey, picture: Picture) -> Arrangement:
        key = (storey, picture.units, picture.trace.steps, self.canvas.size(), self.digits, theme.switch().text_scale)
        key = (*key, picture.gradients is not None)
        if self._arranged is None or self._arranged[0] != key:
            diagrams = self._diagrams.setdefault(storey.prefix, diagrams_of(storey.cell))
            room = QRectF(self.canvas.rect())
            _, units, steps, _, digits, scale, is_backward = key
            made = arranged(self._levels, storey, diagrams, units, steps, room, digits, scale, is_backward)
            self._arranged = key, made
        return self._arranged[1]

    def _compose(self, snapshot: Snapshot) -> None:
        storey = self._storey()
        if storey is None:
            self.stage = None
            self.show_empty(self.tr("This network has no layer that can be opened."))
            return
        self.show_content()
        picture = self._picture(snapshot)
        arrangement = self._arrangement(storey, picture)
        self.stage = composed(arrangement, picture, self._levels[-1].title, self._units)

    def paint(self, painter: QPainter) -> None:
        if self.stage is not None:
            paint_stage.paint(painter, self.stage, theme.current(), self._motion.openings, self._motion.at)

    def canvas_resized(self) -> None:
        if self.snapshot is not None and self.stage is not None:
            self._compose(self.snapshot)

    # --- opening ----------------------------------------------------------------------------------------------------

    def open_storey(self, storey: Storey) -> None:
        """Open another layer, direction or readout; the session hears of layers, so that sub-steps walk through it."""
        self._opened = storey.prefix
        if self.snapshot is None:
            return
        if not storey.is_readout and storey.layer != self.snapshot.opened_layer:
            self.session.open_layer(storey.layer)
        else:
            self.redraw(self.snapshot)

    def open_unit(self, unit: int) -> None:
        self._units[self._opened] = unit
        if self.snapshot is not None:
            self._motion.stop()
            self.redraw(self.snapshot)

    def zoom(self, digits: int) -> None:
        """Write numbers with more or fewer digits, as many as there is room for."""
        self.digits = min(max(self.digits + digits, 1), _MOST_DIGITS)
        if self.snapshot is not None:
            self.redraw(self.snapshot)

    # --- numbers ----------------------------------------------------------------------------------------------------

    def address_at(self, point: QPoint) -> AnyAddress | None:
        self._pointer = QPointF(self.canvas.mapFrom(self, point))
        return self.stage.address_at(self._pointer) if self.stage is not None else None

    def rect_of(self, address: AnyAddress) -> QRect | None:
        if self.stage is None:
            return None
        rect = self.stage.rect_at(self._pointer, address) or self.stage.rect_of(address)
        return None if rect is None else rect.toAlignedRect().translated(self.canvas.mapTo(self, QPoint()))

    def cells(self) -> Grid | None:
        if self.stage is None:
            return None
        if self._rows is None:
            self._rows = rows_of(self.stage)
        rows = self._rows
        return Grid(len(rows.rows), max((len(row) for row in rows.rows), default=0), rows.address)

    def move_cursor(self, down: int, right: int) -> None:
        """Rows are of different lengths, so up and down go to what is nearest rather than to the same column."""
        if self.cells() is None or self._rows is None:
            return
        self._at = self._rows.moved(*self._at, down, right)
        super().move_cursor(0, 0)

    # --- mouse and keys ---------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, is_control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and self.stage is not None:
            step = 1 if key == Qt.Key.Key_PageDown else -1
            if is_control:
                index = self._storeys.index(self.stage.picture.storey)
                self.open_storey(self._storeys[(index + step) % len(self._storeys)])
            else:
                self.open_unit((self.stage.picture.unit + step) % self.stage.picture.units)
        elif event.text() in ("+", "="):
            self.zoom(1)
        elif event.text() == "-":
            self.zoom(-1)
        else:
            super().keyPressEvent(event)
            is_enter = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_enter and self.address is not None:
                self._open_dot(self.address)

    def pressed(self, point: QPointF) -> None:
        """A click on a tab or a strip's name opens that storey, one on a dot that unit."""
        if self.stage is None:
            return
        storey = self.stage.storey_at(point)
        if storey is not None:
            self.open_storey(storey)
        elif self.stage.units is not None and (address := self.stage.units.address_at(point)) is not None:
            self._open_dot(address)

    def double_clicked(self, point: QPointF) -> None:
        """A double click on a step of the strip goes there."""
        step = self.stage.strip.step_at(point) if self.stage is not None and self.stage.strip is not None else None
        if step is not None:
            self.session.seek(step)

    def _open_dot(self, address: AnyAddress) -> None:
        grid = self.stage.units if self.stage is not None else None
        unit = unit_of(address, grid.first) if grid is not None else None
        if unit is not None:
            self.open_unit(unit)


class _Canvas(QWidget):
    """What is painted on; the panel says what."""

    def __init__(self, panel: StagePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(740, 460)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 160)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._panel.paint(painter)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._panel.canvas_resized()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._panel.pressed(event.position())
        event.ignore()  # so that the panel takes the focus

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._panel.double_clicked(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._panel.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()
