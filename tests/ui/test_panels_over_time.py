"""What the panels over time have in common: true numbers under every point, words for everyone, any size of network."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address, Trace
from rnnviz.scenario import builtin
from rnnviz.scenario.types import Scenario
from rnnviz.session import Session
from rnnviz.ui import panels, theme
from rnnviz.ui.panel import Panel
from tests.ui.recurrent_scenarios import recurrent

# Offscreen, Qt says this of every window with a smallest size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NAMES = ("hidden_state", "gates", "memory_cell", "kept", "output")
PLOTS = ("hidden_state", "gates", "memory_cell", "output")
Make = Callable[..., Panel]

SCENARIOS = {
    "one unit": lambda: recurrent(),
    "a few units": lambda: recurrent(units=4, steps=9, outputs=3),
    "many units": lambda: recurrent(units=28, steps=12, outputs=10, activation="softmax"),
    "two directions with padding": lambda: recurrent(
        units=3, steps=6, batch=2, layer={"direction": "both"}, lengths=(6, 2), outputs=1, activation="sigmoid"
    ),
    "reading backward": lambda: recurrent(units=2, layer={"direction": "backward"}),
    "gru": lambda: recurrent("gru", 7),
    "jordan": lambda: recurrent("jordan", 3),
    "elman": lambda: recurrent("elman", 2),
    "one step": lambda: recurrent(units=2, steps=1),
}


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    alive = []  # a panel collected as garbage while it is painted would take the process with it

    def made(name: str, scenario: Scenario, step: int = 0, size: tuple[int, int] = (276, 190)) -> Panel:
        if theme.switch().choice != "light":
            theme.switch().choose("light")
        session = Session()
        session.open(scenario)
        session.seek(step)
        panel = panels.load()[name](session)
        session.listener = panel.present
        qtbot.addWidget(panel)
        alive.append(panel)
        panel.resize(*size)
        panel.show()
        qtbot.waitExposed(panel)
        panel.redraw(session.snapshot)
        panel.grab()
        return panel

    yield made
    alive.clear()


def trace_of(panel: Panel) -> Trace:
    assert panel.snapshot is not None
    return panel.snapshot.trace


def applying(scenario: Scenario) -> list[str]:
    session = Session()
    session.open(scenario)
    return [name for name in NAMES if panels.load()[name].applies(session.snapshot)]


def test_a_panel_is_there_only_where_it_has_something_to_show() -> None:
    assert applying(recurrent("lstm")) == list(NAMES)
    assert applying(recurrent("gru")) == ["hidden_state", "gates", "kept", "output"]
    assert applying(recurrent("elman")) == ["hidden_state", "output"]
    assert applying(recurrent("jordan")) == ["hidden_state", "memory_cell", "output"]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", NAMES)
def test_every_number_under_a_point_exists_and_lies_where_it_says(make: Make, name: str, scenario: str) -> None:
    opened = SCENARIOS[scenario]()
    if name not in applying(opened):
        return
    panel = make(name, opened, 1)
    found = set()
    for x in range(0, panel.width(), 5):
        for y in range(0, panel.height(), 5):
            address = panel.address_at(QPoint(x, y))
            if address is None:
                continue
            found.add(address)
            rect = panel.rect_of(address)
            assert rect is not None
            assert panel.rect().contains(rect)
    assert found
    assert all(np.isfinite(trace_of(panel).number(address)) for address in found)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", NAMES)
def test_the_keyboard_reaches_numbers_that_exist(make: Make, name: str, scenario: str) -> None:
    opened = SCENARIOS[scenario]()
    if name not in applying(opened):
        return
    panel = make(name, opened, 1)
    grid = panel.cells()
    rows = [[grid.address(row, column) for column in range(grid.columns)] for row in range(grid.rows)]
    assert rows
    assert all(len(set(row)) == grid.columns for row in rows)
    assert all(np.isfinite(trace_of(panel).number(address)) for row in rows for address in row)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", NAMES)
def test_every_moment_is_drawn_and_told(make: Make, name: str, scenario: str) -> None:
    opened = SCENARIOS[scenario]()
    if name not in applying(opened):
        return
    panel = make(name, opened)
    told = set()
    for _ in range(trace_of(panel).steps + 1):
        panel.grab()
        told.add(panel.accessibleDescription())
        panel.session.step()
    assert len(told) == trace_of(panel).steps + 1
    panel.session.seek(1)
    for _ in range(3):
        panel.session.substep(-1)
        panel.grab()


@pytest.mark.parametrize("name", PLOTS)
def test_the_table_holds_the_trace_to_the_last_digit(make: Make, name: str) -> None:
    panel = make(name, recurrent(units=3, steps=5), 2)
    table = panel.table(panel.snapshot)
    assert [row[0] for row in table] == ["step", 1, 2, 3, 4, 5]
    for column, head in enumerate(table[0][1:], start=1):
        quantity, _, rest = str(head).partition("[")
        unit, is_before = int(rest.partition("]")[0]), str(head).endswith("before")
        trace = trace_of(panel)
        values = (trace.before(quantity) if is_before else trace[quantity])[:, 0, unit]
        assert [row[column] for row in table[1:]] == values.tolist()


@pytest.mark.parametrize("name", PLOTS)
def test_a_click_selects_the_number_and_the_unit_is_marked_in_every_panel(make: Make, name: str) -> None:
    panel = make(name, recurrent(units=28, steps=9, outputs=10, activation="softmax"), 3, (400, 640))
    quantity = {"hidden_state": "layer.h", "gates": "layer.f", "memory_cell": "layer.c", "output": "readout.y"}[name]
    wanted = Address(quantity, 5, 0, 6)
    rect = panel.rect_of(wanted)
    plot = panel.over_time.plot
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.mapFrom(panel, rect.center()))
    assert panel.session.snapshot.selection == wanted
    assert plot.now.unit == 6


@pytest.mark.parametrize("name", NAMES)
def test_a_panel_redraws_nothing_but_the_cursor_for_a_step(
    make: Make, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "kept":
        return
    panel = make(name, recurrent(units=28, steps=9, outputs=10), 3)
    monkeypatch.setattr(panel, "_tracks", lambda *_: pytest.fail("made its tracks again"))
    panel.session.step()
    assert panel.over_time.plot.now.step == 4


@pytest.mark.parametrize("name", PLOTS)
def test_an_edit_leaves_a_ghost_and_other_lines(make: Make, name: str) -> None:
    panel = make(name, recurrent(units=1, steps=5), 2)
    before = [line.values for line in panel.over_time.plot.tracks[0].lines]
    assert all(line.ghost is None for line in panel.over_time.plot.tracks[0].lines)
    panel.session.edit_number(Address("x", 1, 0, 0), 9.0)
    lines = panel.over_time.plot.tracks[0].lines
    ghosts = [(line, old) for line, old in zip(lines, before, strict=True) if line.ghost is not None]
    assert ghosts
    assert all((line.ghost == old).all() and (line.values != old).any() for line, old in ghosts)


@pytest.mark.parametrize("size", [(150, 110), (276, 190), (1200, 760)])
@pytest.mark.parametrize(("units", "steps"), [(1, 1), (1, 2_000), (512, 3)])
@pytest.mark.parametrize("name", NAMES)
def test_small_and_large_networks_fit_any_size(
    make: Make, name: str, units: int, steps: int, size: tuple[int, int]
) -> None:
    panel = make(name, recurrent(units=units, steps=steps), steps, size)
    for step in (0, 1, steps):
        panel.session.seek(step)
        panel.grab()


@pytest.mark.parametrize("name", builtin.names())
def test_every_built_in_scenario_is_drawn(make: Make, name: str) -> None:
    scenario = builtin.load(name)
    for panel_name in applying(scenario):
        panel = make(panel_name, scenario, 2)
        assert panel.accessibleDescription()


@pytest.mark.parametrize("name", NAMES)
def test_a_sequence_without_steps_is_said_in_a_sentence(make: Make, name: str) -> None:
    panel = make(name, recurrent(units=2, steps=0))
    panel.grab()
    assert panel.accessibleDescription()
    assert len(panel.table(panel.snapshot)) <= 1 + (name == "kept")
