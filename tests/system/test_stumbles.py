"""What a new user has stumbled over, and may not again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario import builtin
from rnnviz.ui import numbers
from rnnviz.ui.command_palette import CommandPalette
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.plots.reading import pending
from rnnviz.ui.popover import Popover
from rnnviz.ui.stage.laws import element_name
from rnnviz.ui.stage.measures import Measures
from rnnviz.ui.stage.picture import picture_of
from rnnviz.ui.stage.storeys import levels_of, storeys

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # of the offscreen platform
Make = Callable[..., MainWindow]


def ready(make_window: Make, qtbot: QtBot, file: str = "lstm-counter") -> MainWindow:
    window = make_window(file)
    qtbot.waitUntil(lambda: window.session.snapshot is not None and bool(window.workspace.shown()))
    window.window().resize(1280, 800)
    window.window().activateWindow()
    window.setFocus()
    QApplication.processEvents()
    return window


@pytest.mark.parametrize("place", [Address("x", 2, 0, 1), ParameterAddress("lstm.W_i", 0, 1)], ids=["input", "weight"])
def test_what_is_typed_after_a_click_goes_into_the_number(
    make_window: Make, qtbot: QtBot, place: Address | ParameterAddress
) -> None:
    window = ready(make_window, qtbot)
    panel = window.workspace.panels["inputs" if isinstance(place, Address) else "parameters"]
    rect = panel.rect_of(place)
    assert rect is not None
    target = panel.childAt(rect.center())
    QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=target.mapFrom(panel, rect.center()))
    for key in (Qt.Key.Key_7, Qt.Key.Key_Return):
        QTest.keyClick(QApplication.focusWidget(), key)
    assert window.session.snapshot is not None
    assert window.session.snapshot.trace.number(place) == 7


@pytest.mark.parametrize("keys", [[Qt.Key.Key_Escape], [Qt.Key.Key_2, Qt.Key.Key_Return]], ids=["given up", "gone"])
def test_after_go_to_step_no_panel_has_the_keys(make_window: Make, qtbot: QtBot, keys: list[Qt.Key]) -> None:
    window = ready(make_window, qtbot)
    QTest.keyClick(window, Qt.Key.Key_G)
    for key in keys:
        QTest.keyClick(QApplication.focusWidget(), key)
    focus = QApplication.focusWidget()
    assert focus is None or not any(panel.isAncestorOf(focus) for panel in window.workspace.shown())
    assert focus not in window.workspace.shown()


def test_the_table_shows_all_its_rows_in_any_text_size(make_window: Make, qtbot: QtBot) -> None:
    window = ready(make_window, qtbot)
    table = window.workspace.panels["inputs"].steps
    for _ in range(3):
        window.look.larger_text()
        QApplication.processEvents()
        assert table.verticalScrollBar().maximum() < table.row_height / 2
    window.look.normal_text()


def test_the_number_of_the_card_stays_large_when_a_panel_was_maximised(make_window: Make, qtbot: QtBot) -> None:
    window = ready(make_window, qtbot)
    window.session.select(Address("lstm.c", 4))
    card = window.workspace.panels["explain"]
    before = card.number.font().pixelSize()
    window.workspace.maximise("gates")
    QApplication.processEvents()
    window.workspace.maximise("")
    QApplication.processEvents()
    assert card.number.font().pixelSize() == before > 20


@pytest.mark.parametrize("name", ["all-ones-elman", "lstm-peephole", "lstm-feedback"])
def test_a_story_is_never_wider_than_its_panel(make_window: Make, qtbot: QtBot, name: str) -> None:
    window = ready(make_window, qtbot, name)
    assert window.workspace.panels["story"].scroll.horizontalScrollBar().maximum() == 0


def test_every_search_in_the_gallery_begins_anew(make_window: Make, qtbot: QtBot) -> None:
    window = ready(make_window, qtbot)
    for wanted in ("digits", "sunspots"):
        window.show_gallery()
        QTest.keyClicks(QApplication.focusWidget(), wanted)
        assert QApplication.focusWidget().text() == wanted


@pytest.mark.parametrize("cell", ["lstm", "mine"])
def test_long_names_stay_inside_the_stage(make_window: Make, qtbot: QtBot, tmp_path: Path, cell: str) -> None:
    long = "the name that somebody has copied from the header of a spreadsheet without shortening it"
    tree = json.loads(builtin.path("lstm-counter").read_text("utf-8"))
    tree["input_names"] = [f"{long} {number}" for number in (1, 2, 3)]
    if cell == "mine":
        equations = ["f = sigmoid(W @ x + U @ h_prev)  # " + long, "h = f * h_prev + (1 - f) * tanh(V @ x)"]
        tree |= {"cells": [{"name": "mine", "equations": equations}], "params": {"initialiser": "glorot"}}
        tree["network"]["layers"] = [{"kind": "recurrent", "name": "mine", "cell": "mine", "units": 3}]
        for key in ("story", "expected", "alternatives", "initial", "view", "output_names"):
            tree.pop(key, None)
    path = tmp_path / "long.rnnviz"
    path.write_text(json.dumps(tree), "utf-8")
    window = ready(make_window, qtbot, str(path))
    stage = window.workspace.panels["stage"].stage
    assert stage is not None
    assert stage.cell.items
    for item in stage.cell.items:
        assert stage.frame.left() - 1 <= item.rect.left() <= item.rect.right() <= stage.frame.right() + 1, item.text


@pytest.mark.parametrize(
    ("value", "shown"),
    [(11.99955, "11.9995"), (123.001, "123.001"), (12.0, "12"), (0.1 + 0.2, "0.3"), (1234.4, "1234")],
)
def test_a_number_never_passes_for_a_whole_one(value: float, shown: str) -> None:
    assert numbers.text(value) == shown


def test_an_input_has_one_name_everywhere(make_window: Make, qtbot: QtBot) -> None:
    """The second of the inputs that the scenario calls x1, x2, x3: in the card, its trail and the history."""
    window = ready(make_window, qtbot)
    session, card = window.session, window.workspace.panels["explain"]
    session.select(Address("lstm.c", 4))
    session.select(Address("x", 2, 0, 1))
    assert card.header._subtitle.text().startswith("x₂ at step 2 · ")
    session.select(Address("lstm.c", 4))
    assert "x₂, t = 2" in "".join(piece.text for piece in card.trail.pieces)
    session.edit_number(Address("x", 2, 0, 1), 0.5)
    assert session.undo_label == "Set x2 at step 2 to 0.5"
    session.edit_number(ParameterAddress("lstm.b_i", 0), 3)
    assert session.undo_label == "Set lstm.b_i[0] to 3"


def test_within_a_step_nothing_shows_what_is_not_reached(make_window: Make, qtbot: QtBot) -> None:
    """Two equations of step 4 are done, g and i: the output h is not, nor is what the table shows of it."""
    window = ready(make_window, qtbot)
    panels, session = window.workspace.panels, window.session
    session.seek(3)
    session.substep(2)
    assert "i, input gate: equation 2 of 6" in window.status_line.text()
    assert "y =" not in panels["inputs"].accessibleDescription()
    table = panels["inputs"].steps
    rect = table.rect_of(Address("lstm.h", 4)) or table.rect_of(Address("readout.y", 4))
    assert rect is not None

    def colours() -> int:
        image = table.viewport().grab(rect).toImage()
        return len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height() // 3)})

    assert colours() == 1, "above the dash there is nothing"
    session.step(1)
    assert colours() > 1
    assert "y = 6.999" in panels["inputs"].accessibleDescription()
    assert "equation" not in window.status_line.text()


def test_a_readout_waits_for_the_cell(make_window: Make, qtbot: QtBot) -> None:
    window = ready(make_window, qtbot, "mnist-rows-lstm")
    window.session.seek(2)
    window.session.substep(3)
    assert pending(window.session.snapshot) >= {window.session.snapshot.trace.output_name}
    done = {f"{window.session.snapshot.opened_layer}.{name}" for name in ("g", "i", "f")}
    assert not pending(window.session.snapshot) & done


def test_a_digit_after_the_digit_of_a_table_leads_on(make_window: Make, qtbot: QtBot) -> None:
    """Any other key in between, and digits edit; with Alt they always lead to a panel."""
    window = ready(make_window, qtbot)
    names = [panel.name for panel in window.workspace.shown()]
    table, gates = (Qt.Key(Qt.Key.Key_1 + names.index(name)) for name in ("inputs", "gates"))
    panels = window.workspace.panels
    for keys in ([gates], [Qt.Key.Key_Down, gates]):
        QTest.keyClick(window, table)
        assert panels["inputs"].hasFocus()
        for key in keys:
            QTest.keyClick(QApplication.focusWidget(), key)
        assert panels["gates"].hasFocus() == (len(keys) == 1)
        window.setFocus()
    QTest.keyClick(window, table)
    QTest.keyClick(panels["inputs"], Qt.Key.Key_Down)
    QTest.keyClick(panels["inputs"], gates, Qt.KeyboardModifier.AltModifier)
    assert panels["gates"].hasFocus()


def test_steps_are_edited_from_the_palette(make_window: Make, qtbot: QtBot) -> None:
    """Where the table has not the keys it is the step that one looks at."""
    window = ready(make_window, qtbot)
    session = window.session
    before = session.snapshot.scenario.inputs[:, 0].tolist()

    def after(id_: str) -> list[list[float]]:
        window.actions_.by_id[id_].trigger()
        return session.snapshot.scenario.inputs[:, 0].tolist()

    session.seek(2)
    assert after("step_insert") == [before[0], [0, 0, 0], *before[1:]]
    assert after("step_delete") == before
    assert after("step_down") == [before[0], before[2], before[1], *before[3:]]
    assert after("undo") == before
    after("copy_numbers")
    session.seek(4)
    assert after("paste_numbers")[3][0] == before[1][0]
    window.workspace.set_closed("inputs", True)
    after("feed")
    panel = window.workspace.panels["inputs"]
    assert panel.isVisible()
    assert QApplication.focusWidget() is panel.feed_next.line


def test_the_keys_of_the_table_are_in_menu_palette_and_list(make_window: Make, qtbot: QtBot) -> None:
    window = ready(make_window, qtbot)
    assert window.actions_.by_id["step_insert"].text() == "Insert a step before\tIns"
    assert window.actions_.by_id["step_insert"].shortcuts() == []
    window.popovers.palette()
    palette = next(popover for popover in window.findChildren(CommandPalette) if popover.isVisible())
    assert {"Insert a step before", "Delete step", "Move step up", "Feed the next step…"} <= set(palette.names())
    palette.close()
    window.popovers.keys()
    card = window.findChild(Popover, "keys-card")
    said = {label.text() for label in card.findChildren(QLabel)}
    assert {"Ins", "Del", "Alt+Up", "Alt+1 … 9"} <= said
    card.close()


def test_a_file_that_does_not_say_where_to_begin_begins_at_step_1(
    make_window: Make, qtbot: QtBot, tmp_path: Path
) -> None:
    tree = json.loads(builtin.path("lstm-counter").read_text("utf-8"))
    del tree["view"]
    path = tmp_path / "mine.rnnviz"
    path.write_text(json.dumps(tree), "utf-8")
    window = ready(make_window, qtbot, str(path))
    assert window.session.snapshot.cursor.step == 1
    assert not window.session.snapshot.is_modified
    assert "saved in mine.rnnviz" in window.status_line.text()


def test_outputs_without_names_count_as_units_do(make_window: Make, qtbot: QtBot, tmp_path: Path) -> None:
    """In the table as in the plot, from 0; inputs as the scenario's stories do, from 1."""
    tree = json.loads(builtin.path("all-ones-elman").read_text("utf-8"))
    tree |= {"input_names": [], "output_names": [], "story": ""}
    path = tmp_path / "plain.rnnviz"
    path.write_text(json.dumps(tree), "utf-8")
    window = ready(make_window, qtbot, str(path))
    heads = [name for block in window.workspace.panels["inputs"].rows.blocks for name in block.names]
    assert heads == ["x₁", "x₂", "y₀", "y₁"]


