"""Letting a network write: one token at a press or on and on, by temperature and seed."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rnnviz.ui import numbers, theme
from rnnviz.ui.number_field import Complaint
from rnnviz.ui.setting_field import SettingField
from rnnviz.ui.typed_numbers import parse_number
from rnnviz.ui.value_slider import ValueSlider

HOTTEST = 2.0
_EVERY_MS = 80


class TextWriting(QWidget):
    """`asked` for one more token; `changed` when temperature or seed are others. `temperature` and `seed` are read."""

    asked = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.temperature, self.seed = 0.7, 1
        self.once, self.on = QPushButton(self.tr("Write one"), self), QPushButton(self)
        self.once.setToolTip(self.tr("Draw the next token and go on with it; what comes after this step is replaced"))
        self.once.clicked.connect(self.asked)
        self.on.clicked.connect(self.toggle)
        self.slider = ValueSlider(0.0, HOTTEST, 0.1, self)
        self.slider.setAccessibleName(self.tr("Temperature"))
        self.slider.setToolTip(self.tr("0: always the likeliest. 1: as the network says. Above: more surprises."))
        self.slider.moved.connect(self._heat)
        self.field, self.seed_field = SettingField(self._take_heat, self), SettingField(self._take_seed, self)
        self.field.setAccessibleName(self.tr("Temperature, typed"))
        self.seed_field.setAccessibleName(self.tr("Seed"))
        self.seed_field.setToolTip(self.tr("The same seed writes the same text"))
        self.complaint = Complaint(self)
        for field in (self.field, self.seed_field):
            field.refused.connect(self.complaint.say_or_hide)
        self._labels = [QLabel("T", self), QLabel(self.tr("seed"), self)]
        self._labels[0].setToolTip(self.tr("Temperature"))
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.asked)
        self._lay_out()
        self.restyle()

    @property
    def is_writing(self) -> bool:
        return self._timer.isActive()

    def toggle(self) -> None:
        if self.is_writing:
            self.stop()
        else:
            self._timer.start()
            self.asked.emit()
            self._show()

    def stop(self) -> None:
        self._timer.stop()
        self._show()

    def refuse(self, why: str) -> None:
        """Say why nothing more can be written; "" when all is well again."""
        if why:
            self.stop()
        self.complaint.say_or_hide(why)

    def restyle(self) -> None:
        for label in self._labels:
            label.setProperty("role", "muted")
            label.setFont(theme.sans(theme.SMALL))
        for button in (self.once, self.on):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for field in (self.field, self.seed_field):
            field.setFont(theme.mono(12))
            field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            field.setFixedWidth(theme.px(52))
        self._show()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP // 2)
        buttons, settings = QHBoxLayout(), QHBoxLayout()
        for button in (self.once, self.on):
            buttons.addWidget(button, 1)
        heat, seed = self._labels
        for widget in (heat, self.slider, self.field, seed, self.seed_field):
            settings.addWidget(widget, 1 if widget is self.slider else 0)
        column.addLayout(buttons)
        column.addLayout(settings)
        column.addWidget(self.complaint)

    def _show(self) -> None:
        self.on.setText(self.tr("Pause") if self.is_writing else self.tr("Write on"))
        self.slider.show_value(self.temperature)
        self.field.show_value(numbers.text(self.temperature))
        self.seed_field.show_value(str(self.seed))

    def _heat(self, value: float, _drag: object) -> None:
        self.temperature = round(value, 3)
        self._show()
        self.changed.emit()

    def _take_heat(self, text: str) -> None:
        value = parse_number(text)
        if not 0 <= value <= 100:
            raise ValueError(self.tr("the temperature can be 0 to 100"))
        self._heat(value, None)

    def _take_seed(self, text: str) -> None:
        if not text.strip().isdecimal() or len(text.strip()) > 15:
            raise ValueError(self.tr("a seed is a whole number from 0 on"))
        self.seed = int(text)
        self._show()
        self.changed.emit()
