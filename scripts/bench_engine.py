"""How fast the engine is beside PyTorch, JAX and hand-written NumPy: ratios of CPU time, measured side by side.

A ratio is peer / rnnviz: above 1, rnnviz is faster. Every peer is first checked to give the same numbers. rnnviz
records every gate and state of every step; a peer marked "h only" keeps the hidden state alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from rnnviz.engine.cells import CELLS
from rnnviz.engine.kernel import Kernel
from rnnviz.engine.live import Stepper
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.run import plan_of, run

try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    torch = None
try:
    import jax

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None

Work = Callable[[], object]
TORCH_CELLS = {"elman": "RNNCell", "gru_reset_after": "GRUCell", "lstm": "LSTMCell"}
TORCH_LAYERS = {"elman": "RNN", "gru_reset_after": "GRU", "lstm": "LSTM"}
GATES = {"elman": "", "gru_reset_after": "rzn", "lstm": "ifgo"}
ROUNDS = 15
ROUND_S = 0.005


def cpu_times(works: dict[str, Work]) -> dict[str, float]:
    """Median CPU seconds of a call of each, interleaved: every round gives each at least ROUND_S."""
    counts = {}
    for name, work in works.items():
        work()
        start = time.process_time()
        work()
        counts[name] = max(1, round(ROUND_S / max(time.process_time() - start, 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            start = time.process_time()
            for _ in range(counts[name]):
                work()
            times[name].append((time.process_time() - start) / counts[name])
    return {name: median(found) for name, found in times.items()}


def report(title: str, times: dict[str, float], wanted: dict[str, float]) -> None:
    """One line: rnnviz's time, and the ratio to each peer with what is aimed at."""
    own = times["rnnviz"]
    ratios = []
    for name, found in times.items():
        if name != "rnnviz":
            aim = f" (aim {wanted[name]:.3g})" if name in wanted else ""
            short = "" if name not in wanted or found / own >= wanted[name] else " SHORT"
            ratios.append(f"{name} {found / own:.2f}{aim}{short}")
    print(f"{title:<44}{own * 1e6:>10.1f} us   " + "   ".join(ratios), flush=True)


def network_and_params(cell: str, inputs: int, units: int, seed: int = 1):
    network = Network(inputs, (Recurrent("cell", CELLS[cell], units),))
    random = np.random.default_rng(seed)
    scale = 1.0 / np.sqrt(units)
    return network, {name: random.uniform(-scale, scale, shape) for name, shape in network.parameter_shapes().items()}


def fill_torch(module, cell: str, params: dict[str, np.ndarray], suffix: str) -> None:
    """Put rnnviz's weights into a torch module."""
    letters = GATES[cell]

    def rows(kind: str) -> np.ndarray:
        names = [f"cell.{kind}_{k}" for k in letters] if letters else [f"cell.{kind}"]
        return np.concatenate([params[name] for name in names])

    state = {"weight_ih": rows("W"), "weight_hh": rows("U"), "bias_ih": rows("b")}
    state["bias_hh"] = np.zeros_like(state["bias_ih"])
    if cell == "gru_reset_after":
        state["bias_hh"][-len(params["cell.c_n"]) :] = params["cell.c_n"]
    with torch.no_grad():
        for name, values in state.items():
            getattr(module, name + suffix).copy_(torch.from_numpy(values))


