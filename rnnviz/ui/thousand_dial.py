"""One number to be moved: what it is, slider, field and round values, and below them what follows from it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from rnnviz.session.edit_error import EditError
from rnnviz.ui import numbers, theme
from rnnviz.ui.labels import ElidedLabel
from rnnviz.ui.number_field import Complaint
from rnnviz.ui.setting_field import SettingField
from rnnviz.ui.typed_numbers import parse_number
from rnnviz.ui.value_slider import ValueSlider

Figures = Sequence[tuple[str, str]]


class Dial(QWidget):
    """`asked(value, key)`; edits with the same key belong together. `refuse` says why one could not be had."""

    asked = Signal(float, object)

    def __init__(self, letter: str, offered: Sequence[float], slider: ValueSlider, parent: QWidget) -> None:
        super().__init__(parent)
        self.letter, self.slider, self._value = letter, slider, 0.0
        self._is_refused = False
        self.heading, self.aside = ElidedLabel("", self), ElidedLabel("", self)
        self.aside.setProperty("role", "muted")
        self.field = SettingField(self._take, self)
        self.field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.name = QLabel(_typeset(letter), self)
        self.name.setBuddy(self.field)
        self.buttons = [self._button(value) for value in offered]
        self.complaint = Complaint(self)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self.slider.moved.connect(self._ask)
        self.field.refused.connect(self.complaint.say_or_hide)
        self._lay_out()
        self.restyle()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.heading)
        column.addWidget(self.aside)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.name)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        column.addLayout(row)
        chips = QHBoxLayout()
        chips.setSpacing(4)
        for button in self.buttons:
            chips.addWidget(button)
        chips.addStretch()
        column.addLayout(chips)
        column.addWidget(self.complaint)
        self._table = QWidget(self)
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GAP)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        column.addWidget(self._table)
        column.addStretch()

    def _button(self, value: float) -> QToolButton:
        button = QToolButton(self)
        button.setText(numbers.text(value))
        button.setProperty("value", value)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"{self.letter} = {numbers.text(value)}")
        button.setCheckable(True)
        button.clicked.connect(self._offered)
        return button

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_value(self, value: float, figures: Figures) -> None:
        self._value = value
        self.slider.show_value(value)
        self.slider.setAccessibleDescription(numbers.text(value))
        self.field.show_value(numbers.full(value))
        for button in self.buttons:
            button.setChecked(button.property("value") == value)
        self._show_figures(figures)

    def say(self, heading: str, aside: str) -> None:
        """What the number belongs to, and whether that is the document."""
        self.heading.setText(heading)
        self.aside.setText(aside)
        self.slider.setAccessibleName(f"{self.letter}, {heading}")
        self.field.setAccessibleName(f"{self.letter}, {heading}")

    def _show_figures(self, figures: Figures) -> None:
        while len(self._rows) < len(figures):
            label, value = QLabel(self), QLabel(self)
            label.setProperty("role", "muted")
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # no number widens the dial
            for column, widget in enumerate((label, value)):
                self._grid.addWidget(widget, len(self._rows), column)
            self._rows.append((label, value))
            self.restyle()
        for (label, value), (name, text) in zip(self._rows, figures, strict=True):
            label.setText(name)
            value.setText(text)

    def text(self) -> str:
        """For screen readers and for copying."""
        rows = [f"{label.text()} {value.text()}" for label, value in self._rows]
        said = ", ".join([f"{self.letter} = {numbers.text(self._value)}", *rows])
        return f"{self.heading.text()} ({self.aside.text()}): {said}."

    def restyle(self) -> None:
        self.heading.setFont(theme.sans(12, semibold=True))
        self.aside.setFont(theme.sans(theme.SMALL))
        self.name.setFont(theme.mono(12))
        self.field.setFont(theme.mono(12))
        self.field.setFixedWidth(theme.px(70))
        self._table.setMaximumWidth(theme.px(300))  # so that a value stands near its name
        for button in self.buttons:
            button.setFont(theme.mono(theme.SMALL))
        for label, value in self._rows:
            label.setFont(theme.sans(theme.SMALL))
            value.setFont(theme.sans(12, semibold=True))

    # --- what is asked for ------------------------------------------------------------------------------------------

    def refuse(self, why: str) -> None:
        """Call while `asked` is being heard, when it cannot be done."""
        self._is_refused = True
        self.complaint.say(why)

    def _ask(self, value: float, key: object) -> None:
        self._is_refused = False
        self.asked.emit(value, key)
        if self._is_refused:
            self.slider.show_value(self._value)
        else:
            self.complaint.hide()

    def _offered(self) -> None:
        self._ask(self.sender().property("value"), None)
        for button in self.buttons:
            button.setChecked(button.property("value") == self._value)

    def _take(self, text: str) -> None:
        self._ask(parse_number(text), None)
        if self._is_refused:
            raise EditError(self.complaint.text())


def _typeset(letter: str) -> str:
    """ "z_f" with its index below the line."""
    stem, _, index = letter.partition("_")
    return f"{stem}<sub>{index}</sub>" if index else stem
