"""How fast one training step (forward, BPTT, update) is beside PyTorch and JAX: ratios of CPU time, side by side.

A ratio is peer / rnnviz: above 1, rnnviz is faster. Every peer's gradient is first checked to be equal. "floor" is the
time of the step's own products and activations in NumPy, so its ratio is a share of what is possible.
"""

from __future__ import annotations

import numpy as np
from bench_engine import Work, cpu_times, fill_torch, jax, network_and_params, report, torch

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.run import run

LSTM_AIMS = {28: 1.5, 64: 1.15, 128: 1.05}
TORCH_LAYERS = {"elman": "RNN", "lstm": "LSTM"}
BLOCKS = {"elman": ("",), "lstm": ("_i", "_f", "_g", "_o")}
RATE = 1e-3


class Problem:
    """A layer, random inputs, and the loss: half the squared distance of its states from random targets, averaged."""

    def __init__(self, cell: str, steps: int, batch: int, inputs: int, units: int, dtype) -> None:
        self.cell, self.units, self.dtype = cell, units, np.dtype(dtype)
        self.network, params = network_and_params(cell, inputs, units)
        self.start = {name: values.astype(dtype) for name, values in params.items()}
        random = np.random.default_rng(3)
        self.x = random.normal(size=(steps, batch, inputs)).astype(dtype)
        self.targets = random.normal(size=(steps, batch, units)).astype(dtype)
        self.count = self.dtype.type(batch)

    def gradients(self, params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        trace = run(self.network, params, self.x, dtype=self.dtype)
        return parameter_gradients(trace, {"cell.h": (trace["cell.h"] - self.targets) / self.count})

    def rnnviz(self) -> Work:
        params = {name: values.copy() for name, values in self.start.items()}

        def step() -> None:
            found = self.gradients(params)
            for name, values in params.items():
                values -= self.dtype.type(RATE) * found[name]

        return step

    def stacked(self, gradients: dict[str, np.ndarray], kind: str) -> np.ndarray:
        return np.concatenate([gradients[f"cell.{kind}{block}"] for block in BLOCKS[self.cell]])

    def check(self, found: np.ndarray, kind: str) -> None:
        own = self.stacked(self.gradients(self.start), kind)
        within = 1e-9 if self.dtype == np.float64 else 1e-3
        np.testing.assert_allclose(found, own, rtol=0.0, atol=within * np.abs(own).max())


def by_torch(problem: Problem) -> Work:
    module = getattr(torch.nn, TORCH_LAYERS[problem.cell])(problem.x.shape[2], problem.units)
    x, targets = torch.from_numpy(problem.x), torch.from_numpy(problem.targets)
    module = module.to(x.dtype)
    fill_torch(module, problem.cell, problem.start, "_l0")
    optimizer = torch.optim.SGD(module.parameters(), lr=RATE)

    def gradient() -> None:
        optimizer.zero_grad()
        states, _ = module(x)
        (0.5 * ((states - targets) ** 2).sum() / x.shape[1]).backward()

    def step() -> None:
        gradient()
        optimizer.step()

    gradient()
    problem.check(module.weight_hh_l0.grad.numpy(), "U")
    return step


def by_jax(problem: Problem) -> Work:
    np_ = jax.numpy
    units, count = problem.units, problem.x.shape[1]
    params = tuple(np_.asarray(problem.stacked(problem.start, kind)) for kind in "WUb")
    x, targets = np_.asarray(problem.x), np_.asarray(problem.targets)

    def loss(params):
        w, u, b = params

        def elman(carried, row):
            h = np_.tanh(row + carried[0] @ u.T)
            return (h,), h

        def lstm(carried, row):
            h, c = carried
            i, f, g, o = np_.split(row + h @ u.T, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * np_.tanh(g)
            h = jax.nn.sigmoid(o) * np_.tanh(c)
            return (h, c), h

        zero = np_.zeros((count, units), x.dtype)
        step, carried = (lstm, (zero, zero)) if problem.cell == "lstm" else (elman, (zero,))
        states = jax.lax.scan(step, carried, x @ w.T + b)[1]
        return 0.5 * ((states - targets) ** 2).sum() / count

    slope = jax.grad(loss)
    problem.check(np.asarray(jax.jit(slope)(params)[1]), "U")
    update = jax.jit(lambda params: tuple(p - RATE * g for p, g in zip(params, slope(params), strict=True)))
    return lambda: jax.block_until_ready(update(params))


def floor(problem: Problem) -> Work:
    """The products and activations alone: forward, the way back, the gradients of the weights."""
    blocks = len(BLOCKS[problem.cell])
    steps, batch, inputs = problem.x.shape
    units, width = problem.units, problem.units + inputs + 1
    random = np.random.default_rng(4)

    def array(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(problem.dtype)

    forward, back = array(blocks * units, width), array(units, blocks * units)
    source, z, bars, carry = (
        array(width, batch),
        array(blocks * units, batch),
        array(blocks * units, batch),
        array(units, batch),
    )
    all_z, all_sources = array(blocks * units, steps * batch), array(width, steps * batch)
    state = array(units, batch)

    def step() -> None:
        for _ in range(steps):
            forward.dot(source, z)
            np.tanh(z, z)
            if blocks == 4:
                np.tanh(state, carry)
        for _ in range(steps):
            back.dot(bars, carry)
        all_z @ all_sources.T

    return step


def bench_training() -> None:
    print("\nOne training step (forward, BPTT, update), T 28, batch 128, 28 inputs")
    for dtype in (np.float32, np.float64):
        for units in (28, 64, 128):
            aims = {"torch": LSTM_AIMS[units] if dtype == np.float32 else 1.6, "jax": 1.3}
            _row(Problem("lstm", 28, 128, 28, units, dtype), {**aims, **({"floor": 0.8} if units == 128 else {})})
    print("\nThe same, T 100, batch 32, 8 inputs")
    for dtype in (np.float32, np.float64):
        _row(Problem("elman", 100, 32, 8, 32, dtype), {"torch": 4.0})


def _row(problem: Problem, wanted: dict[str, float]) -> None:
    works = {"rnnviz": problem.rnnviz()}
    if torch is not None:
        works["torch"] = by_torch(problem)
    if jax is not None:
        works["jax"] = by_jax(problem)
    works["floor"] = floor(problem)
    report(f"{problem.cell} H {problem.units} {problem.dtype.name}", cpu_times(works), wanted)


if __name__ == "__main__":
    bench_training()
