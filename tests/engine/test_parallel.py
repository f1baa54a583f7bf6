"""Chunks side by side against one step after another: the same numbers, at every seam, on networks of every temper."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from rnnviz.engine import parallel
from rnnviz.engine import run as run_module
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.networks import layer_of, random_initial, random_inputs, random_params, single
from tests.engine.plain import value_of

STEPS = 2600
OWN = {
    "leaky": Cell("leaky", "Leaky", "h = 0.5 * h_prev + 0.5 * tanh(W @ x + U @ h_prev + b)"),
    "two states": Cell(
        "two-states",
        "Two states",
        """
        k = 0.4 * k_prev + tanh(W_k @ x)
        h = tanh(V @ (k * h_prev) + U @ h_prev + b) - 0.2 * k
        """,
    ),
    "held by the input": Cell(
        "held",
        "Held by the input",
        """
        k = sigmoid(G @ x)
        h = k * h_prev + (1 - k) * tanh(W @ x + U @ h_prev)
        """,
    ),
}
EVERY = {**CELLS, **OWN}
Params = dict[str, np.ndarray]


class Watched:
    """What became of each attempt: how many steps it did, and whether the chunks met."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[int] = []
        self.wrong: list[int] = []
        mend = parallel._Seams.mend

        def run_watched(*arguments: object) -> int:
            self.done.append(parallel.run_parallel(*arguments))  # type: ignore[arg-type]
            return self.done[-1]

        def mend_watched(seams: parallel._Seams, length: int) -> int:
            self.wrong.append(seams.are_right.count(False))
            return mend(seams, length)

        monkeypatch.setattr(run_module, "run_parallel", run_watched)
        monkeypatch.setattr(parallel._Seams, "mend", mend_watched)
        monkeypatch.setattr(run_module.accelerate, "sequence", None)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def both(network: Network, params: Params, x: np.ndarray, **options: object) -> tuple[Trace, Trace]:
    """In chunks if that works out, and step after step."""
    initial = random_initial(network, x.shape[1])
    found, wanted = (
        run(network, params, x, initial=initial, parallel=parallel, **options)  # type: ignore[arg-type]
        for parallel in (True, False)
    )
    return found, wanted


def assert_same(found: Trace, wanted: Trace, within: float) -> None:
    """Within a part of 1, or of the number where that is larger."""
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], rtol=within, atol=within, err_msg=name)
    for name in wanted.carried:
        np.testing.assert_allclose(found.before(name), wanted.before(name), rtol=within, atol=within, err_msg=name)


def assert_same_bits(found: Trace, wanted: Trace) -> None:
    for name in wanted:
        np.testing.assert_array_equal(found[name], wanted[name], err_msg=name)
    for name in wanted.carried:
        np.testing.assert_array_equal(found.before(name), wanted.before(name), err_msg=name)


def assert_lawful(trace: Trace, within: float) -> None:
    """Every recorded quantity follows from what is recorded of the same step and the step before."""
    for layer in trace.network.recurrent:
        for direction in layer.directions:
            prefix = layer.prefix(direction)
            turn = -1 if direction == "backward" else 1
            own = {n.removeprefix(prefix): v for n, v in trace.params.items() if n.startswith(prefix)}
            shape = trace[prefix + layer.cell.output].shape[:2]
            entering = trace.network.layers.index(layer)
            x = trace["x"] if not entering else trace[f"{trace.network.layers[entering - 1].name}.h"]
            now = {"x": x.reshape(-1, x.shape[2])}
            now |= {e.name: _flat(trace[prefix + e.name]) for e in layer.cell.graph.equations}
            before = {name: _flat(trace.before(prefix + name)) for name in layer.cell.graph.carried}
            for name, rows in before.items():
                ends = trace[prefix + name][::turn]
                np.testing.assert_array_equal(rows.reshape(*shape, -1)[::turn][1:], ends[:-1], err_msg=name)
            for equation in layer.cell.graph.equations:
                again = value_of(equation.expression, now, before, own, layer)
                np.testing.assert_allclose(again, now[equation.name], rtol=within, atol=within, err_msg=equation.name)


def _flat(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, values.shape[2])


def fading(cell: Cell, **options: object) -> tuple[Network, Params]:
    network = single(cell, **options)
    return network, random_params(network, scale=0.25)


# -- networks whose memory fades --------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("name", [name for name in EVERY if name != "held by the input"])
def test_a_fading_network_runs_in_chunks_to_the_same_numbers(name: str, direction: str, watched: Watched) -> None:
    network, params = fading(EVERY[name], direction=direction)
    found, wanted = both(network, params, random_inputs(network, STEPS, 1))
    assert len(watched.done) == len(network.recurrent[0].directions)
    assert all(done > 0.95 * STEPS for done in watched.done)
    assert_same(found, wanted, 1e-13)
    assert_lawful(found, 1e-13)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "held by the input"])
