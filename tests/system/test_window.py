"""The installed program on a screen of its own: keys go in through the X server, what it says is read from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnviz.scenario import builtin, read, write
from tests.system.screen import PATIENCE_S, Program, Screen, command, is_missing

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(bool(is_missing()), reason=f"not installed: {is_missing()}"),
    pytest.mark.timeout(3 * PATIENCE_S),
]

# By hand: c is 3, then 3 + 4 = 7, then twice 99.9955 % of it plus 4.54e-5 of the inputs 2 and 1.
AFTER_FOUR_STEPS = "6.9995"


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    with Screen(tmp_path) as screen:
        yield screen


def read_panel(screen: Screen, name: str, wanted: str) -> str:
    """Go to a panel by the palette and copy what it says of itself: the words that a screen reader gets.

    The program takes the keys in its own time, so its clipboard is read until it has the `wanted` pattern.
    """
    screen.press("ctrl+k")
    screen.type(f"go to {name}")
    screen.press("Return", "ctrl+shift+c")
    said = ""

    def is_said() -> bool:
        nonlocal said
        said = screen.clipboard()
        return re.search(wanted, said) is not None

    screen.wait(f"{wanted} in the panel {name}", is_said)
    screen.press("Escape")  # out of the panel: the arrow keys step through time again
    return said


def save_as(screen: Screen, path: Path) -> bytes:
    screen.press("ctrl+shift+s")
    screen.wait("the question where to", lambda: "Save as" in screen.titles())
    screen.press("ctrl+a")
    screen.type(str(path))
    screen.press("Return")
    screen.wait(f"{path} to be written", path.exists)
    return path.read_bytes()


def close_by_window_manager(screen: Screen, program: Program) -> None:
    screen.settle()
    screen.send_key("alt+F4")
    assert (program.wait(), program.stdout, program.stderr) == (0, "", "")


def test_four_steps_of_the_counter_are_read_from_the_running_program(screen: Screen) -> None:
    program = screen.start(*command(), "lstm-counter")
    screen.press("Home")
    start = screen.settle()
    read_panel(screen, "stage", "Before the first of 5 steps")
    for _ in range(4):
        screen.press("Right")
    assert screen.settle() != start
    stage = read_panel(screen, "stage", "Step 4 of 5")
    assert re.search(rf"memory cell before 6\.9998, after {AFTER_FOUR_STEPS}\b", stage), stage

    screen.press("Return")  # explains the output: h = o * tanh(c), so the card's second number is c
    card = read_panel(screen, "explain", re.escape("h[0] after step 4"))
    assert re.search(rf"\b{AFTER_FOUR_STEPS}", card), card
    open_number_of_card(screen, 2)
    card = read_panel(screen, "explain", re.escape("c[0] after step 4"))
    kept, before, let_in, new, after = (float(number) for number in numbers_in(card)[-5:])
    assert f"{after:.4f}" == AFTER_FOUR_STEPS
    assert kept * before + let_in * new == pytest.approx(after, rel=1e-12)
    close_by_window_manager(screen, program)


def open_number_of_card(screen: Screen, which: int) -> None:
    """The first, second, ... linked number of the explain card, by keyboard."""
    screen.press("ctrl+k")
    screen.type("go to explain")
    screen.press("Return", *["Right"] * (which - 1), "Return")


def numbers_in(text: str) -> list[str]:
    """Every number in a text, without those in brackets: c[0] names a unit."""
    return re.findall(r"-?\d[\d.]*(?:e-?\d+)?", re.sub(r"\[\d+\]", "", text).replace("−", "-"))


def test_what_is_saved_opens_again_and_is_saved_as_the_same_bytes(screen: Screen, tmp_path: Path) -> None:
    program = screen.start(*command(), "lstm-counter")
    first = save_as(screen, tmp_path / "first.rnnviz")
    assert first == write.to_text(builtin.load("lstm-counter")).encode()
    screen.wait("the title", lambda: any("counts" in title for title in screen.titles()))
    close_by_window_manager(screen, program)

    program = screen.start(*command(), str(tmp_path / "first.rnnviz"))
    assert save_as(screen, tmp_path / "second.rnnviz") == first
    close_by_window_manager(screen, program)


def test_an_edited_input_is_marked_asked_about_and_saved(screen: Screen, tmp_path: Path) -> None:
    path = tmp_path / "mine.rnnviz"
    write.save(builtin.load("lstm-counter"), path)
    before = path.read_bytes()
    program = screen.start(*command(), str(path))
    screen.press("ctrl+k")
    screen.type("go to inputs")
    screen.press("Return")
    screen.type("9")  # over the first input of the first step
    screen.press("Return", "Escape")
    screen.wait("the unsaved mark", lambda: any("*" in title for title in screen.titles()))
    assert path.read_bytes() == before

    screen.send_key("alt+F4")
    screen.wait("the question about unsaved changes", lambda: len(screen.titles()) > 1)
    screen.press("Escape")  # stay
    screen.wait("the question to go", lambda: len(screen.titles()) == 1)
    screen.press("ctrl+s")
    screen.wait("the file to be written", lambda: path.read_bytes() != before)
    old, new = json.loads(before), json.loads(path.read_bytes())
    assert read.load(str(path)).inputs[0, 0, 0] == 9
    assert {key for key in old if old[key] != new[key]} == {"inputs"}
    close_by_window_manager(screen, program)


def test_the_gallery_opens_a_scenario_by_keyboard(screen: Screen) -> None:
    program = screen.start(*command())
    screen.press("Return")
    screen.wait("a scenario to be open", lambda: any(" – rnnviz" in title for title in screen.titles()))
    screen.press("Right", "Left")
    close_by_window_manager(screen, program)
