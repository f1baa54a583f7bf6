"""The form that a scenario has in a file -> the scenario, everything in it checked against everything else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Network
from rnnviz.scenario import limits
from rnnviz.scenario.arrays import read_array, read_parameter, shape_of
from rnnviz.scenario.build_network import build_network
from rnnviz.scenario.decode import typed, unknown_keys
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.initialise import initialised
from rnnviz.scenario.json_text import joined
from rnnviz.scenario.template import templates
from rnnviz.scenario.training import check_training
from rnnviz.scenario.types import Array, ArrayForm, Encoded, Initialiser, Scenario, ScenarioForm


def build(tree: dict[str, Any], origin: str = "") -> Scenario:
    """The scenario that `tree`, in the form of the current version, describes. Raises ScenarioError."""
    form = typed(tree, ScenarioForm)
    network = build_network(form.network, form.cells)
    initialiser, stored = _params_form(form.params)
    _check_sizes(form, network, stored)
    params = initialised(network, initialiser) if initialiser else _params(stored, network)
    batch = shape_of(form.inputs, "inputs")[1]
    scenario = Scenario(
        name=form.name,
        title=form.title,
        group=form.group,
        licence=form.licence,
        story=form.story if isinstance(form.story, str) else "\n".join(form.story),
        network=network,
        params=MappingProxyType(params),
        inputs=read_array(form.inputs, "inputs"),
        lengths=None if form.lengths is None else tuple(form.lengths),
        targets=None if form.targets is None else read_array(form.targets, "targets"),
        initial=MappingProxyType(_initial(form.initial, network, batch)),
        loss=form.loss,
        training=form.training,
        surface=form.surface,
        input_names=form.input_names,
        output_names=form.output_names,
        sequence_names=form.sequence_names,
        tokens=form.tokens,
        tokeniser=form.tokeniser,
        images=form.images,
        view=form.view,
        expected=form.expected,
        alternatives=form.alternatives,
        cells=tuple(form.cells),
        initialiser=initialiser,
        seed=form.seed,
        imported=form.imported,
        extra=MappingProxyType(_extra(tree, form, initialiser, stored)),
        origin=origin,
    )
    _check_tokens(scenario)
    check_training(scenario)
    templates(scenario.story)  # refuses one that cannot be read
    return scenario


def _params_form(params: dict[str, Any]) -> tuple[Initialiser | None, dict[str, ArrayForm]]:
    if "initialiser" in params:
        return typed(params, Initialiser, "params"), {}
    return None, {key: typed(value, ArrayForm, joined("params", key)) for key, value in params.items()}  # type: ignore[arg-type]


def _check_sizes(form: ScenarioForm, network: Network, stored: Mapping[str, ArrayForm]) -> None:
    """Every count and shape, before any array is made."""
    shape = shape_of(form.inputs, "inputs")
    if len(shape) != 3 or 0 in shape:
        found = "shape " + _written(shape)
        raise ScenarioError(f"expected (steps, sequences, features), each at least 1, found {found}", where="inputs")
    steps, batch, features = shape
    if features != network.inputs:
        message = f"the network takes {network.inputs} inputs, these have shape {_written(shape)}: {features} features"
        raise ScenarioError(message, where="inputs")
    _at_most(steps, limits.STEPS, "steps", "inputs")
    _at_most(batch, limits.SEQUENCES, "sequences", "inputs")
    _at_most(math.prod(shape), limits.ARRAY_NUMBERS, "numbers", "inputs")
    weights = sum(math.prod(shape) for shape in network.parameter_shapes().values())
    _at_most(weights, limits.PARAMETERS, "parameters", "network")
    traced = steps * batch * (features + sum(network.quantities().values()))
    _at_most(traced, limits.TRACE_NUMBERS, "numbers in the trace", "network")
    _check_params(stored, network, is_stored="initialiser" not in form.params)
    if form.targets is not None:
        _same_shape(shape_of(form.targets, "targets"), (steps, batch, network.output_size), "targets")
    forced = next((i for i, layer in enumerate(network.layers) if getattr(layer, "teacher_forcing", False)), None)
    if forced is not None and form.targets is None:
        where = f"network.layers[{forced}].teacher_forcing"
        raise ScenarioError('teacher forcing feeds back the targets: "targets" is missing', where=where)
    if form.lengths is not None:
        _check_lengths(form.lengths, steps, batch)
    _check_names(form.input_names, features, "input_names", "inputs")
    _check_names(form.output_names, network.output_size, "output_names", "outputs")
    _check_names(form.sequence_names, batch, "sequence_names", "sequences")


def _at_most(count: int, limit: int, what: str, where: str) -> None:
    if count > limit:
        raise ScenarioError(f"{count:,} {what}; at most {limit:,} are allowed", where=where)


def _same_shape(found: tuple[int, ...], right: tuple[int, ...], where: str) -> None:
    if found != right:
        raise ScenarioError(f"has shape {_written(found)}, but the network needs {_written(right)}", where=where)


def _written(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def _check_params(stored: Mapping[str, ArrayForm], network: Network, is_stored: bool) -> None:
    shapes = network.parameter_shapes()
    for name, form in stored.items():
        where = joined("params", name)
        if name not in shapes:
            raise ScenarioError(f"the network has no such parameter; it has {_listed(shapes)}", where=where)
        _same_shape(shape_of(form, where), tuple(shapes[name]), where)
    missing = next((name for name in shapes if is_stored and name not in stored), None)
    if missing is not None:
        raise ScenarioError(f'"{missing}" is missing; it has shape {_written(tuple(shapes[missing]))}', where="params")


def _listed(names: Mapping[str, object]) -> str:
    first = list(names)[:12]
    return ", ".join(first) + (", ..." if len(names) > len(first) else "")


def _check_lengths(lengths: list[int], steps: int, batch: int) -> None:
    if len(lengths) != batch:
        raise ScenarioError(f"{len(lengths)} lengths for {batch} sequences", where="lengths")
    for index, length in enumerate(lengths):
        if not 1 <= length <= steps:
            raise ScenarioError(f"expected a length from 1 to {steps}, found {length}", where=f"lengths[{index}]")


def _check_names(names: tuple[str, ...], count: int, where: str, what: str) -> None:
    if names and len(names) != count:
        raise ScenarioError(f"{len(names)} names for {count} {what}", where=where)


def _params(stored: Mapping[str, ArrayForm], network: Network) -> dict[str, NDArray[np.floating]]:
    """In the order of the network, whatever the order in the file."""
    return {name: read_parameter(stored[name], joined("params", name)) for name in network.parameter_shapes()}


def _initial(forms: Mapping[str, ArrayForm], network: Network, batch: int) -> dict[str, Array]:
    sizes = network.state_sizes()
    for name, form in forms.items():
        where = joined("initial", name)
        if name not in sizes:
            raise ScenarioError(f"the network carries no such state; it carries {_listed(sizes)}", where=where)
        _same_shape(shape_of(form, where), (batch, sizes[name]), where)
    return {name: read_array(form, joined("initial", name)) for name, form in forms.items()}


def _check_tokens(scenario: Scenario) -> None:
    """Where the inputs are ids of words, each must be one of the vocabulary."""
    vocabulary = getattr(scenario.network.layers[0], "vocabulary", None)
    if vocabulary is None:
        return
    wrong = (scenario.inputs % 1 != 0) | (scenario.inputs < 0) | (scenario.inputs >= vocabulary)
    if wrong.any():
        t, n, i = np.argwhere(wrong)[0]
        message = f"expected the id of a word, 0 to {vocabulary - 1}, found {scenario.inputs[t, n, i]:g}"
        raise ScenarioError(message, where=f"inputs[{t}][{n}][{i}]")
    if len(scenario.tokens) > vocabulary:
        raise ScenarioError(f"{len(scenario.tokens)} words, but the vocabulary has {vocabulary}", where="tokens")


def _extra(
    tree: dict[str, Any], form: ScenarioForm, initialiser: Initialiser | None, stored: Mapping[str, ArrayForm]
) -> dict[str, dict[str, Any]]:
    """The keys that this version does not know, by the key path of their object."""
    return dict(_all_unknown(tree, form, initialiser, stored))


def _all_unknown(
    tree: dict[str, Any], form: ScenarioForm, initialiser: Initialiser | None, stored: Mapping[str, ArrayForm]
) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from unknown_keys(tree, msgspec.to_builtins(form))
    if initialiser:
        yield from unknown_keys(tree["params"], msgspec.to_builtins(initialiser), "params")
    for name, array in stored.items():
        if isinstance(array, Encoded):
            yield from unknown_keys(tree["params"][name], msgspec.to_builtins(array), joined("params", name))
