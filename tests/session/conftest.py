"""Scenarios small enough to work out by hand, and a session that remembers what its listener was told."""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pytest

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.scenario.types import Scenario
from rnnviz.session import Change, Session, Snapshot


class Heard(list[tuple[Snapshot, Change]]):
    """What a session told its listener."""

    def listen(self, snapshot: Snapshot, change: Change) -> None:
        self.append((snapshot, change))

    @property
    def changes(self) -> list[Change]:
        return [change for _, change in self]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def adder() -> Scenario:
    """One linear Elman unit, all weights 1: h is the sum of the inputs so far."""
    network = Network(1, (Recurrent("elman", CELLS["elman"], 1, activations={"h": "linear"}),))
    params = {"elman.W": np.ones((1, 1)), "elman.U": np.ones((1, 1)), "elman.b": np.zeros(1)}
    inputs = np.array([1.0, 2.0, 4.0, 8.0]).reshape(4, 1, 1)
    return Scenario(name="adder", network=network, params=MappingProxyType(params), inputs=inputs)


@pytest.fixture
def mixed() -> Scenario:
    """Two layers, both directions, three sequences of different length, targets: everything an edit can meet."""
    layers = (
        Recurrent("lstm", CELLS["lstm"], 3),
        Recurrent("gru", CELLS["gru"], 2, direction="both"),
        Dense("readout", 2),
    )
    network = Network(2, layers)
    random = np.random.default_rng(7)
    params = {name: random.normal(size=shape) for name, shape in network.parameter_shapes().items()}
    return Scenario(
        name="mixed",
        network=network,
        params=MappingProxyType(params),
        inputs=random.normal(size=(5, 3, 2)),
        lengths=(5, 3, 4),
        targets=random.normal(size=(5, 3, 2)),
    )


@pytest.fixture
def opened(heard: Heard) -> Callable[[Scenario], Session]:
    """Opens a scenario; what the listener hears begins after that."""

    def open_one(scenario: Scenario) -> Session:
        session = Session(heard.listen)
        session.open(scenario)
        heard.clear()
        return session

    return open_one
