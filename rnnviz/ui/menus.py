"""The menus, made from the table of actions, and the parts of them that follow the document."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from rnnviz.ui import actions
from rnnviz.ui.actions import Actions


class Menus(QObject):
    """`changing` are the submenus that are filled anew: "recent", "panels", "go", "try"."""

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

    def fill(self, name: str, made: Sequence[QAction]) -> None:
        """Put these actions into a changing submenu; an empty one is off. Their keys work in the whole window."""
        menu = self.changing[name]
        for action in menu.actions():
            menu.removeAction(action)
            self._window.removeAction(action)
            action.deleteLater()
        for action in made:
            action.setParent(menu)
            menu.addAction(action)
            self._window.addAction(action)
        menu.menuAction().setEnabled(bool(made))

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


def action(text: str, handler: object, data: object, *, key: str = "", checked: bool | None = None) -> QAction:
    """An action of a changing submenu; the handler reads `data()` of its sender."""
    made = QAction(text)
    made.setData(data)
    if key:
        made.setShortcut(QKeySequence(key))
    if checked is not None:
        made.setCheckable(True)
        made.setChecked(checked)
    made.triggered.connect(handler)
    return made
