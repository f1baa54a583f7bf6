"""Arrays and pictures as sequences: which axis is steps, which array is targets. Where both could be, it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.interop.data import limits
from rnnviz.interop.data.arrays import ALONE, Arrays, written
from rnnviz.interop.data.axes import time_major
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError, Problem
from rnnviz.interop.data.pictures import Picture
from rnnviz.interop.data.rows import left_out_in_words, mended
from rnnviz.interop.data.scaling import scaling_of
from rnnviz.interop.data.sequences import Classes, Sequences, check_size
from rnnviz.interop.data.targets import wants_classes
from rnnviz.interop.data.wording import listed
from rnnviz.scenario.arrays import read_only
from rnnviz.scenario.types import Scenario

Array = NDArray[np.float64]
IMAGE_SIDE = 6


def from_picture(picture: Picture, choices: Choices, scenario: Scenario | None) -> Sequences:
    """One sequence: a step for each row, a number for each pixel of it."""
    grey, notes = picture.grey, []
    width = scenario.network.inputs if scenario is not None else grey.shape[1]
    if choices.resize and width != grey.shape[1]:
        check_size(picture.rows_at(width), 1, width)
        grey = picture.as_wide_as(width)
        notes.append(f"Made {width} pixels wide, from {picture.grey.shape[1]}.")
    if choices.invert:
        grey = 255 - grey
        notes.append("Dark is large: 255 minus the grey of the picture.")
    scaling = scaling_of([grey.ravel()], choices.scale, choices.divisor)
    notes.append(scaling.note("Grey, 0 to 255,", 0))
    check_size(grey.shape[0], 1, grey.shape[1])
    return Sequences(
        source=picture.name,
        inputs=read_only(np.ascontiguousarray(scaling.applied(grey)[:, None])),
        lengths=None,
        sequence_names=(picture.name[:120],),
        images=True,
        notes=tuple(filter(None, notes)),
    )


def from_arrays(source: Arrays, choices: Choices, scenario: Scenario | None) -> Sequences:
    name = choices.arrays.get("inputs", ALONE)
    whole = _time_major(source, choices)
    block = _read(source, choices, whole)
    problems, wrong = _problems(block), ~np.isfinite(block.x).all(axis=(0, 2))
    block, notes = _mended(block, choices)
    real = ~block.padding
    scaling = scaling_of([block.x[real].ravel()], choices.scale, choices.divisor)
    x = np.where(real[..., None], scaling.applied(block.x), 0.0)
    notes.append(scaling.note("The array" if name == ALONE else f"The array {name}", 0))
    targets = _targets_of(source, choices, scenario, whole.shape[:2], block.chosen)
    lengths = block.lengths
    if choices.target == "next":
        _check_next(block)
        targets, x = read_only(x[1:].copy()), x[:-1]
        lengths = None if lengths is None else tuple(length - 1 for length in lengths)
    return Sequences(
        source=source.name,
        inputs=read_only(np.ascontiguousarray(x)),
        lengths=None if lengths is None or min(lengths) == len(x) else lengths,
        targets=targets,
        sequence_names=tuple(f"sequence {n + 1}" for n in block.chosen) if len(block.chosen) > 1 else (),
        is_next=choices.target == "next",
        images=whole.dtype == np.uint8 and min(whole.shape[0], whole.shape[2]) >= IMAGE_SIDE,
        notes=tuple(filter(None, ("" if name == ALONE else f"From the array {name}.", *notes))),
        problems=problems,
        wrong=int(wrong.sum()),
        decided=choices.missing != "ask" or not wrong.any(),
    )


@dataclass(frozen=True, eq=False)
class _Block:
    """Sequences of an array.

    x : (T, N, features), 0 where a sequence has ended
    lengths : of each, None where nothing is said of them; chosen : which of the array they are
    """

    x: Array
    lengths: tuple[int, ...] | None
    chosen: NDArray[np.intp]

    @property
    def padding(self) -> NDArray[np.bool_]:
        """(T, N)"""
        steps, count, _ = self.x.shape
        return np.asarray(np.arange(steps)[:, None] >= np.array(self.lengths or [steps] * count))


def _time_major(source: Arrays, choices: Choices) -> NDArray[Any]:
    """The array of inputs, (T, N, features), not copied yet."""
    array = _named(source, choices, "inputs")
    if array is None:
        raise DataError(f"no array is the inputs; choose one of {listed(list(source.arrays))}", where="arrays")
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if choices.axes == "" and array.ndim <= 3:
        message = f"shape {written(array.shape)} can be read in several ways; say what its axes are"
        raise DataError(message, where="axes")
    return time_major(array, choices.axes)


def _read(source: Arrays, choices: Choices, whole: NDArray[Any]) -> _Block:
    """The sequences that were asked for; only they take memory."""
    chosen = _chosen(whole.shape[1], choices)
    check_size(whole.shape[0], len(chosen), whole.shape[2])
    lengths = _lengths(_named(source, choices, "lengths"), whole.shape[:2], chosen)
    block = _Block(np.array(whole[:, chosen], dtype=np.float64), lengths, chosen)
    block.x[block.padding] = 0.0
    return block


def _problems(block: _Block) -> tuple[Problem, ...]:
    bad = np.argwhere(~np.isfinite(block.x).all(axis=2))[: limits.PROBLEMS_KEPT]
    return tuple(_problem(block.x, t, n, block.x.shape[1]) for t, n in bad)


def _mended(block: _Block, choices: Choices) -> tuple[_Block, list[str]]:
    """Without the sequences in which a number is not finite, or with the ones before such numbers in their places."""
    notes = []
    steps, count, _ = block.x.shape
    x = np.where(np.isfinite(block.x), block.x, np.nan)
    if np.isnan(x).any() and choices.missing == "last":
        x = np.stack([mended(x[:, n], [np.arange(steps)], "last") for n in range(count)], axis=1)
        notes.append("Missing numbers are the ones before them.")
    kept = np.flatnonzero(~np.isnan(x).any(axis=(0, 2)))
    if not len(kept):
        raise DataError("no sequence is left in which every number is finite", where="rows")
    if len(kept) < count:
        notes.append(f"{left_out_in_words(count - len(kept), 'sequence', choices.missing)}.")
    lengths = None if block.lengths is None else tuple(block.lengths[n] for n in kept)
    return _Block(x[:, kept], lengths, block.chosen[kept]), notes


def _check_next(block: _Block) -> None:
    if len(block.x) < 2 or (block.lengths and min(block.lengths) < 2):
        raise DataError("a sequence has one step: there is nothing that comes next", where="target")


def _targets_of(
    source: Arrays, choices: Choices, scenario: Scenario | None, shape: tuple[int, ...], chosen: NDArray[np.intp]
) -> Array | Classes | None:
    if choices.target != "columns":
        return None
    y = _named(source, choices, "targets")
    if y is None:
        raise DataError(f"no array is the targets; choose one of {listed(list(source.arrays))}", where="arrays")
    return _targets(y, shape, chosen, choices, scenario)


def _named(source: Arrays, choices: Choices, part: str) -> NDArray[Any] | None:
    name = choices.arrays.get(part, "")
    if name and name not in source.arrays:
        raise DataError(f"there is no array {name!r}; there are {listed(list(source.arrays), 12)}", where="arrays")
    return source.arrays[name] if name else None


def _chosen(count: int, choices: Choices) -> NDArray[np.intp]:
    begin = choices.first - 1
    found = np.arange(count)[begin : begin + choices.count if choices.count else None] if begin >= 0 else np.arange(0)
    if not len(found):
        raise DataError(f"there is no sequence {choices.first:,}; there are {count:,}", where="first")
    return found


def _problem(x: Array, t: int, n: int, count: int) -> Problem:
    unit = int(np.flatnonzero(~np.isfinite(x[t, n]))[0])
    value = "NaN" if np.isnan(x[t, n, unit]) else "an infinity"
    where = f"sequence {n + 1}, step {t + 1}" if count > 1 else f"step {t + 1}"
    return Problem(0, where, f"number {unit + 1} is {value}", "a finite number")


def _lengths(given: NDArray[Any] | None, shape: tuple[int, ...], chosen: NDArray[np.intp]) -> tuple[int, ...] | None:
    """From an array of lengths, or from a mask with ones up to the end of each sequence."""
    if given is None:
        return None
    steps, count = shape
    if given.shape in ((count,), (count, 1)):
        lengths = given.reshape(count)[chosen]
    elif given.shape in ((count, steps), (steps, count), (count, steps, 1)):
        mask = given.reshape(given.shape[:2]) != 0
        mask = mask.T if mask.shape == (steps, count) and given.shape != (count, steps) else mask
        mask = mask[chosen]
        lengths = mask.sum(axis=1)
        if (mask != (np.arange(steps) < lengths[:, None])).any():
            raise DataError("the mask has gaps; a sequence goes on from its first step to its end", where="lengths")
    else:
        message = (
            f"lengths have shape {written(given.shape)}; of {counted(count, 'sequence')} there should be {count:,}"
        )
        raise DataError(f"{message}, or a mask {written((count, steps))}", where="lengths")
    numbers = np.asarray(lengths, dtype=np.float64)
    if (numbers % 1 != 0).any() or (numbers < 1).any() or (numbers > steps).any():
        raise DataError(
            f"lengths go from {numbers.min():g} to {numbers.max():g}; they can be 1 to {steps}", where="lengths"
        )
    return tuple(int(number) for number in numbers)


def _targets(
    y: NDArray[Any], shape: tuple[int, ...], chosen: NDArray[np.intp], choices: Choices, scenario: Scenario | None
) -> Array | Classes:
    """One for each sequence, or one for each step, as the shape says; (T, N, outputs)."""
    steps, count = shape
    outputs = scenario.network.output_size if scenario is not None else 0
    per_step = "steps" in choices.axes and (
        (y.shape[:2] in ((count, steps), (steps, count)) and y.ndim == 3)
        or (y.ndim == 2 and y.shape in ((count, steps), (steps, count)) and y.shape != (count, outputs))
        or (count == 1 and len(y) == steps and y.ndim <= 2)
    )
    if per_step:
        if count == 1 and len(y) == steps:
            rows = y.reshape(steps, 1, -1)
        else:
            is_first = y.shape[0] == count and not choices.axes.startswith("steps, sequences")
            rows = (y.swapaxes(0, 1) if is_first or y.shape[0] != steps else y).reshape(steps, count, -1)
        rows = rows[:, chosen]
    elif len(y) == count and y.ndim <= 2:
        rows = np.broadcast_to(y.reshape(count, -1)[chosen], (steps, len(chosen), y.size // count))
    else:
        message = (
            f"targets have shape {written(y.shape)}; {counted(count, 'sequence')} of {counted(steps, 'step')} need"
        )
        raise DataError(f"{message} one for each sequence, or one for each step", where="targets")
    check_size(steps, len(chosen), rows.shape[2])
    values = np.array(rows, dtype=np.float64)
    if not np.isfinite(values).all():
        raise DataError("there are targets that are not finite", where="targets")
    if rows.shape[2] == 1 and wants_classes(scenario, choices, 1):
        return _classes(values[..., 0])
    return read_only(values)


def _classes(values: Array) -> Classes:
    if (values % 1 != 0).any():
        raise DataError(
            f"{values[values % 1 != 0][0]:g} is the number of no class; classes are whole numbers", where="targets"
        )
    labels, index = np.unique(values, return_inverse=True)
    if len(labels) > limits.CLASSES:
        raise DataError(f"{len(labels):,} classes; at most {limits.CLASSES:,} are told apart", where="targets")
    found = read_only(index.reshape(values.shape).astype(np.intp))
    return Classes(found, tuple(f"{label:.0f}" for label in labels), are_numbers=True)
