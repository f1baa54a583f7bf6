"""Tables are read as they are written, and what is wrong is told with its row and column."""

import io
from pathlib import Path

import numpy as np
import pytest

from rnnviz.interop.data import limits
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.source import Format, PlainText, open_source, open_text
from rnnviz.interop.data.table import Table, read_table
from rnnviz.resources import resource

TABLES = Path(__file__).parents[2] / "data" / "tables"


def numbers(table: Table, name: str) -> list[float]:
    values = table.column(name).values
    assert values is not None
    return values.tolist()


def test_a_real_file_is_read_with_its_names_kinds_and_numbers() -> None:
    table = open_source(TABLES / "airline_passengers.csv")
    assert isinstance(table, Table)
    assert [(column.name, column.kind) for column in table.columns] == [
        ("month", "text"),
        ("passengers_thousands", "number"),
    ]
    assert table.rows == 144
    values = table.column("passengers_thousands").values
    assert round(float(np.mean(values)), 4) == 280.2986  # as it is published
    assert table.sentence == "A table of 144 rows of 2 columns, parted by commas; the first row names them."


@pytest.mark.parametrize(
    ("text", "separator", "comma", "header", "first_row"),
    [
        ("a,b\n1,2\n3,4\n", ",", False, True, [1.0, 2.0]),
        ("a;b\n1,5;2\n3,25;4\n", ";", True, True, [1.5, 2.0]),
        ("1\t2\n3\t4\n", "\t", False, False, [1.0, 2.0]),
        ("1\t2,5\n3\t4,5\n", "\t", True, False, [1.0, 2.5]),
        ("  1   2\n 3 4\n", " ", False, False, [1.0, 2.0]),
        ("sep=;\na;b\n1;2\n", ";", False, True, [1.0, 2.0]),
        ("a,b\r\n1e3,−2\r\n", ",", False, True, [1000.0, -2.0]),
        ("a,b\r1,2\r", ",", False, True, [1.0, 2.0]),
        ('"a","b"\n"1","2"\n', ",", False, True, [1.0, 2.0]),
        ("x\n5\n6\n", ",", False, True, [5.0]),
    ],
)
def test_the_way_a_table_is_written_is_seen(
    text: str, separator: str, comma: bool, header: bool, first_row: list[float]
) -> None:
    table = read_table(text)
    assert (table.dialect.separator, table.dialect.decimal_comma, table.dialect.has_header) == (
        separator,
        comma,
        header,
    )
    assert [numbers(table, column.name)[0] for column in table.columns] == first_row


def test_quoted_cells_may_hold_separators_and_line_ends() -> None:
    table = read_table('text,label\n"one, two\nthree",1\n"say ""hm""",0\n')
    assert table.column("text").cells == ("one, two\nthree", 'say "hm"')


def test_quotation_marks_between_tabs_are_marks_where_they_are_not_closed() -> None:
    table = read_table('label\ttext\n1\t"Very good" he said\n0\tIt is "bad\n1\tfine\n')
    assert table.column("text").cells == ('"Very good" he said', 'It is "bad', "fine")
    assert not table.ragged.any()


