"""The card that asks what a film is to be of: what, over which steps or iterates, how fast, how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget

from rnnviz.jobs.film import refusal
from rnnviz.session.edit_error import EditError
from rnnviz.session.shots import Over, chosen, places
from rnnviz.ui import numbers, theme
from rnnviz.ui.export import camera
from rnnviz.ui.export.filming import seconds_for
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.panel import Panel
from rnnviz.ui.popover import Popover

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow

SPEEDS = (1, 2, 5, 10, 20, 30)  # pictures a second
_FEW = 60  # pictures up to which a film is shown at a walking pace


@dataclass(frozen=True)
class FilmWish:
    """numbers : the steps or iterates; loops : how often it is shown, 0 for ever"""

    of: Panel | MainWindow
    over: Over
    numbers: tuple[int, ...]
    fps: float
    loops: int
    scale: int


class FilmCard(Popover):
    """Says `wished` with a FilmWish. What cannot be made is said at once, and nothing can be asked for."""

    wished = Signal(object)

    def __init__(self, window: MainWindow, panel: Panel | None) -> None:
        super().__init__(_tr("Export a film"), window, 460)
        self.setObjectName("film-card")
        self._window, self._panel = window, panel
        self._measured: dict[tuple[bool, int], tuple[float, tuple[int, int]]] = {}
        self.what, self.over, self.speed, self.scale, self.loops = (QComboBox(self.card) for _ in range(5))
        self.first, self.last, self.every = (QSpinBox(self.card) for _ in range(3))
        self.said = WrappedLabel("", self.card)
        self.said.setProperty("role", "muted")
        self.button = QPushButton(_tr("Export…"), self.card)
        self.button.setDefault(True)
        self.button.clicked.connect(self._ask)
        self._fill()
        self._lay_out()
        for choice in (self.what, self.speed, self.scale, self.loops):
            choice.currentIndexChanged.connect(self._tell)
        self.over.currentIndexChanged.connect(self._show_range)
        for number in (self.first, self.last, self.every):
            number.valueChanged.connect(self._tell)
        self._show_range()
        self.what.setFocus()

    def _fill(self) -> None:
        if self._panel is not None:
            self.what.addItem(_tr("Panel {0}").format(self._panel.translated(self._panel.title)), self._panel)
        self.what.addItem(_tr("The whole window"), self._window)
        snapshot = self._window.session.snapshot
        assert snapshot is not None, "the action is off without a document"
        self.over.addItem(_tr("the steps of the run"), "steps")
        if len(places(snapshot, "training")) > 1:
            self.over.addItem(_tr("the iterates of the training"), "training")
        for fps in SPEEDS:
            self.speed.addItem(_tr("{0} a second").format(fps), float(fps))
        self.speed.setCurrentIndex(SPEEDS.index(2 if len(places(snapshot, "steps")) <= _FEW else 10))
        for scale, text in ((1, _tr("as on the screen")), (2, _tr("twice the pixels"))):
            self.scale.addItem(text, scale)
        self.loops.addItem(_tr("again and again"), 0)
        self.loops.addItem(_tr("once"), 1)

    def _lay_out(self) -> None:
        ends = QWidget(self.card)
        row = QHBoxLayout(ends)
        row.setContentsMargins(0, 0, 0, 0)
        words = (_tr("to"), _tr("every"))
        row.addWidget(self.first, 1)
        for text, field in zip(words, (self.last, self.every), strict=True):
            row.addWidget(QLabel(text, ends))
            row.addWidget(field, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(8))
        grid.setColumnStretch(1, 1)
        lines: tuple[tuple[str, QWidget], ...] = (
            (_tr("Of"), self.what),
            (_tr("Over"), self.over),
            (_tr("From"), ends),
            (_tr("Pictures"), self.speed),
            (_tr("Size"), self.scale),
            (_tr("Shown"), self.loops),
        )
        for number, (text, field) in enumerate(lines):
            grid.addWidget(QLabel(text, self.card), number, 0)
            grid.addWidget(field, number, 1)
            field.setAccessibleName(text)
        for field, name in ((self.first, _tr("From")), (self.last, _tr("To")), (self.every, _tr("Every"))):
            field.setAccessibleName(name)
            field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)  # typed, or up and down with the arrow keys
        self.content.addLayout(grid)
        self.content.addWidget(self.said)
        buttons = QHBoxLayout()
        cancel = QPushButton(_tr("Cancel"), self.card)
        cancel.clicked.connect(self.close)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.button)
        self.content.addLayout(buttons)

    def _show_range(self) -> None:
        snapshot = self._window.session.snapshot
        assert snapshot is not None, "the card closes with the document"
        there = places(snapshot, self.over.currentData())
        for field in (self.first, self.last):
            field.blockSignals(True)
            field.setRange(there[0], there[-1])
            field.blockSignals(False)
        for field, value in ((self.first, min(max(there[0], 1), there[-1])), (self.last, there[-1])):
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)
        self.every.setRange(1, max(1, len(there)))
        self._tell()

    def wish(self) -> FilmWish:
        """Raises EditError where the range is empty."""
        snapshot = self._window.session.snapshot
        assert snapshot is not None, "the card closes with the document"
        over: Over = self.over.currentData()
        taken = chosen(snapshot, over, self.first.value(), self.last.value(), self.every.value())
        return FilmWish(
            self.what.currentData(), over, taken, self.speed.currentData(), self.loops.currentData(),
            self.scale.currentData(),
        )  # fmt: skip

    def _tell(self) -> None:
        """How many pictures, how long, how large, how long it takes; or why it cannot be."""
        problem = ""
        try:
            wish = self.wish()
            taking_s, (width, height) = self._measure(wish)
            count = len(wish.numbers)
            problem = refusal(count, width, height)
            text = _tr("{0} pictures of {1} × {2}, {3} s long. It takes about {4} s to make.")
            counts = (numbers.count(number) for number in (count, width, height))
            work_s = max(1, round(1.3 * taking_s * count + 1))  # and some for the joining
            self.said.setText(text.format(*counts, numbers.text(count / wish.fps, 2), work_s))
        except EditError as error:
            problem = str(error)
        if problem:
            self.said.setText(problem)
        self.button.setEnabled(not problem)

    def _measure(self, wish: FilmWish) -> tuple[float, tuple[int, int]]:
        """Of one picture; the card is on the window and in no picture of it."""
        key = (wish.of is self._panel, wish.scale)
        if key not in self._measured:
            snapshot = self._window.session.snapshot
            assert snapshot is not None, "the card closes with the document"
            self._measured[key] = seconds_for(camera.of_shown(wish.of, self._window.session, wish.scale), snapshot)
        return self._measured[key]

    def _ask(self) -> None:
        try:
            wish = self.wish()
        except EditError:
            return
        self.close()
        self.wished.emit(wish)


def _tr(text: str) -> str:
    return QCoreApplication.translate("film", text)
