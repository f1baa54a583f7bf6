"""The options of an import in one table: what each is called, which values it has, when it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP

from rnnviz.engine.cells import CELLS
from rnnviz.engine.digits import counted
from rnnviz.interop.data.arrays import Arrays
from rnnviz.interop.data.axes import readings, sizes
from rnnviz.interop.data.choices import Axes
from rnnviz.interop.data.pictures import Picture
from rnnviz.interop.data.source import PlainText
from rnnviz.interop.data.table import Table
from rnnviz.ui.data.state import State

noop = QT_TRANSLATE_NOOP


@dataclass(frozen=True)
class Option:
    """
    key : a field of `Choices`, "plan." or "how." and a field of those, "arrays." and a part of an archive
    values : what can be chosen, with its text; None for a number, or, with `is_switch`, for yes or no
    """

    key: str
    title: str
    applies: Callable[[State], bool]
    values: Callable[[State], Mapping[Any, str]] | None = None
    is_switch: bool = False
    is_whole: bool = True
    tip: str = ""

    def value(self, state: State) -> Any:
        part, _, name = self.key.rpartition(".")
        if part == "arrays":
            return state.choices.arrays.get(name, "")
        return getattr({"": state.choices, "plan": state.plan, "how": state.how}[part], name)


def _is(*kinds: type) -> Callable[[State], bool]:
    return lambda state: isinstance(state.source, kinds)


def _reads_text(state: State) -> bool:
    return isinstance(state.source, PlainText) or (
        isinstance(state.source, Table)
        and any(state.source.column(name).kind == "text" for name in state.choices.named("input"))
    )


def _reads_numbers(state: State) -> bool:
    return state.source is not None and not _reads_text(state)


def _has_problems(state: State, unknown: bool) -> bool:
    """Whether there is something to decide, or something was decided."""
    chosen = state.choices.unknown if unknown else state.choices.missing
    problems = state.found.problems if state.found is not None else ()
    return chosen != "ask" or any(problem.is_unknown == unknown for problem in problems)


def _forms(state: State) -> Mapping[Any, str]:
    if isinstance(state.source, PlainText):
        return {
            "a row each": noop("data", "each line"),
            "one series": noop("data", "the whole text"),
            "windows": noop("data", "a piece of the text"),
        }
    if _reads_text(state):
        return {"a row each": noop("data", "each row"), "windows": noop("data", "a piece of a row")}
    return {
        "one series": noop("data", "all rows, one after another"),
        "by column": noop("data", "rows with the same value in a column"),
        "windows": noop("data", "a window of rows"),
        "a row each": noop("data", "each row, its columns are the steps"),
    }


def _aims(state: State) -> Mapping[Any, str]:
    texts = {"none": noop("data", "none"), "next": noop("data", "what comes next")}
    if isinstance(state.source, PlainText):
        return texts
    name = noop("data", "the target array") if isinstance(state.source, Arrays) else noop("data", "the target columns")
    return texts | {"columns": name}


def _arrays(is_optional: bool) -> Callable[[State], Mapping[Any, str]]:
    def values(state: State) -> Mapping[Any, str]:
        names = state.source.arrays if isinstance(state.source, Arrays) else {}
        first = {"": noop("data", "none") if is_optional else noop("data", "choose…")}
        return first | {name: name for name in names}

    return values


def _axes(state: State) -> Mapping[Any, str]:
    """Every reading of the shape, in words; those that the network cannot read are not among them."""
    source, texts = state.source, {"": noop("data", "choose…")}
    if isinstance(source, Arrays):
        array = source.arrays.get(state.choices.arrays.get("inputs", ""))
        if array is not None:
            found = readings(array.shape, state.reader.network.inputs if state.reader is not None else 0)
            texts |= {axes: _shape_in_words(array.shape, axes) for axes in found or readings(array.shape, 0)}
    return texts


def _shape_in_words(shape: tuple[int, ...], axes: Axes) -> str:
    """ "1,000 sequences, 28 steps, 28 numbers" """
    steps, sequences, features = sizes(shape[:3], axes)
    counts = ((sequences, "sequence"), (steps, "step"), (features, "number"))
    return ", ".join(counted(count, noun) for count, noun in counts)


def _scales(_: State) -> Mapping[Any, str]:
    return {
        "none": noop("data", "as they are"),
        "divide": noop("data", "divided by a number"),
        "z-score": noop("data", "z-scores: mean 0, deviation 1"),
        "min-max": noop("data", "from 0 to 1"),
    }


OPTIONS = (
    Option(
        "arrays.inputs", noop("data", "Inputs"), _is(Arrays), _arrays(False),
        tip=noop("data", "The array that the network reads"),
    ),
    Option(
        "axes", noop("data", "It holds"), _is(Arrays), _axes,
        tip=noop("data", "What the axes of the array stand for; where several readings fit, it is for you to say"),
    ),
    Option("arrays.targets", noop("data", "Targets"), _is(Arrays), _arrays(True)),
    Option(
        "arrays.lengths", noop("data", "Lengths"), _is(Arrays), _arrays(True),
        tip=noop("data", "An array with the length of each sequence, or a mask"),
    ),
    Option("form", noop("data", "A sequence is"), _is(Table, PlainText), _forms),
    Option(
        "window", noop("data", "Steps of it"), lambda state: state.choices.form == "windows",
        tip=noop("data", "How many steps each window has"),
    ),
    Option(
        "stride", noop("data", "Next one after"), lambda state: state.choices.form == "windows",
        tip=noop("data", "Steps from the beginning of one window to that of the next; 0 puts them side by side"),
    ),
    Option(
        "width", noop("data", "Columns a step"),
        lambda state: isinstance(state.source, Table) and state.choices.form == "a row each" and _reads_numbers(state),
        tip=noop("data", "So many columns, side by side, make one step"),
    ),
    Option("target", noop("data", "Target"), _is(Table, Arrays, PlainText), _aims),
    Option(
        "classes", noop("data", "Targets are classes"),
        lambda state: state.is_new and state.choices.target == "columns" and isinstance(state.source, (Table, Arrays)),
        is_switch=True, tip=noop("data", "Whole numbers name classes to be told apart; else numbers to be hit"),
    ),
    Option("resize", noop("data", "As wide as the network reads"), lambda state: (
        isinstance(state.source, Picture) and state.reader is not None), is_switch=True),
    Option(
        "invert", noop("data", "Dark is large"), _is(Picture), is_switch=True,
        tip=noop("data", "255 minus the grey: for dark drawings on white paper, where a network learned the reverse"),
    ),
    Option(
        "scale", noop("data", "Numbers are"), _reads_numbers, _scales,
        tip=noop("data", "Networks learn better from numbers around 1. What is done is written into the story"),
    ),
    Option(
        "divisor", noop("data", "Divided by"), lambda state: _reads_numbers(state) and state.choices.scale == "divide",
        is_whole=False,
    ),
    Option(
        "missing", noop("data", "Wrong rows"), lambda state: _has_problems(state, unknown=False),
        lambda _: {"ask": noop("data", "to be decided…"), "drop": noop("data", "are left out"),
                   "last": noop("data", "take the value before")},
        tip=noop("data", "What to do with rows in which something is missing or no number"),
    ),
    Option(
        "unknown", noop("data", "Unknown characters"), lambda state: _has_problems(state, unknown=True),
        lambda _: {"ask": noop("data", "to be decided…"), "leave out": noop("data", "are left out"),
                   "blank": noop("data", "are read as blanks")},
        tip=noop("data", "What to do with what the network has no number for"),
    ),
    Option("first", noop("data", "From sequence"), lambda state: state.source is not None
           and not isinstance(state.source, Picture)),
    Option(
        "count", noop("data", "How many (0: all)"), lambda state: state.source is not None
        and not isinstance(state.source, Picture),
    ),
    Option(
        "unit", noop("data", "Split into"), lambda state: state.is_new and _reads_text(state),
        lambda _: {"word": noop("data", "words"), "character": noop("data", "characters")},
    ),
    Option(
        "plan.cell", noop("data", "Cell"), lambda state: state.is_new and state.source is not None,
        lambda _: {name: cell.title for name, cell in CELLS.items()},
    ),
    Option("plan.units", noop("data", "Units"), lambda state: state.is_new and state.source is not None),
    Option(
        "how.header", noop("data", "First row"), _is(Table),
        lambda _: {None: noop("data", "as it looks"), True: noop("data", "names the columns"),
                   False: noop("data", "is data")},
    ),
    Option(
        "how.separator", noop("data", "Cells are parted by"), _is(Table),
        lambda _: {"": noop("data", "as it looks"), ",": noop("data", "commas"), ";": noop("data", "semicolons"),
                   "\t": noop("data", "tabs"), " ": noop("data", "blanks")},
    ),
    Option(
        "how.encoding", noop("data", "Encoding"),
        lambda state: "encoding" in state.problem or isinstance(state.source, (Table, PlainText)),
        lambda _: {"": noop("data", "as it looks"), "utf-8": "UTF-8", "utf-16": "UTF-16",
                   "latin-1": noop("data", "Latin-1 (Windows-1252)")},
    ),
)  # fmt: skip


def changed(state: State, option: Option, value: Any) -> State:
    """The state with another value of an option. What is about how the file is written has to be read anew."""
    part, _, name = option.key.rpartition(".")
    if part == "how":
        return replace(state, how=replace(state.how, **{name: value}))
    if part == "plan":
        return state.with_plan(**{name: value})
    if part == "arrays":
        arrays = {**state.choices.arrays, name: value}
        arrays = {key: array for key, array in arrays.items() if array}
        more: dict[str, Any] = {"axes": ""} if name == "inputs" else {}
        if name == "targets":
            more["target"] = "columns" if value else "none"
        return state.with_choice(arrays=arrays, **more)
    return state.with_choice(**{name: value})
