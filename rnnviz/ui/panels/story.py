"""The story of the scenario: what it is and what to notice, its numbers worked out now and linked to their places."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from rnnviz.engine.trace import Address
from rnnviz.scenario import builtin
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.story import Section, render
from rnnviz.session import Change, Session, Snapshot
from rnnviz.ui import theme
from rnnviz.ui.labels import WrappedButton, WrappedLabel
from rnnviz.ui.panel import AnyAddress, Panel
from rnnviz.ui.story_text import SCENARIO, StoryText, with_scenario_links
from rnnviz.ui.theme import px

_NUMBER = "rnnviz:"
TRY = "Things to try"
USE = "How to use it"


class StoryPanel(Panel):
    name = "story"
    title = QT_TRANSLATE_NOOP("panel", "Story")
    subtitle = ""
    needs = Change.SCENARIO | Change.TRACE
    rests_in_training = True
    place = "right"
    order = 20

    open_requested = Signal(str)  # the name of another built-in scenario
    compare_requested = Signal()  # with what the scenario wants to be compared with

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.sections: tuple[Section, ...] = ()
        self.headings: list[QLabel] = []
        self.texts: list[StoryText] = []
        self.buttons: list[QPushButton] = []
        self.comparison: QPushButton | None = None
        self._shown: tuple[object, ...] = ()  # the headings and buttons that the page was built for
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setAccessibleName(self.tr("Story"))
        self.body_layout.addWidget(self.scroll)

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        scenario = snapshot.scenario
        if not scenario.story.strip() and not scenario.alternatives:
            self.show_empty(self.tr("This scenario has no story yet."))
            return
        self.show_content()
        try:
            self.sections = render(scenario, snapshot.trace)
        except ScenarioError as error:
            self.show_empty(self.tr("The story cannot be shown: {why}").format(why=error.message))
            return
        titles = tuple(alternative.title for alternative in scenario.alternatives)
        shown = (tuple(section.heading for section in self.sections), titles, scenario.name, scenario.view.compare)
        at = self.scroll.verticalScrollBar().value() if shown == self._shown else 0
        if shown != self._shown:
            self._build_page(titles, scenario.view.compare)
            self._shown = shown
        names = builtin.names()
        for text, section in zip(self.texts, self.sections, strict=True):
            text.show_markdown(with_scenario_links(section.linked_markdown, names))
        self.scroll.verticalScrollBar().setValue(at)

    def _build_page(self, titles: tuple[str, ...], compared: str) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, px(4), 0)
        column.setSpacing(px(4))
        self.headings, self.texts, self.buttons, self.comparison = [], [], [], None
        for section in self.sections:
            self._add_section(column, section)
            if section.heading == USE and compared:
                self._add_comparison(column, compared)
            if section.heading == TRY:
                self._add_buttons(column, titles)
        if titles and not self.buttons:
            self._add_buttons(column, titles)
        column.addStretch(1)
        self.scroll.setWidget(page)

    def _add_section(self, column: QVBoxLayout, section: Section) -> None:
        if section.heading:
            heading = WrappedLabel(section.heading)
            heading.setFont(theme.sans(semibold=True))
            if self.headings:
                heading.setContentsMargins(0, px(10), 0, 0)
            column.addWidget(heading)
            self.headings.append(heading)
        text = StoryText()
        text.setAccessibleName(section.heading or self.tr("Story"))
        text.anchorClicked.connect(self._follow)
        column.addWidget(text)
        self.texts.append(text)

    def _add_comparison(self, column: QVBoxLayout, compared: str) -> None:
        """`compared` is the title of a variant, or the name of a built-in scenario."""
        entry = next((entry for entry in builtin.entries() if entry.name == compared), None)
        what = entry.title if entry is not None else compared
        self.comparison = WrappedButton(self.tr("Compare side by side: {what}").format(what=what))
        self.comparison.setProperty("role", "link")
        self.comparison.setToolTip(self.tr("Both under one timeline; C or Escape leads back here"))
        self.comparison.clicked.connect(self.compare_requested)
        column.addWidget(self.comparison, 0, Qt.AlignmentFlag.AlignLeft)

    def _add_buttons(self, column: QVBoxLayout, titles: tuple[str, ...]) -> None:
        for number, title in enumerate(titles):
            button = WrappedButton(self.tr("Try: {0}").format(title))
            button.setProperty("role", "link")
            button.setProperty("number", number)
            button.setToolTip(self.tr("Change the scenario to this variant; it can be undone"))
            button.clicked.connect(self._try)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self.buttons.append(button)

    def restyle(self) -> None:
        for heading in self.headings:
            heading.setFont(theme.sans(semibold=True))
        for text in self.texts:
            text.restyle()

    def describe(self, snapshot: Snapshot) -> str:
        try:
            sections = render(snapshot.scenario, snapshot.trace)
        except ScenarioError as error:
            return error.message
        return "\n\n".join(f"{section.heading}\n{section.text_markdown}".strip() for section in sections)

    # --- links ------------------------------------------------------------------------------------------------------

    def _follow(self, url: QUrl) -> None:
        target = url.toString()
        if target.startswith(_NUMBER):
            section = self.sections[self.texts.index(self.sender())]  # type: ignore[arg-type]
            self.show_where(section.addresses[int(target.removeprefix(_NUMBER))])
        elif target.startswith(SCENARIO) or target in builtin.names():
            self.open_requested.emit(target.removeprefix(SCENARIO))
        elif url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)

    def show_where(self, address: AnyAddress) -> None:
        """Go to the step and sequence of a number and select it."""
        snapshot = self.session.snapshot
        if isinstance(address, Address) and snapshot is not None:
            if address.sequence != snapshot.cursor.sequence:
                self.session.seek_sequence(address.sequence)
            self.session.seek(max(0, min(address.step, snapshot.trace.steps)))
        self.session.select(address)

    def _try(self) -> None:
        self.session.apply_alternative(self.sender().property("number"))