def test_float32_is_as_near_as_its_rounding(name: str, watched: Watched) -> None:
    network, params = fading(EVERY[name], direction="both")
    found, wanted = both(network, params, random_inputs(network, STEPS, 1), dtype=np.float32)
    assert all(done > 0.95 * STEPS for done in watched.done)
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}
    assert_same(found, wanted, 64 * np.finfo(np.float32).eps)
    assert_lawful(found, 64 * np.finfo(np.float32).eps)


def test_several_sequences_keep_apart(watched: Watched) -> None:
    network, params = fading(CELLS["lstm"])
    found, wanted = both(network, params, random_inputs(network, STEPS, 3))
    assert watched.done[0] > 0.95 * STEPS
    assert_same(found, wanted, 1e-13)


def test_layers_upon_layers(watched: Watched) -> None:
    lstm, gru = CELLS["lstm"], CELLS["gru_reset_after"]
    layers = (layer_of(lstm, "low"), layer_of(gru, "high", units=5, direction="backward"), Dense("readout", 2))
    network = Network(3, layers)
    found, wanted = both(network, random_params(network, scale=0.25), random_inputs(network, STEPS, 1))
    assert all(done > 0.95 * STEPS for done in watched.done)
    assert_same(found, wanted, 1e-13)
    assert_lawful(found, 1e-13)


def test_the_same_run_gives_the_same_bits() -> None:
    network, params = fading(CELLS["gru"])
    x = random_inputs(network, STEPS, 1)
    assert_same_bits(run(network, params, x), run(network, params, x))


# -- networks whose memory does not -----------------------------------------------------------------------------------


def latched(name: str) -> tuple[Network, Params]:
    """Units that keep what they hold: a self-loop of 2, or a gate that stays open."""
    network, params = fading(CELLS[name])
    if name == "elman":
        params["cell.U"] = 2.0 * np.eye(3)
    else:
        params["cell.b_f" if name == "lstm" else "cell.b_z"][:] = 40.0
    return network, params


def chaotic(name: str) -> tuple[Network, Params]:
    network = single(CELLS[name], units=24)
    params = random_params(network, scale=0.3)
    for key in params:
        params[key] *= 6.0 if key.startswith("cell.U") else 1.0
    return network, params


def exploding(name: str) -> tuple[Network, Params]:
    network, params = fading(CELLS[name])
    layer = network.recurrent[0]
    relu = dict.fromkeys((slot for slot, function in layer.functions().items() if function == "tanh"), "relu")
    for key in params:
        params[key] = 4.0 * np.abs(params[key])
    return replace(network, layers=(replace(layer, activations=relu),)), params


TEMPERS: dict[str, Callable[[str], tuple[Network, Params]]] = {
    "latched": latched,
    "chaotic": chaotic,
    "exploding": exploding,
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("temper", TEMPERS)
@pytest.mark.parametrize("name", ["elman", "lstm", "gru", "gru_reset_after"])
def test_a_memory_that_does_not_fade_is_run_step_after_step(
    name: str, temper: str, dtype: type, watched: Watched
) -> None:
    network, params = TEMPERS[temper](name)
    found, wanted = both(network, params, random_inputs(network, STEPS, 1), dtype=dtype)
    assert watched.done == [0]
    assert_same_bits(found, wanted)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 5.0])
def test_weights_of_any_size_give_the_sequential_numbers(name: str, scale: float) -> None:
    network = single(CELLS[name], units=6, direction="both")
    found, wanted = both(network, random_params(network, scale=scale), random_inputs(network, STEPS, 1))
    assert_same(found, wanted, 1e-13)


def test_the_chaotic_networks_are_chaotic() -> None:
    for name in ("elman", "gru"):
        network, params = chaotic(name)
        x = random_inputs(network, 600, 1)
        one = run(network, params, x, parallel=False)["cell.h"]
        other = run(network, params, x, initial={"cell.h": np.full(24, 1e-9)}, parallel=False)["cell.h"]
        assert np.abs(one - other)[-50:].max() > 0.1, name


def test_what_fades_out_to_nothing_keeps_every_digit(watched: Watched) -> None:
    """h = 0.9 h_prev after one pulse: at step t it is 0.9^(t - 1), however small that is."""
    network = Network(1, (Recurrent("cell", CELLS["elman"], 1, activations={"h": "linear"}),))
    params = {"cell.W": np.ones((1, 1)), "cell.U": np.full((1, 1), 0.9), "cell.b": np.zeros(1)}
    x = np.zeros((5000, 1, 1))
    x[0] = 1.0
    trace = run(network, params, x)
    assert watched.done == [0]
    np.testing.assert_allclose(trace["cell.h"][:, 0, 0], 0.9 ** np.arange(5000), rtol=1e-11)


