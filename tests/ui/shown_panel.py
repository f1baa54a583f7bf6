"""One panel on the screen with a session of its own, as the window would show it."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.scenario.read import load
from rnnviz.scenario.types import Scenario
from rnnviz.session import Change, Session
from rnnviz.ui.panel import Panel


def show_panel(qtbot: QtBot, kind: type[Panel], scenario: Scenario | str, width: int = 300, height: int = 500) -> Panel:
    """The panel, drawn; `panel.session` drives it."""
    session = Session()
    session.open(load(scenario) if isinstance(scenario, str) else scenario)
    panel = kind(session)
    session.listener = panel.present
    qtbot.addWidget(panel)
    panel.resize(width, height)
    panel.show()
    panel.present(session.snapshot, Change.SCENARIO | Change.TRACE)
    panel.setFocus()
    qtbot.wait(1)
    return panel


def click(qtbot: QtBot, panel: Panel, address: object, canvas: QWidget, double: bool = False) -> None:
    """A click in the middle of a number."""
    middle = canvas.mapFrom(panel, panel.rect_of(address).center())
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle)
    if double:
        qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=middle)


def drag(qtbot: QtBot, canvas: QWidget, start: QPoint, end: QPoint, steps: int = 4) -> None:
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, steps + 1):
        drag_on(canvas, start + (end - start) * step / steps)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def drag_on(canvas: QWidget, point: QPoint) -> None:
    """QTest moves the mouse with no button held down; a drag needs one."""
    place = QPointF(canvas.mapToGlobal(point))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(canvas, QMouseEvent(QEvent.Type.MouseMove, QPointF(point), place, left, left, none))
