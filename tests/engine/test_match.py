"""Matches of units on a trace written by hand, and thresholds between two groups that anyone can see."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine import match as match_module
from rnnviz.engine.cells import CELLS
from rnnviz.engine.errors import AddressError, EngineError
from rnnviz.engine.match import Chosen, distribution, match, parted, throughout
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace


def trace_of(*sequences: str, lengths: tuple[int, ...] | None = None) -> Trace:
    """Units that show what is put in: a row of a sequence such as "a ab b" is a step, the letters are the units on."""
    letters = "abcd"
    rows = [row.split(" ") for row in sequences]
    x = np.array([[[0.8 * (letter in row[t]) for letter in letters] for row in rows] for t in range(len(rows[0]))])
    network = Network(4, (Recurrent("unit", CELLS["elman"], 4, activations={"h": "linear"}),))
    params = {"unit.W": np.eye(4), "unit.U": np.zeros((4, 4)), "unit.b": np.zeros(4)}
    return run(network, params, x, lengths=lengths)


def found(trace: Trace, first: int, last: int, threshold: float = 0.5, sequence: int = 0) -> list[tuple[float, ...]]:
    matches = match(trace, Chosen("unit.h", first, last, threshold, sequence))
    return [(place.score, place.sequence, place.first, place.last) for place in matches.places]


def test_a_unit_is_on_where_it_is_above_the_threshold_at_every_step() -> None:
    trace = trace_of("ab abc a ad")
    assert match(trace, Chosen("unit.h", 1, 2, 0.5)).units == (0, 1)
    assert match(trace, Chosen("unit.h", 1, 4, 0.5)).units == (0,)
    assert match(trace, Chosen("unit.h", 1, 2, 0.8)).units == (0, 1), "at the threshold is on"
    assert match(trace, Chosen("unit.h", 1, 2, 0.81)).units == ()


def test_the_same_units_elsewhere_score_1_and_others_by_what_they_share() -> None:
    trace = trace_of("ab ab - ab ab - abc abc", "- a a b b abcd abcd -")
    assert found(trace, 1, 2) == [(1.0, 0, 4, 5), (2 / 3, 0, 7, 8), (0.5, 1, 2, 3), (0.5, 1, 4, 5), (0.5, 1, 6, 7)]


def test_places_do_not_overlap_each_other_or_the_chosen_steps() -> None:
    trace = trace_of("ab ab ab ab ab ab ab")
    assert found(trace, 3, 4) == [(1.0, 0, 1, 2), (1.0, 0, 5, 6)]


def test_counts_of_a_place_are_those_of_its_units() -> None:
    (place,) = match(trace_of("ab ab - bcd bcd"), Chosen("unit.h", 1, 2, 0.5)).places
    assert (place.common, place.on, place.score) == (1, 3, 0.25)


def test_below_0_a_unit_is_on_where_it_is_lower() -> None:
    trace = trace_of("ab abc - ab")
    trace = run(trace.network, trace.params, -trace["x"])
    assert match(trace, Chosen("unit.h", 1, 2, -0.5)).units == (0, 1)
    assert found(trace, 1, 1, -0.5) == [(1.0, 0, 4, 4), (2 / 3, 0, 2, 2)]
    assert match(trace, Chosen("unit.h", 1, 2, 0.5)).units == ()


def test_the_strongest_units_come_first() -> None:
    trace = trace_of("a a")
    x = np.array([[[0.6, 0.9, 0.7, 0.1]], [[0.9, 0.8, 0.6, 0.9]]])
    trace = run(trace.network, trace.params, x)
    matches = match(trace, Chosen("unit.h", 1, 2, 0.5))
    assert matches.units == (1, 0, 2)
    np.testing.assert_array_equal(matches.weakest, [0.6, 0.8, 0.6, 0.1])


def test_padding_is_no_place() -> None:
    trace = trace_of("a - a -", "a - - a", lengths=(3, 1))
    assert found(trace, 1, 1) == [(1.0, 0, 3, 3), (1.0, 1, 1, 1)]


def test_no_more_places_than_asked_for() -> None:
    assert len(match(trace_of("a a a a a"), Chosen("unit.h", 1, 1, 0.5), most=2).places) == 2


@pytest.mark.parametrize("length", [1, 2, 3, 5, 8, 13])
def test_throughout_is_all_of_each_window(length: int) -> None:
    marks = np.random.default_rng(1).random((13, 40)) < 0.9
    wanted = [marks[t : t + length].all(axis=0) for t in range(14 - length)]
    np.testing.assert_array_equal(throughout(marks, length), wanted)


def test_what_cannot_be_matched_is_refused_in_a_line() -> None:
    trace = trace_of("a b")
    with pytest.raises(AddressError, match=r"no quantity is called 'unit.c'"):
        match(trace, Chosen("unit.c", 1, 1, 0.5))
    with pytest.raises(AddressError, match="there are no steps 2 to 3"):
        match(trace, Chosen("unit.h", 2, 3, 0.5))
    with pytest.raises(AddressError, match="there is no sequence 1"):
        match(trace, Chosen("unit.h", 1, 1, 0.5, 1))
    with pytest.raises(EngineError, match="a threshold of 0 tells nothing"):
        match(trace, Chosen("unit.h", 1, 1, 0.0))
    with pytest.raises(AddressError, match=r"no quantity is called 'unit.c'"):
        distribution(trace, "unit.c")


# -- advice ------------------------------------------------------------------------------------------------------------


def test_the_suggested_threshold_lies_in_the_middle_between_two_groups() -> None:
    values = np.concatenate([np.linspace(0.1, 0.2, 300), np.linspace(0.8, 1.0, 50)])
    counts, _ = np.histogram(values, 128, (0.0, 1.0))
    assert parted(counts, 1.0) == pytest.approx(0.5, abs=1 / 128)


def test_the_suggested_threshold_has_the_least_spread_within_both_groups() -> None:
    values = np.abs(np.random.default_rng(2).standard_normal(2000))
    counts, edges = np.histogram(values, 128, (0.0, values.max()))
    middles = (edges[:-1] + edges[1:]) / 2

    def spread(k: int) -> float:
        sides = [(middles[part], counts[part]) for part in (slice(k), slice(k, None))]
        return sum(np.sum(n * (m - np.average(m, weights=n)) ** 2) for m, n in sides if n.sum())

    assert parted(counts, values.max()) == pytest.approx(edges[min(range(1, 128), key=spread)])


def test_the_distribution_counts_all_real_values() -> None:
    trace = trace_of("ab b", "a -", lengths=(2, 1))
    found = distribution(trace, "unit.h")
    assert found.counts.sum() == 3 * 4
    assert (found.edges[0], found.edges[-1]) == (0.0, 0.8)
    assert found.counts[-1] == 4, "a, b, b and a"
    assert 0 < found.suggested < 0.8


def test_counted_in_stretches_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(5).standard_normal((40, 2, 4))
    x[7, 1, 2] = np.nan
    trace = trace_of("a", "b")
    trace = run(trace.network, trace.params, x, lengths=(40, 9))
    whole = distribution(trace, "unit.h")
    monkeypatch.setattr(match_module, "STRETCH_BYTES", 200)
    found = distribution(trace, "unit.h")
    assert found.suggested == whole.suggested
    np.testing.assert_array_equal(found.counts, whole.counts)
    finite = trace["unit.h"][trace.mask]
    finite = finite[np.isfinite(finite)]
    np.testing.assert_array_equal(whole.counts, np.histogram(finite, 128, (finite.min(), finite.max()))[0])


def test_where_all_is_negative_the_suggestion_is_too() -> None:
    trace = trace_of("a b a b")
    trace = run(trace.network, trace.params, -trace["x"] - 0.1)
    assert -0.9 < distribution(trace, "unit.h").suggested < -0.1