def test_all_real_sentences_are_read_a_line_each() -> None:
    path = resource("data/sentiment_sentences.tsv")
    table = open_source(path)
    assert isinstance(table, Table)
    assert table.rows == len(path.read_text(encoding="utf-8").splitlines()) - 1
    assert not table.ragged.any()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_mark_of_utf_8_is_no_part_of_the_first_name(tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(mark + "größe,b\n1,2\n".encode())
    table = open_source(tmp_path / "a.csv")
    assert isinstance(table, Table)
    assert [column.name for column in table.columns] == ["größe", "b"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_mark(tmp_path: Path, encoding: str) -> None:
    text = "a,b\n1,2\n" if encoding == "utf-16" else "\ufeffa,b\n1,2\n"
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    table = open_source(tmp_path / "a.csv")
    assert isinstance(table, Table)
    assert numbers(table, "b") == [2.0]


def test_another_encoding_is_refused_with_its_line_and_read_when_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes("name,b\nx,1\nMüller,2\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"old\.csv: encoding: byte 0xFC in line 3 is not UTF-8.*latin-1"):
        open_source(path)
    table = open_source(path, Format(encoding="latin-1"))
    assert isinstance(table, Table)
    assert table.column("name").cells == ("x", "Müller")


@pytest.mark.parametrize(
    ("cell", "wrong"),
    [
        ("", "there is no number"),
        ("NA", "“NA” stands for a missing number"),
        ("nan", "“nan” stands for a missing number"),
        ("1O4", "“1O4” is not a number"),
        ("1e400", "“1e400” is beyond the largest number a computer holds"),
        ("-inf", "“-inf” is not a number"),
        ("1_000", "“1_000” is not a number"),
        ("٣", "“٣” is not a number"),
    ],
)
def test_a_cell_that_is_no_number_is_told_with_row_and_column(cell: str, wrong: str) -> None:
    rows = [f"{year},{year / 2}" for year in range(1900, 1930)]
    rows[15] = f"1915,{cell}"
    table = read_table("\n".join(["year,level", *rows]))
    column = table.column("level")
    assert column.kind == "number"
    (problem,) = column.problems
    assert (problem.row, problem.column, problem.wrong) == (17, "level", wrong)
    assert np.isnan(numbers(table, "level")[15])
    assert str(problem).startswith(f"row 17, level: {wrong}; expected a number")


def test_rows_are_counted_as_in_a_spreadsheet_blank_ones_too() -> None:
    table = read_table("a,b\n1,2\n\n3,x\n4,5\n6,7\n8,9\n1,1\n")
    assert table.row_numbers.tolist() == [2, 4, 5, 6, 7, 8]
    assert table.column("b").problems[0].row == 4


def test_a_row_with_too_few_or_too_many_cells_is_told() -> None:
    table = read_table("a,b,c\n1,2,3\n4,5\n6,7,8,9\n1,1,1\n")
    assert [(problem.row, str(problem)) for problem in table.problems] == [
        (3, "row 3: has 2 cells; expected 3 cells"),
        (4, "row 4: has 4 cells; expected 3 cells"),
    ]
    assert table.widths.tolist() == [3, 2, 4, 3]


def test_a_comma_that_could_part_thousands_is_said() -> None:
    table = read_table("a;b\n1,234;2\n5,678;3\n")
    assert table.notes == ("Commas in a are read as decimal ones: 1,234 is a little more than 1.",)


def test_a_point_that_could_part_thousands_is_a_problem_among_decimal_commas() -> None:
    table = read_table("a;b\n1,5;2\n2,5;2\n3,5;3\n4,5;1\n1.234;4\n")
    assert table.column("a").problems[0].wrong == "“1.234” can be read in two ways"


def test_columns_of_one_name_get_names_of_their_own() -> None:
    assert [column.name for column in read_table("a,a,,a\n1,2,3,4\n").columns] == ["a", "a (2)", "column 3", "a (3)"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there are no rows; it is empty"),
        ("a,b\n", "there are no rows below the heading"),
        (",".join(["x"] * 5_000) + "\n", "5,000 columns; at most 4,096 are read"),
        ('a,b\n"open,1\n' + "x" * 140_000, "longer than 131,072 characters"),
    ],
)
def test_what_is_no_table_or_too_large_is_refused(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_table(text)


def test_ten_million_columns_are_refused_before_there_are_columns() -> None:
    with pytest.raises(DataError, match=r"row 1: 10,000,000 columns; at most 4,096"):
        read_table("a" + ",a" * 9_999_999)


def test_more_rows_than_are_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TABLE_ROWS", 100)
    with pytest.raises(DataError, match="more than 100 rows"):
        read_table("1,2\n" * 102)


def test_a_file_that_is_something_else_is_called_by_its_name(tmp_path: Path) -> None:
    for begins, said in (
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"%PDF-1.7", "a PDF"),
        (b"a\0b,1\n", "null character"),
    ):
        (tmp_path / "a.csv").write_bytes(begins)
        with pytest.raises(DataError, match=said):
            open_source(tmp_path / "a.csv")
    with pytest.raises(DataError, match="cannot be read: No such file"):
        open_source(tmp_path / "missing.csv")
    with pytest.raises(DataError, match="is a folder"):
        open_source(tmp_path)


def test_a_text_file_is_a_text_and_a_pasted_text_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    assert open_source(tmp_path / "a.txt") == PlainText("a.txt", "one\ntwo\n")
    pasted = open_text("1\t2\n3\t4\n")
    assert isinstance(pasted, Table)
    assert numbers(pasted, "column 2") == [2.0, 4.0]


def test_a_large_table_is_read_with_numpys_own_numbers() -> None:
    random = np.random.default_rng(0)
    values = random.standard_normal((20_000, 3))
    text = io.StringIO()
    np.savetxt(text, values, fmt="%.17g", delimiter=",")
    table = read_table(text.getvalue())
    assert np.array_equal(np.stack([numbers(table, column.name) for column in table.columns], axis=1), values)
