"""The table of steps: t, the inputs, the targets, the outputs; only the rows in view cost anything."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QWidget

from rnnviz.engine.trace import Address
from rnnviz.ui import theme
from rnnviz.ui.inputs_paint import TablePainter, View
from rnnviz.ui.inputs_rows import Rows
from rnnviz.ui.inputs_tracks import Track, tracks_of
from rnnviz.ui.number_field import Complaint, NumberField
from rnnviz.ui.theme import px


class StepTable(QAbstractScrollArea):
    """Shows `Rows`. A press on t goes to the step, a drag on t moves the row, a double click edits."""

    step_chosen = Signal(int)
    row_moved = Signal(int, int)  # this step, to become that step
    edit_asked = Signal(object)  # Address
    range_extended = Signal(object)  # Address under the mouse while it is held down

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: Rows | None = None
        self._step = 0
        self._has_outputs = True
        self._selection: Address | None = None
        self._marked: tuple[Address, Address] | None = None
        self._tracks: tuple[Track, ...] = ()
        self._number_width = 0
        self._pressed_row = 0
        self._dragged_to = 0
        self._press_at = QPoint()
        self._edited: Address | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(self.tr("Table of steps"))
        self.field = NumberField(self.viewport())
        self.complaint = Complaint(self.viewport())

    # --- content ----------------------------------------------------------------------------------------------------

    def show_rows(self, rows: Rows, step: int, selection: Address | None, has_outputs: bool = True) -> None:
        """Show the table with this current step and selected number; the current step stays in view.

        has_outputs : whether those of the current step are worked out
        """
        old_step, is_same = self._step, rows is self.rows and selection == self._selection
        is_other = self.rows is None or self.rows.steps != rows.steps or self.rows.sequence != rows.sequence
        has_moved = step != old_step or is_other
        self.rows, self._step, self._selection, self._has_outputs = rows, step, selection, has_outputs
        self.complaint.hide()
        if is_same:
            self._update_row(old_step)
            self._update_row(step)
        else:
            self._lay_out()
            self.viewport().update()
        if has_moved and step:
            self._show_step(step)
        self._follow_field()

    def mark(self, corners: tuple[Address, Address] | None) -> None:
        """Mark the range of numbers between two corners."""
        if corners != self._marked:
            self._marked = corners
            self.viewport().update()

    def edit(self, address: Address, text: str, name: str, take: Callable[[str], None], typed: str = "") -> None:
        self.ensure_visible(address)
        place = self.rect_of(address)
        if place is not None:
            self._edited = address
            self.field.open(place, text, name, take, typed)

    def complain(self, message: str, address: Address | None) -> None:
        """Say what is wrong under the number it is about, or at the end of the table."""
        place = self.rect_of(address) if address is not None else None
        self.complaint.say_at(place or QRect(0, self.viewport().height() - 1, 1, 1), message)

    # --- geometry ---------------------------------------------------------------------------------------------------

    @property
    def row_height(self) -> int:
        return px(26)

    def sizeHint(self) -> QSize:
        steps = self.rows.steps if self.rows else 1
        bar = self.horizontalScrollBar()
        below = bar.sizeHint().height() if bar.maximum() else 0
        return QSize(px(188), self._head() + steps * self.row_height + below)

    def minimumSizeHint(self) -> QSize:
        return QSize(px(60), self._head() + self.row_height)

    def _head(self) -> int:
        return px(24)

    def _view(self) -> View:
        assert self.rows is not None
        return View(
            rows=self.rows,
            tracks=self._tracks,
            head=self._head(),
            row_height=self.row_height,
            number_width=self._number_width,
            across=self.horizontalScrollBar().value(),
            down=self.verticalScrollBar().value(),
            width=self.viewport().width(),
            step=self._step,
            has_outputs=self._has_outputs,
            selection=self._selection,
            marked=self._marked,
        )

    def _step_at(self, y: int) -> int:
        """The step in whose row y lies, 0 where there is none."""
        if self.rows is None or y < self._head():
            return 0
        step = (y - self._head() + self.verticalScrollBar().value()) // self.row_height + 1
        return step if step <= self.rows.steps else 0

    def rect_of(self, address: Address) -> QRect | None:
        """Where a number is on the viewport, None when it is scrolled out of it or not in the table."""
        found = self.rows.place_of(address) if self.rows else None
        if found is None:
            return None
        block, step, column = found
        track = next(track for track in self._tracks if track.block is block)
        rect = self._view().cell(track, step, column)
        area = self.viewport().rect().adjusted(self._number_width, self._head(), 0, 0)
        return rect if area.intersects(rect) and rect.center().y() >= self._head() else None

    def address_at(self, point: QPoint) -> Address | None:
        step = self._step_at(point.y())
        if not step or self.rows is None or point.x() < self._number_width:
            return None
        x = point.x() + self.horizontalScrollBar().value()
        for track in self._tracks:
            if (column := track.column_at(x)) >= 0:
                return track.block.address(step, column, self.rows.sequence)
        return None

    def ensure_visible(self, address: Address) -> None:
        found = self.rows.place_of(address) if self.rows else None
        if found is None:
            return
        block, step, column = found
        self._show_step(step)
        rect = next(track for track in self._tracks if track.block is block).column_rect(column, 0, 1)
        bar, left = self.horizontalScrollBar(), rect.left() - self._number_width
        right = rect.right() - self.viewport().width() + px(2)
        bar.setValue(left if left < bar.value() else max(right, bar.value()))

    def _show_step(self, step: int) -> None:
        """Put a step that is out of sight in the middle: the rows then stand still for the next steps."""
        bar, top = self.verticalScrollBar(), (step - 1) * self.row_height
        room = self.viewport().height() - self._head()
        above, below = bar.value() - top, top + self.row_height - room - bar.value()
        if max(above, below) > 0:
            bar.setValue(top - room // 2)

    def _update_row(self, step: int) -> None:
        top = self._head() + (step - 1) * self.row_height - self.verticalScrollBar().value()
        self.viewport().update(0, top, self.viewport().width(), self.row_height)

    # --- layout -----------------------------------------------------------------------------------------------------

    def restyle(self) -> None:
        self._lay_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        if self.rows is None:
            return
        digits = max(2, len(str(self.rows.steps)))
        self._number_width = QFontMetrics(theme.mono(12)).horizontalAdvance("0" * digits) + px(6)
        self._tracks = tracks_of(self.rows, self._number_width, self.viewport().width() - self._number_width - 1)
        room = self.viewport().height() - self._head()
        for bar, length, shown, step in (
            (self.verticalScrollBar(), self.rows.steps * self.row_height, room, self.row_height),
            (self.horizontalScrollBar(), self._tracks[-1].right, self.viewport().width(), px(30)),
        ):
            bar.setRange(0, max(0, length - shown))
            bar.setPageStep(max(shown, 1))
            bar.setSingleStep(step)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.rows is None:
            return
        painting = TablePainter(QPainter(self.viewport()), self._view())
        painting.paint(event.rect())
        if self._dragged_to:
            painting.paint_insertion_mark(self._pressed_row, self._dragged_to)
        painting.painter.end()

    # --- the mouse --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and point.x() < self._number_width:
            self._pressed_row, self._press_at = self._step_at(point.y()), point
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._hover(point)
        elif self._pressed_row:
            self._drag(point)
        elif (address := self.address_at(point)) is not None:
            self.range_extended.emit(address)

    def _hover(self, point: QPoint) -> None:
        on_number = point.x() < self._number_width and self._step_at(point.y()) > 0
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor) if on_number else self.viewport().unsetCursor()
        tip = self.tr("Click to go to this step, drag to move it") if on_number else self._heading_at(point)
        self.viewport().setToolTip(tip)

    def _heading_at(self, point: QPoint) -> str:
        """The whole name of a column whose heading may be cut."""
        if point.y() >= self._head():
            return ""
        x = point.x() + self.horizontalScrollBar().value()
        names = (track.block.names[column] for track in self._tracks if (column := track.column_at(x)) >= 0)
        return next(names, "")

    def _drag(self, point: QPoint) -> None:
        assert self.rows is not None
        if not self._dragged_to and abs(point.y() - self._press_at.y()) < px(5):
            return
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        bar = self.verticalScrollBar()
        if point.y() < self._head():
            bar.setValue(bar.value() - self.row_height)
        elif point.y() > self.viewport().height():
            bar.setValue(bar.value() + self.row_height)
        row = (point.y() - self._head() + bar.value()) // self.row_height + 1
        self._dragged_to = max(1, min(row, self.rows.length))
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, dragged = self._pressed_row, self._dragged_to
        self._pressed_row = self._dragged_to = 0
        self.viewport().unsetCursor()
        self.viewport().update()
        if pressed and dragged and dragged != pressed:
            self.row_moved.emit(pressed, dragged)
        elif pressed and not dragged:
            self.step_chosen.emit(pressed)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        address = self.address_at(event.position().toPoint())
        if address is not None:
            self.edit_asked.emit(address)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()
        self.complaint.hide()
        self._follow_field()

    def _follow_field(self) -> None:
        if self.field.isVisible() and self._edited is not None:
            place = self.rect_of(self._edited)
            if place is not None:
                self.field.follow(place)
