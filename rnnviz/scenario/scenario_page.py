"""A scenario in a notebook: its title, its network, the first of its numbers, how to run it."""

from __future__ import annotations

from html import escape

import numpy as np

from rnnviz.engine.digits import counted
from rnnviz.engine.errors import EngineError
from rnnviz.engine.notebook.network_page import picture, title
from rnnviz.engine.notebook.page import muted, number, page, table
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.names import input_name
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Array, Scenario

STEPS, COLUMNS = 5, 8
MOST_WORK = 2e7  # products of a run that is made only to be shown


def html(scenario: Scenario) -> str:
    network = scenario.network
    return page(
        scenario.title or scenario.name or "Scenario",
        muted(title(network)),
        picture(network),
        _numbers(scenario),
        f"<p><code>rnnviz.run(scenario)</code> <span class='muted'>gives the trace</span>{_command(scenario)}</p>",
    )


def _command(scenario: Scenario) -> str:
    from rnnviz.scenario import builtin  # it reads a file when it is asked

    if scenario.name not in builtin.names():
        return ""
    return f", <code>rnnviz {escape(scenario.name)}</code> <span class='muted'>opens the window</span>"


def _numbers(scenario: Scenario) -> str:
    """Inputs and outputs of the first steps of the first sequence."""
    steps, batch, inputs = scenario.inputs.shape
    size = f"{counted(steps, 'step')}, {counted(batch, 'sequence')}"
    if not steps or not batch:
        return muted(size)
    outputs = _outputs(scenario)
    named = [input_name(scenario, k) for k in range(min(inputs, COLUMNS))]
    heads = ["step", *named, *(["…"] if inputs > COLUMNS else [])]
    if outputs is not None:
        heads += [f"output {k}" if outputs.shape[1] > 1 else "output" for k in range(min(outputs.shape[1], COLUMNS))]
    rows = []
    for step in range(min(steps, STEPS)):
        row = [str(step + 1), *(number(float(value)) for value in scenario.inputs[step, 0, :COLUMNS])]
        row += ["…"] if inputs > COLUMNS else []
        row += [number(float(value)) for value in outputs[step, :COLUMNS]] if outputs is not None else []
        rows.append(row)
    more = f"{size}; the first {len(rows)} of the first sequence" if steps > STEPS or batch > 1 else size
    return muted(more) + table(heads, rows)


def _outputs(scenario: Scenario) -> Array | None:
    """(T, outputs) of the first sequence; None where it would take long, or cannot be had."""
    steps, batch, _ = scenario.inputs.shape
    if steps * batch * scenario.network.parameter_count > MOST_WORK:
        return None
    try:
        return run(scenario).output[:, 0].astype(np.float64)
    except (ScenarioError, EngineError):
        return None
