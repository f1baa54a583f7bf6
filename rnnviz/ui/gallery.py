"""The start screen: every built-in scenario as a card with a picture of its own trace, and the recent files."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from rnnviz.engine.errors import EngineError
from rnnviz.scenario import builtin, read, run_scenario
from rnnviz.scenario.errors import ScenarioError
from rnnviz.ui import gallery_picture, theme
from rnnviz.ui.gallery_card import GalleryCard, Item
from rnnviz.ui.gallery_picture import Picture

_GROUPS = ("First steps", "Memory cells", "Training", "Loss surface", "Both directions", "Real data", "Dynamics")


class Gallery(QWidget):
    """Cards in groups, found by typing; arrow keys move between them and Enter opens one."""

    chosen = Signal(str)
    open_asked = Signal()
    import_asked = Signal()
    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[GalleryCard] = []
        self._groups: list[tuple[QLabel, QGridLayout, list[GalleryCard]]] = []
        self._pictures: dict[str, Picture | None] = {}
        self._columns = 0
        self._painter = QTimer(self, interval=0)
        self._painter.timeout.connect(self._paint_next)
        self._build()
        theme.switch().changed.connect(self._restyle)
        self._restyle()

    def _build(self) -> None:
        self._heading = QLabel(self.tr("Open a running network"), self)
        self._search = QLineEdit(self)
        self._search.setObjectName("gallery-search")
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setAccessibleName(self.tr("Search the gallery"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self._back = _button(self.tr("Back"), self.back_asked)
        self._back.hide()
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(self._heading)
        head.addStretch(1)
        own = _button(self.tr("Open a file…"), self.open_asked)
        theirs = _button(self.tr("Import a model…"), self.import_asked)
        theirs.setToolTip(self.tr("A network of PyTorch, Keras or ONNX; or drop its file onto this window"))
        for widget in (self._search, own, theirs, self._back):
            head.addWidget(widget)
        self._none = QLabel(self.tr("No scenario has these words. Clear the search to see all."), self)
        self._none.setProperty("role", "muted")
        self._none.hide()
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, theme.GAP, theme.px(24))
        self._column.setSpacing(theme.GAP)
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(self._inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setSpacing(theme.px(12))
        outer.addLayout(head)
        outer.addWidget(self._none)
        outer.addWidget(self._scroll, 1)

    def fill(self, recent: Sequence[str], *, way_back: str = "") -> None:
        """Show the built-in scenarios and these files; `way_back` names the open document, if there is one."""
        self._back.setText(self.tr("Back to {0}").format(way_back))
        self._back.setVisible(bool(way_back))
        self._clear()
        files = [Item(path, Path(path).stem, _recent(), _short(path)) for path in recent]
        builtins = [Item(entry.name, entry.title, entry.group, _plain(entry.summary)) for entry in builtin.entries()]
        every = (*files, *builtins)
        for group in sorted(dict.fromkeys(item.group for item in every), key=_rank):
            self._add_group(group, [item for item in every if item.group == group])
        self._column.addStretch(1)
        self._columns = 0
        self._place()
        if self.isVisible():
            self._painter.start()

    def _add_group(self, name: str, items: list[Item]) -> None:
        label = QLabel(name, self._inside)
        label.setProperty("role", "group")
        label.setFont(theme.sans(theme.BODY, semibold=True))
        grid = QGridLayout()
        grid.setSpacing(theme.px(12))
        grid.setContentsMargins(0, 0, 0, theme.px(12))
        cards = [GalleryCard(item, self._inside) for item in items]
        for card in cards:
            card.opened.connect(self.chosen)
        self._column.addWidget(label)
        self._column.addLayout(grid)
        self._cards += cards
        self._groups.append((label, grid, cards))

    def _clear(self) -> None:
        self._painter.stop()
        self._cards, self._groups = [], []
        while (part := self._column.takeAt(0)) is not None:
            if part.layout() is not None:
                part.layout().deleteLater()
        for child in self._inside.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            child.hide()
            child.deleteLater()

    # --- places -----------------------------------------------------------------------------------------------------

    def _place(self) -> None:
        """As many columns as fit; cards that the search leaves out take no room."""
        for label, grid, cards in self._groups:
            shown = [card for card in cards if card.is_found]
            label.setVisible(bool(shown))
            for card in cards:
                grid.removeWidget(card)
                card.setVisible(card.is_found)
            for index, card in enumerate(shown):
                grid.addWidget(card, index // self._fitting(), index % self._fitting())
            for column in range(12):
                grid.setColumnStretch(column, 1 if column < self._fitting() else 0)
        self._columns = self._fitting()
        self._none.setVisible(bool(self._cards) and not any(card.is_found for card in self._cards))

    def _fitting(self) -> int:
        return max(1, min(6, (self._scroll.width() - theme.GAP) // theme.px(228)))

    def _filter(self, wanted: str) -> None:
        words = wanted.casefold().split()
        for card in self._cards:
            text = " ".join((card.item.title, card.item.summary, card.item.group, card.item.key)).casefold()
            card.is_found = all(word in text for word in words)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitting() != self._columns:
            self._place()

    # --- pictures ---------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._painter.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._painter.stop()

    @property
    def is_painting(self) -> bool:
        """Whether pictures are still to come."""
        return self._painter.isActive()

    def _paint_next(self) -> None:
        """One picture for each turn of the event loop, so that the window answers meanwhile."""
        card = next((card for card in self._cards if not card.has_picture), None)
        if card is None:
            self._painter.stop()
            return
        if card.item.key not in self._pictures:
            self._pictures[card.item.key] = _picture_of(card.item.key)
        card.show_picture(self._pictures[card.item.key])

    def _restyle(self) -> None:
        margin = theme.px(32)
        self.layout().setContentsMargins(margin, theme.px(16), margin - theme.GAP, 0)
        self._heading.setFont(theme.sans(theme.DISPLAY, semibold=True))
        self._search.setFixedWidth(theme.px(220))
        for card in self._cards:
            card.forget_picture()
        for label, _, _ in self._groups:
            label.setFont(theme.sans(theme.BODY, semibold=True))
        self._columns = 0
        self._place()
        if self.isVisible():
            self._painter.start()

    # --- keys -------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        cards = [card for card in self._cards if card.is_found]
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and self._search.text():
            self._search.clear()
        elif key == Qt.Key.Key_Escape and not self._back.isHidden():
            self.back_asked.emit()
        elif cards and key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._move(cards, key)
        elif cards and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._search.hasFocus():
            self.chosen.emit(cards[0].item.key)
        elif event.text().isalnum() and not self._search.hasFocus():
            self._search.setFocus()
            self._search.setText(self._search.text() + event.text())
        else:
            super().keyPressEvent(event)

    def _move(self, cards: "list[GalleryCard]", key: Qt.Key) -> None:
        """To the nearest card in this direction; from the search field to the first."""
        now = next((card for card in cards if card.hasFocus()), None)
        target = cards[0] if now is None else _nearest(now, cards, key)
        target.setFocus(Qt.FocusReason.TabFocusReason)
        self._scroll.ensureWidgetVisible(target)

    def focus(self) -> None:
        """Begin anew: what was searched for last time is found."""
        self._search.clear()
        self._search.setFocus()


def _rank(group: str) -> int:
    """The groups from easy to hard; recent files first, groups of one's own last."""
    return _GROUPS.index(group) if group in _GROUPS else -1 if group == _recent() else len(_GROUPS)


