"""A stretch of steps of one sequence of a trace, as a trace of its own: views, nothing is copied or run."""

from __future__ import annotations

from rnnviz.engine.errors import AddressError
from rnnviz.engine.trace import Trace


def excerpt(trace: Trace, sequence: int, first: int = 1, last: int | None = None) -> Trace:
    """Steps first..last of one sequence, (last - first + 1, 1, size); what was carried into them is its initial state.

    Raises AddressError for a sequence or steps that are not there.
    """
    last = trace.steps if last is None else last
    if not 0 <= sequence < trace.batch:
        raise AddressError(f"there are sequences 0 to {trace.batch - 1}; there is no sequence {sequence}")
    if not 1 <= first <= last <= trace.steps:
        raise AddressError(f"there are steps 1 to {trace.steps}; there are no steps {first} to {last}")
    steps, one = slice(first - 1, last), slice(sequence, sequence + 1)
    before = {name: trace.before(name)[steps, one] for name in trace.carried}
    return Trace(
        trace.network,
        trace.params,
        {name: array[steps, one] for name, array in trace.items()},
        before,
        {name: values[-1 if trace.is_backward(name) else 0] for name, values in before.items()},
        None if trace.mask is None else trace.mask[steps, one],
        None,
        None if trace.targets is None else trace.targets[steps, one],
    )


def reads_forward(trace: Trace) -> bool:
    """Whether no layer reads the sequence from its end: then no step depends on a later one."""
    return all(layer.direction == "forward" for layer in trace.network.recurrent)
