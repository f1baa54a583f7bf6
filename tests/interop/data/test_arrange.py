"""Rows become sequences as they were said to, and every choice can be seen in the numbers."""

from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from rnnviz.interop.data.arrange import arranged
from rnnviz.interop.data.choices import Choices, Role
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.sequences import Classes, Sequences
from rnnviz.interop.data.table import read_table
from rnnviz.interop.data.windows import windows_of

LONG = "id,t,x,y\na,1,1,10\na,2,2,20\nb,1,3,30\nb,2,4,40\nb,3,5,50\n"


def made(text: str, **options: Any) -> Sequences:
    """The first letter of a role stands for it: "x:i y:t"."""
    words: dict[str, Role] = {"i": "input", "t": "target", "s": "sequence", "o": "step", "-": "ignored"}
    pairs = [pair.split(":") for pair in options.pop("roles").split()]
    roles = MappingProxyType({name: words[role] for name, role in pairs})
    return arranged(read_table(text), Choices(roles=roles, **options))


def column(sequences: Sequences, n: int = 0) -> list[float]:
    """The first number of each step of one sequence, without its padding."""
    length = sequences.lengths[n] if sequences.lengths else len(sequences.inputs)
    return sequences.inputs[:length, n, 0].tolist()


def targets(sequences: Sequences) -> np.ndarray:
    assert isinstance(sequences.targets, np.ndarray)
    return sequences.targets


def test_one_series_is_one_sequence_of_all_rows() -> None:
    found = made(LONG, roles="x:i y:t", target="columns")
    assert found.inputs.shape == (5, 1, 1)
    assert column(found) == [1, 2, 3, 4, 5]
    assert targets(found)[:, 0, 0].tolist() == [10, 20, 30, 40, 50]
    assert found.sentence == "1 sequence of 5 steps, 1 number each"


def test_a_column_tells_sequences_apart_which_are_padded_to_one_length() -> None:
    found = made(LONG, roles="id:s t:o x:i y:t", form="by column", target="columns")
    assert found.lengths == (2, 3)
    assert (column(found, 0), column(found, 1)) == ([1, 2], [3, 4, 5])
    assert found.inputs[2, 0, 0] == 0
    assert found.sequence_names == ("a: 1 to 2", "b: 1 to 3")
    assert found.sentence == "2 sequences of 2 to 3 steps, 1 number each"


def test_rows_of_a_sequence_need_not_stand_together() -> None:
    found = made("id,x\na,1\nb,2\na,3\nb,4\n", roles="id:s x:i", form="by column")
    assert (column(found, 0), column(found, 1)) == ([1, 3], [2, 4])


def test_what_comes_next_is_the_target_and_the_last_row_is_only_a_target() -> None:
    found = made(LONG, roles="id:s x:i", form="by column", target="next")
    assert found.lengths == (1, 2)
    assert (column(found, 0), column(found, 1)) == ([1], [3, 4])
    assert targets(found)[:1, 0, 0].tolist() == [2]
    assert targets(found)[:2, 1, 0].tolist() == [4, 5]
    assert found.target_names == ("x, next",)


@pytest.mark.parametrize(
    ("window", "stride", "expected"),
    [(2, 0, [[1, 2], [3, 4]]), (2, 1, [[1, 2], [2, 3], [3, 4], [4, 5]]), (3, 2, [[1, 2, 3], [3, 4, 5]])],
)
def test_windows_are_cut_side_by_side_or_so_far_apart(window: int, stride: int, expected: list[list[float]]) -> None:
    found = made(LONG, roles="x:i", form="windows", window=window, stride=stride)
    assert [column(found, n) for n in range(found.inputs.shape[1])] == expected


def test_the_target_of_a_windows_last_step_is_the_value_after_the_window() -> None:
    found = made(LONG, roles="x:i", form="windows", window=2, stride=1, target="next")
    assert [column(found, n) for n in range(3)] == [[1, 2], [2, 3], [3, 4]]
    assert targets(found)[-1, :, 0].tolist() == [3, 4, 5]


