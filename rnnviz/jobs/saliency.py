"""Saliency of a long run as a job: the stretches of steps before a number, the nearest first.

The worker gets no trace, which may be large, but what each stretch began with, and runs it once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.excerpt import reads_forward
from rnnviz.engine.network import Embedding, Network, Params
from rnnviz.engine.run import run
from rnnviz.engine.saliency import Stretch, check, stretch_before, stretch_of_number, stretches
from rnnviz.engine.trace import Address, Trace
from rnnviz.jobs.job import Job

Array = NDArray[np.floating]

STEPS = 256  # of a stretch


@dataclass(frozen=True)
class _Asked:
    """One sequence, cut at `firsts`; states : carried quantity -> (stretches, size), before each of them."""

    network: Network
    params: Params
    inputs: Array
    targets: Array | None
    lengths: tuple[int, ...] | None
    states: Mapping[str, Array]
    firsts: tuple[int, ...]
    address: Address
    names: tuple[str, ...]


def names_by(trace: Trace) -> tuple[str, ...]:
    """What a number is differentiated by: the inputs (ids of words: what they stand for), and all that is carried."""
    first = trace.network.layers[0]
    return (f"{first.name}.e" if isinstance(first, Embedding) else "x", *trace.carried)


def saliency_job(trace: Trace, address: Address) -> Job:
    """The job whose results are Stretches, with the gradients by `names_by` alone. Raises AddressError."""
    check(trace, address)
    n = address.sequence
    forward = reads_forward(trace)
    last = address.step if forward else trace.steps
    length = STEPS if forward else last
    firsts = tuple(reversed([max(1, end - length + 1) for end in range(last, 0, -length)]))
    rows = np.array(firsts) - 1
    states = {
        name: trace.before(name)[rows, n] if forward else trace.initial(name)[n : n + 1] for name in trace.carried
    }
    asked = _Asked(
        trace.network,
        dict(trace.params),
        trace["x"][:last, n : n + 1],
        None if trace.targets is None else trace.targets[:last, n : n + 1],
        None if trace.lengths is None else (trace.lengths[n],),
        states,
        firsts,
        replace(address, sequence=0),
        names_by(trace),
    )
    return Job(found_stretches, (asked,), "Saliency")


def found_stretches(asked: _Asked) -> Iterator[Stretch]:
    ends = (*(first - 1 for first in asked.firsts[1:]), len(asked.inputs))
    carry: dict[str, Array] = {}
    for k in reversed(range(len(asked.firsts))):
        part = _run(asked, k, asked.firsts[k] - 1, ends[k])
        if not reads_forward(part):
            (found,) = stretches(part, asked.address, part.steps)
        elif not carry:
            found = stretch_of_number(part, asked.address, asked.firsts[k])
        else:
            found = stretch_before(part, carry, asked.firsts[k])
        carry = dict(found.initial)
        yield replace(found, gradients={name: np.ascontiguousarray(found.gradients[name]) for name in asked.names})


def _run(asked: _Asked, k: int, start: int, stop: int) -> Trace:
    lengths = None if asked.lengths is None else [min(max(asked.lengths[0] - start, 0), stop - start)]
    return run(
        asked.network,
        asked.params,
        asked.inputs[start:stop],
        lengths=lengths,
        initial={name: states[k] for name, states in asked.states.items()},
        targets=None if asked.targets is None else asked.targets[start:stop],
        dtype=asked.inputs.dtype,
        parallel=False,
    )
