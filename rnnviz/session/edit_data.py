"""A scenario with other sequences, once everything about them has been decided."""

from __future__ import annotations

from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.fit import with_data
from rnnviz.interop.data.in_words import undecided
from rnnviz.interop.data.sequences import Sequences
from rnnviz.scenario.types import Scenario


def with_decided(scenario: Scenario, sequences: Sequences) -> Scenario:
    """The scenario with these in it. Raises ScenarioError, also while rows are wrong and nothing is said about them."""
    if not sequences.decided:
        raise DataError(undecided(sequences), sequences.source)
    return with_data(scenario, sequences)
