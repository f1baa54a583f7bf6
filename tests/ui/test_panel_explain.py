"""The explain card: value, law, numbers as links, what they add up to; every number leads on and back."""

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.scenario.builtin import names
from rnnviz.ui import numbers
from rnnviz.ui.cards import law_text
from rnnviz.ui.cards.contributions import Contribution, largest
from rnnviz.ui.panels.explain import ExplainPanel
from tests.ui.shown_panel import show_panel

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # offscreen, of a lone panel

MEMORY = Address("lstm.c", 4)


def shown(qtbot: QtBot, name: str = "lstm-counter", select: object = MEMORY) -> ExplainPanel:
    panel = show_panel(qtbot, ExplainPanel, name, 268, 500)
    assert isinstance(panel, ExplainPanel)
    panel.session.select(None)
    panel.session.select(select)
    return panel


def links(panel: ExplainPanel) -> list[object]:
    pieces = [] if panel.numbers_in.isHidden() else panel.numbers_in.pieces
    return [piece.link for piece in pieces if piece.link is not None]


def test_nothing_selected_says_what_to_do(qtbot: QtBot) -> None:
    panel = shown(qtbot, select=None)
    assert not panel.scroll.isVisible()
    assert "Click any number" in panel._empty.findChildren(type(panel.meaning))[0].text()


