"""Match: the units that are on in a stretch of steps, and the other places where the same units are on.

A unit is on at a step where its value is at least the threshold; with a threshold below 0, where it is at most that. It
is on in a stretch where it is on at every step of it. A place is a stretch of the same length, anywhere in the data:

    score = | on there and chosen | / | on there or chosen |    (Jaccard 1912): 1 where exactly the same are on

Source: Strobelt, Gehrmann, Pfister & Rush 2018 (LSTMVis). There a unit may also be asked to be off before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import AddressError, EngineError
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]
Marks = NDArray[np.bool_]

BINS = 128
MOST_PLACES = 50
STRETCH_BYTES = 1 << 20  # of values that are counted at a time


@dataclass(frozen=True)
class Chosen:
    """A stretch of steps of a quantity, and above (or below 0: beneath) which value a unit is on."""

    quantity: str
    first: int
    last: int
    threshold: float
    sequence: int = 0

    @property
    def length(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, order=True)
class Matched:
    """A place: its score from 0 to 1, how many of the chosen units are on there, and how many are on at all."""

    score: float
    sequence: int
    first: int
    last: int
    common: int
    on: int


@dataclass(frozen=True)
class Matches:
    """units : those that are on in the chosen stretch, the strongest (at its weakest step) first
    weakest : (all units,), the value of each at the step of the stretch at which it is nearest to being off
    places : best first; none of them overlaps the chosen stretch or another one"""

    chosen: Chosen
    units: tuple[int, ...]
    weakest: Array
    places: tuple[Matched, ...]


def match(trace: Trace, chosen: Chosen, most: int = MOST_PLACES) -> Matches:
    """Units that are on in a stretch, and the best of the other places in all sequences of the trace.

    Raises AddressError for a quantity, sequence or steps that are not there, EngineError for a threshold of 0 or nan.
    """
    values = _checked(trace, chosen)
    here = values[chosen.first - 1 : chosen.last, chosen.sequence]
    sign = 1.0 if chosen.threshold > 0 else -1.0
    weakest = sign * (sign * here).min(axis=0)
    is_on = _is_on(weakest, chosen.threshold)
    units = np.flatnonzero(is_on)
    units = units[np.argsort(-sign * weakest[units], kind="stable")]
    places = _places(trace, values, chosen, is_on, most) if len(units) else ()
    return Matches(chosen, tuple(units.tolist()), weakest, places)


def _checked(trace: Trace, chosen: Chosen) -> Array:
    if chosen.quantity not in trace:
        raise AddressError(f"no quantity is called '{chosen.quantity}'; there is {', '.join(trace)}")
    if not 0 <= chosen.sequence < trace.batch:
        raise AddressError(f"there are sequences 0 to {trace.batch - 1}; there is no sequence {chosen.sequence}")
    if not 1 <= chosen.first <= chosen.last <= trace.steps:
        raise AddressError(f"there are steps 1 to {trace.steps}; there are no steps {chosen.first} to {chosen.last}")
    if not np.isfinite(chosen.threshold) or chosen.threshold == 0.0:
        raise EngineError(f"a threshold of {chosen.threshold:g} tells nothing; give one above 0, or below 0")
    return trace[chosen.quantity]


def _is_on(values: Array, threshold: float) -> Marks:
    return np.asarray(values >= threshold if threshold > 0 else values <= threshold)


def throughout(is_on: Marks, length: int) -> Marks:
    """Whether a unit is on at all steps of each stretch of `length`, (T - length + 1, ...): by doubling, so that a long
    stretch costs little more than a short one."""
    found, covered = is_on, 1
    while covered < length:
        more = min(covered, length - covered)
        found, covered = found[:-more] & found[more:], covered + more
    return found


def _places(trace: Trace, values: Array, chosen: Chosen, wanted: Marks, most: int) -> tuple[Matched, ...]:
    on = throughout(_is_on(values, chosen.threshold), chosen.length)
    common = on[..., wanted].sum(axis=-1, dtype=np.int32)
    count = on.sum(axis=-1, dtype=np.int32)
    score = common / (count + int(wanted.sum()) - common)
    if trace.mask is not None:
        score[~throughout(trace.mask, chosen.length)] = 0.0
    low = max(0, chosen.first - chosen.length)
    score[low : chosen.last, chosen.sequence] = 0.0
    found = []
    for at in _best_first(score):
        start, sequence = divmod(at, trace.batch)
        if score[start, sequence] <= 0.0:
            continue
        place = float(score[start, sequence]), sequence, start + 1, start + chosen.length
        found.append(Matched(*place, int(common[start, sequence]), int(count[start, sequence])))
        score[max(0, start - chosen.length + 1) : start + chosen.length, sequence] = 0.0
        if len(found) == most:
            break
    return tuple(found)


def _best_first(score: Array) -> list[int]:
    """Places in the flat array, the best first, then in reading order: sequence after sequence, step after step."""
    steps, batch = score.shape
    by_sequence = score.T.ravel()
    several = np.flatnonzero(by_sequence > 0.0)
    order = several[np.argsort(-by_sequence[several], kind="stable")]
    sequences, starts = np.divmod(order, steps)
    return (starts * batch + sequences).tolist()  # type: ignore[no-any-return]


# -- advice on the threshold -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Distribution:
    """counts : (BINS,), how many values lie between edges k and k + 1; edges : (BINS + 1,); suggested : a threshold"""

    counts: NDArray[np.intp]
    edges: Array
    suggested: float


def distribution(trace: Trace, quantity: str) -> Distribution:
    """All values of a quantity at real steps, and a threshold suggested by Otsu's rule (1979): of all thresholds above
    0, the one that parts the positive values into two groups of the least spread within them.

    Where no value is positive, the same below 0. Raises AddressError.
    """
    return next(found for found in distributed(trace, quantity) if found is not None)


def distributed(trace: Trace, quantity: str) -> Iterator[Distribution | None]:
    """The same in small pieces of work: None after each, the distribution at the end."""
    if quantity not in trace:
        raise AddressError(f"no quantity is called '{quantity}'; there is {', '.join(trace)}")
    ends = [0.0, 0.0]
    for values in _stretches(trace, quantity):
        ends = [min(ends[0], float(values.min(initial=0.0))), max(ends[1], float(values.max(initial=0.0)))]
        yield None
    low, high = ends
    sign = 1.0 if high > 0.0 else -1.0
    side = max(high, -low) if sign < 0 else high
    width = high if high > low else low + 1.0
    counts, of_side = np.zeros(BINS, np.intp), np.zeros(BINS, np.intp)
    for values in _stretches(trace, quantity):
        counts += np.histogram(values, BINS, (low, width))[0]
        of_side += np.histogram(sign * values[sign * values > 0.0], BINS, (0.0, side or 1.0))[0]
        yield None
    edges = np.linspace(low, width, BINS + 1)
    yield Distribution(counts, edges, sign * parted(of_side, side) if of_side.any() else 0.5)


def _stretches(trace: Trace, quantity: str) -> Iterator[Array]:
    """The finite values of some steps at a time."""
    array = trace[quantity]
    length = max(1, STRETCH_BYTES // max(1, array[:1].nbytes))
    for start in range(0, len(array), length):
        values = array[start : start + length]
        values = values.reshape(-1) if trace.mask is None else values[trace.mask[start : start + length]].reshape(-1)
        yield values[np.isfinite(values)]


def parted(counts: NDArray[np.intp], largest: float) -> float:
    """The threshold that parts values into two groups with the least spread within them, from how many lie in each of
    equal parts of 0..largest; where the rule is met by many between two groups, the middle of these."""
    edges = np.linspace(0.0, largest, len(counts) + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    below = counts.cumsum()[:-1]
    above = counts.sum() - below
    sums = (counts * middles).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    apart = np.nan_to_num(apart)
    best = np.flatnonzero(apart >= apart.max() * (1.0 - 1e-12))
    return float((edges[best[0] + 1] + edges[best[-1] + 1]) / 2)
