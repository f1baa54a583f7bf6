"""Typed and pasted text becomes exactly the numbers a person meant, or an error that says what is wrong."""

import pytest

from rnnviz.ui.typed_numbers import TypedNumberError, parse_number, parse_row, parse_table


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3.0), (" -2.5 ", -2.5), ("−2.5", -2.5), ("3,5", 3.5), (".5", 0.5), ("1e-3", 1e-3), ("0,125", 0.125)],
)
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "abc", "1 2", "1.2.3", "nan", "inf", "1e999", "1,234", "0x10", "1_000"])
def test_what_is_no_single_finite_number_is_refused(text: str) -> None:
    with pytest.raises(TypedNumberError):
        parse_number(text)


def test_a_comma_that_may_part_thousands_is_asked_about() -> None:
    with pytest.raises(TypedNumberError, match=r"1\.234 or 1234"):
        parse_number("1,234")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1\t2\n3\t4\n", [[1, 2], [3, 4]]),
        ("1,2\n3,4", [[1, 2], [3, 4]]),
        ("1,5\t2\r\n3\t4,25", [[1.5, 2], [3, 4.25]]),
        ("3,5 4,1", [[3.5, 4.1]]),
        ("1,5;2", [[1.5, 2]]),
        ("1, 2, 3", [[1, 2, 3]]),
        ("7\n8\n", [[7], [8]]),
    ],
)
def test_a_pasted_table_keeps_its_rows_and_columns(text: str, rows: list[list[float]]) -> None:
    assert parse_table(text) == rows


def test_a_word_in_a_pasted_table_is_named_with_its_place() -> None:
    with pytest.raises(TypedNumberError, match=r"Line 2, number 2: “ball” is not a number"):
        parse_table("1\t2\n3\tball")


def test_an_empty_cell_in_a_pasted_table_is_not_skipped() -> None:
    with pytest.raises(TypedNumberError, match="Line 1, number 2"):
        parse_table("1\t\t3")


def test_two_lines_are_not_one_row() -> None:
    with pytest.raises(TypedNumberError, match="2 lines"):
        parse_row("1 2\n3 4")
