"""Panels close, float, maximise and move; the layout is remembered and can be reset; hidden panels draw when shown."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from rnnviz.session.change import Change
from rnnviz.ui import layouts, panels
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.settings import Settings


def test_every_panel_of_the_registry_is_in_the_window(window: MainWindow) -> None:
    assert set(window.workspace.panels) == set(panels.load())


def test_a_closed_panel_is_closed_in_the_next_window_until_the_layout_is_reset(
    make_window: Callable[..., MainWindow],
) -> None:
    first = make_window()
    first.workspace.set_closed("gates", True)
    assert not first.workspace.panels["gates"].isVisible()
    first.window().close()
    second = make_window()
    assert not second.workspace.panels["gates"].isVisible()
    second.reset_layout()
    assert second.workspace.panels["gates"].isVisible()
    second.window().close()
    assert make_window().workspace.panels["gates"].isVisible()


@pytest.mark.qt_log_ignore("does not support propagateSizeHints")
def test_a_floating_panel_is_a_window_and_closing_it_puts_it_back(window: MainWindow) -> None:
    gates = window.workspace.panels["gates"]
    window.workspace.set_floating("gates", True)
    assert gates.isVisible()
    assert gates.window() is not window.window()
    gates.window().close()
    assert gates.window() is window.window()
    assert gates.isVisible()


def test_a_maximised_panel_is_alone_and_then_the_others_come_back(window: MainWindow) -> None:
    before = [panel.name for panel in window.workspace.panels.values() if panel.isVisible()]
    window.workspace.maximise("gates")
    assert [panel.name for panel in window.workspace.panels.values() if panel.isVisible()] == ["gates"]
    window.workspace.maximise("")
    assert [panel.name for panel in window.workspace.panels.values() if panel.isVisible()] == before


def test_a_panel_can_move_to_another_place(window: MainWindow) -> None:
    window.workspace.move("gates", "left", 0)
    inputs, gates = window.workspace.panels["inputs"], window.workspace.panels["gates"]
    assert gates.isVisible()
    assert gates.mapTo(window, gates.rect().topLeft()).y() < inputs.mapTo(window, inputs.rect().topLeft()).y()


def test_panels_that_have_nothing_to_say_give_their_room_away(window: MainWindow) -> None:
    assert window.workspace.panels["memory_cell"].isVisible()
    window.documents.open_path("all-ones-elman")
    assert not window.workspace.panels["memory_cell"].isVisible()
    assert "memory_cell" not in [panel.name for panel in window.workspace.shown()]
    window.documents.open_path("lstm-counter")
    assert window.workspace.panels["memory_cell"].isVisible()


def test_a_hidden_panel_only_becomes_stale_and_draws_when_it_is_shown(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = window.workspace.panels["gates"]
    window.workspace.set_closed("gates", True)
    drawn = []
    monkeypatch.setattr(type(gates), "draw", lambda _, snapshot: drawn.append(snapshot.cursor.step))
    window.session.seek(1)
    window.session.seek(2)
    assert drawn == []
    assert gates.is_stale
    window.workspace.set_closed("gates", False)
    assert drawn == [2]
    assert not gates.is_stale


def test_a_panel_is_not_drawn_for_changes_that_it_does_not_need(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = window.workspace.panels["gates"]
    drawn = []
    monkeypatch.setattr(type(gates), "draw", lambda _, snapshot: drawn.append(snapshot))
    monkeypatch.setattr(type(gates), "needs", Change.TRACE)
    window.session.seek(1)
    assert drawn == []


def test_a_panel_that_fails_does_not_stop_the_others(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    caught: list[BaseException] = []
    monkeypatch.setattr("sys.excepthook", lambda _, error, __: caught.append(error))
    monkeypatch.setattr(type(window.workspace.panels["gates"]), "draw", fail)
    window.session.seek(1)
    assert [str(error) for error in caught] == ["broken on purpose"]
    others = [panel for name, panel in window.workspace.panels.items() if name != "gates" and panel.isVisible()]
    assert all(panel.snapshot.cursor.step == 1 for panel in others if Change.CURSOR & panel.needs)


@pytest.mark.parametrize("stored", [{}, {"places": 3}, {"places": {"left": ["nobody"]}}, {"places": {}, "sizes": []}])
def test_a_broken_layout_counts_as_the_default_one(stored: dict[str, object]) -> None:
    arrangement = layouts.from_json(stored, panels.load())
    assert {name for names in arrangement.places.values() for name in names} == set(panels.load())


def test_an_arrangement_comes_back_from_its_json() -> None:
    made = layouts.default(panels.load()).with_panel_at("gates", "right", 0).with_closed("output", True)
    made = made.with_floating("inputs", True)
    assert layouts.from_json(made.to_json(), panels.load()) == made


def test_the_choice_of_colours_is_remembered(window: MainWindow, settings: Settings) -> None:
    window.look.choose_theme("dark")
    assert settings.theme == "dark"
    window.look.choose_theme("light")


def test_the_window_fits_at_200_percent_text(window: MainWindow, qtbot: QtBot) -> None:
    for _ in range(10):
        window.look.larger_text()
    assert window.width() == 1280
    assert window.timeline.width() <= 1280
    window.look.normal_text()


@pytest.mark.qt_log_ignore("does not support")
def test_the_keys_work_in_the_window_of_a_floating_panel(window: MainWindow, qtbot: QtBot) -> None:
    window.session.seek(1)
    window.workspace.set_floating("gates", True)
    floating = window.workspace.panels["gates"].window()
    assert window.actions_.by_id["forward"] in floating.actions()
    qtbot.keyClick(floating, Qt.Key.Key_Right)
    assert window.session.snapshot.cursor.step == 2
