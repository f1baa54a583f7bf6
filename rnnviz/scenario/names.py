"""What a person calls the numbers that are given to a network."""

from __future__ import annotations

from rnnviz.scenario.types import Scenario


def input_name(scenario: Scenario, unit: int) -> str:
    """The name that the scenario gives an input, else "x", or "x2" where there are more."""
    if unit < len(scenario.input_names):
        return scenario.input_names[unit]
    return "x" if scenario.inputs.shape[2] == 1 else f"x{unit + 1}"
