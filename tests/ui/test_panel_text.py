"""The Text panel: typed sentences are split and run, unknown words said, and a network writes what it foretells."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address
from rnnviz.session.edit_text import tokens_read
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.text import TextPanel


@pytest.fixture
def sentences(make_window: Callable[..., MainWindow]) -> MainWindow:
    return make_window("sentiment-bilstm")


@pytest.fixture
def letters(make_window: Callable[..., MainWindow]) -> MainWindow:
    window = make_window("char-rnn")
    window.choose_layout("step")
    return window


def panel_of(window: MainWindow) -> TextPanel:
    panel = window.bring_up("text")
    assert isinstance(panel, TextPanel)
    return panel


def typed(panel: TextPanel, text: str) -> None:
    panel.line.setFocus()
    panel.line.clear()
    QTest.keyClicks(panel.line, text)
    QTest.keyClick(panel.line, Qt.Key.Key_Return)


def test_a_typed_sentence_is_run_and_one_undo_takes_it_back(sentences: MainWindow) -> None:
    panel, session = panel_of(sentences), sentences.session
    before = tokens_read(session.snapshot.scenario, 0)
    typed(panel, "it is good")
    assert len(tokens_read(session.snapshot.scenario, 0)) == 3
    assert session.snapshot.cursor.step == 1
    assert not panel.line.hasFocus()
    session.undo()
    assert tokens_read(session.snapshot.scenario, 0) == before


def test_unknown_words_are_said_while_one_types_and_afterwards(sentences: MainWindow) -> None:
    panel = panel_of(sentences)
    panel.line.setFocus()
    panel.line.clear()
    QTest.keyClicks(panel.line, "so qwertz")
    assert "not known: qwertz" in panel.note.text()
    QTest.keyClick(panel.line, Qt.Key.Key_Return)
    assert "1 word" in panel.note.text()


def test_what_is_in_no_word_is_said_to_be_passed_over(sentences: MainWindow) -> None:
    panel = panel_of(sentences)
    panel.line.setFocus()
    panel.line.setText("Good, 10 טוב film \N{GRINNING FACE}!")
    panel.line.textEdited.emit(panel.line.text())
    assert "2 words" in panel.note.text()
    said = "passed over: 10, טוב, \N{GRINNING FACE}"
    assert said in panel.note.text()
    QTest.keyClick(panel.line, Qt.Key.Key_Return)
    assert said in panel.note.text()
    typed(panel, "Good film!")
    assert panel.note.text() == ""


def test_a_character_outside_of_the_vocabulary_is_refused_and_nothing_changes(letters: MainWindow) -> None:
    panel, session = panel_of(letters), letters.session
    before = session.snapshot.scenario
    typed(panel, "a%b")
    assert panel.complaint.isVisible()
    assert "%" in panel.complaint.text()
    assert session.snapshot.scenario is before


def test_a_click_on_a_token_goes_to_its_step(sentences: MainWindow) -> None:
    panel = panel_of(sentences)
    typed(panel, "it is good")
    place = panel.picture.place_of(3)
    QTest.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=place.center())
    assert sentences.session.snapshot.cursor.step == 3
    assert panel.address_at(panel.picture.mapTo(panel, place.center())) == Address("x", 3, 0, 0)
    assert panel.rect_of(Address("x", 3, 0, 0)).center() == panel.picture.mapTo(panel, QPoint()) + place.center()


def test_the_candidates_are_the_largest_outputs(letters: MainWindow) -> None:
    panel, session = panel_of(letters), letters.session
    panel.writing.temperature = 1.0
    panel.redraw(session.snapshot)
    output = session.snapshot.trace.output[session.snapshot.cursor.step - 1, session.snapshot.cursor.sequence]
    rows = panel._candidates(session.snapshot, panel_vocabulary(panel))
    assert [row.token for row in rows] == np.argsort(-output)[: len(rows)].tolist()
    assert rows[0].probability == pytest.approx(output.max())


def panel_vocabulary(panel: TextPanel) -> object:
    from rnnviz.scenario.tokens import vocabulary_of

    return vocabulary_of(panel.snapshot.scenario)


def test_at_temperature_zero_each_written_letter_is_the_likeliest(letters: MainWindow) -> None:
    panel, session = panel_of(letters), letters.session
    panel.writing.temperature = 0.0
    session.seek(5)
    for _ in range(4):
        likeliest = int(session.snapshot.trace.output[session.snapshot.cursor.step - 1, 1].argmax())
        QTest.mouseClick(panel.writing.once, Qt.MouseButton.LeftButton)
        assert tokens_read(session.snapshot.scenario, 1)[-1] == likeliest
    assert session.snapshot.cursor.step == 9
    assert len(tokens_read(session.snapshot.scenario, 1)) == 9


def test_the_same_seed_writes_the_same_text(letters: MainWindow) -> None:
    panel, session = panel_of(letters), letters.session

    def written(seed: int) -> list[int]:
        session.seek(5)
        panel.writing.seed, panel.writing.temperature = seed, 1.5
        for _ in range(8):
            panel._write()
        return tokens_read(session.snapshot.scenario, 1)

    assert written(4) == written(4) != written(5)


def test_a_click_on_a_candidate_goes_on_with_it(letters: MainWindow) -> None:
    panel, session = panel_of(letters), letters.session
    session.seek(5)
    rows = panel.candidates._rows
    place = panel.candidates.place_of(2)
    QTest.mouseClick(panel.candidates, Qt.MouseButton.LeftButton, pos=place.center())
    assert tokens_read(session.snapshot.scenario, 1)[5:] == [rows[2].token]
    assert session.snapshot.history[-1] == f"Write “{session.snapshot.scenario.tokens[rows[2].token]}”"


def test_writing_on_is_one_entry_of_the_history_and_stops_when_asked(letters: MainWindow, qtbot: QtBot) -> None:
    panel, session = panel_of(letters), letters.session
    session.seek(5)
    before = session.snapshot.history_index
    panel.writing.toggle()
    qtbot.waitUntil(lambda: session.snapshot.cursor.step >= 8, timeout=30_000)
    panel.writing.toggle()
    assert session.snapshot.history_index == before + 1
    session.undo()
    assert len(tokens_read(session.snapshot.scenario, 1)) > 8


def test_the_panel_is_only_there_for_networks_that_read_texts(window: MainWindow) -> None:
    assert not TextPanel.applies(window.session.snapshot)
