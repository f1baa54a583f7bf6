"""A section of a story, typeset: its text as tall as it needs to be, its numbers and scenario names as links."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QKeyEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QTextBrowser, QWidget

from rnnviz.ui import theme
from rnnviz.ui.theme import mix, px

SCENARIO = "scenario:"
_SCROLLING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
WIDEST_LINE = 620  # pixels at 100 % text: some 85 letters, beyond which a line is hard to follow


class StoryText(QTextBrowser):
    """Shows markdown. It never scrolls by itself: the panel does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._markdown = ""
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(px(WIDEST_LINE))
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)

    def show_markdown(self, markdown: str) -> None:
        if markdown != self._markdown:
            self._markdown = markdown
            self._typeset()

    def restyle(self) -> None:
        self.setMaximumWidth(px(WIDEST_LINE))
        self._typeset()

    def _typeset(self) -> None:
        look = theme.current()
        self.document().setDefaultFont(theme.sans())
        self.document().setIndentWidth(px(16))
        self.setMarkdown(self._markdown)
        whole = QTextCursor(self.document())
        whole.beginEditBlock()  # laid out once, at the end
        whole.select(QTextCursor.SelectionType.Document)
        spaced = QTextBlockFormat()
        spaced.setLineHeight(122, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        whole.mergeBlockFormat(spaced)
        block = self.document().begin()
        while block.isValid():
            self._space(block)
            for fragment in (part.fragment() for part in block):
                self._colour(fragment.position(), fragment.length(), fragment.charFormat())
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _style_table(frame, look)
        whole.endEditBlock()
        self._fit()

    def _space(self, block: object) -> None:
        cursor = QTextCursor(block)  # type: ignore[call-overload]
        format_ = block.blockFormat()  # type: ignore[attr-defined]
        format_.setTopMargin(0)
        format_.setBottomMargin(px(3) if block.textList() else px(6))  # type: ignore[attr-defined]
        cursor.setBlockFormat(format_)

    def _colour(self, position: int, length: int, old: QTextCharFormat) -> None:
        look = theme.current()
        styled = QTextCharFormat(old)
        is_bold = old.fontWeight() > QFont.Weight.Medium.value
        is_code = old.fontFixedPitch() or "mono" in " ".join(old.fontFamilies() or []).lower()
        font = theme.mono(12) if is_code else theme.sans(semibold=is_bold, italic=old.fontItalic())
        styled.setFont(font)
        styled.setForeground(look.ink if is_bold or is_code else mix(look.muted, look.ink, 0.35))
        if old.isAnchor():
            styled.setForeground(look.accent)
            styled.setFontUnderline(True)
            styled.setUnderlineColor(mix(look.panel, look.accent, 0.45))
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.setCharFormat(styled)

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(round(self.document().size().height()) + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _SCROLLING:
            event.ignore()
        else:
            super().keyPressEvent(event)


def with_scenario_links(markdown: str, names: tuple[str, ...]) -> str:
    """Names of scenarios, such as "all-ones-elman", become links that open them."""
    if not names:
        return markdown
    longest_first = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.sub(rf"(?<![\w/-])({longest_first})(?![\w-])", rf"[\1]({SCENARIO}\1)", markdown)


def _style_table(table: QTextTable, look: theme.Theme) -> None:
    format_ = table.format()
    format_.setCellPadding(px(3))
    format_.setCellSpacing(0)
    format_.setBorder(0)
    format_.setBorderBrush(look.line)
    format_.setTopMargin(px(2))
    format_.setBottomMargin(px(8))
    table.setFormat(format_)
