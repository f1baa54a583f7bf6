"""Data come in through a card: what was understood can be changed, what is wrong is told, nothing changes before OK."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.interop.data import open_source
from rnnviz.jobs.reading import Found
from rnnviz.scenario import builtin
from rnnviz.ui.data import reader
from rnnviz.ui.data.card import DataCard
from rnnviz.ui.data.state import State
from rnnviz.ui.main_window import MainWindow

TABLES = Path(__file__).parents[1] / "data" / "tables"
PASSENGERS = str(TABLES / "airline_passengers.csv")
DIGITS = str(TABLES / "digits8x8_first24.npz")
Make = Callable[..., MainWindow]
Shown = Callable[[str, str], DataCard]


def opened(window: MainWindow, path: str, is_new: bool = False) -> DataCard:
    window.data.import_path(path, is_new)
    card = window.data.card
    assert card is not None
    return card


@pytest.fixture
def shown(qapp: QApplication, qtbot: QtBot) -> Shown:
    """The card alone, for the file and the built-in scenario of this name."""

    def show(path: str, scenario: str) -> DataCard:
        host = QWidget()
        qtbot.addWidget(host)
        host.resize(1280, 800)
        host.show()
        card = DataCard("data", State(scenario=builtin.load(scenario)), host)
        card.open()
        card.show_found(Found(open_source(path)))
        return card

    return show


def choose(box: QComboBox, value: object) -> None:
    """As a person does who takes an entry of the list."""
    place = next(k for k in range(box.count()) if box.itemData(k) in (value, (value,)))
    box.setCurrentIndex(place)
    box.activated.emit(place)


def option(card: DataCard, key: str) -> QComboBox:
    found = card.form.rows[key].widget
    assert isinstance(found, QComboBox)
    assert found.isVisibleTo(card)
    return found


def role(card: DataCard, column: str) -> QComboBox:
    return next(box for box in card.table.roles.boxes if box.property("column") == column)


def type_into(card: DataCard, key: str, text: str) -> None:
    line = card.form.rows[key].widget
    assert isinstance(line, QLineEdit)
    line.setText(text)
    QTest.keyClick(line, Qt.Key.Key_Return)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    lines = Path(PASSENGERS).read_text().splitlines()
    lines[16] = "1950-04,1x5"
    (tmp_path / "broken.csv").write_text("\n".join(lines))
    return str(tmp_path / "broken.csv")


def test_a_table_is_understood_used_stepped_through_and_taken_back(make_window: Make) -> None:
    window = make_window("sunspots-forecast")
    before = window.session.snapshot.document
    card = opened(window, PASSENGERS)
    assert card.sentence.text() == "A table of 144 rows of 2 columns, parted by commas; the first row names them."
    assert role(card, "month").currentData() == "step"
    assert role(card, "passengers_thousands").currentData() == "input"
    assert card.said.text() == "1 sequence of 143 steps, 1 number each; the target is what comes next."
    assert "networks read numbers around 1 better" in card.notes.text()
    choose(option(card, "scale"), "divide")
    type_into(card, "divisor", "100")
    assert "passengers_thousands is divided by 100." in card.notes.text()
    assert card.accept.text() == "Use 1 sequence of 143 steps"
    assert window.session.snapshot.document is before
    QTest.keyClick(card.accept, Qt.Key.Key_Return)
    assert window.data.card is None
    assert window.session.snapshot.history == ("Use airline_passengers.csv",)
    window.step_forward()
    assert window.session.snapshot.cursor.step == 2
    assert window.session.snapshot.trace["x"][1, 0, 0] == 1.18
    window.actions_.by_id["undo"].trigger()
    assert window.session.snapshot.document is before


def test_the_broken_row_is_told_and_has_to_be_decided_about(make_window: Make, broken: str, qtbot: QtBot) -> None:
    window = make_window("sunspots-forecast")
    card = opened(window, broken)
    assert card.heading.text() == "1 row is wrong: choose what to do with them"
    assert card.problems.item(0).text() == (
        "row 17, passengers_thousands: “1x5” is not a number; expected a number, such as 3.5"
    )
    assert not card.accept.isEnabled()
    card.problems.setCurrentRow(0)
    assert card.table.cells.preview.names[card.table.currentIndex().row()] == "17"
    assert card.table.currentIndex().data() == "1x5"
    choose(option(card, "missing"), "last")
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))  # beside the card, which loses nothing by it
    assert window.data.card is card
    assert card.accept.isEnabled()
    card.accept.click()
    assert window.session.snapshot.trace["x"][14:16, 0, 0].tolist() == [141, 141]


def test_roles_are_changed_in_the_header_and_the_form_follows(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / "walks.csv").write_text("walk,x,next\na,1,2\na,2,3\nb,5,6\n")
    card = shown(str(tmp_path / "walks.csv"), "sunspots-gru")
    assert "walk is" not in card.said.text()
    choose(role(card, "walk"), "sequence")
    choose(role(card, "next"), "target")
    assert (card.state.choices.form, card.state.choices.target) == ("by column", "columns")
    assert card.said.text() == "2 sequences of 1 to 2 steps, 1 number each; 1 target a step."
    choose(role(card, "next"), "ignored")
    assert card.state.choices.target == "none"
    choose(role(card, "next"), "input")
    assert card.said.text().startswith("The network reads 1 number a step, the data have 2 numbers (x, next)")
    assert not card.accept.isEnabled()


def test_data_that_do_not_fit_can_have_a_network_of_their_own(make_window: Make) -> None:
    window = make_window("flip-flop")
    card = opened(window, PASSENGERS)
    assert "make a new network for these data" in card.said.text()
    card.readers.button(1).click()
    choose(option(card, "plan.cell"), "gru")
    type_into(card, "plan.units", "5")
    choose(option(card, "scale"), "z-score")
    assert card.accept.text() == "New network for 1 sequence of 143 steps"
    card.accept.click()
    scenario = window.session.snapshot.document
    assert [layer.name for layer in scenario.network.layers] == ["gru", "readout"]
    assert scenario.network.layers[0].units == 5
    assert window.data.card is None
    window.session.mark_saved("")


def test_new_from_data_begins_in_the_gallery(make_window: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window(None)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (DIGITS, ""))
    window.actions_.by_id["new_from_data"].trigger()
    card = window.data.card
    assert card is not None
    assert not card.readers.button(0).isEnabled()
    assert card.said.text() == "24 sequences of 8 steps, 8 numbers each; the target is one of 10 classes."
    card.accept.click()
    assert window.session.snapshot.trace.output.shape == (8, 24, 10)
    assert window.pages.currentWidget() is window.workspace
    assert "not saved yet" in window.status_line.text(), "it is in no file, and not one of the built-in ones"


def test_axes_that_could_be_either_are_asked(shown: Shown, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((5, 7, 1)))
    card = shown(str(tmp_path / "a.npy"), "sunspots-gru")
    assert "can be read in several ways" in card.said.text()
    assert not card.accept.isEnabled()
    choose(option(card, "axes"), "steps, sequences, features")
    assert card.accept.text() == "Use 7 sequences of 4 steps"  # the fifth is the last target


def test_a_picture_is_fitted_only_when_that_is_said(shown: Shown, tmp_path: Path) -> None:
    Image.fromarray(np.full((56, 56), 255, np.uint8)).save(tmp_path / "digit.png")
    card = shown(str(tmp_path / "digit.png"), "mnist-rows-lstm")
    assert "reads 28 numbers a step, the data have 56" in card.said.text()
    switch = card.form.rows["resize"].widget
    assert isinstance(switch, QAbstractButton)
    switch.click()
    assert card.accept.isEnabled()
    assert card.state.made is not None
    assert card.state.made.inputs.shape == (28, 1, 28)


def test_a_file_that_cannot_be_read_is_told_in_the_card_with_a_way_out(make_window: Make, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_bytes("größe\n1\n2\n3\n".encode("latin-1"))
    window = make_window("sunspots-gru")
    before = window.session.snapshot
    card = opened(window, str(tmp_path / "old.csv"))
    assert "is not UTF-8" in card.said.text()
    assert not card.accept.isEnabled()
    choose(option(card, "how.encoding"), "latin-1")
    assert card.accept.text() == "Use 1 sequence of 2 steps"
    assert card.table.cells.preview.columns == ("größe",)
    choose(option(card, "how.header"), False)
    assert "without names" in card.sentence.text()
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert window.data.card is None
    assert window.session.snapshot is before


def test_a_dropped_file_of_data_opens_the_card_and_one_of_a_scenario_opens_it(
    window: MainWindow, tmp_path: Path
) -> None:
    def drop(path: str) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(path)])
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, buttons, keys))

    drop(PASSENGERS)
    assert window.data.card is not None
    window.data.card.close()
    drop(DIGITS)
    assert window.data.card is not None
    assert window.data.card.state.source.name == "digits8x8_first24.npz"


def test_a_file_of_data_given_at_the_start_gets_a_network_of_its_own(make_window: Make) -> None:
    window = make_window(PASSENGERS)
    card = window.data.card
    assert card is not None
    assert card.accept.text() == "New network for 1 sequence of 143 steps"
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert window.session.snapshot.trace.steps == 143


def test_a_table_is_pasted_as_data(make_window: Make) -> None:
    window = make_window("sunspots-gru")
    QGuiApplication.clipboard().setText("a\tb\n1\t2\n3\t4\n5\t6\n")
    window.actions_.by_id["paste_table"].trigger()
    card = window.data.card
    assert card is not None
    assert card.sentence.text() == "A table of 3 rows of 2 columns, parted by tabs; the first row names them."
    choose(role(card, "b"), "target")
    card.accept.click()
    assert window.session.snapshot.history == ("Use pasted table",)
    QGuiApplication.clipboard().setText("")
    window.actions_.by_id["paste_table"].trigger()
    assert "There is no text on the clipboard" in window.message_bar.text


def test_a_large_file_is_read_elsewhere_with_progress_and_can_be_cancelled(
    make_window: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "SMALL_BYTES", 10)
    window = make_window("sunspots-gru")
    card = opened(window, PASSENGERS)
    assert card.progress.isVisibleTo(card)
    assert not card.accept.isEnabled()
    qtbot.waitUntil(lambda: card.accept.isEnabled(), timeout=30_000)
    assert not card.progress.isVisibleTo(card)
    card.close()
    opened(window, PASSENGERS).cancel.click()
    qtbot.waitUntil(lambda: not window.data._reader.is_busy, timeout=10_000)
    assert window.data.card is None


def test_what_is_typed_wrongly_is_said_at_its_field(shown: Shown) -> None:
    card = shown(PASSENGERS, "sunspots-gru")
    choose(option(card, "form"), "windows")
    type_into(card, "window", "twelve")
    assert "“twelve” is not a number" in card.form.rows["window"].complaint.text()
    type_into(card, "window", "500")
    assert card.said.text() == "A window of 500 steps does not fit into 143 steps."


def test_the_card_is_whole_for_keys_and_for_screen_readers(make_window: Make, broken: str) -> None:
    window = make_window("sunspots-forecast")
    card = opened(window, broken)
    assert card.isAncestorOf(window.focusWidget())
    reached = set()
    for _ in range(60):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        reached.add(window.focusWidget())
    wanted = [
        *card.table.roles.boxes,
        card.table,
        card.problems,
        card.cancel,
        option(card, "scale"),
        option(card, "missing"),
    ]
    assert set(wanted) <= reached
    for widget in reached - {card}:
        assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()), widget
    wrong = card.table.cells.preview.names.index("17")
    said = card.table.cells.index(wrong, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "row 17, passengers_thousands: 1x5, wrong"