def test_windows_never_reach_into_the_next_sequence() -> None:
    found = made(LONG, roles="id:s x:i", form="windows", window=2, stride=1)
    assert [column(found, n) for n in range(3)] == [[1, 2], [3, 4], [4, 5]]


def test_a_window_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(DataError, match="a window of 9 steps does not fit into 5 steps"):
        made(LONG, roles="x:i", form="windows", window=9)
    with pytest.raises(DataError, match="at least 1 step"):
        windows_of(5, 0, 1)
    with pytest.raises(DataError, match="found -1"):
        windows_of(5, 2, -1)


def test_a_row_each_is_a_sequence_and_empty_cells_at_its_end_are_no_steps() -> None:
    text = "a,b,c,d,label\n1,2,3,4,1\n5,6,,,0\n"
    wide = made(text, roles="a:i b:i c:i d:i label:t", form="a row each", target="columns")
    assert wide.lengths == (4, 2)
    assert (column(wide, 0), column(wide, 1)) == ([1, 2, 3, 4], [5, 6])
    assert targets(wide)[:, 0, 0].tolist() == [1, 1, 1, 1]
    assert wide.wrong == 0


def test_rows_without_a_heading_may_have_their_own_lengths() -> None:
    table = read_table("1,2,3\n4,5\n6\n")
    roles: dict[str, Role] = {c.name: "input" for c in table.columns}
    found = arranged(table, Choices(roles=MappingProxyType(roles), form="a row each"))
    assert found.lengths == (3, 2, 1)
    assert found.wrong == 0


def test_so_many_columns_may_make_one_step() -> None:
    found = made("a,b,c,d\n1,2,3,4\n", roles="a:i b:i c:i d:i", form="a row each", width=2)
    assert found.inputs[:, 0].tolist() == [[1, 2], [3, 4]]
    with pytest.raises(DataError, match="4 columns cannot be parted into steps of 3 numbers"):
        made("a,b,c,d\n1,2,3,4\n", roles="a:i b:i c:i d:i", form="a row each", width=3)


# --- what is missing ------------------------------------------------------------------------------------------------

GAPS = "id,x\na,1\na,\na,3\nb,\nb,5\nb,6\n"


def test_gaps_are_told_and_nothing_is_decided_until_it_is_said() -> None:
    found = made(GAPS, roles="id:s x:i", form="by column")
    assert [(problem.row, problem.column) for problem in found.problems] == [(3, "x"), (5, "x")]
    assert (found.wrong, found.decided) == (2, False)
    assert "2 rows wait for a decision: 3, 5." in found.notes


def test_rows_with_gaps_are_left_out_when_that_is_said() -> None:
    found = made(GAPS, roles="id:s x:i", form="by column", missing="drop")
    assert (column(found, 0), column(found, 1)) == ([1, 3], [5, 6])
    assert found.decided
    assert "2 rows left out: 3, 5." in found.notes


def test_a_gap_takes_the_value_before_it_in_its_own_sequence_and_a_first_one_is_left_out() -> None:
    found = made(GAPS, roles="id:s x:i", form="by column", missing="last")
    assert (column(found, 0), column(found, 1)) == ([1, 1, 3], [5, 6])
    assert "1 row left out: 5." in found.notes


def test_a_gap_in_a_column_that_is_not_used_is_no_problem() -> None:
    found = made("a,b\n1,\n2,3\n4,5\n6,7\n", roles="a:i b:-")
    assert (found.wrong, found.problems) == (0, ())


def test_a_gap_in_a_row_that_is_a_sequence_is_told_but_not_its_end() -> None:
    text = "a,b,c\n1,,3\n4,5,\n7,8,9\n1,2,3\n"
    found = made(text, roles="a:i b:i c:i", form="a row each")
    assert [(problem.row, problem.column) for problem in found.problems] == [(2, "b")]
    filled = made(text, roles="a:i b:i c:i", form="a row each", missing="last")
    assert column(filled, 0) == [1, 1, 3]


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(DataError, match="no row is left"):
        made("a,b\n1,\n2,\n3,\n,5\n", roles="a:i b:t", target="columns")


