"""Whatever is given, what comes is sequences or one error of our own."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image

from rnnviz.interop.data.arrange import arranged
from rnnviz.interop.data.arrays import Arrays
from rnnviz.interop.data.choices import ROLES, Choices
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.fit import with_data
from rnnviz.interop.data.guess import first_choices
from rnnviz.interop.data.new_network import NetworkPlan, new_scenario
from rnnviz.interop.data.source import Format, PlainText, Source, open_source, open_text
from rnnviz.interop.data.table import Table
from rnnviz.scenario.read import load
from rnnviz.scenario.run_scenario import run

SCENARIOS = [None, *map(load, ("sunspots-gru", "sentiment-bilstm", "char-rnn", "padding-masking", "temporal-xor"))]

cells = some.one_of(
    some.sampled_from(
        ["", "1", "-2.5", "1,5", "nan", "1e400", "abc", "two words", '"', '"a\nb"', "2001-01", "−3", "é"]
    ),
    some.floats(allow_nan=False, allow_infinity=False).map(repr),
    some.text(max_size=6),
)
wild = some.tuples(some.sampled_from([",", ";", "\t", " "]), some.lists(some.lists(cells, max_size=5), max_size=8)).map(
    lambda both: "\n".join(both[0].join(row) for row in both[1])
)


@some.composite
def tame(draw: some.DrawFn) -> str:
    """A table with a heading, mostly of small numbers; here and there something is wrong."""
    columns = draw(some.integers(1, 4))
    rows = draw(some.integers(1, 9))
    numbers = [[str(draw(some.integers(0, 4))) for _ in range(columns)] for _ in range(rows)]
    for _ in range(draw(some.integers(0, 2))):
        numbers[draw(some.integers(0, rows - 1))][draw(some.integers(0, columns - 1))] = draw(cells)
    if draw(some.booleans()):
        numbers[draw(some.integers(0, rows - 1))].pop()
    if draw(some.booleans()):
        for row in numbers:
            row[0:1] = [draw(some.sampled_from(["go we rest", "a b", "good movie", "cat"]))]
    separator = draw(some.sampled_from([",", "\t"]))
    return "\n".join(separator.join(row) for row in [["text", "b", "c", "d"][:columns], *numbers])


tables = some.one_of(tame(), tame(), wild)
choices = some.fixed_dictionaries(
    {
        "form": some.sampled_from(["one series", "by column", "a row each", "windows"]),
        "width": some.sampled_from([1, 1, 1, 0, 2]),
        "window": some.sampled_from([1, 2, 2, 3, 0]),
        "stride": some.sampled_from([0, 1, 2, -1]),
        "target": some.sampled_from(["none", "columns", "next"]),
        "missing": some.sampled_from(["ask", "drop", "last"]),
        "scale": some.sampled_from(["none", "z-score", "min-max", "divide"]),
        "divisor": some.sampled_from([1.0, 2.0, -4.0, 3.0, 0.0, 1e-308, float("inf"), float("nan")]),
        "unknown": some.sampled_from(["ask", "leave out", "leave out", "blank"]),
        "unit": some.sampled_from(["word", "character"]),
        "classes": some.booleans(),
        "first": some.sampled_from([1, 1, 1, 1, 2, 0]),
        "count": some.integers(0, 2),
    }
)


@contextmanager
def used_or_refused(begins: str = "") -> Iterator[None]:
    """What is refused is refused by our own error, in one line that begins with the name of the file."""
    try:
        yield
    except DataError as error:
        if "\n" in str(error) or not str(error).startswith(begins):
            raise AssertionError(f"not one line about {begins}: {error!r}") from error


def used(source: Source, options: dict[str, object], which: int) -> None:
    """All the way from a source to a run. Raises DataError alone."""
    scenario = SCENARIOS[which]
    chosen = replace(first_choices(source, scenario), **options)  # type: ignore[arg-type]
    found = arranged(source, chosen, scenario)
    assert np.isfinite(found.inputs).all()
    if scenario is None:
        made = new_scenario(found, NetworkPlan(units=2))
    else:
        made = with_data(scenario, found)
    assert run(made).steps == len(found.inputs)


@settings(max_examples=80, deadline=None)
@given(text=some.one_of(tables, some.text()), options=choices, which=some.integers(0, 5), data=some.data())
def test_any_table_with_any_choice_is_used_or_refused(
    text: str, options: dict, which: int, data: some.DataObject
) -> None:  # type: ignore[type-arg]
    with used_or_refused():
        source = open_text(text)
        assert isinstance(source, Table)
        if data.draw(some.booleans()):
            roles = {column.name: data.draw(some.sampled_from([*ROLES, "input"])) for column in source.columns}
            options = options | {"roles": MappingProxyType(roles)}
        used(source, options, which)


@settings(max_examples=60, deadline=None)
@given(
    text=some.one_of(
        some.text(max_size=80), some.lists(some.sampled_from(["go", "we", "\n", " ", "a", "é", "good "])).map("".join)
    ),
    options=choices,
    which=some.integers(0, 5),
)
def test_any_text_with_any_choice_is_used_or_refused(text: str, options: dict, which: int) -> None:  # type: ignore[type-arg]
    with used_or_refused():
        used(PlainText("a.txt", text), options, which)


def _good_files() -> list[tuple[str, bytes]]:
    array, archive, picture = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(array, np.arange(12.0).reshape(3, 4))
    np.savez_compressed(archive, x=np.arange(24.0).reshape(2, 3, 4), y=np.array([0, 1]))
    Image.new("L", (4, 3)).save(picture, "PNG")
    table = "a,b\n1,2\n3,4\n".encode("utf-16")
    return [("a.npy", array.getvalue()), ("a.npz", archive.getvalue()), ("a.png", picture.getvalue()), ("a.csv", table)]


GOOD = _good_files()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=some.integers(0, len(GOOD) - 1),
    places=some.lists(some.tuples(some.floats(0, 1), some.integers(0, 255)), max_size=6),
    cut=some.floats(0.3, 1),
)
def test_any_damaged_file_is_read_or_refused(
    tmp_path: Path, which: int, places: list[tuple[float, int]], cut: float
) -> None:
    name, good = GOOD[which]
    damaged = bytearray(good)
    for place, value in places:
        damaged[int(place * (len(good) - 1))] = value
    (tmp_path / name).write_bytes(damaged[: int(cut * len(good)) + 1])
    with used_or_refused(name):
        source = open_source(tmp_path / name, Format())
        arranged(source, first_choices(source))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=some.binary(max_size=200), name=some.sampled_from(["a.csv", "a.txt", "a.npy", "a.npz", "a.png"]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with used_or_refused(name):
        open_source(tmp_path / name)


AXES = {
    1: ["steps"],
    2: ["steps, features", "sequences, steps"],
    3: ["sequences, steps, features", "steps, sequences, features"],
}


@settings(max_examples=80, deadline=None)
@given(
    shape=some.lists(some.integers(1, 3), min_size=1, max_size=4).map(tuple),
    same=some.integers(0, 2),
    kind=some.sampled_from(["float64", "float16", "int64", "uint8", "bool"]),
    hole=some.booleans(),
    options=choices,
    which=some.integers(0, 5),
    data=some.data(),
)
def test_any_arrays_with_any_choice_are_used_or_refused(
    shape: tuple[int, ...],
    same: int,
    kind: str,
    hole: bool,
    options: dict,  # type: ignore[type-arg]
    which: int,
    data: some.DataObject,
) -> None:
    x = (np.arange(np.prod(shape)) % 3).reshape(shape).astype(kind)
    if hole and x.dtype.kind == "f":
        x.flat[-1] = np.nan
    y = (np.arange(np.prod(shape[: same + 1])) % 2).reshape(shape[: same + 1])
    source = Arrays("a.npz", {"x": x, "y": y, "lengths": np.ones(shape[0], int)})
    axes = data.draw(some.sampled_from(AXES.get(len(shape), [""])))
    arrays = data.draw(
        some.sampled_from([{"inputs": "x"}, {"inputs": "x", "targets": "y"}, {"inputs": "x", "lengths": "lengths"}])
    )
    with used_or_refused():
        used(source, options | {"axes": axes, "arrays": MappingProxyType(arrays)}, which)


def test_choices_have_no_value_that_is_not_tried() -> None:
    """A new choice has to be added above."""
    known = {"roles", "arrays", "axes", "resize", "invert", "lower"}
    example = Choices()
    assert set(example.__dataclass_fields__) - known == {
        "form", "width", "window", "stride", "target", "missing", "scale", "divisor", "unknown", "unit", "classes",
        "first", "count",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=20_000, deadline=None)
@given(text=tables, options=choices, which=some.integers(0, 5))
def test_very_many_tables_are_used_or_refused(text: str, options: dict, which: int) -> None:  # type: ignore[type-arg]
    with used_or_refused():
        used(open_text(text), options, which)
