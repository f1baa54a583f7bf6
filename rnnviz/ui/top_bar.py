"""The row at the top: menus, the title with its unsaved mark, the layouts, the way into the command palette."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenuBar, QPushButton, QToolButton, QWidget

from rnnviz.ui import icons, theme
from rnnviz.ui.actions import Actions, key_text
from rnnviz.ui.labels import ElidedLabel
from rnnviz.ui.layout_switch import LayoutSwitch


class TopBar(QWidget):
    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.menus = QMenuBar(self)
        self.menus.setNativeMenuBar(False)
        self._title = ElidedLabel("", self)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title.setObjectName("document-title")
        self.layouts = LayoutSwitch(self)
        self._theme = QToolButton(self)
        self._theme.setAutoRaise(True)
        self._theme.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._theme.clicked.connect(self._toggle_theme)
        self._actions = actions
        self._find = QPushButton(self)
        self._find.setObjectName("find")
        self._find.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        find = actions.by_id["palette"]
        self._find.setText(f"{find.text()}  {key_text(find).replace('+', ' ')}")
        self._find.setAccessibleName(find.text())
        self._find.clicked.connect(find.trigger)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.GAP, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self.layouts)
        row.addWidget(self._theme)
        row.addWidget(self._find)
        theme.switch().changed.connect(self._restyle)
        self._restyle()

    def show_title(self, title: str, *, is_modified: bool) -> None:
        self._title.setText(f"{title}  •" if is_modified else title)
        self._title.setAccessibleName(self.tr("{0}, unsaved").format(title) if is_modified else title)
        self._place_title()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_title()

    def event(self, event: QEvent) -> bool:
        """The title gives way to the layouts, also when these have moved."""
        is_done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place_title()
        return is_done

    def _place_title(self) -> None:
        """In the middle of the window, as long as the menus leave it there."""
        left = self.menus.sizeHint().width() + theme.PADDING
        right = self.layouts.x() - theme.PADDING
        wanted = self._title.fontMetrics().horizontalAdvance(self._title.text()) + 8
        x = max(left, (self.width() - wanted) // 2)
        x = max(left, min(x, right - wanted))
        self._title.setGeometry(x, 0, max(min(wanted, right - x), 0), self.height())

    def _toggle_theme(self) -> None:
        self._actions.by_id["light" if theme.current().is_dark else "dark"].trigger()

    def _restyle(self) -> None:
        self.setFixedHeight(theme.px(26) + 12)
        self._title.setFont(theme.sans(theme.BODY, semibold=True))
        self.layouts.restyle()
        self._find.setFont(theme.sans(theme.SMALL))
        self.menus.setFont(theme.sans(theme.BODY))
        to_light = theme.current().is_dark
        self._theme.setIcon(icons.icon("light" if to_light else "dark", theme.current().muted))
        self._theme.setIconSize(QSize(theme.px(15), theme.px(15)))
        name = self.tr("Light colours") if to_light else self.tr("Dark colours")
        self._theme.setToolTip(name)
        self._theme.setAccessibleName(name)
        self._place_title()
