"""The preview shows the first rows, and those in which something is wrong wherever they are."""

from types import MappingProxyType

import numpy as np

from rnnviz.interop.data.arrange import arranged
from rnnviz.interop.data.arrays import Arrays
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.preview import COLUMNS, ROWS, preview
from rnnviz.interop.data.source import PlainText
from rnnviz.interop.data.table import read_table


def test_a_wrong_row_far_down_is_shown_after_the_first_ones() -> None:
    rows = [str(k) for k in range(500)]
    rows[400] = "x"
    table = read_table("\n".join(["a", *rows]))
    choices = Choices(roles=MappingProxyType({"a": "input"}))
    shown = preview(table, choices, arranged(table, choices).problems)
    assert shown.names[:2] == ("2", "3")
    assert shown.names[ROWS:] == ("402",)
    assert shown.rows[ROWS] == ("x",)
    assert shown.wrong == {(ROWS, 0)}
    assert shown.has_roles


def test_a_row_of_the_wrong_length_is_wrong_as_a_whole() -> None:
    table = read_table("a,b\n1,2\n3\n4,5\n")
    shown = preview(table, Choices(), table.problems)
    assert shown.wrong == {(1, -1)}
    assert shown.rows[1] == ("3", "")


def test_columns_beyond_those_that_fit_are_counted() -> None:
    table = read_table(",".join(f"c{k}" for k in range(100)) + "\n" + ",".join("1" * 100))
    assert preview(table, Choices()).hidden == 100 - COLUMNS


def test_lines_of_a_text_are_marked_where_something_is_unknown() -> None:
    assert preview(PlainText("a.txt", "go\nswim\n"), Choices()).rows == (("go",), ("swim",))


def test_an_array_is_shown_by_its_first_sequence_once_its_axes_are_known() -> None:
    array = np.arange(12, dtype=np.uint8).reshape(2, 3, 2)
    source = Arrays("a.npz", {"x": array})
    names = MappingProxyType({"inputs": "x"})
    assert preview(source, Choices(arrays=names)).rows == ()
    shown = preview(source, Choices(arrays=names, axes="sequences, steps, features"))
    assert shown.rows == (("0", "1"), ("2", "3"), ("4", "5"))
    assert shown.shades[2] == (4 / 11, 5 / 11)
