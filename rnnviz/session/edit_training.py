"""A scenario that is trained in another way: each setting by a path, such as "training.optimizer.rate".

Paths begin with "training", "loss", "seed" or "teacher_forcing". What a setting may be is the form's, see
`rnnviz.scenario.types`; here it is said in words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from rnnviz.engine.errors import EngineError
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.training import check_training, usual_training
from rnnviz.scenario.types import Initialiser, Loss, Scenario
from rnnviz.session.edit_error import EditError

LARGEST_SEED = 2**63 - 1
# Functions whose values stay between 0 and 1, so that they can be compared by a cross entropy.
PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid", "hard_sigmoid_keras2")


@dataclass(frozen=True)
class Range:
    """What a number may be: at least `least` (above it, with `is_open`) and below `below`."""

    least: float = 0
    below: float = math.inf
    is_open: bool = False
    is_whole: bool = False

    def check(self, value: Any) -> None:
        """Raises EditError."""
        if self.is_whole and value != int(value):
            raise EditError(f"expected a whole number, found {value:g}")
        if not math.isfinite(value):
            raise EditError("expected a finite number")
        if not (value > self.least if self.is_open else value >= self.least):
            raise EditError(f"expected a number {'above' if self.is_open else 'of at least'} {self.least:g}")
        if not value < self.below:
            raise EditError(f"expected a number below {self._written(self.below)}, found {self._written(value)}")

    def _written(self, value: float) -> str:
        return f"{int(value):,}" if self.is_whole else f"{value:g}"


POSITIVE, NOT_NEGATIVE, SHARE = Range(is_open=True), Range(), Range(below=1)
COUNT, AT_LEAST_ONE = Range(is_whole=True), Range(least=1, is_whole=True)
SEED = Range(below=LARGEST_SEED + 1, is_whole=True)

RANGES = {
    "training.optimizer.rate": POSITIVE,
    "training.optimizer.momentum": SHARE,
    "training.optimizer.decay": SHARE,
    "training.optimizer.betas.0": SHARE,
    "training.optimizer.betas.1": SHARE,
    "training.optimizer.epsilon": NOT_NEGATIVE,
    "training.optimizer.weight_decay": NOT_NEGATIVE,
    "training.clipping.limit": POSITIVE,
    "training.schedule.factor": NOT_NEGATIVE,
    "training.schedule.every": AT_LEAST_ONE,
    "training.epochs": AT_LEAST_ONE,
    "training.batch_size": COUNT,
    "training.validation": SHARE,
    "training.patience": COUNT,
    "training.truncate": COUNT,
    "training.keep_every": COUNT,
    "training.start.seed": SEED,
    "training.start.forget_bias": Range(least=-math.inf),
    "training.data.steps": AT_LEAST_ONE,
    "training.data.sequences": AT_LEAST_ONE,
    "training.data.held_out": COUNT,
    "training.data.seed": SEED,
    "seed": SEED,
}


def setting(scenario: Scenario, path: str) -> Any:
    """What a setting is now; None where the scenario has nothing of the kind."""
    if path == "teacher_forcing":
        return any(layer.teacher_forcing for layer in _fed_back(scenario))
    if path == "training.start":
        return "new" if scenario.training and scenario.training.start else "present"
    found: Any = scenario
    for key in path.split("."):
        if found is None:
            return None
        found = found[int(key)] if key.isdigit() else getattr(found, key)
    return found


def with_setting(scenario: Scenario, path: str, value: Any) -> Scenario:
    """The scenario with another value at this path; the same scenario where it has that already. Raises EditError."""
    if setting(scenario, path) == value:
        return scenario
    if path in RANGES:
        RANGES[path].check(value)
    if path == "teacher_forcing":
        return _with_teacher_forcing(scenario, value)
    if path == "training.start":
        value = Initialiser(initialiser="glorot", seed=scenario.seed) if value == "new" else None
    if path == "loss.kind":
        _check_loss(scenario, value)
    if path == "loss.weights":
        for weight in value:
            NOT_NEGATIVE.check(weight)
    first, _, rest = path.partition(".")
    changed = replace(scenario, **{first: _with(getattr(scenario, first), rest.split("."), value) if rest else value})
    if path.startswith("training.data"):
        try:
            check_training(changed)
        except ScenarioError as error:
            raise EditError(error.message) from error
    return changed


def offers_teacher_forcing(scenario: Scenario) -> bool:
    """Whether there are targets, and a cell that would read them in place of its own last output."""
    return scenario.targets is not None and bool(_fed_back(scenario))


def with_training(scenario: Scenario) -> Scenario:
    """The scenario with settings that often do, for one that has targets and says nothing of training yet.

    Raises EditError where there is nothing to learn from.
    """
    if scenario.training is not None:
        return scenario
    if scenario.targets is None:
        raise EditError("there is nothing to learn from: give the steps targets first")
    return replace(scenario, training=usual_training(scenario), loss=scenario.loss or _suitable_loss(scenario))


def _with(form: Any, keys: list[str], value: Any) -> Any:
    """The form with a value at the end of these keys."""
    key, *rest = keys
    if isinstance(form, tuple):
        index = int(key)
        return (*form[:index], value, *form[index + 1 :])
    if form is None:
        raise EditError(f"there is no {key} to be set; set up training first")
    return msgspec.structs.replace(form, **{key: _with(getattr(form, key), rest, value) if rest else value})


def _suitable_loss(scenario: Scenario) -> Loss:
    match _output_function(scenario):
        case "softmax":
            return Loss(kind="cross entropy")
        case "sigmoid":
            return Loss(kind="binary cross entropy")
    return Loss(kind="half squared error")


def _check_loss(scenario: Scenario, kind: str) -> None:
    function = _output_function(scenario)
    if "entropy" in kind and function not in PROBABILITIES:
        raise EditError(f"a {kind} compares probabilities; the output here is {function}, not softmax or sigmoid")


def _output_function(scenario: Scenario) -> str:
    layer = scenario.network.layers[-1]
    if isinstance(layer, Dense):
        return layer.activation
    return layer.functions().get(layer.cell.output, "") if isinstance(layer, Recurrent) else ""


def _fed_back(scenario: Scenario) -> tuple[Recurrent, ...]:
    """The layers whose cells feed back what the network says."""
    size = scenario.network.output_size
    return tuple(
        layer
        for layer in scenario.network.recurrent
        if layer.cell.output in layer.cell.graph.carried and layer.size_of(layer.cell.output) == size
    )


def _with_teacher_forcing(scenario: Scenario, is_forced: bool) -> Scenario:
    if is_forced and not offers_teacher_forcing(scenario):
        raise EditError("teacher forcing needs targets, and a cell that feeds its output back")
    forced = _fed_back(scenario)
    try:
        network = Network(scenario.network.inputs, tuple(_forced(scenario, forced, is_forced)))
    except EngineError as error:
        raise EditError(str(error)) from error
    return replace(scenario, network=network)


def _forced(scenario: Scenario, forced: tuple[Recurrent, ...], is_forced: bool) -> Iterable[Any]:
    for layer in scenario.network.layers:
        yield replace(layer, teacher_forcing=is_forced) if layer in forced else layer
