"""What a screen reader and the Tab key find in the window."""

from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QComboBox, QLineEdit, QScrollBar, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.scenario import builtin
from rnnviz.ui import theme
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panel import Panel

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider, Panel)


def controls(window: QWidget) -> list[QWidget]:
    found = [widget for widget in window.findChildren(QWidget) if isinstance(widget, CONTROLS)]
    return [widget for widget in found if widget.isVisible() and not isinstance(widget, QScrollBar)]


def name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name)


@pytest.mark.parametrize("scenario", ["lstm-counter", "mnist-rows-lstm", "sentiment-bilstm"])
def test_every_control_has_a_name_of_its_own(make_window: Callable[..., MainWindow], scenario: str) -> None:
    window = make_window(scenario)
    for panel in window.workspace.shown():
        panel.header.show_tools(True)
    names = Counter(name(widget) for widget in controls(window))
    assert "" not in names
    assert [each for each, count in names.items() if count > 1] == []


def test_every_control_of_the_gallery_has_a_name_of_its_own(make_window: Callable[..., MainWindow]) -> None:
    names = Counter(name(widget) for widget in controls(make_window(None)))
    assert "" not in names
    assert [each for each, count in names.items() if count > 1] == []


@pytest.mark.parametrize("scenario", builtin.names())
def test_every_panel_says_in_words_what_it_shows(make_window: Callable[..., MainWindow], scenario: str) -> None:
    window = make_window(scenario)
    for panel in window.workspace.shown():
        assert panel.accessibleName() == panel.title
        assert len(panel.accessibleDescription()) > 10, panel.name


def test_the_picture_of_the_counter_says_6_9995_at_step_4(window: MainWindow) -> None:
    window.session.seek(4)
    for panel in ("stage", "memory_cell", "output"):
        assert "6.9995" in window.workspace.panels[panel].accessibleDescription(), panel


def test_tab_reaches_the_transport_and_every_panel(window: MainWindow, qtbot: QtBot) -> None:
    reached = set()
    for _ in range(120):
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        reached.add(name(QApplication.focusWidget()))
    assert {"Play", "Step forward", "Step", "Find any action", "Speed"} <= reached
    assert {panel.title for panel in window.workspace.shown()} <= reached


@pytest.mark.parametrize("make", theme.THEMES.values(), ids=theme.THEMES)
def test_text_has_a_contrast_of_at_least_4_5_and_graphics_3(make: Callable[[], theme.Theme]) -> None:
    look = make()
    texts = [look.ink, look.muted, look.accent, look.error, look.positive_ink, look.negative_ink]
    for ground in (look.panel, look.paper):
        assert all(contrast(text, ground) >= 4.5 for text in (look.ink, look.muted)), ground.name()
    assert [text.name() for text in texts if contrast(text, look.panel) < 4.5] == []
    assert [letter for letter, hue in look.gates if contrast(hue, look.panel) < 4.5] == []
    assert min(contrast(hue, look.panel) for hue in (look.positive, look.negative)) >= 3
    assert contrast(look.on_accent, look.accent) >= 4.5


def contrast(one: "theme.QColor", other: "theme.QColor") -> float:
    """WCAG 2.2, section 1.4.3: (L1 + 0.05) / (L2 + 0.05) of the relative luminances."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: "theme.QColor") -> float:
    red, green, blue, _ = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