# -- seams that do not meet --------------------------------------------------------------------------------------------


def held(stretches: list[tuple[float, float]], steps: int = 12_000) -> tuple[Network, Params, np.ndarray]:
    """A network that forgets, but for stretches of time, given as parts of it, in which the input makes it hold."""
    network = single(OWN["held by the input"], inputs=4)
    params = random_params(network, scale=0.2)
    params["cell.G"][:] = 0.0
    params["cell.G"][:, 0] = 40.0
    x = random_inputs(network, steps, 1)
    x[:, :, 0] = -1.0
    for start, stop in stretches:
        x[int(start * steps) : int(stop * steps), :, 0] = 1.0
    return network, params, x


def test_seams_within_a_stretch_that_holds_are_mended(watched: Watched) -> None:
    network, params, x = held([(0.34, 0.40)])
    found, wanted = both(network, params, x)
    assert watched.wrong[0] > 0
    assert watched.done[0] > 0.95 * len(x)
    assert_same(found, wanted, 1e-13)
    assert_lawful(found, 1e-13)


def test_where_too_many_seams_are_wrong_the_rest_is_run_step_after_step(watched: Watched) -> None:
    apart = 15 / 16 / 7  # windows, each a 16th of all steps long, are so far apart
    network, params, x = held([(k * apart + 1 / 16, (k + 1) * apart) for k in range(7)])
    found, wanted = both(network, params, x)
    assert watched.wrong[0] >= 7
    assert 0 < watched.done[0] < 0.5 * len(x)
    assert_same(found, wanted, 1e-13)
    assert_lawful(found, 1e-13)


# -- where it is not tried ---------------------------------------------------------------------------------------------


def test_lengths_masks_and_teacher_forcing_are_run_step_after_step(watched: Watched) -> None:
    network, params = fading(CELLS["lstm"])
    assert_same_bits(*both(network, params, random_inputs(network, STEPS, 2), lengths=[STEPS, STEPS - 7]))
    forced, params = fading(CELLS["jordan"], teacher_forcing=True)
    targets = np.random.default_rng(4).standard_normal((STEPS, 1, 2))
    assert_same_bits(*both(forced, params, random_inputs(forced, STEPS, 1), targets=targets))
    assert watched.done == []


def test_short_sequences_many_sequences_and_no_memory_are_left_to_the_sequential_run(watched: Watched) -> None:
    network, params = fading(CELLS["lstm"])
    assert_same_bits(*both(network, params, random_inputs(network, 1999, 1)))
    assert_same_bits(*both(network, params, random_inputs(network, 2000, 400)))
    plain, params = fading(Cell("plain", "No memory", "h = tanh(W @ x + b)"))
    assert_same_bits(*both(plain, params, random_inputs(plain, STEPS, 1)))
    assert watched.done == [0, 0, 0]


def test_one_chunk_alone_is_left_to_the_sequential_run(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where steps are so dear, or remembered so long, that no two chunks pay: 512 units over 3,000 steps."""
    monkeypatch.setattr(parallel, "_cost_of_lane", lambda plan, itemsize: 1.0)
    monkeypatch.setattr(parallel, "_steps_of_memory", lambda *given: STEPS // 2)
    network, params = fading(CELLS["lstm"])
    assert_same_bits(*both(network, params, random_inputs(network, STEPS, 1)))
    assert watched.done == [0]


# -- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temper", TEMPERS)
def test_giving_up_costs_little(temper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Far below twice the time; `scripts/bench` measures it."""
    monkeypatch.setattr(run_module.accelerate, "sequence", None)
    network, params = TEMPERS[temper]("elman")
    x = random_inputs(network, 10_000, 1)
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(5):
        for is_tried, found in times.items():
            start = time.process_time()
            run(network, params, x, parallel=is_tried)
            found.append(time.process_time() - start)
    assert median(times[True]) < 2 * median(times[False])


def test_the_cost_of_a_lane_grows_with_what_a_step_works_out() -> None:
    small, large = (
        parallel._cost_of_lane(run_module.plan_of(single(CELLS["elman"], units=units).recurrent[0], 4, np.float64), 8)
        for units in (3, 300)
    )
    assert 0 < small < 0.1 < 1 < large


def test_few_vectors_are_not_worth_a_product_of_matrices() -> None:
    """Of a layer of 512 units: 3 chunks cost as much as 8 would, (10,000 / 3 + 112) (1 + 8 * 6.6) > 10,000 * 14.2."""
    assert not parallel._pays(10_000, batch=1, count=3, memory=112, cost=6.6)
    assert parallel._pays(10_000, batch=1, count=100, memory=100, cost=0.01)
