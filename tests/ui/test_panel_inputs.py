"""The inputs panel: what one sees of a sequence, and that typing, pasting, feeding and moving change just that."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address
from rnnviz.scenario.read import load
from rnnviz.ui import theme
from rnnviz.ui.inputs_rows import rows_of
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.inputs import InputsPanel
from tests.ui.shown_panel import click, drag, show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel

FIVE = [[3, 1, 0], [4, 1, 0], [2, 0, 0], [1, 0, 1], [3, -1, 0]]


def shown(qtbot: QtBot, name: str = "lstm-counter", width: int = 300, height: int = 500) -> InputsPanel:
    panel = show_panel(qtbot, InputsPanel, name, width, height)
    assert isinstance(panel, InputsPanel)
    return panel


def inputs(panel: InputsPanel) -> list[list[float]]:
    return panel.session.snapshot.scenario.inputs[:, 0].tolist()


def type_over(panel: InputsPanel, address: Address, text: str) -> None:
    assert panel.begin_edit(address)
    panel.steps.field.selectAll()
    QTest.keyClicks(panel.steps.field, text)
    QTest.keyClick(panel.steps.field, Qt.Key.Key_Return)


def test_a_click_on_an_input_or_an_output_selects_it(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    for address in (Address("x", 4, 0, 2), Address("lstm.h", 4, 0, 0)):
        click(qtbot, panel, address, panel.steps.viewport())
        assert panel.session.snapshot.selection == address


def test_every_number_of_the_table_is_found_where_it_is_shown(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    grid = panel.cells()
    assert (grid.rows, grid.columns) == (5, 4)
    for row in range(grid.rows):
        for column in range(grid.columns):
            address = grid.address(row, column)
            assert panel.address_at(panel.rect_of(address).center()) == address


def test_a_typed_number_changes_the_input_and_what_follows_from_it(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    type_over(panel, Address("x", 2, 0, 0), "5,5")
    assert inputs(panel)[1] == [5.5, 1, 0]
    assert panel.session.snapshot.trace["lstm.c"][1, 0, 0] == pytest.approx(8.5, abs=1e-3)
    assert not panel.steps.field.isVisible()
    panel.session.undo()
    assert inputs(panel) == FIVE


def test_a_digit_begins_editing_with_that_digit(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    click(qtbot, panel, Address("x", 1, 0, 1), panel.steps.viewport())
    qtbot.keyClick(panel, Qt.Key.Key_7)
    assert panel.steps.field.isVisible()
    assert panel.steps.field.text() == "7"
    qtbot.keyClick(panel.steps.field, Qt.Key.Key_Return)
    assert inputs(panel)[0] == [3, 7, 0]


def test_a_double_click_opens_the_field_and_escape_leaves_the_number_alone(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    click(qtbot, panel, Address("x", 3, 0, 0), panel.steps.viewport(), double=True)
    assert panel.steps.field.isVisible()
    qtbot.keyClicks(panel.steps.field, "99")
    qtbot.keyClick(panel.steps.field, Qt.Key.Key_Escape)
    assert inputs(panel) == FIVE
    assert not panel.session.can_undo


def test_a_word_where_a_number_belongs_is_said_at_the_field_and_nothing_is_lost(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    type_over(panel, Address("x", 2, 0, 0), "seven")
    field = panel.steps.field
    assert field.isVisible()
    assert field.text() == "seven"
    assert field.property("state") == "error"
    assert "“seven” is not a number" in field._complaint.text()
    assert field._complaint.isVisible()
    assert inputs(panel) == FIVE
    qtbot.keyClick(field, Qt.Key.Key_Escape)


def test_tab_goes_on_to_the_next_number(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel.begin_edit(Address("x", 1, 0, 0))
    panel.steps.field.setText("8")
    qtbot.keyClick(panel.steps.field, Qt.Key.Key_Tab)
    assert inputs(panel)[0] == [8, 1, 0]
    assert panel.steps.field.isVisible()
    assert panel.address == Address("x", 1, 0, 1)
    qtbot.keyClick(panel.steps.field, Qt.Key.Key_Escape)


def test_an_output_cannot_be_typed_over(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    assert not panel.begin_edit(Address("lstm.h", 4))
    assert panel.session.snapshot.selection == Address("lstm.h", 4)


def paste(panel: InputsPanel, at: Address, text: str) -> None:
    panel._move_to(at)
    QGuiApplication.clipboard().setText(text)
    QTest.keySequence(panel, "Ctrl+V")


def test_a_table_from_a_spreadsheet_is_one_edit(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    paste(panel, Address("x", 2, 0, 1), "0\t1\n-1\t0,5\n")
    assert inputs(panel) == [[3, 1, 0], [4, 0, 1], [2, -1, 0.5], [1, 0, 1], [3, -1, 0]]
    assert len(panel.session.snapshot.history) == 1


def test_pasted_rows_past_the_end_become_new_steps(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    paste(panel, Address("x", 5, 0, 0), "1,2,3\n4,5,6")
    assert inputs(panel) == [*FIVE[:4], [1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("text", "said"),
    [("1\tball", "number 2: “ball” is not a number"), ("1\t2\t3\t4", "room for 2"), ("", "no text")],
)
def test_what_cannot_be_pasted_is_said_and_changes_nothing(qtbot: QtBot, text: str, said: str) -> None:
    panel = shown(qtbot)
    paste(panel, Address("x", 2, 0, 1), text)
    assert inputs(panel) == FIVE
    assert panel.steps.complaint.isVisible()
    assert said in panel.steps.complaint.text()


def test_copying_a_range_gives_text_that_pastes_back(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel._move_to(Address("x", 4, 0, 1))
    panel._extend_range(Address("x", 5, 0, 2))
    QTest.keySequence(panel, "Ctrl+C")
    assert QGuiApplication.clipboard().text() == "0.0\t1.0\n-1.0\t0.0"


def test_dragging_a_row_by_its_number_moves_it(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    canvas, height = panel.steps.viewport(), panel.steps.row_height
    first = QPoint(8, panel.steps._head() + height // 2)
    drag(qtbot, canvas, first, first + QPoint(0, 3 * height))
    assert inputs(panel) == [[4, 1, 0], [2, 0, 0], [1, 0, 1], [3, 1, 0], [3, -1, 0]]


def test_a_click_on_a_row_number_goes_to_that_step(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    height = panel.steps.row_height
    place = QPoint(8, panel.steps._head() + height + height // 2)
    qtbot.mouseClick(panel.steps.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.session.snapshot.cursor.step == 2
    assert inputs(panel) == FIVE


def test_keys_move_insert_and_delete_steps(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel._move_to(Address("x", 2, 0, 0))
    QTest.keySequence(panel, "Alt+Up")
    assert inputs(panel)[:2] == [FIVE[1], FIVE[0]]
    assert panel.address == Address("x", 1, 0, 0)
    qtbot.keyClick(panel, Qt.Key.Key_Insert)
    assert inputs(panel)[:2] == [[0, 0, 0], FIVE[1]]
    qtbot.keyClick(panel, Qt.Key.Key_Delete)
    QTest.keySequence(panel, "Alt+Down")
    assert inputs(panel) == FIVE


def test_a_marked_range_of_rows_is_deleted_together(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel._move_to(Address("x", 2, 0, 0))
    QTest.keySequence(panel, "Shift+Down")
    QTest.keySequence(panel, "Shift+Down")
    qtbot.keyClick(panel, Qt.Key.Key_Delete)
    assert inputs(panel) == [FIVE[0], FIVE[4]]


def test_the_last_step_stays_and_it_is_said_why(qtbot: QtBot) -> None:
    panel = shown(qtbot, "all-ones-elman")
    panel._move_to(Address("x", 1, 0, 0))
    panel._extend_range(Address("x", 3, 0, 0))
    qtbot.keyClick(panel, Qt.Key.Key_Delete)
    assert len(inputs(panel)) == 3
    assert "one step has to stay" in panel.steps.complaint.text()


def test_feeding_appends_a_step_and_goes_there(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    qtbot.mouseClick(panel.feed_next.button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(panel.feed_next.line, "2 1 0")
    qtbot.keyClick(panel.feed_next.line, Qt.Key.Key_Return)
    assert inputs(panel) == [*FIVE, [2, 1, 0]]
    assert panel.session.snapshot.cursor.step == 6
    assert panel.session.snapshot.trace["lstm.c"][5, 0, 0] == pytest.approx(2, abs=1e-3)
    assert panel.feed_next.line.text() == ""


@pytest.mark.parametrize(
    ("text", "said"), [("2 1", "3 numbers, not 2 numbers"), ("2 one 0", "“one” is not a number"), ("", "no text")]
)
def test_a_wrong_feed_is_said_at_its_line_and_kept(qtbot: QtBot, text: str, said: str) -> None:
    panel = shown(qtbot)
    panel.feed_next.open()
    panel.feed_next.line.setText(text)
    qtbot.keyClick(panel.feed_next.line, Qt.Key.Key_Return)
    assert said in panel.feed_next.complaint.text()
    assert panel.feed_next.complaint.isVisible()
    assert panel.feed_next.line.text() == text
    assert inputs(panel) == FIVE
    qtbot.keyClick(panel.feed_next.line, Qt.Key.Key_1)
    assert not panel.feed_next.complaint.isVisible()


def test_words_are_read_as_their_ids_and_unknown_ones_are_asked_about(qtbot: QtBot) -> None:
    panel = shown(qtbot, "sentiment-bilstm")
    words = panel.session.snapshot.scenario.tokens
    type_over(panel, Address("x", 1, 0, 0), words[20])
    assert inputs(panel)[0] == [20]
    type_over(panel, Address("x", 2, 0, 0), "lucky")
    assert panel.steps.field.text() == "lucky"
    assert "“lucky” is not among its 1000 words" in panel.steps.field._complaint.text()
    qtbot.keyClick(panel.steps.field, Qt.Key.Key_Escape)


def test_padding_is_told_from_real_steps() -> None:
    from rnnviz.session import Session

    session = Session()
    session.open(load("padding-masking"))
    session.seek_sequence(1)
    rows = rows_of(session.snapshot)
    assert [rows.is_held(step) for step in (1, 2, 3)] == [False, True, True]
    assert [rows.word(step) for step in (1, 2)] == ["go", "(padding)"]


def test_a_digit_is_shown_as_a_picture_with_its_current_row_and_probabilities(qtbot: QtBot) -> None:
    panel = shown(qtbot, "mnist-rows-lstm", 212, 494)
    assert panel.picture.isVisible()
    assert not panel.steps.isVisible()
    panel.session.seek_sequence(0)
    panel.session.seek(15)
    picture = panel.picture.grab().toImage()
    row = panel.rect_of(Address("x", 15, 0, 14))
    edge = panel.picture.mapFrom(panel, QPoint(row.left(), row.top() - 1))
    accent = theme.current().accent
    assert picture.pixelColor(edge) == accent
    probabilities = panel.session.snapshot.trace.output[14, 0]
    assert np.allclose(panel.bars._values, probabilities)
    click(qtbot, panel, Address("readout.y", 15, 0, 2), panel.bars)
    assert panel.session.snapshot.selection == Address("readout.y", 15, 0, 2)


def test_rows_of_a_digit_that_are_not_yet_read_are_dimmed(qtbot: QtBot) -> None:
    panel = shown(qtbot, "mnist-rows-lstm", 212, 494)
    panel.session.seek_sequence(0)
    values = panel.session.snapshot.scenario.inputs[:, 0]
    row, column = np.unravel_index(np.argmax(values), values.shape)
    place = panel.picture.mapFrom(panel, panel.rect_of(Address("x", int(row) + 1, 0, int(column))).center())
    panel.session.seek(int(row))
    unread = panel.picture.grab().toImage().pixelColor(place)
    panel.session.seek(28)
    read = panel.picture.grab().toImage().pixelColor(place)
    assert read == theme.current().ink
    assert unread.lightnessF() > read.lightnessF() + 0.3


def test_thumbnails_and_arrows_choose_the_digit(qtbot: QtBot) -> None:
    panel = shown(qtbot, "mnist-rows-lstm", 212, 494)
    first = panel.session.snapshot.cursor.sequence
    qtbot.mouseClick(panel.chooser.next, Qt.MouseButton.LeftButton)
    assert panel.session.snapshot.cursor.sequence == first + 1
    qtbot.keyClick(panel.thumbnails, Qt.Key.Key_Left)
    assert panel.session.snapshot.cursor.sequence == first
    panel._numbers_tool.setChecked(True)
    assert panel.steps.isVisible()
    assert not panel.picture.isVisible()


def test_ten_thousand_steps_lay_out_no_more_than_is_seen(qtbot: QtBot) -> None:
    from dataclasses import replace

    counter = load("lstm-counter")
    inputs_ = np.tile(counter.inputs, (2000, 1, 1))
    panel = show_panel(qtbot, InputsPanel, replace(counter, inputs=inputs_, expected=()))
    panel.session.seek(10_000)
    last = panel.rect_of(Address("x", 10_000, 0, 0))
    assert last is not None
    assert panel.address_at(last.center()) == Address("x", 10_000, 0, 0)
    assert len(panel.steps._view().steps_within(0, panel.steps.viewport().height())) < 30


@pytest.mark.parametrize("name", ["lstm-counter", "mnist-rows-lstm", "sentiment-bilstm", "thousand-steps"])
def test_the_panel_says_in_words_what_it_shows(qtbot: QtBot, name: str) -> None:
    panel = shown(qtbot, name)
    panel.session.seek(3)
    said = panel.describe(panel.session.snapshot)
    assert "step 3" in said
    if name == "lstm-counter":
        assert "x₁ = 2, x₂ = 0, x₃ = 0" in said
    assert panel.accessibleDescription() == said


def test_in_the_window_a_digit_typed_on_the_table_is_a_number_and_not_a_panel(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.workspace.panels["inputs"]
    click(qtbot, panel, Address("x", 1, 0, 0), panel.steps.viewport())
    qtbot.keyClick(panel, Qt.Key.Key_2)
    assert panel.steps.field.isVisible()
    assert panel.steps.field.text() == "2"
    step = window.session.snapshot.cursor.step
    qtbot.keyClick(panel.steps.field, Qt.Key.Key_Left)
    qtbot.keyClick(panel.steps.field, Qt.Key.Key_Space)
    assert window.session.snapshot.cursor.step == step
    qtbot.keyClick(panel.steps.field, Qt.Key.Key_Escape)
    qtbot.keyClick(panel, Qt.Key.Key_Delete)
    assert len(inputs(panel)) == 4


def test_in_the_window_the_table_gives_the_window_its_own_keys(window: MainWindow, qtbot: QtBot) -> None:
    panel = window.workspace.panels["inputs"]
    click(qtbot, panel, Address("x", 1, 0, 0), panel.steps.viewport())
    window.session.seek(1)
    QTest.keySequence(panel, "Ctrl+Z")
    qtbot.keyClick(panel, Qt.Key.Key_End)
    assert window.session.snapshot.cursor.step == 5


def test_targets_are_typed_and_pasted_too(qtbot: QtBot) -> None:
    panel = shown(qtbot, "sunspots-gru")
    type_over(panel, Address("target", 2, 0, 0), "0.25")
    assert panel.session.snapshot.scenario.targets[1, 0, 0] == 0.25
    paste(panel, Address("target", 3, 0, 0), "1\n2\n3")
    assert panel.session.snapshot.scenario.targets[1:6, 0, 0].tolist()[:4] == [0.25, 1, 2, 3]
    assert len(panel.session.snapshot.history) == 2
    last = len(panel.session.snapshot.scenario.targets)
    paste(panel, Address("target", last, 0, 0), "1\n2")
    assert "there is room for 1 × 1" in panel.steps.complaint.text()


def test_many_columns_are_a_strip_in_which_every_number_is_found_and_edited(qtbot: QtBot) -> None:
    panel = shown(qtbot, "mnist-rows-lstm", 212, 494)
    panel._numbers_tool.setChecked(True)
    sequence = panel.session.snapshot.cursor.sequence
    panel.session.seek(3)
    for column in (0, 13, 27):
        address = Address("x", 3, sequence, column)
        assert panel.address_at(panel.rect_of(address).center()) == address
    type_over(panel, Address("x", 3, sequence, 13), "0.5")
    assert panel.session.snapshot.scenario.inputs[2, sequence, 13] == 0.5


def test_the_table_is_written_out_with_its_headings(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    table = panel.table(panel.session.snapshot)
    assert table[0] == ["t", "x₁", "x₂", "x₃", "y"]
    assert table[4][:4] == [4, 1.0, 0.0, 1.0]
    assert table[4][4] == float(panel.session.snapshot.trace["lstm.h"][3, 0, 0])
