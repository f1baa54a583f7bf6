"""How fast saliency and lesions are beside PyTorch: ratios of CPU time, side by side; above 1, rnnviz is faster.

Saliency: the derivatives of every output at the last step, by one pass of autograd each; "x only" has those by the
inputs alone, from torch's LSTM in one piece, "states too" also those by h of every step, which needs one cell after
another. Lesions: h of one unit held at 0 at every step, all units in turn; "loop" runs them one after another, "batch"
side by side. Every peer is first checked to give the same numbers.
"""

from __future__ import annotations

import numpy as np
from bench_engine import Work, cpu_times, fill_torch, report, torch

from rnnviz.engine.cells import CELLS
from rnnviz.engine.lesion import lesion
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.saliency import saliency
from rnnviz.engine.trace import Address

INPUTS, OUTPUTS = 8, 10


class Problem:
    """An LSTM and its readout, run over one random sequence."""

    def __init__(self, units: int, steps: int) -> None:
        random = np.random.default_rng(1)
        self.units, self.steps = units, steps
        network = Network(INPUTS, (Recurrent("cell", CELLS["lstm"], units), Dense("readout", OUTPUTS, "tanh")))
        scale = 1.0 / np.sqrt(units)
        self.params = {n: random.uniform(-scale, scale, shape) for n, shape in network.parameter_shapes().items()}
        self.x = random.normal(size=(steps, 1, INPUTS))
        self.trace = run(network, self.params, self.x)

    def of_outputs(self) -> np.ndarray:
        """By the inputs, (outputs, T, inputs)."""
        numbers = [Address("readout.y", self.steps, 0, unit) for unit in range(OUTPUTS)]
        return np.stack([saliency(self.trace, number).gradients["x"] for number in numbers])

    def held(self) -> np.ndarray:
        """Change of the output at each step, (units, T)."""
        return lesion(self.trace, "cell.h").by_step

    def torch_weights(self, module) -> None:
        fill_torch(module, "lstm", self.params, "_l0" if isinstance(module, torch.nn.LSTM) else "")

    def read_out(self, h):
        weights, bias = (torch.from_numpy(self.params[f"readout.{name}"]) for name in "Vb")
        return torch.tanh(h @ weights.T + bias)


def autograd_by_inputs(problem: Problem) -> Work:
    module = torch.nn.LSTM(INPUTS, problem.units).double()
    problem.torch_weights(module)
    x = torch.from_numpy(problem.x).requires_grad_()

    def work() -> np.ndarray:
        output = problem.read_out(module(x)[0])[-1, 0]
        found = [torch.autograd.grad(number, x, retain_graph=True)[0] for number in output]
        return torch.stack(found)[:, :, 0].numpy()

    np.testing.assert_allclose(work(), problem.of_outputs(), rtol=1e-8, atol=1e-14)
    return work


def autograd_by_states(problem: Problem) -> Work:
    cell = torch.nn.LSTMCell(INPUTS, problem.units).double()
    problem.torch_weights(cell)
    x = torch.from_numpy(problem.x).requires_grad_()

    def work() -> np.ndarray:
        states, state = [], None
        for row in x:
            state = cell(row, state)
            states.append(state[0])
        output = problem.read_out(state[0])[0]
        found = [torch.autograd.grad(number, [x, *states], retain_graph=True)[0] for number in output]
        return torch.stack(found)[:, :, 0].numpy()

    np.testing.assert_allclose(work(), problem.of_outputs(), rtol=1e-8, atol=1e-14)
    return work


def held_by_torch(problem: Problem, at_once: int) -> Work:
    """So many runs side by side, each with another unit of h at 0."""
    cell = torch.nn.LSTMCell(INPUTS, problem.units).double()
    problem.torch_weights(cell)
    x = torch.from_numpy(problem.x)
    keeps = 1.0 - torch.eye(problem.units, dtype=torch.float64)
    before = torch.from_numpy(np.array(problem.trace.output[:, 0]))

    def run_with(keep):
        h = c = torch.zeros(len(keep), problem.units, dtype=torch.float64)
        found = []
        for row in x:
            h, c = cell(row.expand(len(keep), -1), (h, c))
            h = h * keep
            found.append(h)
        change = problem.read_out(torch.stack(found)) - before[:, None]
        return change.norm(dim=2).T

    def work() -> np.ndarray:
        with torch.no_grad():
            return torch.cat([run_with(keep) for keep in keeps.split(at_once)]).numpy()

    np.testing.assert_allclose(work(), problem.held(), rtol=1e-8, atol=1e-13)
    return work


def bench_inside() -> None:
    print(f"\nSaliency of {OUTPUTS} outputs at the last step, LSTM, {INPUTS} inputs, float64")
    for units, steps in ((32, 100), (64, 200), (128, 100)):
        problem = Problem(units, steps)
        works: dict[str, Work] = {"rnnviz": problem.of_outputs}
        if torch is not None:
            works |= {"torch, x only": autograd_by_inputs(problem), "states too": autograd_by_states(problem)}
        report(f"H {units}, T {steps}", cpu_times(works), {"states too": 1.0})
    print("\nLesions of every unit of h in turn, LSTM, float64")
    for units, steps in ((16, 100), (64, 100), (128, 100)):
        problem = Problem(units, steps)
        works = {"rnnviz": problem.held}
        if torch is not None:
            works |= {"torch, loop": held_by_torch(problem, 1), "batch": held_by_torch(problem, units)}
        report(f"H {units}, T {steps}", cpu_times(works), {"torch, loop": 5.0})


if __name__ == "__main__":
    bench_inside()
