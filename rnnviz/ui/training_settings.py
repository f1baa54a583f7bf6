"""How the network is trained, in short and editable: optimiser, rate, clipping and its limit, epochs, batch size."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from rnnviz.scenario.types import Training
from rnnviz.session import Session, Snapshot
from rnnviz.session.edit_error import EditError
from rnnviz.ui import numbers, theme, training_words
from rnnviz.ui.number_field import CheckedLine, Complaint


class SettingField(CheckedLine):
    """One number; Enter or leaving takes it, Escape puts the old one back."""

    def __init__(self, take: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(take, parent)
        self._shown = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_value(self, text: str) -> None:
        """The value of the scenario; what is being typed stays."""
        if text != self._shown or not self.hasFocus():
            self._shown = text
            if not self.is_wrong:
                self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._put_back()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.text() != self._shown and not self.finish():
            return
        self._put_back()

    def _put_back(self) -> None:
        self.forget()
        self.setText(self._shown)
        self.refused.emit("")


class SettingsForm(QWidget):
    """Each change is an edit of the scenario, which can be undone."""

    changed = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._training = Training()
        self._labels: list[QLabel] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.GAP)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.optimiser = self._choice(self.tr("optimiser"), training_words.OPTIMISERS, self._choose_optimiser)
        self.rate = self._field(self.tr("rate"), self._take_rate)
        self.clipping = self._choice(self.tr("clipping"), training_words.CLIPPINGS, self._choose_clipping)
        self.limit = self._field(self.tr("limit"), self._take_limit)
        self.epochs = self._field(self.tr("epochs"), self._take_epochs)
        self.batch = self._field(self.tr("batch size"), self._take_batch)
        self.batch.setToolTip(self.tr("Sequences in one update; 0 for all of them"))
        self.complaint = Complaint(self)
        self._grid.addWidget(self.complaint, self._grid.rowCount(), 0, 1, 2)
        for field in self._fields():
            field.refused.connect(self._complain)
        self.restyle()

    def _fields(self) -> tuple[SettingField, ...]:
        return self.rate, self.limit, self.epochs, self.batch

    def show_snapshot(self, snapshot: Snapshot, *, is_editable: bool) -> None:
        training = snapshot.scenario.training
        if training is None:
            return
        self._training = training
        self._show_choice(self.optimiser, training.optimizer.kind)
        self._show_choice(self.clipping, training.clipping.kind)
        self.rate.show_value(numbers.full(training.optimizer.rate))
        self.limit.show_value(numbers.full(training.clipping.limit))
        self.epochs.show_value(str(training.epochs))
        self.batch.show_value(str(training.batch_size))
        for widget in (self.optimiser, self.clipping, *self._fields()):
            widget.setEnabled(is_editable)
        self.limit.setEnabled(is_editable and training.clipping.kind != "none")

    def described(self) -> str:
        """ "Adam, rate 0.01, clipping by norm 1, 100 epochs" """
        training = self._training
        parts = [
            training_words.optimiser(training.optimizer.kind),
            self.tr("rate {0}").format(numbers.text(training.optimizer.rate)),
        ]
        if training.clipping.kind != "none":
            kind, limit = training_words.clipping(training.clipping.kind), numbers.text(training.clipping.limit)
            parts.append(self.tr("clipping {0} {1}").format(kind, limit))
        parts.append(self.tr("{0} epochs").format(numbers.count(training.epochs)))
        return ", ".join(parts)

    def restyle(self) -> None:
        for label in self._labels:
            label.setFont(theme.sans(theme.SMALL))
        for field in self._fields():
            field.setFont(theme.mono(12))
        for box in (self.optimiser, self.clipping):
            box.setFont(theme.sans(12))

    # --- what is chosen or typed ------------------------------------------------------------------------------------

    def _choose_optimiser(self, kind: str) -> None:
        form = msgspec.structs.replace(self._training.optimizer, kind=kind)
        self._edit(self.tr("Train with {0}").format(training_words.optimiser(kind)), optimizer=form)

    def _choose_clipping(self, kind: str) -> None:
        form = msgspec.structs.replace(self._training.clipping, kind=kind)
        self._edit(self.tr("Set clipping to {0}").format(training_words.clipping(kind)), clipping=form)

    def _take_rate(self, text: str) -> None:
        rate = _positive(text, self.tr("The learning rate"))
        form = msgspec.structs.replace(self._training.optimizer, rate=rate)
        self._edit(self.tr("Set the learning rate to {0}").format(text.strip()), optimizer=form)

    def _take_limit(self, text: str) -> None:
        form = msgspec.structs.replace(self._training.clipping, limit=_positive(text, self.tr("The limit")))
        self._edit(self.tr("Set the clipping limit to {0}").format(text.strip()), clipping=form)

    def _take_epochs(self, text: str) -> None:
        epochs = _whole(text, 1, self.tr("The number of epochs"))
        self._edit(self.tr("Train for {0} epochs").format(epochs), epochs=epochs)

    def _take_batch(self, text: str) -> None:
        size = _whole(text, 0, self.tr("The batch size"))
        self._edit(self.tr("Set the batch size to {0}").format(size), batch_size=size)

    def _edit(self, label: str, **changes: Any) -> None:
        snapshot = self._session.snapshot
        assert snapshot is not None, "the form is drawn from one"
        training = msgspec.structs.replace(self._training, **changes)
        if training != self._training:
            self._session.edit(label, replace(snapshot.scenario, training=training))
        self.changed.emit()

    # --- how it is made ---------------------------------------------------------------------------------------------

    def _field(self, name: str, take: Callable[[str], None]) -> SettingField:
        field = SettingField(take, self)
        self._add(name, field)
        return field

    def _choice(self, name: str, entries: Mapping[str, str], choose: Callable[[str], None]) -> QComboBox:
        box = QComboBox(self)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for kind, text in entries.items():
            box.addItem(QCoreApplication.translate("training", text), kind)
        box.activated.connect(lambda _: self._chosen(box, choose))
        self._add(name, box)
        return box

    def _chosen(self, box: QComboBox, choose: Callable[[str], None]) -> None:
        try:
            choose(box.currentData())
        except EditError as error:
            self._complain(str(error))

    def _add(self, name: str, widget: QWidget) -> None:
        label = QLabel(name, self)
        label.setProperty("role", "muted")
        label.setBuddy(widget)
        widget.setAccessibleName(name)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)
        self._labels.append(label)

    def _show_choice(self, box: QComboBox, kind: str) -> None:
        box.setCurrentIndex(box.findData(kind))

    def _complain(self, message: str) -> None:
        if message:
            self.complaint.say(message)
        else:
            self.complaint.hide()


def _positive(text: str, name: str) -> float:
    try:
        value = float(text.replace(numbers.MINUS, "-"))
    except ValueError:
        raise EditError(f"{name} is a number above 0; “{text}” is none") from None
    if not (value > 0 and math.isfinite(value)):
        raise EditError(f"{name} must be above 0 and finite")
    return value


def _whole(text: str, least: int, name: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise EditError(f"{name} is a whole number; “{text}” is none") from None
    if value < least:
        raise EditError(f"{name} must be at least {least}")
    return value
