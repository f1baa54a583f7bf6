"""Small tabs above a plot, where there are more of them than fit."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from rnnviz.ui.plots.tabs import Tabs

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone widget

TITLES = tuple(f"lstm_{k} → candidate" for k in range(9))


@pytest.fixture
def tabs(qtbot: QtBot) -> Tabs:
    row = Tabs("Which")
    qtbot.addWidget(row)
    row.restyle()
    row.resize(300, row.sizeHint().height())
    row.show_titles(TITLES, TITLES, 0)
    row.show()
    row.chosen.connect(lambda at: row.show_titles(TITLES, TITLES, at))
    return row


def seen(tabs: Tabs, at: int) -> tuple[float, float]:
    """From where to where a tab is seen, in pixels."""
    box = tabs.places()[at][1]
    return max(box.left(), 0.0), min(box.right(), float(tabs.width()))


def test_the_chosen_tab_is_seen_whole_and_a_click_reaches_its_neighbours(tabs: Tabs, qtbot: QtBot) -> None:
    for at, other in [*zip(range(8), range(1, 9), strict=True), *zip(range(8, 0, -1), range(7, -1, -1), strict=True)]:
        assert tabs.at == at
        box = tabs.places()[at][1]
        assert seen(tabs, at) == (box.left(), box.right())
        left, right = seen(tabs, other)
        assert right - left >= 10, "wide enough for the mouse"
        qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=QPoint(round((left + right) / 2), tabs.height() // 2))
        assert tabs.at == other
