"""One setting of a training in the form: its name, and a field, a choice or a switch."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSizePolicy, QWidget

from rnnviz.scenario.types import Scenario
from rnnviz.session import edit_training
from rnnviz.session.edit_error import EditError
from rnnviz.ui import numbers, theme
from rnnviz.ui.setting_field import SettingField
from rnnviz.ui.training_fields import Setting
from rnnviz.ui.typed_numbers import parse_number, parse_row

Take = Callable[[Setting, Any, str], None]


class Choice(QComboBox):
    """The wheel scrolls the form and chooses nothing by the way."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Row(QObject):
    """Hands a value, and how it is written, to `take`, which may raise EditError; `refused` says why, "" when not."""

    refused = Signal(str)

    def __init__(self, setting: Setting, take: Take, form: QWidget) -> None:
        super().__init__(form)
        self.setting, self._take = setting, take
        self._value: Any = None
        self.label = QLabel(_tr(setting.title), form)
        self.label.setProperty("role", "muted")
        self.widget: QWidget = self._made(form)
        self.label.setBuddy(self.widget)
        self.widget.setAccessibleName(self.label.text())

    def show_scenario(self, scenario: Scenario, is_editable: bool, is_seen: bool, why_not: str) -> None:
        is_there = is_seen and self.setting.applies(scenario)
        self.label.setVisible(is_there)
        self.widget.setVisible(is_there)
        if not is_there:
            return
        self._value = edit_training.setting(scenario, self.setting.path)
        self._show_value()
        waits = _tr(self.setting.waits_for(scenario))
        self.widget.setEnabled(is_editable and not waits)
        tip = "\n".join(part for part in (_tr(self.setting.tip), waits or ("" if is_editable else why_not)) if part)
        for part in (self.label, self.widget):
            part.setToolTip(tip)
        self.widget.setAccessibleDescription(tip)

    def restyle(self) -> None:
        self.label.setFont(theme.sans(theme.SMALL))
        self.widget.setFont(theme.mono(12) if isinstance(self.widget, SettingField) else theme.sans(12))

    def _made(self, form: QWidget) -> QWidget:
        if self.setting.is_switch:
            switch = QCheckBox(form)
            switch.clicked.connect(self._switched)
            return switch
        if self.setting.choices:
            box = Choice(form)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            for value, text in self.setting.choices.items():
                box.addItem(_tr(text), value)
            box.activated.connect(self._chosen)
            return box
        line = SettingField(self._typed, form)
        line.refused.connect(self.refused)
        return line

    def _show_value(self) -> None:
        match self.widget:
            case QCheckBox() as switch:
                switch.setChecked(bool(self._value))
            case QComboBox() as box:
                box.setCurrentIndex(box.findData(self._value))
            case SettingField() as line:
                line.show_value(self._written())

    def _written(self) -> str:
        if self.setting.is_row:
            return " ".join(numbers.full(value) for value in self._value)
        return str(self._value) if isinstance(self._value, int) else numbers.full(self._value)

    # --- what a person asks for -------------------------------------------------------------------------------------

    def _switched(self, is_on: bool) -> None:
        self._ask(is_on, _tr("on") if is_on else _tr("off"))

    def _chosen(self, index: int) -> None:
        value = self.widget.itemData(index)
        self._ask(value, _tr(self.setting.choices[value]))

    def _ask(self, value: Any, written: str) -> None:
        try:
            self._take(self.setting, value, written)
        except EditError as error:
            self._show_value()
            self.refused.emit(self._said(error))
        else:
            self.refused.emit("")

    def _typed(self, text: str) -> None:
        value = self._read(text)
        try:
            self._take(self.setting, value, text.strip())
        except EditError as error:
            raise EditError(self._said(error)) from error

    def _read(self, text: str) -> Any:
        """Raises ValueError in words."""
        name = _tr(self.setting.title)
        if self.setting.is_row:
            return tuple(parse_row(text)) if text.strip() else ()
        if self.setting.is_whole:
            try:
                return int(text)
            except ValueError:
                raise EditError(_tr("{0}: expected a whole number, “{1}” is none").format(name, text)) from None
        return parse_number(text)

    def _said(self, error: EditError) -> str:
        return f"{_tr(self.setting.title)}: {error.message}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("training", text)
