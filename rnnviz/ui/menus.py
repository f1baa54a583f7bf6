"""The menus, made from the table of actions, and the parts of them that follow the document."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from rnnviz.ui import actions
from rnnviz.ui.actions import Actions


@dataclass(frozen=True)
class Entry:
    """A line of a changing submenu; `data` is what comes back when it is chosen."""

    text: str
    data: object
    key: str = ""  # or more, apart by spaces
    is_checked: bool | None = None  # None: it has no mark


class Menus(QObject):
    """`changing` are the submenus that are filled anew: "recent", "panels", "go", "try"."""

    chosen = Signal(str, object)  # from a changing submenu: its name, and the data of the entry

    def __init__(self, bar: QMenuBar, table: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._menus: dict[str, QMenu] = {}
        for row in actions.TABLE:
            menu = self._menu(bar, row.menu)
            if menu.actions() and menu.property("section") != row.section:
                menu.addSeparator()
            menu.setProperty("section", row.section)
            menu.addAction(table.by_id[row.id])
        self.changing = {
            "recent": self._submenu("File", self.tr("Recent"), before=table.by_id["save"]),
            "panels": self._submenu("View", self.tr("Panels"), before=table.by_id["reset"]),
            "go": self._submenu("View", self.tr("Go to panel"), before=table.by_id["reset"]),
            "try": self._submenu("Run", self.tr("Try"), before=table.by_id["explain"]),
        }

    def fill(self, name: str, entries: Sequence[Entry]) -> None:
        """Put these into a changing submenu; an empty one is off. Their keys work in the whole window."""
        menu = self.changing[name]
        for action in menu.actions():
            menu.removeAction(action)
            self._window.removeAction(action)
            action.deleteLater()
        for entry in entries:
            action = QAction(entry.text, menu)
            action.setData((name, entry.data))
            action.setShortcuts([QKeySequence(key) for key in entry.key.split()])
            action.setCheckable(entry.is_checked is not None)
            action.setChecked(bool(entry.is_checked))
            action.triggered.connect(self._triggered)
            menu.addAction(action)
            self._window.addAction(action)
        menu.menuAction().setEnabled(bool(entries))

    def _triggered(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self.chosen.emit(*action.data())

    def changing_actions(self) -> list[QAction]:
        return [action for menu in self.changing.values() for action in menu.actions()]

    def _menu(self, bar: QMenuBar, path: str) -> QMenu:
        if path not in self._menus:
            parent, _, name = path.rpartition("/")
            title = QCoreApplication.translate("actions", actions.MENUS[name])
            self._menus[path] = self._menu(bar, parent).addMenu(title) if parent else bar.addMenu(title)
        return self._menus[path]

    def _submenu(self, menu: str, title: str, before: QAction) -> QMenu:
        made = QMenu(title, self._menus[menu])
        self._menus[menu].insertMenu(before, made)
        return made
