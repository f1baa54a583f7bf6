"""Opening a number, following its operands, and the way back."""

import pytest

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.session import EditError, snapshot

H2, H3, X3 = Address("elman.h", 2), Address("elman.h", 3), Address("x", 3)
W = ParameterAddress("elman.W", 0, 0)


def test_a_selected_number_is_explained(opened, adder):
    session = opened(adder)
    assert session.snapshot.explanation is None
    session.select(H3)
    assert session.snapshot.selection == H3
    assert session.snapshot.explanation.value == 7
    assert {operand.address for operand in session.snapshot.explanation.operands} >= {H2, X3, W}


def test_an_explanation_is_worked_out_when_it_is_read_and_once(opened, adder, monkeypatch):
    asked = []
    explain = snapshot.explain_address
    monkeypatch.setattr(snapshot, "explain_address", lambda *where: asked.append(where[-1]) or explain(*where))
    session = opened(adder)
    session.select(H3)
    session.edit_number(X3, 5)
    assert asked == []
    first = session.snapshot.explanation
    session.step()
    assert session.snapshot.explanation is first
    assert asked == [H3]


def test_the_trail_leads_back_the_way_one_came(opened, adder):
    session = opened(adder)
    for place in (H3, H2, W):
        session.select(place)
    assert session.snapshot.trail == (H3, H2)
    session.back()
    assert (session.snapshot.selection, session.snapshot.trail) == (H2, (H3,))
    session.back()
    assert (session.snapshot.selection, session.snapshot.trail) == (H3, ())
    session.back()
    assert session.snapshot.selection is None


def test_letting_go_forgets_the_trail(opened, adder, heard):
    session = opened(adder)
    session.select(H3)
    session.select(H2)
    session.select(None)
    assert (session.snapshot.selection, session.snapshot.trail) == (None, ())
    heard.clear()
    session.select(None)
    session.back()
    assert heard == []


def test_selecting_the_same_again_leaves_the_trail(opened, adder, heard):
    session = opened(adder)
    session.select(H3)
    session.select(H3)
    assert session.snapshot.trail == ()
    assert len(heard) == 1


def test_an_edit_is_seen_in_the_explanation(opened, adder):
    session = opened(adder)
    session.select(H3)
    assert session.snapshot.explanation.value == 7
    session.edit_number(X3, 100)
    assert session.snapshot.explanation.value == 103
    session.undo()
    assert session.snapshot.explanation.value == 7


def test_what_an_edit_takes_away_is_let_go(opened, adder):
    session = opened(adder)
    session.select(Address("elman.h", 4))
    session.select(H2)
    session.select(Address("x", 4))
    session.delete_steps([4])
    assert session.snapshot.selection is None
    assert session.snapshot.trail == (H2,)
    session.back()
    assert session.snapshot.selection == H2


@pytest.mark.parametrize(
    "place",
    [Address("elman.h", 5), Address("elman.q", 1), Address("elman.h", 1, 1), ParameterAddress("elman.W", 1, 0)],
)
def test_what_is_not_there_cannot_be_selected(opened, adder, heard, place):
    session = opened(adder)
    with pytest.raises(EditError):
        session.select(place)
    assert heard == []


def test_all_kinds_of_numbers_can_be_opened(opened, mixed):
    session = opened(mixed)
    places = [
        Address("x", 1, 2, 1),
        Address("target", 1, 2, 1),
        Address("lstm.c", 0),
        Address("lstm.i.pre", 3, 1, 2),
        Address("gru.backward.h", 6),
        Address("gru.merged", 2, 1, 3),
        Address("readout.y", 5),
        ParameterAddress("lstm.b_f", 2),
    ]
    for place in places:
        session.select(place)
        assert session.snapshot.explanation.value == session.snapshot.trace.number(place)
