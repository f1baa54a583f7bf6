"""The keyboard map of the window, and what keeps a key from firing."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address
from rnnviz.ui import actions
from rnnviz.ui.finder import score
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.popover import Popover

Key, Modifier = Qt.Key, Qt.KeyboardModifier


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


def test_right_and_left_step_through_time(window: MainWindow, qtbot: QtBot) -> None:
    window.session.seek(0)
    for _ in range(4):
        press(qtbot, window, Key.Key_Right)
    assert window.session.snapshot.cursor.step == 4
    press(qtbot, window, Key.Key_Left)
    assert window.session.snapshot.cursor.step == 3


def test_home_and_end_go_to_the_ends(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, Key.Key_End)
    assert window.session.snapshot.cursor.step == 5
    press(qtbot, window, Key.Key_Right)
    assert window.session.snapshot.cursor.step == 5, "the end is the end"
    press(qtbot, window, Key.Key_Home)
    assert window.session.snapshot.cursor.step == 0


def test_shift_right_walks_through_the_equations_of_a_step(window: MainWindow, qtbot: QtBot) -> None:
    window.session.seek(2)
    press(qtbot, window, Key.Key_Right, Modifier.ShiftModifier)
    assert (window.session.snapshot.cursor.step, window.session.snapshot.cursor.substep) == (3, 1)
    press(qtbot, window, Key.Key_Left, Modifier.ShiftModifier)
    assert (window.session.snapshot.cursor.step, window.session.snapshot.cursor.substep) == (2, 0)


def test_brackets_change_the_speed(window: MainWindow, qtbot: QtBot) -> None:
    assert window.player.speed == 1
    press(qtbot, window, Key.Key_BracketRight)
    assert window.player.speed == 2
    press(qtbot, window, Key.Key_BracketLeft)
    press(qtbot, window, Key.Key_BracketLeft)
    assert window.player.speed == 0.5


def test_space_plays_and_playing_stops_at_the_end(window: MainWindow, qtbot: QtBot) -> None:
    window.player.set_speed(1000)
    press(qtbot, window, Key.Key_Space)
    qtbot.waitUntil(lambda: not window.player.is_playing)
    assert window.session.snapshot.cursor.step == 5


def test_a_step_by_hand_ends_playing(window: MainWindow, qtbot: QtBot) -> None:
    window.player.start()
    press(qtbot, window, Key.Key_Right)
    assert not window.player.is_playing


def test_go_to_takes_a_step_and_says_errors_at_the_field(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, Key.Key_G)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    qtbot.keyClicks(field, "77")
    qtbot.keyClick(field, Key.Key_Return)
    assert "5" in field.error, "it says how far one can go"
    assert field.isVisible(), "nothing typed is lost"
    field.clear()
    qtbot.keyClicks(field, "four")
    qtbot.keyClick(field, Key.Key_Return)
    assert "four" in field.error
    field.clear()
    qtbot.keyClicks(field, "3")
    qtbot.keyClick(field, Key.Key_Return)
    assert window.session.snapshot.cursor.step == 3
    assert not field.isVisible()


def test_keys_do_not_fire_while_typing(window: MainWindow, qtbot: QtBot) -> None:
    window.session.seek(2)
    window.timeline.ask_step()
    field = QApplication.focusWidget()
    for key in (Key.Key_1, Key.Key_Left, Key.Key_Home, Key.Key_Space, Key.Key_G, Key.Key_BracketRight):
        qtbot.keyClick(field, key)
    assert window.session.snapshot.cursor.step == 2
    assert window.player.speed == 1
    assert not window.player.is_playing


def test_numbers_focus_panels_and_arrows_then_move_over_their_numbers(window: MainWindow, qtbot: QtBot) -> None:
    window.session.seek(2)
    names = [panel.name for panel in window.workspace.shown()]
    press(qtbot, window, Qt.Key(Key.Key_1 + names.index("gates")))
    gates = window.workspace.panels["gates"]
    assert gates.hasFocus()
    before = gates.address
    press(qtbot, window, Key.Key_Right)
    assert gates.address != before
    assert window.session.snapshot.cursor.step == 2, "the arrow was the panel's"
    press(qtbot, window, Key.Key_Return)
    assert window.session.snapshot.selection == gates.address
    press(qtbot, window, Key.Key_Escape)
    press(qtbot, window, Key.Key_Right)
    assert window.session.snapshot.cursor.step == 3


def test_enter_explains_the_output_and_backspace_goes_back(window: MainWindow, qtbot: QtBot) -> None:
    window.session.seek(4)
    press(qtbot, window, Key.Key_Return)
    first = window.session.snapshot.selection
    assert first == Address(window.session.snapshot.trace.output_name, 4)
    window.session.select(Address("lstm.c", 4))
    press(qtbot, window, Key.Key_Backspace)
    assert window.session.snapshot.selection == first


def test_undo_and_redo_have_keys(window: MainWindow, qtbot: QtBot) -> None:
    window.session.edit_number(Address("x", 1), 9.0)
    press(qtbot, window, Key.Key_Z, Modifier.ControlModifier)
    assert window.session.snapshot.scenario.inputs[0, 0, 0] == 3
    press(qtbot, window, Key.Key_Z, Modifier.ControlModifier | Modifier.ShiftModifier)
    assert window.session.snapshot.scenario.inputs[0, 0, 0] == 9


def test_the_palette_finds_an_action_by_a_few_letters_and_runs_it(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, Key.Key_K, Modifier.ControlModifier)
    field = QApplication.focusWidget()
    qtbot.keyClicks(field, "go end")
    qtbot.keyClick(field, Key.Key_Return)
    assert window.session.snapshot.cursor.step == 5
    assert not [popover for popover in window.findChildren(Popover) if popover.isVisible()]


def test_the_palette_runs_an_action_also_where_what_had_the_focus_is_gone(window: MainWindow, qtbot: QtBot) -> None:
    field = QLineEdit(window)
    field.show()
    field.setFocus()
    window.popovers.palette()
    field.deleteLater()
    QApplication.sendPostedEvents(field, QEvent.Type.DeferredDelete)
    qtbot.keyClicks(QApplication.focusWidget(), "play faster")
    press(qtbot, window, Key.Key_Return)
    assert window.player.speed == 2


def test_the_palette_has_every_action(window: MainWindow) -> None:
    window.popovers.palette()
    palette = next(popover for popover in window.findChildren(Popover) if popover.isVisible())
    enabled = {row.shown_text for row in actions.TABLE if window.actions_.by_id[row.id].isEnabled()}
    assert enabled <= set(palette.names())
    palette.close()


def test_no_key_is_given_twice() -> None:
    keys = [key for row in actions.TABLE for key in row.keys.split()]
    assert len(keys) == len(set(keys))


def test_every_action_has_a_handler(window: MainWindow) -> None:
    for row in actions.TABLE:
        found: object = window
        for name in row.handler.split("."):
            found = getattr(found, name)
        assert callable(found), row.id


@pytest.mark.parametrize(
    ("wanted", "better", "worse"), [("gs", "Go to step…", "Close panel"), ("dark", "Dark", "Redo")]
)
def test_a_better_fit_scores_higher(wanted: str, better: str, worse: str) -> None:
    assert score(wanted, better) > score(wanted, worse)


def test_letters_that_are_not_there_do_not_fit() -> None:
    assert score("xyz", "Open…") == 0
