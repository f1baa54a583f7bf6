"""Asks what to put beside the document; a typed number means the iterate of training nearest to it."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from rnnviz.session.session import Session
from rnnviz.ui.compare.choices import Choice, choices, iterate
from rnnviz.ui.finder import Finder, Item


class Chooser(Finder):
    """`chosen` comes with a Choice; `file` is the one that asks for a file."""

    def __init__(self, session: Session, file: Choice, window: QWidget) -> None:
        self._snapshot = session.snapshot
        items = [Item(choice.title, choice, choice.what) for choice in choices(session, file)]
        super().__init__(self.tr("Compare with"), items, window)

    def items_for(self, wanted: str) -> Sequence[Item]:
        number = wanted.strip()
        is_number = self._snapshot is not None and number.isdecimal()
        found = iterate(self._snapshot, int(number)) if is_number else None
        if found is None:
            return super().items_for(wanted)
        return [Item(self.tr("{0}, kept nearest to {1}").format(found.title, number), found, found.what)]
