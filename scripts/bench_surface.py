"""How fast loss surfaces and gradient flow are beside PyTorch and JAX: ratios of CPU time, measured side by side.

A ratio is peer / rnnviz: above 1, rnnviz is faster. Every peer is first checked to give the same numbers. "floor" is
the time of the surface's own products and activations in NumPy, so its ratio is a share of what is possible.
"""

from __future__ import annotations

import os
import time
from statistics import median

import bench_engine
import numpy as np
from bench_engine import Work, cpu_times, jax, report, torch

from rnnviz.engine.cells import CELLS
from rnnviz.engine.directions import random_direction
from rnnviz.engine.gradient_flow import flow
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.surface import surface, whole
from rnnviz.engine.trace import ParameterAddress
from rnnviz.engine.training import Data, Settings

STEPS, BATCH, INPUTS, POINTS = 50, 8, 2, 101
ROUNDS = 7
LETTERS = {"elman": ("",), "lstm": ("_i", "_f", "_g", "_o")}
PEER_CHUNKS = (64, 256, 1024)


class Problem:
    """A network with a linear readout, its loss summed over all steps, and a grid along two axes."""

    def __init__(self, cell: str, units: int, dtype, axes: str) -> None:
        random = np.random.default_rng(1)
        self.cell, self.units, self.dtype = cell, units, dtype
        self.network = Network(INPUTS, (Recurrent("cell", CELLS[cell], units), Dense("readout", 1)))
        shapes = self.network.parameter_shapes()
        scale = 1.0 / np.sqrt(units)
        self.params = {name: random.uniform(-scale, scale, shape) for name, shape in shapes.items()}
        x = random.normal(size=(STEPS, BATCH, INPUTS))
        self.data = Data(x, np.tanh(np.cumsum(x[..., :1], axis=0) / 4))
        self.line = np.linspace(-1.0, 1.0, POINTS)
        matrix = f"cell.U{LETTERS[cell][-1]}"
        self.axes = (ParameterAddress(matrix, 0, 1), ParameterAddress(matrix, 2, 3))
        self.starts = {**self.params, matrix: self.params[matrix].copy()}
        if axes == "two directions":
            self.axes = (random_direction(self.params, 1), random_direction(self.params, 2))
            self.directions = self.axes
        else:
            self.directions = tuple({name: np.zeros(shape) for name, shape in shapes.items()} for _ in range(2))
            for axis, direction in zip(self.axes, self.directions, strict=True):
                self.starts[matrix][axis.row, axis.column] = 0.0
                direction[matrix][axis.row, axis.column] = 1.0
        self.a, self.b = (np.ravel(grid).astype(dtype) for grid in np.meshgrid(self.line, self.line))

    def whole(self, threads: int = 1) -> np.ndarray:
        return whole(
            self.network,
            self.params,
            self.data,
            Settings(),
            *self.axes,
            self.line,
            self.line,
            dtype=self.dtype,
            threads=threads,
        ).loss

    def first(self) -> object:
        """The first picture, 25 x 25."""
        tiles = surface(
            self.network, self.params, self.data, Settings(), *self.axes, self.line, self.line, dtype=self.dtype
        )
        seen = 0
        while seen < 25 * 25:
            seen += next(tiles).loss.size
        return seen

    def stacked(self, values: dict[str, np.ndarray], kind: str) -> np.ndarray:
        """The gates' parameters of one kind below each other."""
        return np.concatenate([values[f"cell.{kind}{k}"] for k in LETTERS[self.cell]]).astype(self.dtype)

    def tables(self) -> list[list[np.ndarray]]:
        """[W, U, b, V, c] of the start and of both directions."""
        found = []
        for values in (self.starts, *self.directions):
            readout = [values["readout.V"].astype(self.dtype), values["readout.b"].astype(self.dtype)]
            found.append([self.stacked(values, kind) for kind in "WUb"] + readout)
        return found


# -- PyTorch ---------------------------------------------------------------------------------------------------------


