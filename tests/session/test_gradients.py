"""Derivatives of the loss are selected, followed and refused as other numbers are; bptt-sum by hand."""

import pytest

from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.scenario.read import load
from rnnviz.scenario.run_scenario import explain
from rnnviz.session import EditError, Session

W = ParameterAddress("elman.U", 0, 0)


def opened(name: str = "bptt-sum") -> Session:
    session = Session()
    session.open(load(name))
    return session


def test_the_derivative_of_the_notes_follows_the_weight() -> None:
    session = opened()
    session.select(GradientAddress(W))
    found = []
    for w in (1.5, 1.0, 0.5):
        session.edit_number(W, w)
        found.append(session.snapshot.explanation.value)
    assert found == pytest.approx([75.125, 0.0, -2.375], abs=1e-12)


def test_the_trail_leads_from_a_part_to_its_operands_and_back() -> None:
    session = opened()
    session.edit_number(W, 1.5)
    for place in (GradientAddress(W), GradientAddress(W, 5), GradientAddress(Address("elman.h", 5))):
        session.select(place)
    assert session.snapshot.explanation.value == 4.0625
    session.back()
    assert session.snapshot.explanation.value == pytest.approx(4.0625 * 3.375)
    assert session.snapshot.trail == (*session.snapshot.trail[:-1], GradientAddress(W))


def test_a_derivative_cannot_be_edited_and_must_be_there() -> None:
    session = opened()
    with pytest.raises(EditError, match="worked out"):
        session.edit_number(GradientAddress(W), 1.0)
    with pytest.raises(EditError, match="targets are given"):
        session.select(GradientAddress(Address("target", 1)))
    with pytest.raises(EditError, match="no step 9"):
        session.select(GradientAddress(W, 9))
    with pytest.raises(EditError, match="no loss or no targets"):
        opened("all-ones-elman").select(GradientAddress(ParameterAddress("elman.U", 0)))


def test_the_command_line_names_a_derivative_by_grad() -> None:
    scenario = load("bptt-sum")
    found = explain(scenario, "grad:elman.U", 0, 0)
    assert found.value == pytest.approx(sum(term.value for term in found.terms), rel=1e-12)
    assert explain(scenario, "grad:output", 5).address == GradientAddress(Address("elman.h", 5))