def jax_step(cell: str, params: dict[str, np.ndarray], dtype):
    """One step as a pure function of (carried states, x) that returns everything it works out."""
    np_ = jax.numpy
    p = {name[5:]: np_.asarray(values, dtype) for name, values in params.items()}
    units = len(params["cell.W" if cell == "elman" else "cell.W_z" if "gru" in cell else "cell.W_i"])
    sigmoid = jax.nn.sigmoid

    def elman(state, x):
        (h,) = state
        h = np_.tanh(p["W"] @ x + p["U"] @ h + p["b"])
        return (h,), (h,)

    def gru(state, x):
        (h,) = state
        w = np_.concatenate([p["W_r"], p["W_z"], p["W_n"]]) @ x + np_.concatenate([p["b_r"], p["b_z"], p["b_n"]])
        u = np_.concatenate([p["U_r"], p["U_z"], p["U_n"]]) @ h
        r, z = np_.split(sigmoid(w[: 2 * units] + u[: 2 * units]), 2)
        n = np_.tanh(w[2 * units :] + r * (u[2 * units :] + p["c_n"]))
        h = (1 - z) * n + z * h
        return (h,), (r, z, n, h)

    def lstm(state, x):
        h, c = state
        weights = np_.concatenate([p[f"W_{k}"] for k in "ifgo"])
        recurrent = np_.concatenate([p[f"U_{k}"] for k in "ifgo"])
        a = weights @ x + recurrent @ h + np_.concatenate([p[f"b_{k}"] for k in "ifgo"])
        i, f, g, o = np_.split(a, 4)
        i, f, g, o = sigmoid(i), sigmoid(f), np_.tanh(g), sigmoid(o)
        c = f * c + i * g
        h = o * np_.tanh(c)
        return (h, c), (i, f, g, o, c, h)

    step = {"elman": elman, "gru_reset_after": gru, "lstm": lstm}[cell]
    zero = np_.zeros(units, dtype)
    return step, (zero,) * (2 if cell == "lstm" else 1)


# -- one step ------------------------------------------------------------------------------------------------------


def bench_steps() -> None:
    print("\nOne recorded step, batch 1, 16 inputs (peers: h only)")
    aims = {"elman": 9.0, "gru_reset_after": 6.0, "lstm": 6.5}
    for dtype in (np.float64, np.float32):
        for cell, aim in aims.items():
            for units in (4, 16, 64, 256):
                wanted = {"torch": aim, "jax jit": 5.0} if units <= 16 else {"torch": 2.0} if units == 256 else {}
                _one_step(cell, units, dtype, wanted)


def _one_step(cell: str, units: int, dtype, wanted: dict[str, float]) -> None:
    inputs, count = 16, 512
    network, params = network_and_params(cell, inputs, units)
    x = np.random.default_rng(2).normal(size=inputs).astype(dtype)
    stepper = Stepper(network, params, dtype=dtype)

    def rnnviz() -> None:
        with stepper:
            step = stepper.step
            for _ in range(count):
                step(x)
        stepper.forget()

    works: dict[str, Work] = {"rnnviz": rnnviz}
    with Stepper(network, params, dtype=dtype) as checked:
        checked.step(x)
        checked.step(x)
    own = checked.trace()["cell.h"][-1, 0]
    if torch is not None:
        module = getattr(torch.nn, TORCH_CELLS[cell])(inputs, units).to(torch.from_numpy(x).dtype)
        fill_torch(module, cell, params, "")
        row = torch.from_numpy(x)[None]
        with torch.no_grad():
            twice = module(row, module(row))
        _same((twice[0] if cell == "lstm" else twice)[0].numpy(), own, dtype)

        def torch_cell() -> None:
            with torch.no_grad():
                state = None
                for _ in range(count):
                    state = module(row, state)

        works["torch"] = torch_cell
    if jax is not None:
        step, state = jax_step(cell, params, dtype)
        compiled = jax.jit(step)
        twice = compiled(compiled(state, x)[0], x)[1]
        _same(np.asarray(twice[-1]), own, dtype)

        def jax_cell() -> None:
            now = state
            for _ in range(count):
                now, _ = compiled(now, x)
            now[0].block_until_ready()

        works["jax jit"] = jax_cell
    times = {name: found / count for name, found in cpu_times(works).items()}
    report(f"{cell} H {units} {np.dtype(dtype).name}", times, wanted)


