"""The stage: every number on it is the traced one, nothing overlaps, and what is half done is half lit."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Network, Pool, Recurrent
from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario import builtin
from rnnviz.scenario.types import Scenario, View
from rnnviz.ui import numbers, theme
from rnnviz.ui.panels.gates import GatesPanel
from rnnviz.ui.panels.kept import KeptPanel
from rnnviz.ui.panels.stage import StagePanel
from rnnviz.ui.stage.diagram import Sign
from rnnviz.ui.stage.diagrams import BY_HAND, diagrams_of
from rnnviz.ui.stage.items import Item
from tests.ui.shown_panel import click, show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel

STANDARD = ("elman", "jordan", "lstm", "lstm_peephole", "lstm_feedback", "lstm_projected", "gru", "gru_reset_after")
SIZES = ((500, 320), (770, 495), (1100, 700))

MINIMAL = Cell(
    "minimal",
    "Minimal gated unit",
    """
    f = sigmoid(W_f @ x + U_f @ h_prev + b_f)           # forget gate
    n = tanh(W_n @ x + U_n @ (f * h_prev) + b_n)        # candidate
    h = (1 - f) * h_prev + f * n                        # hidden state
    """,
)
LEAKY = Cell(
    "leaky",
    "Leaky unit",
    """
    v = alpha * v_prev + W @ x + U @ h_prev + b         # potential
    h = tanh(v)                                         # rate
    y = h                                               # copy
    """,
    output="y",
    constants={"alpha": 0.5},
)
# as a network of ONNX comes whose directions have other activations, and which clips what goes into them
CHOSEN = Cell(
    "chosen",
    "LSTM with a choice of activations",
    "\n".join(
        f"""
        net_{letter} = clip * hard_tanh(unclip * (W_{letter} @ x + U_{letter} @ h_prev + b_{letter}))
        {letter} = q_forward * {one}(net_{letter}) + q_backward * {other}(net_{letter})   # {name}, of each its own
        """
        for letter, name, one, other in (
            ("g", "candidate", "tanh", "elu"),
            ("i", "input gate", "sigmoid", "hard_sigmoid"),
            ("f", "forget gate", "sigmoid", "hard_sigmoid"),
            ("o", "output gate", "sigmoid", "hard_sigmoid"),
        )
    )
    + """
    c = f * c_prev + i * g                                                          # memory cell
    h = o * (q_forward * tanh(c) + q_backward * (relu(c) - alphah * relu(-c)))      # hidden state
    """,
    constants={"clip": 3.0, "unclip": 1 / 3, "alphah": 0.1},
)
OWN = {"minimal": MINIMAL, "leaky": LEAKY, "chosen": CHOSEN} | {
    name: Cell(
        f"my_{name}", "Mine", CELLS[name].equations, CELLS[name].output, CELLS[name].sizes, CELLS[name].constants
    )
    for name in STANDARD
}


def scenario_of(
    cell: Cell, units: int = 1, inputs: int = 2, steps: int = 6, step: int = 4, **layer: object
) -> Scenario:
    outputs = {"outputs": units} if cell.has_outputs else {}
    network = Network(inputs, (Recurrent("layer", cell, units, **outputs, **layer),))
    return with_weights(network, inputs, steps, step)


def with_weights(network: Network, inputs: int, steps: int, step: int) -> Scenario:
    rng = np.random.default_rng(1)
    params = {name: rng.normal(size=shape) for name, shape in network.parameter_shapes().items()}
    return Scenario(
        name="random", network=network, params=params, inputs=rng.normal(size=(steps, 1, inputs)), view=View(step=step)
    )


@pytest.fixture
def show(qtbot: QtBot):
    def shown(scenario: Scenario | str, size: tuple[int, int] = (770, 495), step: int | None = None) -> StagePanel:
        panel = show_panel(qtbot, StagePanel, scenario, *size)
        panel.is_animated = False
        if step is not None:
            panel.session.seek(step)
        return panel

    return shown


def picture_of(panel: StagePanel) -> QImage:
    return panel.canvas.grab().toImage()


def numbers_of(panel: StagePanel) -> list[Item]:
    return [item for item in panel.stage.items() if item.text and item.kind != "word"]


def written(panel: StagePanel, item: Item) -> str:
    """What should stand there: the traced number; in a law the sign stands before it, as plus or minus."""
    value = panel.snapshot.trace.number(item.address)
    return numbers.text(abs(value) if item.kind == "law" else value, item.digits)


# --- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", builtin.names())
def test_every_number_is_the_traced_one(show, name: str) -> None:
    panel = show(name)
    for step in sorted({0, 1, 2, panel.snapshot.trace.steps // 2, panel.snapshot.trace.steps}):
        panel.session.seek(step)
        for storey in panel._storeys:
            panel.open_storey(storey)
            found = numbers_of(panel)
            assert found
            for item in found:
                assert item.text == written(panel, item), item


@pytest.mark.parametrize("cell", [*(CELLS[name] for name in STANDARD), MINIMAL, LEAKY], ids=lambda cell: cell.name)
@pytest.mark.parametrize("units", [1, 5])
def test_sums_before_an_activation_have_the_bits_of_the_trace(show, cell: Cell, units: int) -> None:
    panel = show(scenario_of(cell, units), (1100, 700))
    sums = [item for item in numbers_of(panel) if getattr(item.address, "quantity", "").endswith(".pre")]
    assert sums or cell is LEAKY  # its only sum is a quantity itself
    for item in sums:
        assert item.value == panel.snapshot.trace.number(item.address)


def test_the_lecture_s_cell_shows_its_weights_in_the_laws(show) -> None:
    panel = show("lstm-counter", step=4)
    laws = {law.of: "".join(run.text for run in law.runs) for law in panel.stage.cell.laws}
    assert laws == {"f": "100·x2 + 10", "i": f"100·x2 {numbers.MINUS} 10", "g": "x1", "o": f"100·x3 {numbers.MINUS} 10"}
    weights = {item.address for item in panel.stage.items() if item.kind == "law"}
    assert ParameterAddress("lstm.W_i", 0, 1) in weights
    assert ParameterAddress("lstm.b_i", 0, 0) in weights


def test_the_memory_of_the_lecture_s_cell_is_read_out_at_step_four(show) -> None:
    panel = show("lstm-counter", step=4)
    pills = {item.address: item.text for item in panel.stage.cell.items if item.kind == "pill"}
    assert pills[Address("lstm.c", 3)] == "6.9998"
    assert pills[Address("lstm.c", 4)] == "6.9995"
    assert pills[Address("lstm.h", 4)] == "6.9995"
    assert pills[Address("lstm.f", 4)] == "0.99995"
    assert pills[Address("lstm.f.pre", 4)] == "10"
    assert "Step 4 of 5" in panel.accessibleDescription()
    assert "6.9995" in panel.accessibleDescription()


def test_a_backward_layer_reads_its_memory_from_the_step_after(show) -> None:
    panel = show(scenario_of(CELLS["elman"], direction="backward"), step=4)
    assert Address("layer.h", 5) in {item.address for item in panel.stage.cell.items}
    panel.session.seek(6)
    assert Address("layer.h", 7) in {item.address for item in panel.stage.cell.items}


def test_zooming_in_writes_more_digits(show) -> None:
    panel = show("lstm-counter", (1100, 700), step=4)
    panel.zoom(3)
    pills = {item.address: item.text for item in panel.stage.cell.items if item.kind == "pill"}
    assert pills[Address("lstm.c", 4)] == numbers.text(panel.snapshot.trace.number(Address("lstm.c", 4)), 7)


# --- places ---------------------------------------------------------------------------------------------------------


def solid(panel: StagePanel) -> list[QRectF]:
    """Rectangles of which no two may overlap: numbers in the cell, activations, valves and signs."""
    with_numbers = [item.rect for item in panel.stage.cell.items if item.text]
    parts = [item.rect for item in panel.stage.cell.items if not item.text]
    return [rect.adjusted(1, 1, -1, -1) for rect in with_numbers + parts]


def overlaps(rects: list[QRectF]) -> Iterator[tuple[QRectF, QRectF]]:
    return ((a, b) for a, b in combinations(rects, 2) if a.intersects(b))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("units", [1, 3])
@pytest.mark.parametrize("name", STANDARD)
def test_nothing_overlaps_in_a_standard_cell(show, name: str, units: int, size: tuple[int, int]) -> None:
    panel = show(scenario_of(CELLS[name], units), size)
    for step in range(1, 7):
        panel.session.seek(step)
        assert not list(overlaps(solid(panel)))
        room = QRectF(panel.canvas.rect())
        assert all(room.contains(item.rect) for item in panel.stage.items())
        assert all(panel.stage.frame.contains(rect) for rect in solid(panel))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STANDARD)
def test_strips_of_many_units_keep_off_signs(show, name: str, size: tuple[int, int]) -> None:
    cell = show(scenario_of(CELLS[name], 64), size).stage.cell
    radius = 10 * cell.grid.unit
    for part in cell.plan.diagram.parts:
        if isinstance(part, Sign):
            centre = cell.grid.point(part.at)
            sign = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
            assert not [strip for strip in cell.strips if strip.rect.intersects(sign)], part


@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("name", OWN)
def test_nothing_overlaps_in_a_cell_of_one_s_own(show, name: str, size: tuple[int, int]) -> None:
    panel = show(scenario_of(OWN[name]), size)
    assert not list(overlaps(solid(panel)))
    assert all(panel.stage.frame.contains(rect) for rect in solid(panel))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STANDARD)
def test_names_and_laws_keep_off_each_other(show, name: str, size: tuple[int, int]) -> None:
    panel = show(scenario_of(CELLS[name]), size)
    setter = panel.stage.cell.type
    lines = [QRectF(law.left, law.middle - 6, setter.width(law.runs, law.in_sans), 12) for law in panel.stage.cell.laws]
    assert not list(overlaps(lines))
    pills = [item.rect for item in panel.stage.cell.items if item.kind == "pill"]
    assert not any(line.intersects(pill) for line in lines for pill in pills)


def test_long_names_of_factors_are_short_in_a_drawing_and_the_drawing_comes_before_what_stands_beside_it(show) -> None:
    network = Network(2, (Recurrent("layer", CHOSEN, 4), Dense("readout", 2)))
    panel = show(with_weights(network, inputs=2, steps=6, step=4), (770, 495))
    signs = {part.symbol for part in panel.stage.cell.plan.diagram.parts if isinstance(part, Sign)}
    assert {"×q→", "×q←", "×clip", "×unc…", "×αh"} <= signs
    assert panel.stage.readout is None
    assert panel.stage.frame.width() > 0.9 * panel.canvas.width()


def test_the_standard_cells_are_laid_out_by_hand_and_others_from_their_graph() -> None:
    assert set(BY_HAND) == {*CELLS, "dense"}
    for name in STANDARD:
        assert len(diagrams_of(CELLS[name])) == 1
    impostor = Cell("lstm", "Not an LSTM", MINIMAL.equations)
    assert len(diagrams_of(impostor)) > 1


@pytest.mark.parametrize("name", [*STANDARD, *OWN])
@pytest.mark.parametrize("look", theme.THEMES)
def test_every_cell_draws_in_every_look(show, name: str, look: str) -> None:
    panel = show(scenario_of(OWN.get(name) or CELLS[name]))
    theme.switch().choose(look)
    try:
        picture = picture_of(panel)
        colours = {picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)}
        assert len(colours) > 20
    finally:
        theme.switch().choose("light")


# --- time -----------------------------------------------------------------------------------------------------------


def test_a_sub_step_shows_only_what_is_worked_out(show) -> None:
    panel = show(scenario_of(CELLS["lstm"]), step=3)
    panel.session.substep(3)  # g, i, f
    assert panel.snapshot.cursor.substep == 3
    shown = {item.address.quantity for item in panel.stage.cell.items if isinstance(item.address, Address)}
    at_this_step = {
        item.address.quantity
        for item in panel.stage.cell.items
        if isinstance(item.address, Address) and item.address.step == 4
    }
    assert {"layer.g", "layer.i", "layer.f", "layer.f.pre"} <= at_this_step
    assert not {"layer.o", "layer.c", "layer.h"} & at_this_step
    assert {"layer.c", "layer.h"} <= shown  # as they were before the step
    assert Address("layer.c", 4) not in {item.address for item in panel.stage.strip.items}
    panel.session.substep(1)
    assert Address("layer.c", 4) in {item.address for item in panel.stage.cell.items}


def test_the_wires_of_the_equation_at_hand_are_in_the_accent(show) -> None:
    panel = show(scenario_of(CELLS["lstm"]), step=3)
    accent = theme.current().accent.rgb()

    def rail_is_lit() -> bool:
        grid = panel.stage.cell.grid
        x, y = (grid.x["f"] + grid.x["g"]) / 2, grid.y["rail"]
        return picture_of(panel).pixel(round(x), round(y)) == accent

    assert not rail_is_lit()
    panel.session.substep(4)  # g, i, f, c
    assert rail_is_lit()
    panel.session.substep(1)
    assert not rail_is_lit()


def test_before_the_first_step_only_what_is_given_is_shown(show) -> None:
    panel = show(scenario_of(CELLS["lstm"]), step=0)
    shown = {item.address for item in panel.stage.cell.items if item.text and isinstance(item.address, Address)}
    assert shown == {Address("layer.c", 0), Address("layer.h", 0), Address("x", 1, 0, 0), Address("x", 1, 0, 1)}


def test_a_masked_step_is_grey_and_says_so(show) -> None:
    scenario = scenario_of(CELLS["lstm"], step=2)
    panel = show(Scenario(**{**vars_of(scenario), "lengths": (3,)}))
    assert panel.stage.note == ""
    vivid = most_vivid(picture_of(panel))
    panel.session.seek(5)
    assert "masked" in panel.stage.note
    assert "Masked" in panel.accessibleDescription()
    assert most_vivid(picture_of(panel)) < vivid


def vars_of(scenario: Scenario) -> dict[str, object]:
    return {name: getattr(scenario, name) for name in scenario.__dataclass_fields__}


def most_vivid(picture: QImage) -> float:
    """The mean saturation of the lower half, where the cell is."""
    places = [(x, y) for x in range(0, picture.width(), 4) for y in range(picture.height() // 2, picture.height(), 2)]
    return sum(QColor(picture.pixel(*place)).hsvSaturationF() for place in places) / len(places)


def test_one_step_fills_the_strip_alone(show) -> None:
    panel = show(scenario_of(CELLS["gru"], steps=1, step=1))
    strip = panel.stage.strip
    assert strip.steps == range(1, 2)
    assert strip.before == strip.after == 0


@pytest.mark.parametrize("step", [1, 2, 5000, 9999, 10000])
def test_of_ten_thousand_steps_those_around_the_cursor_are_shown(show, step: int) -> None:
    panel = show(scenario_of(CELLS["lstm"], steps=10_000, step=step))
    strip = panel.stage.strip
    assert step in strip.steps
    assert 3 <= len(strip.steps) <= 12
    assert strip.before + len(strip.steps) + strip.after == 10_000
    boxes = [item.rect for item in strip.items if item.kind == "box"]
    assert len(boxes) == len(strip.steps)
    assert not list(overlaps(boxes))


def test_a_step_by_hand_eases_and_never_lags_behind_a_second_one(show, qtbot: QtBot) -> None:
    panel = show("lstm-counter", step=1)
    panel.is_animated = True
    qtbot.wait(250)
    panel.session.step()
    ease = panel._motion
    assert ease.is_running
    assert ease.at < 2
    panel.session.step()  # at once: this is playing, not stepping
    assert not ease.is_running
    assert ease.at == 3
    assert ease.openings["i"] == panel.snapshot.trace.number(Address("lstm.i", 3))


def test_an_ease_ends_at_the_value(show, qtbot: QtBot) -> None:
    panel = show("lstm-counter", step=2)
    panel.is_animated = True
    qtbot.wait(250)
    panel.session.step()
    qtbot.waitUntil(lambda: not panel._motion.is_running, timeout=2000)
    assert panel._motion.at == 3
    assert panel._motion.openings["i"] == panel.snapshot.trace.number(Address("lstm.i", 3))


# --- layers and units -----------------------------------------------------------------------------------------------


def test_of_512_units_a_click_opens_one(show, qtbot: QtBot) -> None:
    panel = show(scenario_of(CELLS["lstm"], 512))
    dots = panel.stage.units
    assert len(dots.values) == 512
    assert QRectF(panel.canvas.rect()).contains(dots.rect)
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=dots.rect_at(300).center().toPoint())
    assert panel.stage.picture.unit == 300
    assert panel.snapshot.selection == Address("layer.c", 4, 0, 300)
    assert Address("layer.f", 4, 0, 300) in {item.address for item in panel.stage.cell.items}
    assert not list(overlaps(solid(panel)))


def test_dots_do_not_overlap_and_count_row_by_row(show) -> None:
    dots = show(scenario_of(CELLS["lstm"], 28)).stage.units
    rects = [dots.rect_at(unit).adjusted(0.1, 0.1, -0.1, -0.1) for unit in range(28)]
    assert not list(overlaps(rects))
    assert [dots.unit_at(rect.center()) for rect in rects] == list(range(28))


def test_page_down_opens_the_next_unit(show, qtbot: QtBot) -> None:
    panel = show(scenario_of(CELLS["gru"], 3))
    qtbot.keyClick(panel, Qt.Key.Key_PageDown)
    assert panel.stage.picture.unit == 1
    qtbot.keyClick(panel, Qt.Key.Key_PageUp)
    qtbot.keyClick(panel, Qt.Key.Key_PageUp)
    assert panel.stage.picture.unit == 2


def stack() -> Scenario:
    layers = (
        Recurrent("low", CELLS["lstm"], 8),
        Recurrent("top", CELLS["gru"], 4, direction="both"),
        Dense("readout", 3, "softmax"),
    )
    return with_weights(Network(2, layers), 2, 7, 3)


def test_each_layer_and_direction_has_a_row_and_a_tab(show, qtbot: QtBot) -> None:
    panel = show(stack())
    stage = panel.stage
    assert [line.level.prefix for line in stage.strip.lines] == ["top.backward", "top.forward", "low"]
    assert [tab.storey.prefix for tab in stage.tabs] == ["low", "top.forward", "top.backward", "readout"]
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=stage.tabs[2].rect.center().toPoint())
    assert panel.stage.picture.storey.prefix == "top.backward"
    assert panel.snapshot.opened_layer == "top"
    line = panel.stage.strip.lines[-1]
    beside = QPointF(panel.stage.strip.rect.left() + 4, line.middle).toPoint()
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=beside)
    assert panel.stage.picture.storey.prefix == "low"
    assert panel.snapshot.opened_layer == "low"


def test_a_pool_has_a_row_whose_numbers_can_be_selected_and_nothing_to_open(show, qtbot: QtBot) -> None:
    layers = (Recurrent("gru", CELLS["gru"], 3), Pool("pool", "max"), Dense("readout", 2))
    panel = show(with_weights(Network(2, layers), inputs=2, steps=5, step=4), (1100, 700))
    assert [line.level.title for line in panel.stage.strip.lines] == ["largest over time", "gru"]
    assert [tab.storey.title for tab in panel.stage.tabs] == ["gru", "readout"]
    panel.open_unit(2)
    (item,) = [item for item in panel.stage.strip.items if item.address == Address("pool.y", 4, 0, 2)]
    largest = panel.snapshot.trace["gru.h"][:4, 0, 2].max()
    assert item.value == largest
    assert f"largest over time {numbers.text(largest)}" in panel.describe(panel.snapshot)
    click(qtbot, panel, item.address, panel.canvas)
    assert panel.snapshot.selection == item.address
    line = panel.stage.strip.lines[0]
    assert panel.stage.storey_at(QPointF(panel.stage.strip.rect.left() + 5, line.middle)) is None


def test_a_network_that_ends_with_a_pool_reads_it_out(show) -> None:
    network = Network(2, (Recurrent("gru", CELLS["gru"], 3), Pool("pool", "sum")))
    panel = show(with_weights(network, inputs=2, steps=5, step=4), (1100, 700))
    assert panel.stage.readout.title == "sum over time"
    assert [item.address for item in panel.stage.readout.items] == [Address("pool.y", 4, 0, unit) for unit in range(3)]


def test_another_layer_reads_what_the_one_below_hands_on(show) -> None:
    panel = show(stack())
    panel.session.open_layer("top")
    assert panel.stage.picture.storey.prefix == "top.forward"
    assert panel.stage.cell.strips[-1].first == Address("low.h", 3, 0, 0)


def test_the_readout_shows_each_class_with_its_share(show) -> None:
    panel = show(stack(), (1100, 700))
    bars = [item for item in panel.stage.items() if item.kind == "bar"]
    shares = panel.snapshot.trace.output[2, 0]
    assert [item.address.unit for item in bars] == [0, 1, 2]
    assert [item.value for item in bars] == shares.tolist()


def test_words_stand_under_their_steps(show) -> None:
    network = Network(1, (Embedding("embed", 4, 3, mask_zero=True), Recurrent("layer", CELLS["gru"], 2)))
    scenario = with_weights(network, 1, 3, 1)
    words = ("(padding)", "I", "am", "happy")
    inputs = np.array([1.0, 2.0, 0.0])[:, None, None]
    panel = show(Scenario(**{**vars_of(scenario), "inputs": inputs, "tokens": words}))
    found = [item.text for item in panel.stage.strip.items if item.kind == "word"]
    assert found == ["I", "am", "(padding)"]
    assert "“I”" in panel.accessibleDescription()


def test_wide_inputs_are_strips_whose_cells_have_addresses(show) -> None:
    panel = show(scenario_of(CELLS["lstm"], 2, inputs=28))
    strip = next(strip for strip in panel.stage.cell.strips if strip.first.quantity == "x")
    address = Address("x", 4, 0, 17)
    assert strip.address_at(strip.rect_of(address).center()) == address
    assert panel.stage.address_at(strip.rect_of(address).center()) == address


# --- mouse and keys -------------------------------------------------------------------------------------------------


def test_a_click_on_a_number_selects_it(show, qtbot: QtBot) -> None:
    panel = show("lstm-counter", step=4)
    for address in (Address("lstm.f", 4), Address("lstm.c", 4), ParameterAddress("lstm.W_i", 0, 1)):
        click(qtbot, panel, address, panel.canvas)
        assert panel.snapshot.selection == address


def test_a_double_click_on_a_step_goes_there(show, qtbot: QtBot) -> None:
    panel = show("lstm-counter", step=4)
    line = panel.stage.strip.lines[0]
    place = panel.stage.strip.box_of(line, 2).center().toPoint()
    qtbot.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert panel.snapshot.cursor.step == 2


def test_the_keyboard_reaches_every_number(show) -> None:
    panel = show(stack())
    grid = panel.cells()
    reached = {grid.address(row, column) for row in range(grid.rows) for column in range(grid.columns)}
    assert {item.address for item in panel.stage.items()} <= reached
    for address in reached - {None}:
        assert panel.rect_of(address) is not None


def test_arrows_move_to_the_nearest_number_and_enter_selects_it(show, qtbot: QtBot) -> None:
    panel = show("lstm-counter", step=4)
    panel._move_to(Address("lstm.f", 4))
    qtbot.keyClick(panel, Qt.Key.Key_Right)
    assert panel.address == Address("lstm.i", 4)
    qtbot.keyClick(panel, Qt.Key.Key_Down)
    assert panel.address == Address("lstm.i.pre", 4)
    qtbot.keyClick(panel, Qt.Key.Key_Return)
    assert panel.snapshot.selection == Address("lstm.i.pre", 4)


def test_ctrl_page_down_opens_the_next_storey(show, qtbot: QtBot) -> None:
    panel = show(stack())
    opened = []
    for _ in range(4):
        qtbot.keyClick(panel, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
        opened.append(panel.stage.picture.storey.prefix)
    assert opened == ["top.forward", "top.backward", "readout", "low"]


def test_the_mouse_rings_the_place_it_is_on(show) -> None:
    panel = show("lstm-counter", step=4)
    memory = Address("lstm.c", 4)
    box = next(item.rect for item in panel.stage.strip.items if item.address == memory)
    pill = next(item.rect for item in panel.stage.cell.items if item.address == memory and item.kind == "pill")
    for rect in (box, pill):
        point = panel.canvas.mapTo(panel, rect.center().toPoint())
        assert panel.address_at(point) == memory
        assert panel.rect_of(memory).contains(point)


def test_numbers_that_overflow_are_drawn_as_such(show) -> None:
    scenario = scenario_of(CELLS["elman"], 3, activations={"h": "linear"})
    huge = {name: values * 1e200 for name, values in scenario.params.items()}
    with np.errstate(all="ignore"):
        panel = show(Scenario(**{**vars_of(scenario), "params": huge}))
    assert {"∞", f"{numbers.MINUS}∞", "NaN"} & {item.text for item in panel.stage.items()}
    assert not picture_of(panel).isNull()


def test_an_edit_is_shown_at_once(show) -> None:
    panel = show("lstm-counter", step=4)
    panel.session.edit_number(ParameterAddress("lstm.b_i", 0), -5.0)
    pills = {item.address: item.text for item in panel.stage.cell.items if item.kind == "pill"}
    assert pills[Address("lstm.i.pre", 4)] == numbers.text(-5.0)


def test_a_gate_that_is_chosen_between_activations_has_its_panels(qtbot: QtBot) -> None:
    scenario = scenario_of(CHOSEN, units=2)
    kept = show_panel(qtbot, KeptPanel, scenario, 300, 200)
    assert GatesPanel.applies(kept.snapshot)
    assert kept.canvas.kept.first == "per step:"
    place = Address("layer.f", 4, 0, 0)
    assert kept.canvas.kept.percent == numbers.percent(kept.snapshot.trace.number(place))