# --- scale ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["one series", "a row each"])
def test_of_targets_that_are_not_scaled_nothing_of_that_is_said(form: str) -> None:
    found = made(
        "x,label\n1,0\n2,1\n6,0\n", roles="x:i label:t", form=form, target="columns", classes=True, scale="min-max"
    )
    assert found.notes == (
        "x is brought to 0 to 1: minus the least, 1, divided by the range, 5.",
        "label names 2 classes: 0, 1.",
    )


@pytest.mark.parametrize(
    ("scale", "expected", "name"),
    [
        ("divide", [0.5, 1.0, 3.0], "x / 2"),
        ("min-max", [0.0, 0.2, 1.0], "x (0 to 1)"),
        # the mean is 3, the deviations -2, -1 and 3, their mean square 14/3
        ("z-score", [-2 / (14 / 3) ** 0.5, -1 / (14 / 3) ** 0.5, 3 / (14 / 3) ** 0.5], "x (z-score)"),
    ],
)
def test_numbers_are_scaled_as_is_said_and_it_is_written_down(scale: Any, expected: list[float], name: str) -> None:
    found = made("x\n1\n2\n6\n", roles="x:i", scale=scale, divisor=2.0)
    assert column(found) == pytest.approx(expected, abs=1e-15)
    assert found.input_names == (name,)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("x is ")


def test_what_comes_next_is_scaled_as_the_inputs_are() -> None:
    found = made("x\n1\n2\n6\n", roles="x:i", scale="divide", divisor=2.0, target="next")
    assert targets(found)[:, 0, 0].tolist() == [1.0, 3.0]


def test_a_column_of_one_number_is_moved_to_zero_not_divided_by_zero() -> None:
    assert column(made("x\n0.1\n0.1\n0.1\n", roles="x:i", scale="z-score")) == pytest.approx([0, 0, 0], abs=1e-15)


def test_numbers_that_would_overflow_are_refused() -> None:
    with pytest.raises(DataError, match="too large"):
        made("x\n-1e308\n1e308\n", roles="x:i", scale="min-max")
    with pytest.raises(DataError, match="cannot be divided by 0"):
        made("x\n1\n2\n", roles="x:i", scale="divide", divisor=0.0)


# --- targets --------------------------------------------------------------------------------------------------------


def test_words_in_a_target_column_are_classes_by_the_alphabet() -> None:
    found = made("x,kind\n1,cat\n2,ant\n3,cat\n", roles="x:i kind:t", target="columns")
    assert isinstance(found.targets, Classes)
    assert found.targets.names == ("ant", "cat")
    assert found.targets.labels[:, 0].tolist() == [1, 0, 1]


def test_what_cannot_be_is_said() -> None:
    for roles, options, said in (
        ("y:t", {"target": "columns"}, "no column is an input"),
        ("x:i", {"target": "columns"}, "no column is a target"),
        ("x:i", {"form": "by column"}, "no column tells the sequences apart"),
        ("id:s t:s x:i", {"form": "by column"}, "one column tells the sequences apart"),
        ("id:i x:i", {}, "id is text; it can be an input only alone"),
        ("id:t y:t x:i", {"target": "columns"}, "id names classes; it can be a target only alone"),
        ("no:i", {}, "there is no column 'no'; there are id, t, x, y"),
        ("x:i", {"first": 3}, "there is no sequence 3; there are 1"),
    ):
        with pytest.raises(DataError, match=said):
            made(LONG, roles=roles, **options)  # type: ignore[arg-type]


def test_steps_that_go_back_are_said_and_stay_in_their_order() -> None:
    found = made("year,x\n1901,1\n1900,2\n1902,3\n", roles="year:o x:i")
    assert column(found) == [1, 2, 3]
    assert found.notes == ("year does not grow: “1900” comes after “1901”. Rows stay in their order.",)


def test_the_first_and_the_count_choose_sequences() -> None:
    found = made(LONG, roles="id:s x:i", form="by column", first=2, count=1)
    assert column(found) == [3, 4, 5]
