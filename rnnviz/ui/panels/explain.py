"""The explain card: a number, and the equation it came from with the numbers in, each a link to its own card."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from rnnviz.engine import latex_card
from rnnviz.engine.explain import Explanation, Term
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.session import Change, Session, Snapshot
from rnnviz.session.gradient_place import counterpart
from rnnviz.session.places import called, given_name
from rnnviz.ui import numbers, theme, words
from rnnviz.ui.cards import law_text, wording
from rnnviz.ui.cards.contributions import Contribution, ContributionBars, largest
from rnnviz.ui.cards.linked_text import LinkedText, Piece
from rnnviz.ui.inputs_rows import subscripted
from rnnviz.ui.labels import WrappedLabel
from rnnviz.ui.number_field import CheckedLine, Complaint
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.theme import px
from rnnviz.ui.typed_numbers import parse_number

_BACK = "back"


class ExplainPanel(Panel):
    name = "explain"
    title = QT_TRANSLATE_NOOP("panel", "Explain")
    subtitle = QT_TRANSLATE_NOOP("panel", "where a number comes from")
    needs = Change.SCENARIO | Change.TRACE | Change.SELECTION
    place = "right"
    order = 10
    weight = 1.4

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._shows_all = False
        self._shown_address: AnyAddress | None = None
        self.trail = LinkedText(self.tr("Back to the number before"))
        self.number = QLabel()
        self.number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.number.setAccessibleName(self.tr("Value"))
        self.meaning = WrappedLabel()
        self.meaning.setProperty("role", "muted")
        self.law = LinkedText(self.tr("Law"))
        self.numbers_in = LinkedText(self.tr("Law with numbers"))
        self.result = LinkedText(self.tr("Summands"))
        self.bars = ContributionBars()
        self.lasting = WrappedLabel()
        self.lasting.setProperty("role", "muted")
        self.warning = WrappedLabel()
        self._build_editor()
        self._build_buttons()
        self._build_card()
        self.bars.opened.connect(self._open)
        for text in (self.trail, self.numbers_in, self.result):
            text.opened.connect(self._open)
            text.moved.connect(self._keep_in_view)

    def _build_editor(self) -> None:
        self.editor = QWidget()
        self.edited = CheckedLine(self._take)
        self.edited.setMaximumWidth(px(132))
        self.edited.setAccessibleName(self.tr("New value"))
        self.complaint = Complaint(self.editor)
        self.edited.refused.connect(self._complain)
        self._hint = QLabel(self.tr("Enter sets it"))
        self._hint.setProperty("role", "muted")
        self._hint.setFont(theme.sans(theme.SMALL))
        row = QHBoxLayout()
        row.addWidget(self.edited)
        row.addWidget(self._hint)
        row.addStretch()
        column = QVBoxLayout(self.editor)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(row)
        column.addWidget(self.complaint)

    def _build_buttons(self) -> None:
        self.exact = QPushButton(self.tr("Exact"))
        self.exact.setCheckable(True)
        self.exact.setToolTip(self.tr("Show every digit"))
        self.exact.toggled.connect(self._redraw_now)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy the card as text"))
        self.copy_button.clicked.connect(self.copy_text)
        self.latex_button = QPushButton(self.tr("LaTeX"))
        self.latex_button.setToolTip(self.tr("Copy the law and its numbers as LaTeX"))
        self.latex_button.clicked.connect(self.copy_latex)
        self.gradient_button = QPushButton()
        self.gradient_button.clicked.connect(self._open_counterpart)
        for button in (self.exact, self.copy_button, self.latex_button):
            button.setAccessibleName(button.toolTip())

    def _build_card(self) -> None:
        card = QWidget()
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 0, px(2), 0)
        column.setSpacing(px(3))
        head = (self.trail, self.number, self.meaning, self.warning, self.editor)
        for part in (*head, self.law, self.numbers_in, self.result, self.lasting, self.bars):
            column.addWidget(part)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(6))
        for button in (self.gradient_button, self.exact, self.copy_button, self.latex_button):
            buttons.addWidget(button)
        buttons.addStretch()
        column.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setWidget(card)
        self.body_layout.addWidget(self.scroll, 1)
        self.body_layout.addLayout(buttons)  # in sight however long the sum is

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        explanation = snapshot.explanation
        if explanation is None:
            self._shown_address = None
            self.set_subtitle(self.translated(self.subtitle))
            self.show_empty(self.tr("Click any number to see where it comes from."))
            return
        if explanation.address != self._shown_address:
            self._shows_all = False
            self._shown_address = explanation.address
            self.scroll.verticalScrollBar().setValue(0)
            self.complaint.hide()
            self.edited.forget()
        self.show_content()
        self.set_subtitle(f"{wording.title(explanation, snapshot)} · {_kind(explanation)}")
        self._draw_counterpart(explanation, snapshot)
        self._draw_trail(snapshot)
        self._draw_number(explanation)
        self._draw_words(explanation, snapshot)
        self._draw_law(explanation, snapshot)

    def _draw_trail(self, snapshot: Snapshot) -> None:
        self.trail.setVisible(bool(snapshot.trail))
        if snapshot.trail:
            before = words.of_place(snapshot.trail[-1], snapshot)
            self.trail.show_pieces([Piece(f"‹ {_short(snapshot.trail[-1], snapshot)}", _BACK, before)])

    def _draw_number(self, explanation: Explanation) -> None:
        value = explanation.value
        text = numbers.full(value) if self.exact.isChecked() else numbers.text(value, 5)
        room = max(self.scroll.viewport().width(), px(160))
        for size in (28, theme.DISPLAY, theme.LARGE, theme.BODY):
            font = theme.mono(size)
            if QFontMetrics(font).horizontalAdvance(text) <= room:
                break
        self.number.setFont(font)
        self.number.setText(text)
        self.number.setToolTip(numbers.full(value))

    def _draw_words(self, explanation: Explanation, snapshot: Snapshot) -> None:
        given = wording.can_edit(explanation.address, snapshot)
        is_derivative = isinstance(explanation.address, GradientAddress)
        meaning = wording.meaning(explanation, snapshot) if given or is_derivative else ""
        warnings = wording.warnings(explanation, snapshot)
        lasting = wording.of_gate(explanation, snapshot)
        for label, text in ((self.meaning, meaning), (self.warning, "\n".join(warnings)), (self.lasting, lasting)):
            label.setText(text)
            label.setVisible(bool(text))
        look = theme.current()
        colour = look.muted if explanation.held and len(warnings) == 1 else look.error
        self.warning.setStyleSheet(f"color: {colour.name()};")
        self.editor.setVisible(given)
        if given and not self.edited.is_wrong:
            self._fill_editor(explanation)

    def _draw_law(self, explanation: Explanation, snapshot: Snapshot) -> None:
        has_law = bool(explanation.law)
        is_exact = self.exact.isChecked()
        for part in (self.law, self.numbers_in):
            part.setVisible(has_law)
        self.latex_button.setVisible(bool(explanation.law_latex))
        result = law_text.result(explanation, is_exact) if has_law else []
        self.result.setVisible(bool(result))
        self.result.show_pieces(result)
        self.bars.show_contributions(self._contributions(explanation, snapshot))
        self.law.show_pieces(law_text.symbols(explanation.law) if has_law else [])
        with_numbers = law_text.with_numbers(explanation, snapshot, is_exact, self._shows_all) if has_law else []
        self.numbers_in.show_pieces(with_numbers)

    def _draw_counterpart(self, explanation: Explanation, snapshot: Snapshot) -> None:
        """The way from a number to the loss's derivative by it, and back."""
        other = counterpart(snapshot)
        self.gradient_button.setVisible(other is not None)
        to_derivative = isinstance(other, GradientAddress)
        self.gradient_button.setText(self.tr("∂L/∂") if to_derivative else self.tr("Value"))
        tip = self.tr("Open the derivative of the loss by it (D)") if to_derivative else self.tr("Open the number (D)")
        self.gradient_button.setToolTip(tip)
        self.gradient_button.setAccessibleName(tip)

    def _open_counterpart(self) -> None:
        other = counterpart(self.snapshot) if self.snapshot is not None else None
        if other is not None:
            self.session.select(other)

    def _contributions(self, explanation: Explanation, snapshot: Snapshot) -> list[Contribution]:
        if len(explanation.terms) < 2:
            return []
        found = [
            Contribution(wording.term_label(explanation, n, snapshot), term.value, _link(term))
            for n, term in enumerate(explanation.terms)
        ]
        return largest(found, law_text.MOST_TERMS, self.tr("{count} more together"))

    def restyle(self) -> None:
        for text in (self.trail, self.law, self.numbers_in, self.result):
            text.restyle()
        self.bars.updateGeometry()
        self._hint.setFont(theme.sans(theme.SMALL))
        self.edited.setFont(theme.mono(12))
        self.edited.setMaximumWidth(px(132))

    def describe(self, snapshot: Snapshot) -> str:
        explanation = snapshot.explanation
        if explanation is None:
            return self.tr("Nothing is selected. Click any number to see where it comes from.")
        title, meaning = wording.title(explanation, snapshot), wording.meaning(explanation, snapshot)
        said = [law_text.as_text(explanation, title, meaning, self._shows_all)]
        said += wording.warnings(explanation, snapshot)
        said += [wording.of_gate(explanation, snapshot)]
        return "\n".join(line for line in said if line)

    def showEvent(self, event: QShowEvent) -> None:
        """In another place of the window, the style sheet has taken the number's own font away."""
        super().showEvent(event)
        explanation = self.snapshot.explanation if self.snapshot else None
        if explanation is not None:
            self._draw_number(explanation)

    # --- where the numbers are --------------------------------------------------------------------------------------

    def cells(self) -> Grid | None:
        explanation = self.snapshot.explanation if self.snapshot else None
        if explanation is None:
            return None
        found = [operand.address for operand in explanation.operands if operand.address is not None]
        return Grid(1, len(found), lambda _row, column: found[column])

    def address_at(self, point: QPoint) -> AnyAddress | None:
        for text in (self.numbers_in, self.result):
            place = text.mapFrom(self, point)
            link = text.link_at(place) if text.isVisible() and text.rect().contains(place) else None
            if isinstance(link, Address | ParameterAddress | GradientAddress):
                return link
        return None

    def begin_edit(self, address: AnyAddress) -> bool:
        """Put the cursor into the field of the shown number."""
        if self.editor.isVisible() and address == self._shown_address:
            self.edited.setFocus(Qt.FocusReason.OtherFocusReason)
            self.edited.selectAll()
            return True
        return False

    # --- what one can do --------------------------------------------------------------------------------------------

    def copy_latex(self) -> None:
        explanation = self.snapshot.explanation if self.snapshot else None
        if explanation is not None:
            QGuiApplication.clipboard().setText(latex_card.card(explanation))

    def _open(self, link: object) -> None:
        if link == _BACK:
            self.session.back()
        elif link == law_text.SHOW_ALL:
            self._shows_all = True
            self.redraw()
        elif isinstance(link, Address | ParameterAddress | GradientAddress):
            self.session.select(link)

    def _keep_in_view(self, place: QRect) -> None:
        middle = self.sender().mapTo(self.scroll.widget(), place.center())
        self.scroll.ensureVisible(middle.x(), middle.y(), 0, px(24))

    def _take(self, text: str) -> None:
        if self._shown_address is not None:
            self.session.edit_number(self._shown_address, parse_number(text))

    def _complain(self, message: str) -> None:
        if message:
            self.complaint.say(message)
        else:
            self.complaint.hide()

    def _fill_editor(self, explanation: Explanation) -> None:
        text = numbers.full(explanation.value).removesuffix(".0")
        if text != self.edited.text():
            self.edited.setText(text)
            self.edited.setCursorPosition(0)

    def _redraw_now(self) -> None:
        self.redraw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace and not event.modifiers():
            self.session.back()
        else:
            super().keyPressEvent(event)


def _kind(explanation: Explanation) -> str:
    """The first words of the meaning: "forget gate" of "forget gate: the fraction of c that is kept"."""
    return explanation.meaning.partition(":")[0].partition(",")[0]


def _link(term: Term) -> AnyAddress | None:
    """Where a summand that is one number leads."""
    return term.operands[0].address if len(term.operands) == 1 else None


def _short(address: AnyAddress, snapshot: Snapshot) -> str:
    if isinstance(address, GradientAddress):
        return f"∂L/∂{_short(address.of, snapshot)}" + (f", t = {address.step}" if address.step else "")
    if isinstance(address, ParameterAddress):
        return called(snapshot.scenario, address)
    if address.quantity in ("x", "target"):
        return f"{subscripted(given_name(snapshot.scenario, address))}, t = {address.step}"
    return f"{address.quantity.partition('.')[2] or address.quantity}[{address.unit}], t = {address.step}"
