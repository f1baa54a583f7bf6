"""Cards of an import: what the file does not say, what of it cannot be shown, and how well the network is proven."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QRadioButton, QVBoxLayout, QWidget

from rnnviz.interop import in_words
from rnnviz.interop.question import Question
from rnnviz.scenario.types import Scenario
from rnnviz.ui import theme
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.popover import Popover

_SHORT = 20  # characters of a choice whose meaning stands beside it


class QuestionCard(Popover):
    """Every question of a file with its candidates; the likeliest is chosen at first, and nothing is taken unseen."""

    answered = Signal(object)  # hint -> value

    def __init__(self, file: str, questions: Sequence[Question], window: QWidget) -> None:
        super().__init__(_tr("What {0} does not say").format(file), window, 560)
        self.setObjectName("import-questions")
        self._groups: dict[str, QButtonGroup] = {}
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(18))
        for question in questions:
            column.addLayout(self._asked(question))
        self.add(holder, scrolls=True)
        _add_buttons(self, _tr("Import"), self._answer)
        self._groups[questions[0].hint].checkedButton().setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._answer()
        else:
            super().keyPressEvent(event)

    @property
    def hints(self) -> tuple[str, ...]:
        """What is asked."""
        return tuple(self._groups)

    def choose(self, hint: str, value: str) -> None:
        next(b for b in self._groups[hint].buttons() if b.property("value") == value).setChecked(True)

    def _asked(self, question: Question) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.px(5))
        text = WrappedLabel(question.text)
        text.setFont(theme.sans(theme.BODY, semibold=True))
        column.addWidget(text)
        if question.why:
            column.addWidget(_muted(question.why))
        group = QButtonGroup(self)
        self._groups[question.hint] = group
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(theme.px(14))
        grid.setVerticalSpacing(theme.px(4))
        is_below = any(len(choice.value) > _SHORT for choice in question.choices)
        for row, choice in enumerate(question.choices):
            button = QRadioButton(choice.value)
            button.setProperty("value", choice.value)
            button.setAccessibleName(f"{question.text} {choice.value}: {choice.meaning}")
            group.addButton(button)
            meaning = _Meaning(choice.meaning, button)
            if is_below:
                meaning.setContentsMargins(theme.px(20), 0, 0, theme.px(6))
                grid.addWidget(button, 2 * row, 0, 1, 2)
                grid.addWidget(meaning, 2 * row + 1, 0, 1, 2)
            else:
                grid.addWidget(button, row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(meaning, row, 1, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(grid)
        group.buttons()[0].setChecked(True)
        return column

    def _answer(self) -> None:
        answers = {hint: group.checkedButton().property("value") for hint, group in self._groups.items()}
        self.close()
        self.answered.emit(answers)


class _Meaning(WrappedLabel):
    """What a choice means; a click on it chooses."""

    def __init__(self, text: str, button: QRadioButton) -> None:
        super().__init__(text)
        self._button = button
        self.setProperty("role", "muted")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._button.setFocus()
        self._button.setChecked(True)


class PartCard(Popover):
    """Something of the file cannot be shown; its recurrent part alone can."""

    accepted = Signal()

    def __init__(self, problem: str, window: QWidget) -> None:
        super().__init__(_tr("Not all of this model can be shown"), window, 560)
        self.setObjectName("import-part")
        self.add(WrappedLabel(problem))
        said = _tr(
            "The recurrent layers alone can be imported, with their own weights. What enters them here is made up."
        )
        self.add(_muted(said))
        _add_buttons(self, _tr("Import the recurrent part"), self.accept).setFocus()

    def accept(self) -> None:
        self.close()
        self.accepted.emit()


class ReportCard(Popover):
    """What was read, what was taken for granted, how near our numbers are to the framework's own."""

    def __init__(self, scenario: Scenario, window: QWidget) -> None:
        assert scenario.imported is not None, "asked only where there is something to report"
        super().__init__(_tr("How {0} was imported").format(scenario.imported.file), window, 620)
        self.setObjectName("import-report")
        proof = WrappedLabel(in_words.proof_in_words(scenario.imported))
        proof.setFont(theme.sans(theme.BODY, semibold=True))
        self.add(proof)
        if not scenario.imported.samples:
            how = _tr(
                "To prove it, save inputs as x and the framework's outputs for them as y in {0}, beside the file, by "
                "numpy.savez, and import the file again."
            )
            self.add(_muted(how.format(Path(scenario.imported.file).with_suffix(".npz").name)))
        lines = list(in_words.report(scenario))[:-1]
        self.add(WrappedLabel("\n".join(line.strip() for line in lines)), scrolls=True)


def _add_buttons(card: Popover, accept: str, action: object) -> QPushButton:
    row = QHBoxLayout()
    row.addStretch(1)
    cancel, default = QPushButton(_tr("Cancel")), QPushButton(accept)
    cancel.clicked.connect(card.close)
    default.clicked.connect(action)
    for button in (cancel, default):
        row.addWidget(button)
    card.content.addLayout(row)
    return default


def _muted(text: str) -> WrappedLabel:
    label = WrappedLabel(text)
    label.setProperty("role", "muted")
    label.setFont(theme.sans(theme.SMALL))
    return label


def _tr(text: str) -> str:
    return QCoreApplication.translate("import", text)