def _same(found: np.ndarray, own: np.ndarray, dtype) -> None:
    tolerance = 1e-10 if dtype == np.float64 else 1e-4
    assert np.abs(found - own).max() < tolerance, "the peer gives other numbers"


# -- whole sequences -------------------------------------------------------------------------------------------------


def bench_sequences() -> None:
    print("\nWhole sequence, everything recorded, batch 64, H 32, T 1,000, 8 inputs")
    aims = {
        ("elman", np.float32): {"torch (h only)": 4.0, "jax scan": 2.0},
        ("lstm", np.float64): {"torch (h only)": 2.0, "torch loop, all": 2.4},
        ("lstm", np.float32): {"torch (h only)": 0.7, "torch loop, all": 2.4},
    }
    for dtype in (np.float64, np.float32):
        for cell in TORCH_LAYERS:
            _sequence(cell, dtype, 1000, 64, 32, aims.get((cell, dtype), {}))


def _sequence(cell: str, dtype, steps: int, batch: int, units: int, wanted: dict[str, float]) -> None:
    inputs = 8
    network, params = network_and_params(cell, inputs, units)
    x = np.random.default_rng(2).normal(size=(steps, batch, inputs)).astype(dtype)
    own = run(network, params, x, dtype=dtype)["cell.h"]
    works: dict[str, Work] = {"rnnviz": lambda: run(network, params, x, dtype=dtype)}
    if torch is not None:
        tensor = torch.from_numpy(x)
        module = getattr(torch.nn, TORCH_LAYERS[cell])(inputs, units).to(tensor.dtype)
        fill_torch(module, cell, params, "_l0")
        loop = _torch_loop(cell, module, tensor, units)
        with torch.no_grad():
            _same(module(tensor)[0].numpy(), own, dtype)
            _same(loop()[-1].numpy(), own, dtype)

        def torch_layer() -> None:
            with torch.no_grad():
                module(tensor)

        works["torch (h only)"] = torch_layer
        works["torch loop, all"] = loop
    if jax is not None:
        step, state = jax_step(cell, params, dtype)
        scan = jax.jit(jax.vmap(lambda xs: jax.lax.scan(step, state, xs)[1], in_axes=1, out_axes=1))
        _same(np.asarray(scan(x)[-1]), own, dtype)
        works["jax scan"] = lambda: jax.block_until_ready(scan(x))
    report(f"{cell} {np.dtype(dtype).name}", cpu_times(works), wanted)


def _torch_loop(cell: str, module, tensor, units: int) -> Work:
    """A PyTorch loop that records what rnnviz records: every gate and state of every step."""
    steps, batch, _ = tensor.shape
    w_ih, w_hh = module.weight_ih_l0.detach(), module.weight_hh_l0.detach()
    b_ih, b_hh = module.bias_ih_l0.detach(), module.bias_hh_l0.detach()

    def loop():
        with torch.no_grad():
            projected = tensor @ w_ih.T + b_ih
            h = c = tensor.new_zeros(batch, units)
            rows = []
            for t in range(steps):
                recurrent = h @ w_hh.T + b_hh
                if cell == "elman":
                    h = torch.tanh(projected[t] + recurrent)
                    rows.append((h,))
                elif cell == "lstm":
                    i, f, g, o = (projected[t] + recurrent).chunk(4, 1)
                    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
                    c = f * c + i * g
                    h = o * torch.tanh(c)
                    rows.append((i, f, g, o, c, h))
                else:
                    a, b = projected[t], recurrent
                    r, z = torch.sigmoid(a[:, : 2 * units] + b[:, : 2 * units]).chunk(2, 1)
                    n = torch.tanh(a[:, 2 * units :] + r * b[:, 2 * units :])
                    h = (1 - z) * n + z * h
                    rows.append((r, z, n, h))
            return [torch.stack(column) for column in zip(*rows, strict=True)]

    return loop


# -- the derived kernel ------------------------------------------------------------------------------------------------


