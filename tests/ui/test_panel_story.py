"""The story panel: the story in order, its numbers worked out now, linked to where they are; variants to try."""

import re

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario.builtin import names
from rnnviz.scenario.read import load
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panels.story import StoryPanel
from rnnviz.ui.story_text import with_scenario_links
from tests.ui.shown_panel import show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel


def shown(qtbot: QtBot, name: str = "lstm-counter") -> StoryPanel:
    panel = show_panel(qtbot, StoryPanel, name, 268, 250)
    assert isinstance(panel, StoryPanel)
    return panel


def anchors(panel: StoryPanel) -> list[tuple[int, str]]:
    return [
        (number, href)
        for number, text in enumerate(panel.texts)
        for href in re.findall(r'href="([^"]+)"', text.toHtml())
    ]


@pytest.mark.parametrize("name", names())
def test_every_story_is_shown_whole_with_no_template_left(qtbot: QtBot, name: str) -> None:
    panel = shown(qtbot, name)
    assert panel.headings[0].text() == "What it is"
    plain = " ".join(text.toPlainText() for text in panel.texts)
    assert "{{" not in plain
    assert "**" not in plain
    for text in panel.texts:
        assert text.height() >= text.document().size().height()


def test_a_number_goes_to_its_step_and_selects_it(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    places = [
        (number, int(href.removeprefix("rnnviz:"))) for number, href in anchors(panel) if href.startswith("rnnviz:")
    ]
    assert places
    for number, index in places:
        panel.texts[number].anchorClicked.emit(QUrl(f"rnnviz:{index}"))
        address = panel.sections[number].addresses[index]
        assert panel.session.snapshot.selection == address
        if isinstance(address, Address):
            assert panel.session.snapshot.cursor.step == address.step


def test_numbers_follow_an_edit_and_the_page_stays_where_it_was(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel.scroll.verticalScrollBar().setValue(120)
    before = [text.toPlainText() for text in panel.texts]
    panel.session.edit_number(ParameterAddress("lstm.W_i", 0, 1), 77)
    after = [text.toPlainText() for text in panel.texts]
    assert before != after
    assert any("77" in text for text in after)
    assert panel.scroll.verticalScrollBar().value() == 120


def test_a_variant_is_tried_and_can_be_undone(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    button = panel.buttons[0]
    assert button.text() == "Try: Hard gates, 0 or 1"
    button.click()
    assert panel.session.snapshot.trace["lstm.c"][3, 0, 0] == 7
    panel.session.undo()
    assert panel.session.snapshot.trace["lstm.c"][3, 0, 0] == pytest.approx(6.9995, abs=1e-4)


def test_a_related_scenario_is_asked_for(qtbot: QtBot) -> None:
    panel = shown(qtbot, "all-ones-bidirectional")
    number, href = next(each for each in anchors(panel) if each[1].startswith("scenario:"))
    with qtbot.waitSignal(panel.open_requested) as asked:
        panel.texts[number].anchorClicked.emit(QUrl(href))
    assert asked.args == [href.removeprefix("scenario:")]
    assert asked.args[0] in names()


def test_names_inside_longer_names_are_left_alone() -> None:
    linked = with_scenario_links("see a-b-c and a-b, not a-b-d", ("a-b", "a-b-c"))
    assert linked == "see [a-b-c](scenario:a-b-c) and [a-b](scenario:a-b), not a-b-d"


def test_a_scenario_without_a_story_says_so(qtbot: QtBot) -> None:
    from dataclasses import replace

    bare = replace(load("lstm-counter"), story="", alternatives=())
    panel = show_panel(qtbot, StoryPanel, bare)
    assert not panel.scroll.isVisible()


def test_the_whole_story_is_there_for_a_screen_reader(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    said = panel.describe(panel.session.snapshot)
    assert "What it is" in said
    assert "References" in said
    assert "{{" not in said


def test_the_window_opens_what_the_story_asks_for(window: MainWindow) -> None:
    window.workspace.panels["story"].open_requested.emit("lstm-counter-hard")
    assert window.session.snapshot.scenario.name == "lstm-counter-hard"
