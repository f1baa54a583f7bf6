"""The head of a panel: title, one line of meaning, and tools that appear on hover or focus."""

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from rnnviz.ui import icons, theme
from rnnviz.ui.labels import ElidedLabel

PANEL_DRAG = "application/x-rnnviz-panel"
_SMOOTH = Qt.TransformationMode.SmoothTransformation


class PanelHeader(QWidget):
    """A double click asks to maximise the panel, as its first window tool does."""

    def __init__(self, title: str, subtitle: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = ("maximise", "float", "close")
        self._pressed_at = QPoint()
        self._title, self._subtitle = ElidedLabel(title), ElidedLabel(subtitle)
        self._title.setProperty("role", "title")
        self._subtitle.setProperty("role", "subtitle")
        self._ground = QWidget(self)  # of the tools, where they lie over the end of a long title
        self._ground.setAutoFillBackground(True)
        self._tools = QWidget(self)
        self._tools.installEventFilter(self)
        self._tools_layout = QHBoxLayout(self._tools)
        self._tools_layout.setContentsMargins(0, 0, 0, 0)
        self._tools_layout.setSpacing(0)
        self.window_tools = [self._window_tool(name, title) for name in ("maximise", "float", "close")]
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self._title, 0, 0)
        layout.addWidget(self._subtitle, 1, 0)
        layout.setColumnStretch(0, 1)
        self._subtitle.setVisible(bool(subtitle))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.restyle()
        self.show_tools(False)

    def add_tool(self, button: QToolButton) -> None:
        """Put a tool of the panel before the window tools."""
        button.setAutoRaise(True)
        self._tools_layout.insertWidget(self._tools_layout.count() - len(self.window_tools), button)

    def set_title(self, text: str) -> None:
        self._title.setText(text)

    def set_subtitle(self, text: str) -> None:
        self._subtitle.setText(text)
        self._subtitle.setVisible(bool(text))

    def show_tools(self, shown: bool) -> None:
        """The tools lie over the right end of the title, so that nothing moves when they come."""
        self._tools.setVisible(shown)
        self._place_tools()

    def show_state(self, *, maximised: bool, floating: bool) -> None:
        """A maximised or floating panel offers the way back in the same places."""
        self._icons = ("restore" if maximised else "maximise", "restore" if floating else "float", "close")
        self.restyle()

    def restyle(self) -> None:
        self._title.setFont(theme.sans(12, semibold=True))
        self._subtitle.setFont(theme.sans(theme.SMALL))
        palette = self._ground.palette()
        palette.setColor(palette.ColorRole.Window, theme.current().panel)
        self._ground.setPalette(palette)
        for button, name in zip(self.window_tools, self._icons, strict=True):
            button.setIcon(icons.icon(name))
            button.setIconSize(QSize(theme.px(14), theme.px(14)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tools come, go and change their text while they are shown."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place_tools()
        return False

    def resizeEvent(self, event: object) -> None:
        self._place_tools()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the panel to another place; its context menu does the same without a mouse."""
        moved = event.position().toPoint() - self._pressed_at
        if event.buttons() & Qt.MouseButton.LeftButton and moved.manhattanLength() >= QApplication.startDragDistance():
            panel = self.parentWidget()
            content = QMimeData()
            content.setData(PANEL_DRAG, panel.name.encode())
            drag = QDrag(panel)
            drag.setMimeData(content)
            picture = panel.grab()
            drag.setPixmap(picture.scaledToWidth(min(picture.width(), theme.px(220)), _SMOOTH))
            drag.exec(Qt.DropAction.MoveAction)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.window_tools[0].click()

    def _place_tools(self) -> None:
        size = self._tools.sizeHint()
        self._tools.setGeometry(self.width() - size.width() + 4, -3, size.width(), size.height())
        self._ground.setGeometry(self._tools.x(), 0, size.width(), self._title.height())
        self._ground.setVisible(self._tools.isVisibleTo(self))
        self._ground.raise_()
        self._tools.raise_()

    def _window_tool(self, name: str, title: str) -> QToolButton:
        texts = {
            "maximise": self.tr("Maximise {panel}"),
            "float": self.tr("Float {panel} in a window of its own"),
            "close": self.tr("Close {panel}"),
        }
        button = QToolButton(self._tools)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(texts[name].format(panel=title))
        button.setAccessibleName(texts[name].format(panel=title))
        self._tools_layout.addWidget(button)
        return button