def torch_bmm(problem: Problem, chunk: int) -> Work:
    """Weights of a chunk of points as batches of matrices, one baddbmm a step."""
    tables = [[torch.from_numpy(part) for part in table] for table in problem.tables()]
    x = torch.from_numpy(problem.data.inputs.astype(problem.dtype))
    target = torch.from_numpy(problem.data.targets.astype(problem.dtype))
    a, b, units = torch.from_numpy(problem.a), torch.from_numpy(problem.b), problem.units

    def work():
        with torch.no_grad():
            return torch.cat([one(a[k : k + chunk], b[k : k + chunk]) for k in range(0, len(a), chunk)])

    def one(a, b):
        def at(k):
            shape = (-1,) + (1,) * tables[0][k].ndim
            return tables[0][k] + a.view(shape) * tables[1][k] + b.view(shape) * tables[2][k]

        W, U, bias, V, c = (at(k) for k in range(5))
        U = U.transpose(1, 2).contiguous()
        entering = torch.baddbmm(bias[:, None], x.reshape(1, -1, INPUTS).expand(len(a), -1, -1), W.transpose(1, 2))
        entering = entering.view(len(a), STEPS, BATCH, -1)
        h = state = x.new_zeros(len(a), BATCH, units)
        rows = []
        for t in range(STEPS):
            z = torch.baddbmm(entering[:, t], h, U)
            if problem.cell == "elman":
                h = torch.tanh(z)
            else:
                i, f, g, o = z.split(units, 2)
                state = torch.sigmoid(f) * state + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(state)
            rows.append(h)
        y = torch.matmul(torch.stack(rows, 1).view(len(a), STEPS * BATCH, units), V.transpose(1, 2)) + c[:, None]
        return 0.5 * ((y.view(len(a), STEPS, BATCH, 1) - target) ** 2).sum((1, 2, 3)) / BATCH

    return work


def torch_vmap(problem: Problem, chunk: int) -> Work:
    """The loss of one point, as it is written down, under torch.func.vmap."""
    tables = [[torch.from_numpy(part) for part in table] for table in problem.tables()]
    x = torch.from_numpy(problem.data.inputs.astype(problem.dtype))
    target = torch.from_numpy(problem.data.targets.astype(problem.dtype))
    a, b, units = torch.from_numpy(problem.a), torch.from_numpy(problem.b), problem.units

    def point(a, b):
        W, U, bias, V, c = (p + a * q + b * r for p, q, r in zip(*tables, strict=True))
        entering = x @ W.T + bias
        h = state = x.new_zeros(BATCH, units)
        rows = []
        for t in range(STEPS):
            z = entering[t] + h @ U.T
            if problem.cell == "elman":
                h = torch.tanh(z)
            else:
                i, f, g, o = z.split(units, 1)
                state = torch.sigmoid(f) * state + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(state)
            rows.append(h)
        return 0.5 * ((torch.stack(rows) @ V.T + c - target) ** 2).sum() / BATCH

    over = torch.func.vmap(point, chunk_size=chunk)

    def work():
        with torch.no_grad():
            return over(a, b)

    return work


# -- JAX -------------------------------------------------------------------------------------------------------------


def jax_vmap(problem: Problem, chunk: int) -> Work:
    """The loss of one point, with scan over the steps, under vmap and jit; points in chunks, or all at once (0)."""
    np_ = jax.numpy
    tables = [[np_.asarray(part) for part in table] for table in problem.tables()]
    x, target = (np_.asarray(k.astype(problem.dtype)) for k in (problem.data.inputs, problem.data.targets))
    zero = np_.zeros((BATCH, problem.units), problem.dtype)

    def point(a, b):
        W, U, bias, V, c = (p + a * q + b * r for p, q, r in zip(*tables, strict=True))

        def step(carried, entering):
            h, state = carried
            z = entering + h @ U.T
            if problem.cell == "elman":
                h = np_.tanh(z)
            else:
                i, f, g, o = np_.split(z, 4, axis=1)
                state = jax.nn.sigmoid(f) * state + jax.nn.sigmoid(i) * np_.tanh(g)
                h = jax.nn.sigmoid(o) * np_.tanh(state)
            return (h, state), h

        rows = jax.lax.scan(step, (zero, zero), x @ W.T + bias)[1]
        return 0.5 * ((rows @ V.T + c - target) ** 2).sum() / BATCH

    a, b = np_.asarray(problem.a), np_.asarray(problem.b)
    if not chunk:
        compiled = jax.jit(jax.vmap(point))
        return lambda: jax.block_until_ready(compiled(a, b))
    compiled = jax.jit(lambda a, b: jax.lax.map(lambda ab: point(*ab), (a, b), batch_size=chunk))
    return lambda: jax.block_until_ready(compiled(a, b))


