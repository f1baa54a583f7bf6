"""Whole runs: lengths, masks, first states, one step more, sequences together or alone, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from rnnviz.engine import run as run_module
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.errors import AddressError, EngineError, LimitError, ShapeError
from rnnviz.engine.live import Stepper
from rnnviz.engine.loss import loss, step_counts
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Recurrent
from rnnviz.engine.run import run, step
from rnnviz.engine.trace import Address, ParameterAddress, Trace
from tests.engine.networks import (
    every_cell_and_direction,
    layer_of,
    random_initial,
    random_inputs,
    random_params,
    single,
    stacks,
)

NETWORKS = {**dict(every_cell_and_direction()), **dict(stacks())}
FORCED = single(CELLS["jordan"], teacher_forcing=True)


def run_random(network: Network, steps: int = 6, batch: int = 3, **options: object) -> Trace:
    params, x = random_params(network), random_inputs(network, steps, batch)
    return run(network, params, x, initial=random_initial(network, batch), **options)  # type: ignore[arg-type]


def assert_same(found: Trace, wanted: Trace, within: float = 1e-13) -> None:
    assert list(found) == list(wanted)
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=0, atol=within, err_msg=name)
    for name in wanted.carried:
        np.testing.assert_allclose(found.before(name), wanted.before(name), rtol=0, atol=within, err_msg=name)


# -- what a trace holds -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_a_trace_holds_every_quantity_at_its_size(name: str) -> None:
    network = NETWORKS[name]
    trace = run_random(network, 5, 2)
    sizes = {"x": network.inputs} | network.quantities()
    assert {key: trace[key].shape for key in trace} == {key: (5, 2, size) for key, size in sizes.items()}
    assert trace.output.shape == (5, 2, network.output_size)
    assert set(trace.carried) == set(network.state_sizes())


@pytest.mark.parametrize("name", NETWORKS)
def test_before_is_one_row_earlier_and_begins_with_the_first_state(name: str) -> None:
    network = NETWORKS[name]
    trace = run_random(network, 5, 2)
    initial = random_initial(network, 2)
    for state in trace.carried:
        turn = slice(None, None, -1 if trace.is_backward(state) else 1)
        after, before = trace[state][turn], trace.before(state)[turn]
        np.testing.assert_array_equal(before[1:], after[:-1])
        np.testing.assert_array_equal(before[0], initial[state])
        np.testing.assert_array_equal(trace.initial(state), initial[state])


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_in_a_trace_can_be_written(name: str) -> None:
    network = NETWORKS[name]
    targets = np.zeros((4, 2, 2))
    trace = run_random(network, 4, 2, lengths=[4, 2], targets=targets)
    arrays = [*trace.values(), trace.output, trace.mask, trace.targets]
    arrays += [get(state) for state in trace.carried for get in (trace.before, trace.initial)]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1.0
    targets[...] = 1.0
    assert not trace.targets.any()


def test_a_run_leaves_what_it_was_given_alone() -> None:
    network = NETWORKS["three-deep"]
    params, x, initial = random_params(network), random_inputs(network, 4, 2), random_initial(network, 2)
    copies = [{name: value.copy() for name, value in values.items()} for values in (params, {"x": x}, initial)]
    trace = run(network, params, x, initial=initial)
    x += 1.0
    initial["low.forward.h"] += 1.0
    np.testing.assert_array_equal(trace["x"], copies[1]["x"])
    np.testing.assert_array_equal(trace.initial("low.forward.h"), copies[2]["low.forward.h"])
    for name, value in params.items():
        np.testing.assert_array_equal(value, copies[0][name])


def test_traces_can_be_compared_and_kept_in_sets() -> None:
    one, other = (run_random(NETWORKS["three-deep"]) for _ in range(2))
    assert one == one
    assert one != other
    assert len({one, other, one}) == 2


def test_a_later_run_does_not_write_into_an_earlier_trace() -> None:
    """Runs of this size take their room from runs that nobody holds any more."""
    network = single(CELLS["lstm"], units=16)
    params = random_params(network)
    kept = run(network, params, random_inputs(network, 500, 20, seed=1))["cell.h"][3:4]
    copy = kept.copy()
    for seed in range(2, 6):
        run(network, params, random_inputs(network, 500, 20, seed=seed))
    np.testing.assert_array_equal(kept, copy)


def test_float32_is_used_throughout_when_asked_for() -> None:
    trace = run_random(NETWORKS["three-deep"], dtype=np.float32)
    assert {array.dtype for array in trace.values()} == {np.dtype(np.float32)}
    wanted = run_random(NETWORKS["three-deep"])
    for name in trace:
        np.testing.assert_allclose(trace[name], wanted[name], rtol=0, atol=1e-5, err_msg=name)


def test_an_explosion_is_recorded_without_a_warning() -> None:
    """y_t = 100^t in a linear unit leaves float64 at step 155; a readout of it does too."""
    layer = Recurrent("elman", CELLS["elman"], 1, activations={"h": "linear"})
    network = Network(1, (layer, Dense("readout", 1), Dense("last", 2, "softmax")))
    params = {"elman.W": np.ones((1, 1)), "elman.U": np.full((1, 1), 100.0), "elman.b": np.zeros(1)}
    params |= {"readout.V": np.ones((1, 1)), "readout.b": np.zeros(1)}
    params |= {"last.V": np.array([[0.0], [1.0]]), "last.b": np.zeros(2)}
    x = np.zeros((200, 1, 1))
    x[0] = 1.0
    trace = run(network, params, x)
    np.testing.assert_allclose(trace["readout.y"][:155, 0, 0], 100.0 ** np.arange(155), rtol=1e-12)
    assert np.isinf(trace["elman.h"][155:]).all()


# -- padding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_changes_nothing_before_it(name: str) -> None:
    """A sequence padded to six steps is run as it is run alone, whatever the padding holds; backward too."""
    network = NETWORKS[name]
    lengths = [6, 2, 4]
    params, x = random_params(network), random_inputs(network, 6, 3)
    trace = run(network, params, x, lengths=lengths, initial=random_initial(network, 3))
    for n, length in enumerate(lengths):
        initial = {state: value[n : n + 1] for state, value in random_initial(network, 3).items()}
        alone = run(network, params, x[:length, n : n + 1], initial=initial)
        for key in trace:
            np.testing.assert_allclose(trace[key][:length, n], alone[key][:, 0], rtol=0, atol=1e-13, err_msg=key)


@pytest.mark.parametrize("name", CELLS)
def test_at_padding_every_quantity_keeps_its_value(name: str) -> None:
    network = single(CELLS[name], direction="both")
    trace = run_random(network, 5, 3, lengths=[5, 2, 0])
    carried = set(trace.carried)
    for key in network.quantities():
        if key == "cell.merged":
            continue
        values = trace[key]
        if ".forward." in key:
            np.testing.assert_array_equal(values[2:, 1], np.broadcast_to(values[1, 1], values[2:, 1].shape))
        at_start = trace.initial(key) if key in carried else np.zeros_like(values[0])
        np.testing.assert_array_equal(values[:, 2], np.broadcast_to(at_start[2], values[:, 2].shape))
        if ".backward." in key:
            np.testing.assert_array_equal(values[2:, 1], np.broadcast_to(at_start[1], values[2:, 1].shape))


def test_padding_hands_on_zero_where_asked_for() -> None:
    network = single(CELLS["lstm"], masked_output="zero")
    trace = run_random(network, 5, 2, lengths=[5, 2])
    held = run_random(single(CELLS["lstm"]), 5, 2, lengths=[5, 2])
    assert not trace.output[2:, 1].any()
    np.testing.assert_array_equal(trace.output[:, 0], held.output[:, 0])
    np.testing.assert_array_equal(trace.output[:2, 1], held.output[:2, 1])
    np.testing.assert_array_equal(trace["cell.h"], held["cell.h"])


def test_words_of_id_0_are_padding_where_the_embedding_says_so() -> None:
    network = NETWORKS["masked-words"]
    ids = np.array([[1, 3, 2], [2, 0, 0], [3, 0, 1], [0, 0, 0]], float).T[..., None]
    trace = run(network, random_params(network), ids)
    wanted = np.array([[1, 1, 1], [1, 0, 0], [1, 0, 1], [0, 0, 0]], bool).T
    np.testing.assert_array_equal(trace.mask, wanted)
    hidden = trace["cell.h"]
    np.testing.assert_array_equal(hidden[2, 1], hidden[0, 1])
    assert (hidden[2, 2] != hidden[1, 2]).all()
    assert not hidden[:, 3].any()
    assert trace.is_masked(2, 1)
    assert not trace.is_masked(2, 0)
    unmasked = Network(1, (replace(network.layers[0], mask_zero=False), *network.layers[1:]))
    assert run(unmasked, random_params(network), ids).mask is None


def test_a_masking_layer_takes_steps_of_one_value_for_padding() -> None:
    network = Network(2, (Masking("mask", -1.0), layer_of(CELLS["gru"])))
    x = np.array([[1.0, -1.0], [-1.0, -1.0], [0.0, 0.0]])[:, None]
    trace = run(network, random_params(network), x)
    assert trace.mask.ravel().tolist() == [True, False, True]
    np.testing.assert_array_equal(trace["cell.h"][1], trace["cell.h"][0])
    assert (trace["cell.h"][2] != trace["cell.h"][1]).all()


def test_lengths_and_a_mask_are_joined() -> None:
    network = NETWORKS["masked-words"]
    ids = np.array([[1.0], [0.0], [2.0], [3.0]])[..., None]
    trace = run(network, random_params(network), ids, lengths=[3])
    assert trace.mask.ravel().tolist() == [True, False, True, False]


def test_a_loss_does_not_count_padding() -> None:
    network = single(CELLS["elman"])
    trace = run_random(network, 4, 3, lengths=[4, 2, 0])
    values, slope = loss("half squared error", trace, trace.output + 1.0)
    np.testing.assert_allclose(values, 1.5 * trace.mask)
    np.testing.assert_allclose(slope, -1.0 * np.broadcast_to(trace.mask[..., None], slope.shape))
    assert step_counts(trace, last_only=True).T.tolist() == [[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]]


# -- sequences, steps and directions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_sequences_run_together_as_they_run_alone(name: str) -> None:
    network = NETWORKS[name]
    params, x, initial = random_params(network), random_inputs(network, 7, 4), random_initial(network, 4)
    together = run(network, params, x, initial=initial)
    for n in range(4):
        first = {state: value[n : n + 1] for state, value in initial.items()}
        alone = run(network, params, x[:, n : n + 1], initial=first)
        for key in together:
            np.testing.assert_allclose(together[key][:, n], alone[key][:, 0], rtol=0, atol=1e-13, err_msg=key)


@pytest.mark.parametrize("name", NETWORKS)
def test_stepping_is_running(name: str) -> None:
    network = NETWORKS[name]
    params, x, initial = random_params(network), random_inputs(network, 6, 2), random_initial(network, 2)
    trace = run(network, params, x[:0], initial=initial)
    for row in x:
        trace = step(trace, row)
    assert_same(trace, run(network, params, x, initial=initial))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_sequence_that_has_ended_stays_at_its_end_when_stepping(name: str) -> None:
    network = NETWORKS[name]
    params, x, initial = random_params(network), random_inputs(network, 6, 2), random_initial(network, 2)
    trace = step(run(network, params, x[:5], initial=initial, lengths=[5, 3]), x[5])
    assert trace.lengths == (6, 3)
    assert_same(trace, run(network, params, x, initial=initial, lengths=[6, 3]))


def test_a_step_leaves_the_shorter_trace_alone() -> None:
    short = run_random(NETWORKS["embedding"], 3, 2)
    copies = {name: values.copy() for name, values in short.items()}
    step(short, short["x"][0])
    assert short.steps == 3
    for name, values in copies.items():
        np.testing.assert_array_equal(short[name], values)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("batch", [1, 3])
def test_live_stepping_is_running(name: str, batch: int) -> None:
    """Over more steps than the ring of records holds."""
    network = Network(4, (layer_of(CELLS[name]), Dense("readout", 2, "sigmoid")))
    params, x, initial = random_params(network), random_inputs(network, 150, batch), random_initial(network, batch)
    with Stepper(network, params, batch, initial) as stepper:
        for row in x:
            stepper.step(row[0] if batch == 1 else row.T)
    assert_same(stepper.trace(), run(network, params, x, initial=initial))


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_step_and_one(name: str, steps: int) -> None:
    network = NETWORKS[name]
    trace = run_random(network, steps, 2)
    assert trace.steps == steps
    assert trace.output.shape == (steps, 2, network.output_size)
    longer = run_random(network, 1, 2, lengths=[1, 0])
    assert longer.mask.tolist() == [[True, False]]


@pytest.mark.parametrize("name", CELLS)
def test_a_backward_layer_is_a_forward_one_on_the_reversed_sequence(name: str) -> None:
    forward, backward = single(CELLS[name]), single(CELLS[name], direction="backward")
    params, x = random_params(forward), random_inputs(forward, 6, 2)
    initial = random_initial(forward, 2)
    one, other = run(forward, params, x[::-1], initial=initial), run(backward, params, x, initial=initial)
    for key in one:
        np.testing.assert_array_equal(other[key], one[key][::-1], err_msg=key)


@pytest.mark.parametrize("name", CELLS)
def test_rows_of_a_bidirectional_layer_belong_to_their_input(name: str) -> None:
    """Another input at step 4 changes forward states from step 4 on and backward states up to step 4, no others."""
    network = single(CELLS[name], direction="both")
    params, x = random_params(network), random_inputs(network, 6, 1)
    other = x.copy()
    other[3] += 1.0
    one, two = run(network, params, x), run(network, params, other)
    for key in network.quantities():
        if key == "cell.merged":
            continue
        changed = (one[key] != two[key]).any(axis=(1, 2))
        if ".forward." in key:
            assert not changed[:3].any(), key
        else:
            assert not changed[4:].any(), key
    output = CELLS[name].output
    assert (one[f"cell.forward.{output}"] != two[f"cell.forward.{output}"]).any(axis=(1, 2))[3:].all()
    assert (one[f"cell.backward.{output}"] != two[f"cell.backward.{output}"]).any(axis=(1, 2))[:4].all()


@pytest.mark.parametrize(
    ("merge", "combine"),
    [
        ("concat", lambda f, b: np.concatenate([f, b], axis=-1)),
        ("sum", lambda f, b: f + b),
        ("mean", lambda f, b: (f + b) / 2),
        ("mul", lambda f, b: f * b),
    ],
)
@pytest.mark.parametrize("returns", ["sequence", "final"])
def test_merging(merge: str, combine, returns: str) -> None:
    trace = run_random(single(CELLS["lstm"], direction="both", merge=merge, returns=returns))
    forward, backward = trace["cell.forward.h"], trace["cell.backward.h"]
    if returns == "final":
        backward = np.repeat(backward[:1], trace.steps, axis=0)
    np.testing.assert_array_equal(trace.output, combine(forward, backward))


def test_teacher_forcing_reads_the_target_of_the_step_before() -> None:
    """By hand: alpha = 0.5, W = 0, V = 1, all linear: y_t = s_t = 0.5 s_{t-1} + target_{t-1}."""
    layer = Recurrent("jordan", CELLS["jordan"], 1, 1, activations={"h": "linear"}, constants={"alpha": 0.5})
    free, forced = Network(1, (layer,)), Network(1, (replace(layer, teacher_forcing=True),))
    params = {name: np.ones(shape) for name, shape in free.parameter_shapes().items()}
    params |= {"jordan.W": np.zeros((1, 1)), "jordan.b": np.zeros(1), "jordan.b_y": np.zeros(1)}
    x, targets = np.zeros((4, 1, 1)), np.array([8.0, 4.0, 2.0, 1.0]).reshape(4, 1, 1)
    initial = {"jordan.y": [1.0], "jordan.s": [2.0]}
    trace = run(forced, params, x, targets=targets, initial=initial)
    assert trace["jordan.y"].ravel().tolist() == [2.0, 9.0, 8.5, 6.25]
    assert trace.before("jordan.y").ravel().tolist() == [1.0, 8.0, 4.0, 2.0]
    assert run(free, params, x, initial=initial)["jordan.y"].ravel().tolist() == [2.0, 3.0, 4.5, 6.75]


def test_first_states_may_be_given_for_all_sequences_at_once() -> None:
    network = single(CELLS["gru"])
    params, x = random_params(network), random_inputs(network, 3, 2)
    one = run(network, params, x, initial={"cell.h": [0.1, 0.2, 0.3]})
    other = run(network, params, x, initial={"cell.h": [[0.1, 0.2, 0.3]] * 2})
    assert_same(one, other, 0.0)
    assert one.initial("cell.h").tolist() == [[0.1, 0.2, 0.3]] * 2


# -- what is refused --------------------------------------------------------------------------------------------------


def test_a_trace_that_would_not_fit_is_refused_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object, **named: object) -> object:
        raise AssertionError("memory was taken")

    network = single(CELLS["lstm"], units=512)
    params = random_params(network)
    endless = np.broadcast_to(np.zeros(1), (10**9, 1, 4))
    with monkeypatch.context() as patch:
        patch.setattr(run_module.np, "array", never)
        patch.setattr(run_module, "Kernel", never)
        with pytest.raises(LimitError, match=r"of 1000000000 steps, 1 sequences would take .* GiB; at most 4 GiB"):
            run(network, params, endless)


def test_sizes_out_of_range_are_refused() -> None:
    for units in (0, -1):
        with pytest.raises(EngineError, match=f"layer 'cell': units is {units}; it must be at least 1"):
            single(CELLS["lstm"], units=units)
    with pytest.raises(LimitError, match="layer 'cell': units is 1000001; at most 1000000"):
        single(CELLS["lstm"], units=1_000_001)
    with pytest.raises(EngineError, match="layer 'jordan': outputs is 0"):
        Network(1, (Recurrent("jordan", CELLS["jordan"], 2),))
    with pytest.raises(EngineError, match="the network: inputs is 0"):
        single(CELLS["lstm"], inputs=0)
    with pytest.raises(EngineError, match="layer 'words': vocabulary is 0"):
        Network(1, (Embedding("words", 0, 2),))
    with pytest.raises(EngineError, match="layer 'readout': units is 0"):
        Network(1, (Dense("readout", 0),))


def own(**options: object) -> Recurrent:
    return layer_of(CELLS["lstm"], **options)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ((), "no layer"),
        ((own(), own()), "two layers are called 'cell'"),
        ((Dense("a.b", 2),), "'a.b' cannot be a layer's name"),
        ((Dense("x", 2),), "'x' cannot be a layer's name"),
        ((Dense("", 2),), "'' cannot be a layer's name"),
        ((own(direction="sideways"),), "layer 'cell': direction is 'sideways'; it can be forward, backward, both"),
        ((own(merge="max"),), "layer 'cell': merge is 'max'; it can be concat, sum, mean, mul"),
        ((own(returns="last"),), "layer 'cell': returns is 'last'"),
        ((own(masked_output="nan"),), "layer 'cell': masked_output is 'nan'"),
        ((own(activations={"q": "tanh"}),), "no activation slot 'q'; there are g, i, f, o, h"),
        ((own(activations={"i": "gelu"}),), "unknown activation 'gelu'; there are linear"),
        ((own(activations={"i": "softmax"}),), "unknown activation 'softmax'"),
        ((Recurrent("cell", CELLS["lstm"], 2, constants={"alpha": 1.0}),), "no constant 'alpha'"),
        ((own(teacher_forcing=True), Dense("readout", 2, "gelu")), "unknown activation 'gelu'"),
        ((Dense("readout", 2, at="noon"),), "layer 'readout': at is 'noon'"),
        ((Embedding("words", 5, 2),), "layer 'words': an embedding comes first and reads 1 id a step"),
        ((own(), Embedding("words", 5, 2)), "layer 'words': an embedding comes first"),
    ],
)
def test_layers_that_do_not_fit_are_refused_by_name(layers: tuple[object, ...], message: str) -> None:
    with pytest.raises(EngineError) as caught:
        Network(4, layers)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_teacher_forcing_needs_a_cell_that_feeds_its_output_back() -> None:
    cell = Cell("own", "Own", "k = tanh(W @ x + U @ k_prev)\nh = V @ k")
    with pytest.raises(EngineError, match="layer 'cell': teacher forcing needs a cell that feeds its output back"):
        Network(4, (Recurrent("cell", cell, 2, teacher_forcing=True),))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.zeros((3, 2)), r"shape \(3, 2\); the network needs \(steps, sequences, 4\)"),
        (np.zeros((3, 2, 5)), r"shape \(3, 2, 5\); the network needs \(steps, sequences, 4\)"),
        (np.zeros((3, 0, 4)), r"shape \(3, 0, 4\)"),
        (np.zeros((3, 2, 4, 1)), r"shape \(3, 2, 4, 1\)"),
        (7.0, r"shape \(\)"),
        ([[[1, 2, 3, 4]], [[1, 2]]], "not an array of numbers"),
        ([[["a", "b", "c", "d"]]], "not an array of numbers"),
        (np.zeros((3, 2, 4), complex), "not an array of numbers"),
        (None, "not an array of numbers"),
    ],
)
def test_inputs_of_another_shape_are_refused(inputs: object, message: str) -> None:
    network = single(CELLS["lstm"])
    with pytest.raises(ShapeError, match=message):
        run(network, random_params(network), inputs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"initial": {"cell.q": 0.0}}, "'cell.q' is not carried; carried are cell.c, cell.h"),
        ({"initial": {"cell.h": np.zeros(4)}}, r"'cell.h' has shape \(4,\); it needs \(2, 3\)"),
        ({"initial": {"cell.h": np.zeros((3, 3))}}, r"'cell.h' has shape \(3, 3\); it needs \(2, 3\)"),
        ({"lengths": [1]}, r"lengths \(1,\) must be 2 numbers from 0 to 3"),
        ({"lengths": [1, 4]}, r"lengths \(1, 4\) must be 2 numbers from 0 to 3"),
        ({"lengths": [1, -1]}, r"lengths \(1, -1\) must be 2 numbers from 0 to 3"),
        ({"dtype": np.int64}, "cannot run in int64; choose float64 or float32"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, object], message: str) -> None:
    network = single(CELLS["lstm"])
    with pytest.raises(EngineError, match=message):
        run(network, random_params(network), np.zeros((3, 2, 4)), **options)  # type: ignore[arg-type]


def test_ids_that_are_no_words_are_refused() -> None:
    network = NETWORKS["embedding"]
    for bad in (-1.0, 6.0, 0.5, np.nan, np.inf):
        with pytest.raises(EngineError, match="layer 'words': ids must be whole numbers from 0 to 5"):
            run(network, random_params(network), np.full((2, 1, 1), bad))


def test_teacher_forcing_without_targets_is_refused() -> None:
    params, x = random_params(FORCED), random_inputs(FORCED, 3, 2)
    with pytest.raises(EngineError, match="layer 'cell': teacher forcing needs targets"):
        run(FORCED, params, x)
    with pytest.raises(ShapeError, match=r"targets have shape \(3, 2, 5\); teacher forcing needs \(3, 2, 2\)"):
        run(FORCED, params, x, targets=np.zeros((3, 2, 5)))


def test_a_step_of_another_shape_is_refused() -> None:
    trace = run_random(single(CELLS["lstm"]), 3, 2)
    with pytest.raises(ShapeError, match=r"input has shape \(4,\); the network needs \(2, 4\)"):
        step(trace, np.zeros(4))


def test_a_loss_that_does_not_fit_is_refused() -> None:
    trace = run_random(single(CELLS["lstm"]), 3, 2)
    with pytest.raises(EngineError, match="unknown loss 'hinge'; there are half squared error"):
        loss("hinge", trace, trace.output)
    with pytest.raises(ShapeError, match=r"targets have shape \(3, 2, 1\); the output has \(3, 2, 3\)"):
        loss("half squared error", trace, np.zeros((3, 2, 1)))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (Address("cell.q", 1), "no quantity is called 'cell.q'; there is cell."),
        (Address("lstm", 1), "no quantity is called 'lstm'"),
        (Address("", 1), "no quantity is called ''"),
        (Address("target", 1), "no quantity is called 'target'"),
        (Address("cell.h", 4), "'cell.h' has steps 0 to 3; there is no step 4"),
        (Address("cell.h", -1), "there is no step -1"),
        (Address("cell.i", 0), "'cell.i' has steps 1 to 3; there is no step 0"),
        (Address("x", 0), "'x' has steps 1 to 3; there is no step 0"),
        (Address("cell.h", 1, 2), "'cell.h' has sequences 0 to 1; there is no sequence 2"),
        (Address("cell.h", 1, 0, 3), "'cell.h' has units 0 to 2; there is no unit 3"),
        (Address("cell.h", 1, 0, -1), "there is no unit -1"),
        (Address("cell.c.pre", 1), "'cell.c' has no activation, so there is no 'cell.c.pre'"),
        (Address("cell.q.pre", 1), "no quantity is called 'cell.q'"),
        (Address("cell.i.pre", 9), "there is no step 9"),
        (ParameterAddress("cell.Q", 0, 0), "no parameter is called 'cell.Q'; there is cell."),
        (ParameterAddress("cell.W_i", 3, 0), r"'cell.W_i' has shape \(3, 4\); there is no cell.W_i\[3, 0\]"),
        (ParameterAddress("cell.b_i", 0, 1), r"'cell.b_i' has shape \(3,\); there is no"),
    ],
)
def test_addresses_of_nothing_are_refused_with_what_there_is(address: Address | ParameterAddress, message: str) -> None:
    trace = run_random(single(CELLS["lstm"]), 3, 2)
    with pytest.raises(AddressError, match=message):
        trace.number(address)


def test_addresses_count_steps_from_1_and_know_the_first_state() -> None:
    trace = run_random(single(CELLS["lstm"], direction="both"), 3, 2)
    assert trace.number(Address("cell.forward.h", 2, 1, 0)) == trace["cell.forward.h"][1, 1, 0]
    assert trace.number(Address("cell.forward.h", 0, 1, 2)) == trace.initial("cell.forward.h")[1, 2]
    assert trace.number(Address("cell.backward.h", 4, 1, 2)) == trace.initial("cell.backward.h")[1, 2]
    for address in (Address("cell.forward.h", 4), Address("cell.backward.h", 0)):
        with pytest.raises(AddressError, match=f"there is no step {address.step}"):
            trace.number(address)


def test_a_trace_is_written_as_an_archive(tmp_path) -> None:
    trace = run_random(NETWORKS["three-deep"], 3, 2)
    trace.to_npz(tmp_path / "trace.npz")
    with np.load(tmp_path / "trace.npz") as archive:
        assert set(archive) == {*trace, "output"}
        for name in trace:
            np.testing.assert_array_equal(archive[name], trace[name])
        np.testing.assert_array_equal(archive["output"], trace.output)


@pytest.mark.parametrize(("batch", "shape", "expected"), [(1, (2,), r"\(3,\)"), (4, (4, 3), r"\(3, 4\)")])
def test_a_live_step_names_both_shapes_when_its_input_does_not_fit(
    batch: int, shape: tuple[int, ...], expected: str
) -> None:
    network = single(CELLS["lstm"], inputs=3)
    with (
        Stepper(network, random_params(network), batch) as stepper,
        pytest.raises(ShapeError, match=rf"{re.escape(str(shape))}.*{expected}"),
    ):
        stepper.step(np.zeros(shape))
