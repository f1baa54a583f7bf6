"""What a scenario says about its training -> what the engine trains with, and what was learned -> a scenario again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.clipping import Clipping
from rnnviz.engine.errors import EngineError
from rnnviz.engine.loss import loss, step_counts
from rnnviz.engine.network import Params, check_params
from rnnviz.engine.optimizers import Optimizer
from rnnviz.engine.run import run
from rnnviz.engine.training import Data, Schedule, Score, Settings
from rnnviz.scenario import limits
from rnnviz.scenario.data_sets import DATA_SETS
from rnnviz.scenario.errors import ScenarioError, shown
from rnnviz.scenario.initialise import initialised
from rnnviz.scenario.mark_edited import mark_edited
from rnnviz.scenario.tasks import TASKS, Lesson, lesson
from rnnviz.scenario.types import Array, ClippingForm, Loss, OptimizerForm, Scenario, Training, TrainingData

Floats = NDArray[np.floating]

# From so many sequences on, training goes in batches where nothing else is said.
MANY_SEQUENCES = 64


def training_of(scenario: Scenario) -> tuple[Data, Settings]:
    """What to learn from, and how. A scenario that says nothing of training is trained as `usual_training` says.

    Raises ScenarioError with the key path of what is missing or does not fit.
    """
    settings = _settings(_loss(scenario), scenario.training or usual_training(scenario), scenario.seed)
    return _weighted(_lessons(scenario)[0].data, scenario), settings


def settings_of(scenario: Scenario) -> Settings:
    """The second of the two alone; what can be told without making or reading what is learned from is refused too."""
    settings = _settings(_loss(scenario), scenario.training or usual_training(scenario), scenario.seed)
    form = scenario.training.data if scenario.training else None
    if form is None:
        found, wanted = _own(scenario).data.targets.shape, (*scenario.inputs.shape[:2], scenario.network.output_size)
        if found != wanted:
            raise ScenarioError(f"targets have shape {found}; training needs {wanted}", where="training")
    elif form.source not in DATA_SETS:
        _check_widths(form, _made(msgspec.structs.replace(form, sequences=min(form.sequences, 1)), scenario), scenario)
    return settings


def usual_training(scenario: Scenario) -> Training:
    """Settings that often do, for a scenario that says nothing of training."""
    return Training(
        optimizer=OptimizerForm(kind="adam", rate=0.01),
        clipping=ClippingForm(kind="norm", limit=1.0),
        epochs=200,
        batch_size=32 if scenario.inputs.shape[1] > MANY_SEQUENCES else 0,
    )


def start_of(scenario: Scenario) -> Params:
    """The weights that training begins with."""
    start = scenario.training and scenario.training.start
    return initialised(scenario.network, start) if start else scenario.params


def trained(scenario: Scenario, params: Mapping[str, Floats]) -> Scenario:
    """The scenario with these weights; what was known of the old ones, expected numbers and the proof of an import, is
    dropped or marked."""
    check_params(scenario.network, params)
    kept = {name: np.array(params[name], dtype=np.float64) for name in scenario.network.parameter_shapes()}
    for array in kept.values():
        array.flags.writeable = False
    return mark_edited(scenario, replace(scenario, params=MappingProxyType(kept), expected=()))


def measured(scenario: Scenario, params: Params | None = None) -> Score:
    """How well the network (or the one with these weights) does on the sequences held out, or, where there are none,
    on those of the training: the mean loss of a step, and the share of right answers, over the steps whose answer can
    be known. Raises ScenarioError."""
    kind = _loss(scenario)
    lessons = _lessons(scenario)
    held_out = lessons[-1]
    data = held_out.data
    params = scenario.params if params is None else params
    try:
        trace = run(
            scenario.network, params, data.inputs, lengths=data.lengths, initial=data.initial, targets=data.targets
        )
        values, _ = loss(kind.kind, trace, data.targets, kind.at == "last step")
    except EngineError as error:
        raise ScenarioError(str(error)) from error
    counts = step_counts(trace, kind.at == "last step")
    if held_out.counted is not None:
        counts = counts & held_out.counted
    return Score(float(values[counts].mean()), _accuracy(kind.kind, trace.output, data.targets, counts))


def loss_weights(scenario: Scenario, steps: int, sequences: int) -> Array | None:
    """How much each step's loss counts, (T, N), None for 1; steps that the list does not reach count 1."""
    weights = scenario.loss.weights if scenario.loss else ()
    if not weights:
        return None
    row = np.ones(steps)
    row[: len(weights)] = weights[:steps]
    return np.repeat(row[:, None], sequences, axis=1)