def _picture_of(key: str) -> Picture | None:
    """None for a file that can't be read: its card says so when it is opened."""
    try:
        scenario = builtin.load(key) if key in builtin.names() else read.load(key)
        return gallery_picture.picture(scenario, run_scenario.run(scenario))
    except (ScenarioError, EngineError):
        return None


def _nearest(now: GalleryCard, cards: list[GalleryCard], key: Qt.Key) -> GalleryCard:
    index = cards.index(now)
    if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        return cards[min(max(index + (1 if key == Qt.Key.Key_Right else -1), 0), len(cards) - 1)]
    sign = 1 if key == Qt.Key.Key_Down else -1
    here = now.geometry().center()
    ahead = [card for card in cards if sign * (card.geometry().center().y() - here.y()) > theme.px(20)]
    if not ahead:
        return now
    row = min(abs(card.geometry().center().y() - here.y()) for card in ahead)
    nearest_row = [card for card in ahead if abs(abs(card.geometry().center().y() - here.y()) - row) < 4]
    return min(nearest_row, key=lambda card: abs(card.geometry().center().x() - here.x()))


def _button(text: str, signal: Callable[..., object]) -> QPushButton:
    button = QPushButton(text)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(signal)
    return button


def _plain(markdown: str) -> str:
    """A sentence of a story without its marks for bold and code."""
    return markdown.replace("*", "").replace("`", "")


def _recent() -> str:
    return QCoreApplication.translate("Gallery", "Recent")


def _short(path: str) -> str:
    """A path as people write it, the home folder as ~."""
    home = str(Path.home())
    return f"~{path[len(home) :]}" if path.startswith(home + "/") else path
