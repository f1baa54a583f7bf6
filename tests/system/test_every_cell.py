"""Every number of every panel of the window opens its card, by keyboard and by mouse, and the card has that number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import GradientAddress
from rnnviz.scenario import builtin
from rnnviz.session import Session
from rnnviz.ui import numbers, panels
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panel import AnyAddress, Panel
from tests.system.test_every_number import traced

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # of the offscreen platform

SCENARIOS = [
    "lstm-counter",
    "lstm-counter-hard",
    "all-ones-jordan",
    "all-ones-bidirectional",
    "gru-conventions",
    "lstm-peephole",
    "padding-masking",
    "mnist-rows-lstm",
    "sentiment-bilstm",
    "sunspots-gru",
    "thousand-steps",
    "bptt-sum",
]
CLICKS = 8
MOST = 16  # cells of a panel; which ones is left to a seed


@pytest.fixture
def opened(request: pytest.FixtureRequest, make_window: Callable[..., MainWindow], qtbot: QtBot) -> MainWindow:
    """A window on the scenario that the test is parametrised with."""
    window = make_window(request.param)
    qtbot.waitUntil(lambda: window.session.snapshot is not None and bool(window.workspace.shown()))
    window.window().resize(1440, 900)
    QApplication.processEvents()
    return window


def cells_of(panel: Panel, most: int = MOST) -> list[AnyAddress]:
    grid = panel.cells()
    if grid is None:
        return []
    total = grid.rows * grid.columns
    chosen = np.random.default_rng(5).choice(total, min(most, total), replace=False)
    found = (grid.address(int(at) // grid.columns, int(at) % grid.columns) for at in sorted(chosen))
    return [address for address in found if address is not None]


@pytest.mark.parametrize("opened", SCENARIOS, indirect=True)
def test_every_cell_of_every_panel_opens_the_card_of_its_number(opened: MainWindow) -> None:
    session, card = opened.session, opened.workspace.panels["explain"]
    for panel in opened.workspace.shown():
        for address in cells_of(panel):
            session.select(address)
            assert session.snapshot is not None
            explanation = session.snapshot.explanation
            assert explanation is not None
            assert explanation.address == address, f"{panel.name}: {address}"
            is_derived = isinstance(address, GradientAddress) or getattr(address, "quantity", "").endswith(".pre")
            if not is_derived:  # tests of their own compare what is derived with reverse mode
                assert explanation.value.hex() == traced(session.snapshot.trace, address).hex()
            said = numbers.full(explanation.value)
            assert card.number.toolTip() == said
            assert said in card.accessibleDescription()
        session.select(None)


@pytest.mark.parametrize("opened", SCENARIOS[::2], indirect=True)
def test_a_click_on_a_number_opens_that_number(opened: MainWindow) -> None:
    session, clicked = opened.session, 0
    for panel in opened.workspace.shown():
        places = [rect.center() for address in cells_of(panel, 400) if (rect := panel.rect_of(address)) is not None]
        for point in [point for point in places if panel.visibleRegion().contains(point)][:CLICKS]:
            session.select(None)
            found, target = panel.address_at(point), panel.childAt(point)
            if found is not None and target is not None:
                QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=target.mapFrom(panel, point))
                assert session.snapshot is not None
                assert session.snapshot.selection == found, f"{panel.name} at {point}"
                clicked += 1
    assert clicked > CLICKS


@pytest.mark.parametrize("opened", ["lstm-counter", "gru-conventions", "all-ones-bidirectional"], indirect=True)
def test_where_a_number_is_said_to_be_is_where_it_is_found(opened: MainWindow) -> None:
    """In the panels where each number has a place of its own; curves may cross."""
    for name in ("stage", "inputs", "parameters"):
        panel = opened.workspace.panels[name]
        for address in cells_of(panel, 200):
            rect = panel.rect_of(address)
            if rect is not None and panel.rect().contains(rect.center()):
                assert panel.address_at(rect.center()) == address, panel.name


def test_every_panel_there_is_shows_some_scenario(qapp: QApplication) -> None:
    missing = dict(panels.load())
    for name in builtin.names():
        session = Session()
        session.open(builtin.load(name))
        assert session.snapshot is not None
        missing = {name: panel for name, panel in missing.items() if not panel.applies(session.snapshot)}
    assert not missing


@pytest.mark.parametrize("opened", ["lstm-counter"], indirect=True)
def test_a_screen_reader_hears_the_stage_after_four_steps(opened: MainWindow) -> None:
    opened.session.seek(0)
    for _ in range(4):
        QTest.keyClick(opened, Qt.Key.Key_Right)
    heard = QAccessible.queryAccessibleInterface(opened.workspace.panels["stage"])
    assert heard.text(QAccessible.Text.Name) == "Stage"
    assert "Step 4 of 5" in heard.text(QAccessible.Text.Description)
    assert "after 6.9995" in heard.text(QAccessible.Text.Description)
