"""The options of an import as rows of a form: a name, and a choice, a field or a switch."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from rnnviz.session.edit_error import EditError
from rnnviz.ui import numbers, theme
from rnnviz.ui.data.options import OPTIONS, Option
from rnnviz.ui.data.state import State
from rnnviz.ui.data.words import tr
from rnnviz.ui.number_field import Complaint
from rnnviz.ui.setting_field import SettingField
from rnnviz.ui.training_row import Choice
from rnnviz.ui.typed_numbers import parse_number

# Without an answer to these there is nothing to import.
TO_BE_DECIDED = ("axes", "arrays.inputs", "missing", "unknown")


class OptionRow(QObject):
    """`changed` hands on what was chosen or typed."""

    changed = Signal(object, object)  # the option, its new value

    def __init__(self, option: Option, form: QWidget) -> None:
        super().__init__(form)
        self.option = option
        self.label = QLabel("" if option.is_switch else tr(option.title), form)
        self.label.setProperty("role", "muted")
        self.label.setFont(theme.sans(theme.SMALL))
        self.complaint = Complaint(form)
        self.widget = self._made(form)
        self.widget.setAccessibleName(tr(option.title))
        self.widget.setToolTip(tr(option.tip))
        self.label.setToolTip(tr(option.tip))
        self.label.setBuddy(self.widget)

    def show_state(self, state: State) -> None:
        is_there = self.option.applies(state)
        self.label.setVisible(is_there)
        self.widget.setVisible(is_there)
        if not is_there:
            self.complaint.hide()
            return
        value = self.option.value(state)
        is_open = self.option.values is not None and value in ("ask", "") and self.option.key in TO_BE_DECIDED
        self.label.setStyleSheet(f"color: {theme.current().error.name()};" if is_open else "")
        match self.widget:
            case QCheckBox() as switch:
                switch.setChecked(bool(value))
            case QComboBox() as box:
                _fill(box, self.option, state, value)
            case SettingField() as line:
                line.show_value(numbers.full(value) if isinstance(value, float) else str(value))

    def _made(self, form: QWidget) -> QWidget:
        if self.option.is_switch:
            switch = QCheckBox(tr(self.option.title), form)
            switch.setFont(theme.sans(12))
            switch.clicked.connect(self._switched)
            return switch
        if self.option.values is not None:
            box = Choice(form)
            box.setFont(theme.sans(12))
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.activated.connect(self._chosen)
            return box
        line = SettingField(self._typed, form)
        line.refused.connect(self.complaint.say_or_hide)
        return line

    def _switched(self, is_on: bool) -> None:
        self.changed.emit(self.option, is_on)

    def _chosen(self, index: int) -> None:
        self.changed.emit(self.option, self.widget.itemData(index)[0])

    def _typed(self, text: str) -> None:
        """Raises ValueError in words."""
        value: float = parse_number(text)
        if self.option.is_whole:
            if not (value.is_integer() and 0 <= value < 1e9):
                raise EditError(tr("{0}: expected a whole number, “{1}” is none").format(tr(self.option.title), text))
            self.changed.emit(self.option, int(value))
        else:
            self.changed.emit(self.option, value)


class OptionsForm(QWidget):
    """Only the rows that say something about the data at hand are there."""

    changed = Signal(object, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, theme.px(4), 0)
        grid.setHorizontalSpacing(theme.GAP)
        grid.setVerticalSpacing(theme.px(5))
        grid.setColumnStretch(1, 1)
        self.rows = {option.key: OptionRow(option, self) for option in OPTIONS}
        for place, row in enumerate(self.rows.values()):
            grid.addWidget(row.label, 2 * place, 0)
            grid.addWidget(row.widget, 2 * place, 1)
            grid.addWidget(row.complaint, 2 * place + 1, 0, 1, 2)
            row.changed.connect(self.changed)
        grid.setRowStretch(2 * len(self.rows), 1)

    def show_state(self, state: State) -> None:
        for row in self.rows.values():
            row.show_state(state)


def _fill(box: QComboBox, option: Option, state: State, value: Any) -> None:
    """Values stand in tuples of one: Qt would make None and "" the same."""
    assert option.values is not None
    texts = option.values(state)
    if [box.itemData(k)[0] for k in range(box.count())] != list(texts):
        box.clear()
        for each, text in texts.items():
            box.addItem(tr(text), (each,))
    box.setCurrentIndex(list(texts).index(value) if value in texts else -1)
