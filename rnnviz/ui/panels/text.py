"""Text: type a sentence and see it split into tokens; let a network that predicts the next one write."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from rnnviz.engine.errors import EngineError
from rnnviz.engine.network import Dense
from rnnviz.engine.next_token import draw, next_probabilities
from rnnviz.engine.trace import Address
from rnnviz.scenario.tokens import Vocabulary, vocabulary_of
from rnnviz.scenario.types import Scenario
from rnnviz.session import Change, Session, Snapshot
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_text import tokens_read, with_text, with_token, writes
from rnnviz.ui import numbers, theme
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.number_field import CheckedLine, Complaint
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.text_candidates import MOST, Candidate, TextCandidates
from rnnviz.ui.text_picture import TextPicture
from rnnviz.ui.text_writing import TextWriting

_FOLLOWED = 40  # pixels above and below the token that one looks at which stay in view


class TextPanel(Panel):
    name = "text"
    title = QT_TRANSLATE_NOOP("panel", "Text")
    subtitle = QT_TRANSLATE_NOOP("panel", "type a text, and step through it")
    needs = Change.SCENARIO | Change.TRACE | Change.CURSOR
    place = "left"
    order = 15

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.line = CheckedLine(self._take, self)
        self.line.setPlaceholderText(self.tr("Type a text, then Enter"))
        self.line.setAccessibleName(self.tr("Text to read"))
        self.line.textEdited.connect(self._preview)
        self.line.editingFinished.connect(self._forget_drawn)  # what was typed and not taken goes with the next step
        self.complaint = Complaint(self)
        self.line.refused.connect(self.complaint.say_or_hide)
        self.line.taken.connect(self.line.clearFocus)  # so that the arrow keys step through what was typed
        self.note = WrappedLabel("", self)
        self.note.setProperty("role", "muted")
        self.picture = TextPicture(self)
        self.picture.step_asked.connect(self.seek)
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.picture)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.candidates, self.writing = TextCandidates(self), TextWriting(self)
        self.candidates.chosen.connect(self._go_on_with)
        self.writing.asked.connect(self._write)
        self.writing.changed.connect(self.draw_again)
        for widget in (self.line, self.complaint, self.note, self.area, self.candidates, self.writing):
            self.body_layout.addWidget(widget, 1 if widget is self.area else 0)
        self._shown: tuple[int, ...] = ()
        self._drawn: tuple[Scenario, int] | None = None  # the text of which scenario and sequence
        self._written: object = None  # what one go of writing is called in the history
        self.watch(self.picture)
        self.restyle()

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        return vocabulary_of(snapshot.scenario) is not None

    def draw(self, snapshot: Snapshot) -> None:
        drawn = snapshot.scenario, snapshot.cursor.sequence
        if self._drawn != drawn:
            self._drawn = drawn
            self._draw_text(snapshot)
        self.picture.show_step(snapshot.cursor.step)
        self._follow(snapshot.cursor.step)
        if not self.candidates.isHidden():
            self.candidates.show_candidates(self._candidates(snapshot, _vocabulary(snapshot)))

    def _draw_text(self, snapshot: Snapshot) -> None:
        """What stays as it is while one steps through it."""
        vocabulary = _vocabulary(snapshot)
        tokens = tokens_read(snapshot.scenario, snapshot.cursor.sequence)
        self._shown = tuple(tokens)
        typed = _typed(snapshot, vocabulary, tokens)
        if not self.line.hasFocus():
            self.line.setText(typed or vocabulary.text(tokens))
            self.line.setCursorPosition(0)
        pieces = vocabulary.split(typed) if typed else [vocabulary.shown(token) for token in tokens]
        self._show_tokens(vocabulary, tokens, pieces)
        notes = self._unknown_in_words(tokens, vocabulary), self._passed_over_in_words(typed, vocabulary)
        self._say("; ".join(filter(None, notes)))
        can_write = writes(snapshot.scenario)
        self.candidates.setVisible(can_write)
        self.writing.setVisible(can_write)
        if not can_write:
            self.writing.stop()

    def describe(self, snapshot: Snapshot) -> str:
        vocabulary = _vocabulary(snapshot)
        tokens = tokens_read(snapshot.scenario, snapshot.cursor.sequence)
        words = [vocabulary.tokens[token] for token in tokens[:200]]
        kind = self.tr("characters") if vocabulary.is_of_characters else self.tr("words")
        said = self.tr("{count} {kind}: {text}.").format(count=len(tokens), kind=kind, text=", ".join(words))
        if 0 < snapshot.cursor.step <= len(tokens):
            now = vocabulary.tokens[tokens[snapshot.cursor.step - 1]]
            said += " " + self.tr("Now: {token}, id {id}.").format(token=now, id=tokens[snapshot.cursor.step - 1])
        if writes(snapshot.scenario) and snapshot.cursor.step:
            rows = self._candidates(snapshot, vocabulary)
            said += " " + self.tr("Next: {rows}.").format(
                rows=", ".join(f"{row.text} {numbers.percent(row.probability, 3)}" for row in rows)
            )
        return said

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        vocabulary = _vocabulary(snapshot)
        tokens = tokens_read(snapshot.scenario, snapshot.cursor.sequence)
        rows = [[step, token, vocabulary.tokens[token]] for step, token in enumerate(tokens, start=1)]
        return [["step", "id", "token"], *rows]

    def restyle(self) -> None:
        self.line.setFont(theme.sans(theme.BODY))
        self.note.setFont(theme.sans(theme.SMALL))
        self.picture.lay_out()
        self.writing.restyle()

    def address_at(self, point: QPoint) -> AnyAddress | None:
        step = self.picture.step_at(self.picture.mapFrom(self, point))
        return None if step is None or self.snapshot is None else self._address(step)

    def rect_of(self, address: AnyAddress) -> QRect | None:
        if not isinstance(address, Address) or address.quantity != "x":
            return None
        place = self.picture.place_of(address.step)
        if place is None or not self.picture.isVisible():
            return None
        seen = place.translated(self.picture.mapTo(self, QPoint()))
        inside = QRect(self.area.mapTo(self, QPoint()), self.area.viewport().size())
        return seen if inside.contains(seen) else None

    def cells(self) -> Grid:
        return Grid(1, len(self._shown), lambda _row, column: self._address(column + 1))

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _address(self, step: int) -> Address | None:
        if self.snapshot is None or not 0 < step <= len(self._shown):
            return None
        unit = self._shown[step - 1] if _vocabulary(self.snapshot).one_hot else 0
        return Address("x", step, self.snapshot.cursor.sequence, unit)

    def _show_tokens(self, vocabulary: Vocabulary, tokens: Sequence[int], pieces: Sequence[str]) -> None:
        tips = [f"{self.tr('step')} {step}: {vocabulary.tokens[token]}, {self.tr('id')} {token}"
                for step, token in enumerate(tokens, start=1)]  # fmt: skip
        unknown = frozenset(number for number, token in enumerate(tokens) if token == vocabulary.unknown)
        self.picture.show_tokens(pieces, tips, unknown, vocabulary.is_of_characters)

    def _forget_drawn(self) -> None:
        self._drawn = None

    def _preview(self, text: str) -> None:
        """How what is typed would be split, before it is taken."""
        if self.snapshot is None:
            return
        vocabulary = _vocabulary(self.snapshot)
        pieces = vocabulary.split(text)
        strange = [piece for piece, token in zip(pieces, vocabulary.encoded(pieces), strict=True) if token is None]
        unknown = [piece for piece in pieces if piece not in vocabulary.ids]
        kind = self.tr("characters") if vocabulary.is_of_characters else self.tr("words")
        said = self.tr("{count} {kind}").format(count=len(pieces), kind=kind)
        if unknown:
            names = ", ".join(dict.fromkeys(unknown))
            said += "; " + (self.tr("not known: {0}") if not strange else self.tr("cannot be read: {0}")).format(names)
        self._say("; ".join(filter(None, (said, self._passed_over_in_words(text, vocabulary)))))

    def _passed_over_in_words(self, text: str, vocabulary: Vocabulary) -> str:
        passed = ", ".join(dict.fromkeys(vocabulary.passed_over(text)))
        return self.tr("passed over: {0}").format(_short(passed)) if passed else ""

    def _unknown_in_words(self, tokens: Sequence[int], vocabulary: Vocabulary) -> str:
        count = sum(token == vocabulary.unknown for token in tokens)
        if not count:
            return ""
        return self.tr("{0} not known to this network").format(
            self.tr("1 word is") if count == 1 else self.tr("{0} words are").format(count)
        )

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _follow(self, step: int) -> None:
        place = self.picture.place_of(step)
        if place is not None:
            self.area.ensureVisible(place.center().x(), place.center().y(), 0, theme.px(_FOLLOWED))

    def _probabilities(self, snapshot: Snapshot) -> np.ndarray:
        """Of the token after the step that one looks at. Raises EngineError."""
        step = snapshot.cursor.step
        layer = snapshot.scenario.network.layers[-1]
        is_probability = isinstance(layer, Dense) and layer.activation == "softmax"
        output = snapshot.trace.output[step - 1, snapshot.cursor.sequence]
        return next_probabilities(output, is_probability, self.writing.temperature)

    def _candidates(self, snapshot: Snapshot, vocabulary: Vocabulary) -> list[Candidate]:
        if not snapshot.cursor.step:
            return []
        try:
            probabilities = self._probabilities(snapshot)
        except EngineError:
            return []
        best = np.argsort(-probabilities, kind="stable")[:MOST].tolist()
        return [Candidate(token, vocabulary.shown(token), float(probabilities[token])) for token in best]

    # --- what is asked ----------------------------------------------------------------------------------------------

    def _take(self, text: str) -> None:
        """Raises EditError, which is a ValueError, where the text cannot be read."""
        assert self.snapshot is not None, "the panel applies only to an open network"
        vocabulary = _vocabulary(self.snapshot)
        pieces = vocabulary.split(text)
        tokens = vocabulary.encoded(pieces)
        strange = [piece for piece, token in zip(pieces, tokens, strict=True) if token is None]
        if strange:
            names = ", ".join(dict.fromkeys(strange))
            raise EditError(self.tr("the vocabulary has no “{0}”").format(names), "text")
        known = [token for token in tokens if token is not None]
        sequence = self.snapshot.cursor.sequence
        scenario = with_text(self.snapshot.scenario, sequence, known, text)
        self.session.edit(self.tr("Type “{0}”").format(_short(text)), scenario)
        self.seek(1)

    def _go_on_with(self, token: int) -> None:
        """Continue after the step that one looks at with this token."""
        if self.snapshot is None:
            return
        now = self.snapshot
        try:
            scenario = with_token(now.scenario, now.cursor.sequence, now.cursor.step, token)
            written = self.tr("Write “{0}”").format(_vocabulary(now).tokens[token])
            label = self.tr("Write") if self.writing.is_writing else written
            self.session.edit(label, scenario, merge=self._merge_key(now))
        except EditError as error:
            self.writing.refuse(str(error))
            return
        self.writing.refuse("")
        self.session.seek(now.cursor.step + 1)

    def _write(self) -> None:
        if self.snapshot is None or not self.isVisible() or not writes(self.snapshot.scenario):
            self.writing.stop()
            return
        now = self.snapshot
        if now.cursor.step == 0:
            self.session.seek(1)
            return
        try:
            probabilities = self._probabilities(now)
        except EngineError as error:
            self.writing.refuse(str(error))
            return
        self._go_on_with(draw(probabilities, self.writing.seed, now.cursor.step))

    def _merge_key(self, now: Snapshot) -> object:
        """One go of writing is one entry of the history."""
        if not self.writing.is_writing:
            self._written = None
            return None
        if self._written is None:
            self._written = ("write", now.generation)
        return self._written


def _vocabulary(snapshot: Snapshot) -> Vocabulary:
    found = vocabulary_of(snapshot.scenario)
    assert found is not None, "the panel applies only where there is one"
    return found


def _typed(snapshot: Snapshot, vocabulary: Vocabulary, tokens: Sequence[int]) -> str:
    """The name of the sequence, where that is the very text that its tokens were read from; else ""."""
    names = snapshot.scenario.sequence_names
    name = names[snapshot.cursor.sequence] if names else ""
    return name if vocabulary.encoded(vocabulary.split(name)) == list(tokens) else ""


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