def test_a_number_has_one_rounding_on_its_card(make_window: Make, qtbot: QtBot) -> None:
    """i * g of the counter at step 4, 4.5398e-5: as a factor, as a summand, as a bar."""
    window = ready(make_window, qtbot)
    window.session.select(Address("lstm.c", 4))
    card = window.workspace.panels["explain"]
    assert "4.54e−5" in card.numbers_in.text
    assert card.result.text == "= 6.9995 + 4.54e−5"


def test_all_keys_fit_beside_each_other(make_window: Make, qtbot: QtBot) -> None:
    window = ready(make_window, qtbot)
    window.popovers.keys()
    card = window.findChild(Popover, "keys-card")
    assert card.findChild(QScrollArea).horizontalScrollBar().maximum() == 0
    card.close()


@pytest.mark.parametrize("name", ["lstm-counter", "mnist-rows-lstm"])
def test_the_buttons_of_the_card_are_in_sight(make_window: Make, qtbot: QtBot, name: str) -> None:
    window = ready(make_window, qtbot, name)
    card = window.workspace.panels["explain"]
    for button in (card.exact, card.copy_button, card.latex_button):
        assert not button.visibleRegion().isEmpty()
        assert button.visibleRegion().boundingRect() == button.rect()
    if name == "lstm-counter":
        assert card.scroll.verticalScrollBar().maximum() == 0, "the whole card of c is in sight"


def test_a_readout_reads_h_and_not_x(make_window: Make, qtbot: QtBot) -> None:
    """The parameters, the stage and the card call what enters it as the cell does that hands it on."""
    window = ready(make_window, qtbot, "all-ones-elman")
    levels = levels_of(window.session.snapshot.scenario.network)
    storey = next(storey for storey in storeys(levels) if storey.is_readout)
    picture = picture_of(window.session.snapshot, storey, 0, Measures())
    assert "".join(run.text for run in element_name("x", 1, picture)) == "h[1]"
    window.session.select(Address("readout.y", 3, 0, 0))
    assert window.workspace.panels["explain"].law.text.startswith("y = V h")


def test_a_click_on_the_empty_ground_of_a_card_leaves_the_keys_with_it(make_window: Make, qtbot: QtBot) -> None:
    window = ready(make_window, qtbot)
    window.popovers.about()
    card = window.findChild(Popover)
    assert card is not None
    QTest.mouseClick(card.card, Qt.MouseButton.LeftButton, pos=card.card.rect().topLeft() + QPoint(6, 6))
    focused = QApplication.focusWidget()
    assert focused is card or card.isAncestorOf(focused)
    QTest.keyClick(focused, Qt.Key.Key_Escape)
    assert not card.isVisible()