def bench_kernel() -> None:
    print("\nThe derived LSTM kernel against one written by hand in NumPy (1 / ratio: at most 1.1 times its time)")
    for units, batch in ((4, 1), (32, 1), (32, 64), (128, 32)):
        _kernel(units, batch)


def _kernel(units: int, batch: int) -> None:
    inputs, steps = 8, 200
    network, params = network_and_params("lstm", inputs, units)
    layer = network.recurrent[0]
    plan = plan_of(layer, inputs, np.float64)
    kernel = Kernel(plan, {name[5:]: values for name, values in params.items()}, batch)
    records = kernel.records(steps + 1)
    x = np.random.default_rng(2).normal(size=(steps, inputs, batch))
    shaped = records.reshape(steps + 1, plan.record, batch)
    kernel.fill(records, 0, x.transpose(0, 2, 1))
    shaped[0, plan.previous["h"].start : plan.previous["h"].stop] = 0.0
    shaped[0, plan.previous["c"].start : plan.previous["c"].stop] = 0.0
    by_hand, h = _lstm_by_hand(params, x, units)
    kernel.run(records, 0, steps)
    by_hand()
    _same(h(), shaped[1:, plan.slots["h"].start : plan.slots["h"].stop], np.float64)
    works: dict[str, Work] = {"rnnviz": lambda: kernel.run(records, 0, steps), "by hand": by_hand}
    report(f"H {units} batch {batch}", cpu_times(works), {"by hand": 1 / 1.1})


def _lstm_by_hand(params: dict[str, np.ndarray], x: np.ndarray, units: int):
    """The fastest LSTM that we can write by hand: gates o i f g, the sigmoids' minus folded into the weights."""
    steps, inputs, batch = x.shape
    width = units + 1 + inputs
    weights = np.concatenate(
        [
            np.concatenate([params[f"cell.U_{k}"], params[f"cell.b_{k}"][:, None], params[f"cell.W_{k}"]], axis=1)
            for k in "oifg"
        ]
    )
    weights[: 3 * units] *= -1.0
    size = 5 * units + width
    records = np.zeros((steps + 1, size, batch))
    records[:, 6 * units] = 1.0
    records[:-1, 6 * units + 1 :] = x
    if batch == 1:
        records = records.reshape(steps + 1, size)
    z = np.empty((4 * units, batch)) if batch > 1 else np.empty(4 * units)
    z_s, z_g = z[: 3 * units], z[3 * units :]
    both = np.empty_like(z[: 2 * units])
    first, second = both[:units], both[units:]
    squashed = np.empty_like(z[:units])
    one = np.ones_like(z_s)
    dot, exp, add, reciprocal, tanh, multiply = weights.dot, np.exp, np.add, np.reciprocal, np.tanh, np.multiply

    def run_by_hand() -> None:
        rows = zip(
            records[:-1, 5 * units :],
            records[:-1, : 3 * units],
            records[:-1, 3 * units : 4 * units],
            records[:-1, units : 3 * units],
            records[:-1, 3 * units : 5 * units],
            records[:-1, :units],
            records[1:, 4 * units : 5 * units],
            records[1:, 5 * units : 6 * units],
            strict=True,
        )
        for sources, gates, g, i_f, g_c, o, c, h in rows:
            dot(sources, z)
            exp(z_s, z_s)
            add(z_s, one, z_s)
            reciprocal(z_s, gates)
            tanh(z_g, g)
            multiply(i_f, g_c, both)
            add(first, second, c)
            tanh(c, squashed)
            multiply(o, squashed, h)

    return run_by_hand, lambda: records[1:, 5 * units : 6 * units].reshape(steps, units, batch)


def main() -> None:
    """Print all tables."""
    for name, module in (("torch", torch), ("jax", jax)):
        if module is None:
            print(f"{name} is not installed here: its columns are missing")
    bench_steps()
    bench_sequences()
    bench_kernel()