# -- surfaces --------------------------------------------------------------------------------------------------------


def floor(problem: Problem) -> Work:
    """The surface's products (with the state, along both axes with what enters, with the readout) and activations."""
    gates, units, dtype = len(LETTERS[problem.cell]), problem.units, problem.dtype
    count = max(1, (1 << 18) // (units * units * np.dtype(dtype).itemsize))
    shared = isinstance(problem.axes[0], ParameterAddress)
    points = 1 if shared else count
    h = np.full((1 if shared else count, BATCH * count if shared else BATCH, units), 0.1, dtype)
    weights = np.full((gates, points, units, units), 0.1, dtype)
    readout, y = np.full((points, units, 1), 0.1, dtype), np.empty((*h.shape[:2], 1), dtype)
    coefficients, entering = np.ones((count, 3), dtype), np.ones((gates, 3, BATCH * units), dtype)
    z = np.empty((gates, *h.shape), dtype)
    flat, squashed = z.reshape(gates, count, BATCH * units), np.empty_like(h)
    rounds = STEPS * POINTS * POINTS // count

    def work() -> None:
        for _ in range(rounds):
            if not shared:
                np.matmul(coefficients, entering, flat)
            np.matmul(h, weights, z)
            np.matmul(h, readout, y)
            if gates == 1 or dtype == np.float32:
                np.tanh(z, z)
            else:
                np.exp(z[:3], z[:3])
                np.tanh(z[3], z[3])
            if gates > 1:
                np.tanh(squashed, squashed)

    return work


def best_of(makers, problem: Problem, chunks: tuple[int, ...]) -> Work:
    """The peer with the chunk size that suits it best."""
    works = {chunk: makers(problem, chunk) for chunk in chunks}
    times = {}
    for chunk, work in works.items():
        work()
        start = time.process_time()
        work()
        times[chunk] = time.process_time() - start
    return works[min(times, key=lambda chunk: times[chunk])]


def bench_surfaces() -> None:
    print(f"\nLoss surface, {POINTS} x {POINTS}, T {STEPS}, batch {BATCH}, loss of all steps")
    aims = {
        np.float32: {"torch bmm": 2.8, "torch vmap": 2.8, "jax vmap": 1.2, "floor": 0.75},
        np.float64: {"torch bmm": 3.0, "torch vmap": 3.0, "jax vmap": 0.8},
    }
    for dtype, wanted in aims.items():
        for cell in LETTERS:
            for units in (16, 32):
                for axes in ("two weights", "two directions"):
                    _surface(Problem(cell, units, dtype, axes), axes, wanted)


def _surface(problem: Problem, axes: str, wanted: dict[str, float]) -> None:
    own = np.ravel(problem.whole())
    works: dict[str, Work] = {"rnnviz": problem.whole, "floor": floor(problem)}
    if torch is not None:
        works["torch bmm"] = best_of(torch_bmm, problem, PEER_CHUNKS)
        works["torch vmap"] = best_of(torch_vmap, problem, PEER_CHUNKS)
    if jax is not None:
        works["jax vmap"] = best_of(jax_vmap, problem, (0, *PEER_CHUNKS))
    for name, work in works.items():
        if name not in ("rnnviz", "floor"):
            difference = np.abs(np.asarray(work()) - own) / np.abs(own)
            assert difference.max() < (1e-9 if problem.dtype == np.float64 else 2e-3), f"{name} gives other numbers"
    report(f"{problem.cell} H {problem.units} {np.dtype(problem.dtype).name} {axes}", cpu_times(works), wanted)


def bench_first_pictures() -> None:
    print("\nFirst picture (25 x 25), CPU time with all preparation; a frame at 60 Hz is 16.7 ms")
    for dtype in (np.float32, np.float64):
        for cell in LETTERS:
            for units in (16, 32):
                found = cpu_times({"first": Problem(cell, units, dtype, "two directions").first})
                print(f"{cell} H {units} {np.dtype(dtype).name:<30}{found['first'] * 1e3:>8.1f} ms", flush=True)


def bench_threads() -> None:
    cores = len(os.sched_getaffinity(0))
    print(f"\nThe same surface on one thread and on two: ratio of wall time (aim 1.4), {cores} cores")
    if cores < 2:
        print("one core only: not measured")
        return
    for dtype in (np.float32, np.float64):
        for cell in LETTERS:
            problem = Problem(cell, 32, dtype, "two directions")
            ratios = []
            for _ in range(ROUNDS):
                walls = []
                for threads in (1, 2):
                    start = time.perf_counter()
                    problem.whole(threads)
                    walls.append(time.perf_counter() - start)
                ratios.append(walls[0] / walls[1])
            print(f"{cell} H 32 {np.dtype(dtype).name:<30}{median(ratios):>8.2f}", flush=True)


# -- gradient flow ---------------------------------------------------------------------------------------------------


def bench_gradient_flow() -> None:
    print("\nGradient flow: what the loss of every step t sends to the state at every step k, batch 1")
    for steps, units in ((100, 32), (200, 64)):
        _gradient_flow(steps, units, {"torch backward per step": 75.0, "jax jacrev": 1.4} if steps == 100 else {})


def _gradient_flow(steps: int, units: int, wanted: dict[str, float]) -> None:
    random = np.random.default_rng(1)
    scale = 1.0 / np.sqrt(units)
    network = Network(INPUTS, (Recurrent("cell", CELLS["elman"], units), Dense("readout", 1)))
    params = {name: random.uniform(-scale, scale, s) * 1.5 for name, s in network.parameter_shapes().items()}
    x, target = random.normal(size=(steps, 1, INPUTS)), random.normal(size=(steps, 1, 1))
    trace = run(network, params, x)
    _, slope = loss("half squared error", trace, target)
    own = flow(trace, {"readout.y": slope}).matrices["cell.h"]
    works: dict[str, Work] = {"rnnviz": lambda: flow(trace, {"readout.y": slope})}
    p = {name.split(".")[1] + ("_y" if name == "readout.b" else ""): values for name, values in params.items()}
    if torch is not None:
        q = {name: torch.from_numpy(values) for name, values in p.items()}
        rows, goals = torch.from_numpy(x[:, 0]), torch.from_numpy(target[:, 0])

        def by_torch() -> np.ndarray:
            h = torch.zeros(units, dtype=rows.dtype, requires_grad=True)
            entering = rows @ q["W"].T + q["b"]
            states, losses = [], []
            for t in range(steps):
                h = torch.tanh(entering[t] + q["U"] @ h)
                states.append(h)
                losses.append(0.5 * ((q["V"] @ h + q["b_y"] - goals[t]) ** 2).sum())
            found = np.zeros((steps, steps))
            for t, value in enumerate(losses):
                slopes = torch.autograd.grad(value, states[: t + 1], retain_graph=True)
                found[t, : t + 1] = torch.stack(slopes).norm(dim=1).numpy()
            return found

        np.testing.assert_allclose(by_torch(), own, rtol=1e-8, atol=1e-300)
        works["torch backward per step"] = by_torch
    if jax is not None:
        works["jax jacrev"] = _by_jax(p, x[:, 0], target[:, 0], units)
        np.testing.assert_allclose(np.asarray(works["jax jacrev"]()), own, rtol=1e-8, atol=1e-300)
    report(f"elman T {steps} H {units} float64", cpu_times(works), wanted)


def _by_jax(p: dict[str, np.ndarray], x: np.ndarray, target: np.ndarray, units: int) -> Work:
    """The Jacobian of all losses by what is added to each state, which is 0."""
    np_ = jax.numpy

    def losses(added):
        def step(h, row):
            entering, more, goal = row
            h = np_.tanh(entering + p["U"] @ h) + more
            return h, 0.5 * ((p["V"] @ h + p["b_y"] - goal) ** 2).sum()

        return jax.lax.scan(step, np_.zeros(units), (x @ p["W"].T + p["b"], added, target))[1]

    compiled = jax.jit(lambda added: np_.linalg.norm(jax.jacrev(losses)(added), axis=2))
    nothing = np_.zeros((len(x), units))
    return lambda: jax.block_until_ready(compiled(nothing))


def main() -> None:
    """Print all tables. All but the last row of tables is measured on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    bench_engine.ROUNDS = ROUNDS
    try:
        bench_gradient_flow()
        bench_surfaces()
        bench_first_pictures()
    finally:
        os.sched_setaffinity(0, cores)
    bench_threads()


if __name__ == "__main__":
    main()