def _accuracy(kind: str, output: Floats, targets: Floats, counts: NDArray[np.bool_]) -> float | None:
    if kind == "cross entropy":
        right = output.argmax(axis=-1) == targets.argmax(axis=-1)
    elif kind == "binary cross entropy":
        right = ((output > 0.5) == (targets > 0.5)).all(axis=-1)
    else:
        return None
    return float(right[counts].mean())


def _loss(scenario: Scenario) -> Loss:
    if scenario.loss is None:
        raise ScenarioError('there is nothing to learn by: "loss" is missing')
    return scenario.loss


def _weighted(data: Data, scenario: Scenario) -> Data:
    steps, sequences, _ = data.inputs.shape
    return replace(data, weights=loss_weights(scenario, steps, sequences))


def _settings(loss: Loss, training: Training, seed: int) -> Settings:
    try:
        return Settings(
            loss=loss.kind,
            last_only=loss.at == "last step",
            optimizer=Optimizer(**msgspec.structs.asdict(training.optimizer)),
            clipping=Clipping(**msgspec.structs.asdict(training.clipping)),
            schedule=Schedule(**msgspec.structs.asdict(training.schedule)),
            epochs=training.epochs,
            batch_size=training.batch_size,
            shuffle=training.shuffle,
            seed=seed,
            validation=training.validation,
            patience=training.patience,
            truncate=training.truncate,
            keep_every=training.keep_every,
        )
    except EngineError as error:
        raise ScenarioError(str(error), where="training") from error


def _lessons(scenario: Scenario) -> tuple[Lesson, ...]:
    """What is learned from and, where there is such, what is held out."""
    form = scenario.training.data if scenario.training else None
    if form is None:
        return (_own(scenario),)
    lessons = DATA_SETS[form.source]() if form.source in DATA_SETS else _made(form, scenario)
    _check_widths(form, lessons, scenario)
    return lessons


def _check_widths(form: TrainingData, lessons: tuple[Lesson, ...], scenario: Scenario) -> None:
    for part in lessons:
        found = (part.data.inputs.shape[2], part.data.targets.shape[2])
        wanted = (scenario.network.inputs, scenario.network.output_size)
        if found != wanted:
            has, needs = (f"{inputs} inputs and {outputs} outputs" for inputs, outputs in (found, wanted))
            message = f"{form.source} has {has}; the network needs {needs}"
            raise ScenarioError(message, where="training.data.source")


def _own(scenario: Scenario) -> Lesson:
    if scenario.targets is None:
        raise ScenarioError('there is nothing to learn from: "targets" is missing')
    return Lesson(Data(scenario.inputs, scenario.targets, scenario.lengths, None, scenario.initial))


def _made(form: TrainingData, scenario: Scenario) -> tuple[Lesson, ...]:
    if form.source not in TASKS:
        message = f"unknown source {shown(form.source)}; there are {', '.join((*TASKS, *DATA_SETS))}"
        raise ScenarioError(message, where="training.data.source")
    if not form.sequences:
        raise ScenarioError("expected at least 1 sequence", where="training.data.sequences")
    width = scenario.network.inputs + sum(scenario.network.quantities().values())
    traced = form.steps * max(form.sequences, form.held_out) * width
    if traced > limits.TRACE_NUMBERS:
        message = f"{traced:,} numbers in the trace of all sequences; at most {limits.TRACE_NUMBERS:,} are allowed"
        raise ScenarioError(message, where="training.data")
    random = np.random.default_rng(form.seed)
    counts = (form.sequences, form.held_out) if form.held_out else (form.sequences,)
    return tuple(lesson(form.source, form.steps, count, random) for count in counts)


def check_training(scenario: Scenario) -> None:
    """What can be said against `training` and `surface` before anything is made. Raises ScenarioError."""
    if scenario.training and scenario.training.data:
        form = scenario.training.data
        if form.source not in DATA_SETS:
            _made(msgspec.structs.replace(form, sequences=min(form.sequences, 1), held_out=0), scenario)
    if scenario.surface:
        shapes = scenario.network.parameter_shapes()
        for key, axis in (("x", scenario.surface.x), ("y", scenario.surface.y)):
            where = f"surface.{key}"
            if not axis.low < axis.high:
                raise ScenarioError(f"expected a number above {axis.low:g}, found {axis.high:g}", where=f"{where}.high")
            if axis.kind != "parameter":
                continue
            if axis.parameter not in shapes:
                message = f"the network has no such parameter; it has {', '.join(list(shapes)[:12])}"
                raise ScenarioError(message, where=f"{where}.parameter")
            rows, columns = (*shapes[axis.parameter], 1)[:2]
            if axis.row >= rows or axis.column >= columns:
                message = f"{axis.parameter} has {rows} x {columns} numbers; there is none at {axis.row}, {axis.column}"
                raise ScenarioError(message, where=where)
