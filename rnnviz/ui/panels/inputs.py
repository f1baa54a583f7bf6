"""Inputs and targets: an editable table of steps; words for an embedding, the picture itself where rows make one."""

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QToolButton, QWidget

from rnnviz.engine.network import Dense
from rnnviz.engine.trace import Address
from rnnviz.session import Session, Snapshot
from rnnviz.ui import inputs_edits, inputs_words, panel_menu, words
from rnnviz.ui.inputs_feed import FeedNext
from rnnviz.ui.inputs_picture import ClassBars, InputPicture
from rnnviz.ui.inputs_rows import Rows, rows_of
from rnnviz.ui.inputs_sequences import SequenceChooser, Thumbnails
from rnnviz.ui.inputs_table import StepTable
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.plots.reading import pending
from rnnviz.ui.theme import px

_TYPED = set("0123456789+-−.,")


class InputsPanel(Panel):
    name = "inputs"
    title = QT_TRANSLATE_NOOP("panel", "Inputs")
    subtitle = QT_TRANSLATE_NOOP("panel", "type, paste, drag to reorder")
    place = "left"
    order = 10

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.rows: Rows | None = None
        self._rows_are_of: Snapshot | None = None
        self._edited = Address("x", 1)
        self._anchor: Address | None = None  # where a range of cells began
        self._range: tuple[Address, Address] | None = None
        self.chooser, self.thumbnails = SequenceChooser(), Thumbnails()
        self.picture, self.bars = InputPicture(), ClassBars()
        self.steps = StepTable()
        self.feed_next = FeedNext(self._feed)
        self._numbers_tool = self._build_numbers_tool()
        for widget in (self.chooser, self.thumbnails, self.picture, self.bars, self.steps, self.feed_next):
            self.body_layout.addWidget(widget)
        self.body_layout.addStretch(1)
        self.body_layout.setStretchFactor(self.steps, 1000)
        for canvas in (self.picture, self.bars, self.steps.viewport()):
            self.watch(canvas)
        self._connect()

    def _build_numbers_tool(self) -> QToolButton:
        button = QToolButton()
        button.setText(self.tr("Numbers"))
        button.setCheckable(True)
        button.setToolTip(self.tr("Show the picture as a table of numbers"))
        button.setAccessibleName(self.tr("Show the picture as a table of numbers"))
        button.toggled.connect(self._numbers_toggled)
        self.add_tool(button)
        return button

    def _connect(self) -> None:
        self.chooser.chosen.connect(self.session.seek_sequence)
        self.thumbnails.chosen.connect(self.session.seek_sequence)
        self.picture.step_chosen.connect(self.session.seek)
        self.picture.edit_asked.connect(self.begin_edit)
        self.steps.step_chosen.connect(self.session.seek)
        self.steps.row_moved.connect(self._move_row)
        self.steps.edit_asked.connect(self.begin_edit)
        self.steps.range_extended.connect(self._extend_range)
        self.steps.field.left.connect(self._field_left)

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        old = self.rows
        self.rows = self._rows_of(snapshot)
        if self.rows is not old:
            self._draw_frame(snapshot, self.rows)
        if self._is_picture:
            self._draw_picture(snapshot, self.rows)
        else:
            selection = snapshot.selection if isinstance(snapshot.selection, Address) else None
            self.steps.show_rows(self.rows, snapshot.cursor.step, selection, _has_outputs(snapshot))
            self.steps.mark(self._range)
        if self.rows is not old:
            self.steps.setMaximumHeight(self.steps.sizeHint().height())

    @property
    def _is_picture(self) -> bool:
        return self.snapshot is not None and self.snapshot.scenario.images and not self._numbers_tool.isChecked()

    def _draw_frame(self, snapshot: Snapshot, rows: Rows) -> None:
        """All that stays while only the step is another: which parts are shown, sequences, what can be fed."""
        scenario, at = snapshot.scenario, snapshot.cursor.sequence
        self._range = self._anchor = None
        names = tuple(words.of_sequence(n, snapshot) for n in range(snapshot.trace.batch))
        self._numbers_tool.setVisible(scenario.images)
        self.chooser.setVisible(len(names) > 1)
        self.thumbnails.setVisible(scenario.images and len(names) > 1)
        for widget in (self.picture, self.bars):
            widget.setVisible(self._is_picture)
        for widget in (self.steps, self.feed_next):
            widget.setVisible(not self._is_picture)
        self.chooser.show_names(names, at)
        if scenario.images:
            self.thumbnails.show_pictures(scenario.inputs, names, at)
        self._expect_feed(rows)

    def _has_room_for_bars(self) -> bool:
        """A low panel shows the picture alone; the probabilities are in other panels too."""
        above = self.chooser.sizeHint().height() + self.thumbnails.sizeHint().height() + px(64)  # header and gaps
        return self.height() >= above + px(84) + self.bars.least_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.snapshot is not None and self._is_picture and self.rows is not None:
            self._draw_picture(self.snapshot, self.rows)

    def _expect_feed(self, rows: Rows) -> None:
        names = rows.blocks[0].names
        if rows.words:
            self.feed_next.expect(self.tr("word"), self.tr("Type the next word, or its id, and press Enter"))
        elif len(names) > 4:
            placeholder = self.tr("{count} numbers").format(count=len(names))
            self.feed_next.expect(placeholder, self.tr("Type or paste {count} numbers").format(count=len(names)))
        else:
            tip = self.tr("Type {names}, with spaces between, and press Enter").format(names=", ".join(names))
            self.feed_next.expect("  ".join(names), tip)

    def _rows_of(self, snapshot: Snapshot) -> Rows:
        """The rows of this snapshot; those of the last one while only the step is another."""
        last = self._rows_are_of
        is_same = last is not None and last.trace is snapshot.trace and last.scenario is snapshot.scenario
        if self.rows is None or not is_same or self.rows.sequence != snapshot.cursor.sequence:
            self._rows_are_of = snapshot
            return rows_of(snapshot)
        return self.rows

    def _draw_picture(self, snapshot: Snapshot, rows: Rows) -> None:
        cursor, selection = snapshot.cursor, snapshot.selection
        self.picture.show_rows(rows, cursor.step, selection if isinstance(selection, Address) else None)
        is_softmax = _answers_with_probabilities(snapshot)
        if is_softmax:
            outputs = rows.blocks[-1]
            step = cursor.step
            is_there = step > 0 and _has_outputs(snapshot)
            values = outputs.values[step - 1] if is_there else np.zeros(len(outputs.names))
            address = outputs.address(step, 0, rows.sequence) if is_there else None
            self.bars.show_values(values, outputs.names, address, _true_class(snapshot), selection)
        self.bars.setVisible(is_softmax and self._has_room_for_bars())

    def restyle(self) -> None:
        for part in (self.steps, self.picture, self.thumbnails, self.feed_next):
            part.restyle()
        self.steps.setMaximumHeight(self.steps.sizeHint().height())

    def describe(self, snapshot: Snapshot) -> str:
        rows = self._rows_of(snapshot)
        said = [self.tr("{count} steps").format(count=rows.length)]
        if snapshot.trace.batch > 1:
            said.insert(0, words.of_sequence(rows.sequence, snapshot))
        step = snapshot.cursor.step
        if step:
            said.append(self.tr("step {step}").format(step=step))
            said.extend(inputs_words.said_at(rows, step, _has_outputs(snapshot)))
        return "; ".join(said)

    def table(self, snapshot: Snapshot) -> list[list[str | float]]:
        return inputs_words.as_table(self._rows_of(snapshot))

    # --- where the numbers are --------------------------------------------------------------------------------------

    def address_at(self, point: QPoint) -> AnyAddress | None:
        for canvas, owner in self._canvases():
            place = canvas.mapFrom(self, point)
            if canvas.isVisible() and canvas.rect().contains(place):
                return owner.address_at(place)
        return None

    def rect_of(self, address: AnyAddress) -> QRect | None:
        if not isinstance(address, Address):
            return None
        for canvas, owner in self._canvases():
            rect = owner.rect_of(address) if canvas.isVisible() else None
            if rect is not None:
                return QRect(canvas.mapTo(self, rect.topLeft()), rect.size())
        return None

    def _canvases(self) -> tuple[tuple[QWidget, StepTable | InputPicture | ClassBars], ...]:
        return (self.steps.viewport(), self.steps), (self.picture, self.picture), (self.bars, self.bars)

    def cells(self) -> Grid | None:
        rows = self.rows
        if rows is None:
            return None
        places = [(block, column) for block in rows.blocks for column in range(len(block.names))]

        def address(row: int, column: int) -> Address | None:
            block, unit = places[column]
            return block.address(row + 1, unit, rows.sequence)

        return Grid(rows.steps, len(places), address)

    def move_cursor(self, down: int, right: int) -> None:
        super().move_cursor(down, right)
        if isinstance(self.address, Address):
            self._anchor, self._range = self.address, None
            self.steps.ensure_visible(self.address)
            self.steps.mark(None)

    def _move_to(self, address: AnyAddress) -> None:
        place = self._place_in_grid(address)
        if place is None:
            return
        self._at = place
        if QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier and self._anchor is not None:
            self._extend_range(address)
        else:
            self._anchor, self._range = address, None
            self.steps.mark(None)

    def _place_in_grid(self, address: AnyAddress) -> tuple[int, int] | None:
        found = self.rows.place_of(address) if self.rows and isinstance(address, Address) else None
        if found is None or self.rows is None:
            return None
        block, step, column = found
        before = self.rows.blocks[: self.rows.blocks.index(block)]
        return step - 1, sum(len(each.names) for each in before) + column

    def _extend_range(self, address: AnyAddress) -> None:
        if isinstance(address, Address) and self._anchor is not None and address.quantity == self._anchor.quantity:
            self._range = (self._anchor, address)
            self.steps.mark(self._range)

    # --- editing ----------------------------------------------------------------------------------------------------

    def begin_edit(self, address: AnyAddress, typed: str = "") -> bool:
        found = self.rows.place_of(address) if self.rows and isinstance(address, Address) else None
        if found is None or self.rows is None or self.snapshot is None or not isinstance(address, Address):
            return False
        block, step, column = found
        if not block.can_edit:
            self.session.select(address)  # an output is worked out: its card says from what
            return False
        if self.picture.isVisible():
            self._numbers_tool.setChecked(True)
        self._move_to(address)
        has_words = self.rows.has_words(block)
        text = self.rows.word(step) if has_words else repr(block.value(step, column)).removesuffix(".0")
        self._edited = address
        self.steps.edit(address, text, words.of_place(address, self.snapshot), self._take, typed)
        return True

    def _take(self, text: str) -> None:
        assert self.rows is not None
        has_words = self._edited.quantity == "x"
        value = inputs_edits.read_number(text, self.rows.words if has_words else ())
        self.session.edit_number(self._edited, value)

    def _field_left(self, direction: int) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if direction:
            self.move_cursor(0, direction)
            if self.address is not None:
                self.begin_edit(self.address)

    def _feed(self, text: str) -> None:
        if self.snapshot is not None:
            self.session.feed(inputs_edits.read_step(text, self.snapshot.scenario))

    def stand_at(self, step: int) -> None:
        """Put the keyboard cursor on a step, its first input; a picture is shown as numbers."""
        if self.picture.isVisible():
            self._numbers_tool.setChecked(True)
        if self.rows is not None:
            self._at, self._range = (step - 1, 0), None
            self.steps.mark(None)

    def _steps_marked(self) -> list[int]:
        """The steps of the marked range, or the one under the keyboard cursor."""
        if self.rows is None or not isinstance(self.address, Address):
            return []
        corners = self._range or (self.address, self.address)
        places = [self.rows.place_of(corner) for corner in corners]
        steps = sorted(place[1] for place in places if place is not None)
        return list(range(steps[0], min(steps[-1], self.rows.length) + 1)) if steps else []

    def _move_row(self, step: int, to: int) -> None:
        if self._tried(lambda: self.session.move_step(step, to)) and self._at[0] == step - 1:
            self._at = to - 1, self._at[1]

    def insert(self) -> None:
        if self.snapshot is not None and (steps := self._steps_marked()):
            width = self.snapshot.scenario.inputs.shape[2]
            self._tried(lambda: self.session.insert_step(steps[0], np.zeros(width)))

    def delete(self) -> None:
        if steps := self._steps_marked():
            self._range = None
            self._tried(lambda: self.session.delete_steps(steps))

    def copy(self) -> None:
        if self.rows is not None and isinstance(self.address, Address):
            corners = self._range or (self.address, self.address)
            QGuiApplication.clipboard().setText(inputs_edits.copied(self.rows, corners))

    def paste(self) -> None:
        at, rows = self.address, self.rows
        if rows is not None and isinstance(at, Address):
            first = self._first_corner() or at
            text = QGuiApplication.clipboard().text()
            self._tried(lambda: inputs_edits.paste(self.session, rows, first, text))

    def _first_corner(self) -> Address | None:
        if self._range is None:
            return None
        first, last = self._range
        return Address(first.quantity, min(first.step, last.step), first.sequence, min(first.unit, last.unit))

    def _tried(self, edit: object) -> bool:
        """Do an edit; when it is refused say why under the number it is about, and change nothing."""
        try:
            edit()  # type: ignore[operator]
        except ValueError as error:
            address = self.address
            self.steps.complain(str(error), address if isinstance(address, Address) else None)
            return False
        return True

    # --- mouse ------------------------------------------------------------------------------------------------------

    def _press(self, watched: QWidget, event: QMouseEvent) -> None:
        """After a click on a number that can be edited, what one types goes into it."""
        super()._press(watched, event)
        address = self.address_at(watched.mapTo(self, event.position().toPoint()))
        found = self.rows.place_of(address) if self.rows and isinstance(address, Address) else None
        if found is not None and found[0].can_edit and not self.picture.isVisible():
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the row under the mouse, or with the marked rows when it is one of them."""
        address = self.address_at(event.pos())
        found = self.rows.place_of(address) if self.rows and isinstance(address, Address) else None
        if address is None or found is None or self.picture.isVisible():
            panel_menu.show(self, event.globalPos())
            return
        if found[1] not in self._steps_marked():
            self._move_to(address)
        own = (
            (self.tr("Insert a step before") + "\tIns", self.insert),
            (self.tr("Delete") + "\tDel", self.delete),
            (self.tr("Move up") + "\tAlt+↑", self.move_up),
            (self.tr("Move down") + "\tAlt+↓", self.move_down),
            (self.tr("Copy numbers") + "\tCtrl+C", self.copy),
            (self.tr("Paste numbers") + "\tCtrl+V", self.paste),
        )
        panel_menu.show(self, event.globalPos(), own)

    # --- keys -------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._action_of(event):
            event.accept()  # on the table these keys mean the table's own actions, not the window's
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._action_of(event)
        if action is not None:
            action()
        else:
            super().keyPressEvent(event)

    def _action_of(self, event: QKeyEvent) -> object:
        """What a key does on the table, None when it is no key of the table."""
        if self.rows is None or self.address is None or self.leads_on(event):
            return None
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key, keys = event.key(), Qt.Key
        if event.matches(QKeySequence.StandardKey.Copy):
            return self.copy
        if event.matches(QKeySequence.StandardKey.Paste):
            return self.paste
        if modifiers == Qt.KeyboardModifier.AltModifier and key in (keys.Key_Up, keys.Key_Down):
            return self.move_up if key == keys.Key_Up else self.move_down
        if modifiers == Qt.KeyboardModifier.ShiftModifier and key in (keys.Key_Up, keys.Key_Down):
            return self._range_up if key == keys.Key_Up else self._range_down
        if modifiers:
            return None
        plain = {keys.Key_Insert: self.insert, keys.Key_Delete: self.delete, keys.Key_E: self._edit_now,
                 keys.Key_F2: self._edit_now}  # fmt: skip
        if key in plain and not (key == keys.Key_E and self.rows.words):
            return plain[keys(key)]
        text = event.text()
        if text and (text in _TYPED or (self.rows.words and text.isalpha())):
            return lambda: self.begin_edit(self.address, text)
        return None

    def _edit_now(self) -> None:
        if self.address is not None:
            self.begin_edit(self.address)

    def move_up(self) -> None:
        self._move_row(self._at[0] + 1, self._at[0])

    def move_down(self) -> None:
        self._move_row(self._at[0] + 1, self._at[0] + 2)

    def _range_up(self) -> None:
        self._stretch_range(-1)

    def _range_down(self) -> None:
        self._stretch_range(1)

    def _stretch_range(self, down: int) -> None:
        anchor = self._anchor or self.address
        self.move_cursor(down, 0)
        self._anchor = anchor if isinstance(anchor, Address) else None
        if self.address is not None:
            self._extend_range(self.address)

    def _numbers_toggled(self) -> None:
        self.rows = None  # the parts of the panel are shown anew
        self.redraw()


def _answers_with_probabilities(snapshot: Snapshot) -> bool:
    last = snapshot.scenario.network.layers[-1]
    return isinstance(last, Dense) and last.activation == "softmax"


def _has_outputs(snapshot: Snapshot) -> bool:
    """Whether the present sub-step has reached the output."""
    return snapshot.trace.output_name not in pending(snapshot)


def _true_class(snapshot: Snapshot) -> int:
    """The class that the targets name, -1 where there are none."""
    targets = snapshot.scenario.targets
    if targets is None or targets.shape[2] != snapshot.trace.output.shape[2]:
        return -1
    return int(np.argmax(targets[-1, snapshot.cursor.sequence]))
