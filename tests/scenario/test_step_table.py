"""The table of a cell over all steps: the numbers of the lecture, as CSV and as LaTeX."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

import rnnviz
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.step_table import csv_lines, latex, step_table, write


def table_of(name: str, layer: str, **options: int):
    scenario = rnnviz.load(name)
    return step_table(scenario, rnnviz.run(scenario), layer, **options)


def rows_of(table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(csv_lines(table)))))


def test_the_table_of_the_counting_cell_is_that_of_the_lecture() -> None:
    """x1 x2 x3, i, f, c before and after, output, worked out by hand for five steps."""
    expected = [
        (1, "3 1 0", 1, 1, 0, 3, 0.000136),
        (2, "4 1 0", 1, 1, 3, 7, 0.000318),
        (3, "2 0 0", 4.54e-5, 0.999955, 7, 6.999773, 0.000318),
        (4, "1 0 1", 4.54e-5, 0.999955, 6.999773, 6.999501, 6.999501),
        (5, "3 -1 0", 1.69e-48, 8.19e-40, 6.999501, 5.7e-39, 0),
    ]
    rows = rows_of(table_of("lstm-counter", "lstm"))
    for row, (step, x, *numbers) in zip(rows, expected, strict=True):
        assert int(row["step"]) == step
        assert [float(row[name]) for name in ("x1", "x2", "x3")] == [float(part) for part in x.split()]
        found = [float(row[name]) for name in ("i[0]", "f[0]", "c before[0]", "c after[0]", "h after[0]")]
        assert found == pytest.approx(numbers, rel=5e-3, abs=5e-7)


def test_numbers_in_csv_read_back_as_the_same_bits() -> None:
    trace = rnnviz.run(rnnviz.load("lstm-counter"))
    rows = rows_of(table_of("lstm-counter", "lstm"))
    assert [float(row["c after[0]"]) for row in rows] == trace["lstm.c"][:, 0, 0].tolist()


def test_latex_has_a_column_a_number_and_a_line_a_step() -> None:
    text = latex(table_of("lstm-counter", "lstm"))
    lines = text.splitlines()
    assert lines[0] == "% The memory cell that counts"
    assert lines[1] == r"\begin{tabular}{r|r|r|r|r|r|r|r|r|r|r|r}"
    assert r"$t$ & $x_{1}$ & $x_{2}$ & $x_{3}$ & $g_{t}$" in lines[2]
    assert r"$c_{t-1}$ & $c_{t}$" in lines[2]
    assert lines[-1] == r"\end{tabular}"
    body = [line for line in lines if line.endswith(r"\\")][1:]
    assert [line.count("&") for line in body] == [11] * 5
    assert r"$4.53979 \cdot 10^{-5}$" in body[2]


def test_units_stand_under_one_heading() -> None:
    scenario = rnnviz.load("lstm-counter")
    network = rnnviz.load("sentiment-bilstm").network
    text = latex(table_of("sentiment-bilstm", network.layers[1].name))
    size = network.layers[1].units
    assert rf"\multicolumn{{{size}}}{{c|}}{{$c^{{\mathrm{{forward}}}}_{{t-1}}$}}" in text
    assert (
        rf"\multicolumn{{{size}}}{{c|}}{{$c^{{\mathrm{{backward}}}}_{{t+1}}$}}" in text
    )  # it comes from the step after
    assert scenario.title not in text


def test_before_a_step_of_the_backward_direction_is_after_the_step_that_follows() -> None:
    scenario = rnnviz.load("sentiment-bilstm")
    layer = scenario.network.layers[1].name
    rows = rows_of(table_of("sentiment-bilstm", layer, unit=0))
    before, after = ([float(row[f"backward.h {when}[0]"]) for row in rows] for when in ("before", "after"))
    assert before[:-1] == after[1:]


def test_padding_is_marked() -> None:
    scenario = rnnviz.load("sentiment-bilstm")
    length = scenario.lengths[0] if scenario.lengths else int(rnnviz.run(scenario).mask[:, 0].sum())
    table = table_of("sentiment-bilstm", scenario.network.layers[1].name, unit=0)
    marks = [row["padding"] for row in rows_of(table)]
    assert marks == [""] * length + ["yes"] * (len(marks) - length)
    assert latex(table).count("(padding)") == len(marks) - length > 0


def test_one_unit_of_many_can_be_asked_for() -> None:
    trace = rnnviz.run(rnnviz.load("mnist-rows-lstm"))
    table = table_of("mnist-rows-lstm", "lstm", unit=5, sequence=0)
    (column,) = [column for column in table.columns if column.name == "o"]
    np.testing.assert_array_equal(column.values, trace["lstm.o"][:, 0, 5])


@pytest.mark.parametrize(
    ("layer", "options", "said"),
    [
        ("lsmt", {}, "there are lstm"),
        ("lstm", {"unit": 1}, "no unit 1"),
        ("lstm", {"sequence": 3}, "no sequence 3; it can be 0 to 0"),
    ],
)
def test_what_is_not_there_is_said(layer: str, options: dict[str, int], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        table_of("lstm-counter", layer, **options)


def test_a_table_too_large_for_latex_is_refused_and_leaves_no_file(tmp_path) -> None:
    scenario = rnnviz.load("thousand-steps")
    trace = rnnviz.run(scenario, np.zeros((30_000, 1, scenario.network.inputs)))
    table = step_table(scenario, trace, scenario.network.recurrent[0].name)
    with pytest.raises(ScenarioError, match="at most 20,000"):
        write(table, tmp_path / "table.tex")
    assert list(tmp_path.iterdir()) == []


def test_names_of_inputs_cannot_break_the_table() -> None:
    scenario = replace(rnnviz.load("lstm-counter"), input_names=("price_%", "a & b", "x1"), title="a\n\\end{tabular}")
    text = latex(step_table(scenario, rnnviz.run(scenario), "lstm"))
    assert r"\text{price\_\%}" in text
    assert r"\text{a \& b}" in text
    assert text.splitlines()[0].startswith("% a ")
    assert text.count(r"\end{tabular}") == 1