def test_the_memory_cell_of_the_counter_is_explained(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    assert panel.number.text() == "6.9995"
    assert panel.law.text == "c = f · c′ + i · g"
    assert panel.numbers_in.text == "= 0.99995 · 6.9998 + 4.54e−5 · 1"
    assert [(each.label, round(each.value, 5)) for each in panel.bars._shown] == [
        ("kept from before", 6.99946),
        ("written now", 0.00005),
    ]
    assert links(panel) == [Address("lstm.f", 4), Address("lstm.c", 3), Address("lstm.i", 4), Address("lstm.g", 4)]


def test_a_click_on_a_number_opens_its_card_and_backspace_comes_back(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    qtbot.waitUntil(lambda: len(panel.numbers_in._places) > 1)
    place = panel.numbers_in._places[1].center()
    assert panel.numbers_in.link_at(place) == Address("lstm.f", 4)
    qtbot.mouseClick(panel.numbers_in, Qt.MouseButton.LeftButton, pos=place)
    assert panel.session.snapshot.selection == Address("lstm.f", 4)
    assert panel.number.text() == "0.99995"
    assert panel.trail.text == "‹ c[0], t = 4"
    qtbot.keyClick(panel, Qt.Key.Key_Backspace)
    assert panel.session.snapshot.selection == MEMORY


def test_the_keyboard_reaches_and_opens_every_number(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel.numbers_in.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(panel.numbers_in, Qt.Key.Key_Right)
    qtbot.keyClick(panel.numbers_in, Qt.Key.Key_Tab)
    qtbot.keyClick(panel.numbers_in, Qt.Key.Key_Return)
    assert panel.session.snapshot.selection == Address("lstm.i", 4)


def test_exact_shows_every_digit(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel.exact.setChecked(True)
    value = float(panel.session.snapshot.trace["lstm.c"][3, 0, 0])
    assert float(panel.number.text()) == value
    assert numbers.full(float(panel.session.snapshot.trace["lstm.f"][3, 0, 0])) in panel.numbers_in.text


def test_a_gate_says_what_it_keeps_and_for_how_long(qtbot: QtBot) -> None:
    panel = shown(qtbot, select=Address("lstm.f", 4))
    kept = float(panel.session.snapshot.trace["lstm.f"][3, 0, 0])
    steps = round(math.log(0.5) / math.log(kept))
    assert f"half is left after {steps:,} steps" in panel.lasting.text()
    assert "99.995 % of c" in panel.lasting.text()
    assert panel.result.text == "= sigmoid(10)"
    assert panel.result.pieces[1].link == Address("lstm.f.pre", 4)
    panel.session.edit_number(ParameterAddress("lstm.b_f", 0), 0)
    panel.redraw(panel.session.snapshot)
    assert "half is left after 1 step." in panel.lasting.text()


@pytest.mark.parametrize("name", names())
def test_every_operand_of_every_kind_of_number_can_be_opened(qtbot: QtBot, name: str) -> None:
    panel = shown(qtbot, name, select=None)
    trace = panel.session.snapshot.trace
    last = trace.steps
    for quantity in trace:
        panel.session.select(Address(quantity, last, 0, 0))
        panel._shows_all = True
        panel.redraw()
        explanation = panel.session.snapshot.explanation
        wanted = {operand.address for operand in explanation.operands if operand.address is not None}
        assert wanted == set(links(panel)), quantity
        shown_value = panel.number.toolTip().replace(numbers.MINUS, "-")
        assert float(shown_value) == float(trace[quantity][last - 1, 0, 0])
        for address in list(wanted)[:3]:
            panel.session.select(address)
            assert panel.session.snapshot.explanation.value == trace.number(address)


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("lstm-counter", ParameterAddress("lstm.W_i", 0, 1), "weight from x2 to the input gate; you can edit it"),
        ("lstm-counter", ParameterAddress("lstm.b_f", 0), "bias of the forget gate; you can edit it"),
        ("lstm-counter", ParameterAddress("lstm.U_o", 0, 0), "weight from h[0] one step before to the output gate"),
        ("lstm-peephole", ParameterAddress("lstm_peephole.p_i", 0), "peephole weight from c[0] one step before"),
        ("mnist-rows-lstm", ParameterAddress("readout.V", 7, 3), "weight from unit 3 of lstm to output 7"),
        ("padding-masking", ParameterAddress("embedding.E", 2, 1), "number 1 of the word “go”"),
    ],
)
def test_a_parameter_says_what_it_joins(qtbot: QtBot, name: str, address: ParameterAddress, said: str) -> None:
    panel = shown(qtbot, name, select=address)
    assert said in panel.meaning.text()


def test_a_weight_an_input_and_a_state_are_edited_in_the_card(qtbot: QtBot) -> None:
    panel = shown(qtbot, select=ParameterAddress("lstm.W_i", 0, 1))
    for address, text in (
        (ParameterAddress("lstm.W_i", 0, 1), "42"),
        (Address("x", 2, 0, 0), "1,5"),
        (Address("lstm.c", 0), "-2"),
    ):
        panel.session.select(address)
        assert panel.begin_edit(address)
        panel.edited.setText(text)
        qtbot.keyClick(panel.edited, Qt.Key.Key_Return)
    scenario = panel.session.snapshot.scenario
    assert scenario.params["lstm.W_i"][0, 1] == 42
    assert scenario.inputs[1, 0, 0] == 1.5
    assert scenario.initial["lstm.c"][0, 0] == -2


def test_a_word_in_the_card_is_said_at_its_field(qtbot: QtBot) -> None:
    panel = shown(qtbot, select=ParameterAddress("lstm.W_i", 0, 1))
    panel.edited.setText("big")
    qtbot.keyClick(panel.edited, Qt.Key.Key_Return)
    assert "“big” is not a number" in panel.complaint.text()
    assert panel.complaint.isVisible()
    assert panel.edited.text() == "big"
    assert not panel.session.can_undo


def test_a_worked_out_number_has_no_field(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    assert not panel.editor.isVisible()
    assert not panel.begin_edit(MEMORY)


def test_a_long_sum_shows_the_largest_and_opens_to_all(qtbot: QtBot) -> None:
    panel = shown(qtbot, "mnist-rows-lstm", Address("lstm.i", 15, 0, 3))
    assert len(links(panel)) == 2 * 6 + 1
    assert len(panel.bars._shown) == 7
    total = sum(each.value for each in panel.bars._shown)
    assert total == pytest.approx(panel.session.snapshot.trace.number(Address("lstm.i.pre", 15, 0, 3)), rel=1e-12)
    panel._open(law_text.SHOW_ALL)
    assert len(links(panel)) == 2 * 56 + 1


def test_padding_says_that_the_state_is_held(qtbot: QtBot) -> None:
    panel = shown(qtbot, "padding-masking", select=None)
    state = next(iter(panel.session.snapshot.trace.carried))
    panel.session.select(Address(state, 3, 1, 0))
    assert "padding" in panel.warning.text()
    assert "the state is held" in panel.warning.text()


def test_an_underflow_and_an_overflow_are_marked_with_text(qtbot: QtBot) -> None:
    panel = shown(qtbot, "thousand-steps", select=None)
    session = panel.session
    session.edit_number(ParameterAddress("elman.U", 0, 0), 0.01)
    session.select(Address("elman.h", 163))  # 0.01 ** 162 = 1e-324: the first that float64 holds as 0
    assert panel.number.text() == "0"
    assert "Underflow: too small to be held" in panel.warning.text()
    session.select(Address("elman.h", 170))
    assert "It began at step 163." in panel.warning.text()
    session.edit_number(ParameterAddress("elman.U", 0, 0), 1e10)
    session.select(Address("elman.h", 900))
    assert "infinite" in panel.warning.text()
    assert "It began at step 32" in panel.warning.text()


def test_the_card_is_copied_as_text_and_as_latex(qtbot: QtBot) -> None:
    panel = shown(qtbot)
    panel.copy_button.click()
    assert "c = f · c′ + i · g" in QGuiApplication.clipboard().text()
    panel.latex_button.click()
    copied = QGuiApplication.clipboard().text()
    assert r"c_{t} &= f_{t} \odot c_{t-1} + i_{t} \odot g_{t}" in copied
    assert r"4.53979 \cdot 10^{-5}" in copied
    assert copied.count("{") == copied.count("}")


def test_zeros_are_summed_up_where_a_law_has_many_terms() -> None:
    terms = [Contribution("a", 0.0), Contribution("b", 3.0), Contribution("c", 0.0), Contribution("d", -1.0)]
    assert largest(terms, 6, "{count} more") == [terms[1], terms[3], Contribution("2 more", 0.0)]
    assert largest(terms[:2], 6, "{count} more") == terms[:2]


def test_a_derivative_opens_into_its_steps_and_each_step_into_its_factors(qtbot: QtBot) -> None:
    """bptt-sum, w = 1.5, by hand: 75.125 = 21.4297 + 20.9297 + 19.0547 + 13.7109, the last 4.0625 times 3.375."""
    panel = show_panel(qtbot, ExplainPanel, "bptt-sum", 320, 700)
    weight = ParameterAddress("elman.U", 0, 0)
    panel.session.select(weight)
    assert panel.gradient_button.text() == "∂L/∂"
    panel.gradient_button.click()
    assert panel.number.text() == "75.125"
    assert panel.law.text.startswith("∂L/∂U = Σ ∂L/∂h · h′")
    assert [bar.link for bar in panel.bars._shown] == [GradientAddress(weight, k) for k in range(1, 6)]
    panel.bars.opened.emit(GradientAddress(weight, 5))
    assert panel.law.text == "∂L/∂U = ∂L/∂h · h′"
    assert panel.numbers_in.text == "= 4.062 · 3.375"
    panel.session.select(GradientAddress(Address("elman.h", 4)))
    assert panel.law.text == "∂L/∂h = (h − target) + ∂L/∂h⁺ U"
    assert panel.numbers_in.text == "= (3.375 − 1) + 4.062 · 1.5"
    assert panel.gradient_button.text() == "Value"
    panel.gradient_button.click()
    assert panel.session.snapshot.selection == Address("elman.h", 4)
    panel.close()


def test_a_scenario_without_a_loss_offers_no_derivative(qtbot: QtBot) -> None:
    panel = show_panel(qtbot, ExplainPanel, "all-ones-elman", 320, 600)
    panel.session.select(ParameterAddress("elman.U", 0, 0))
    assert not panel.gradient_button.isVisible()
    panel.close()
